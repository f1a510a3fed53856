"""The web server in this process: the port taken first, ready told when it answers, signals ending it politely.

Who may be connected, and for how long, is in `connections` and `http_protocol`; whom a proxy speaks for, in `newsletter.web.forwarding`.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

import uvicorn

from newsletter import tracing
from newsletter.cli import processes
from newsletter.cli.connections import ConnectionBounds, Connections, room_for_connections
from newsletter.cli.http_protocol import protocol_of
from newsletter.cli.looking_out import looking_out
from newsletter.errors import UnavailableError

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts
    from newsletter.config import Settings

_LAST_REQUESTS_SECONDS = 5


class Service:
    """Takes the port at construction, so that a taken one is known before anything is written; leaving gives it back.

    Raises UnavailableError.
    """

    def __init__(self, settings: Settings) -> None:
        room = room_for_connections(also_open=settings.connections)
        self._config = uvicorn.Config(
            app="",
            host=settings.host,
            port=settings.port,
            http=protocol_of(Connections(ConnectionBounds(), most=room, trusted=settings.proxy_networks)),
            ws="none",
            proxy_headers=False,  # and with them FORWARDED_ALLOW_IPS: ours believes NEWSLETTER_TRUSTED_PROXIES and nobody else
            log_config=None,
            log_level="error",  # a line for each request that cannot be read would let strangers fill the disk
            access_log=False,  # addresses of pages hold readers' tokens
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=_LAST_REQUESTS_SECONDS,
        )
        self._socket = _bind(settings.host, settings.port)
        self.address = f"http://{_host(settings.host)}:{self._socket.getsockname()[1]}"
        self.settings = self._with_base_url(settings)

    def run(self, parts: Parts, *, embedded: bool, ready: Callable[[], None]) -> None:
        """Serve until SIGTERM or SIGINT; `ready` is called once the server answers."""
        if parts.settings.tracing:
            tracing.begin()
        self._config.app = processes.application(parts)
        server = _WebServer(self._config, ready)
        with ExitStack() as stack:
            # uvicorn raises the signal again when it is done: ours makes that the end of a normal exit
            for number in (signal.SIGTERM, signal.SIGINT):
                stack.callback(signal.signal, number, signal.signal(number, server.end))
            if embedded:
                stack.enter_context(processes.embedded(parts))
            stack.enter_context(looking_out(parts))
            server.run(sockets=[self._socket])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _with_base_url(self, settings: Settings) -> Settings:
        if "base_url" in settings.model_fields_set:
            return settings
        return settings.model_copy(update={"base_url": self.address})


class _WebServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    def end(self, *_: Any) -> None:
        self.should_exit = True


def _bind(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise UnavailableError(
            f"port {port} of {host} cannot be used: {error.strerror}",
            where="NEWSLETTER_PORT",
            remedy="choose another one: NEWSLETTER_PORT=8026",
        ) from None


def _host(host: str) -> str:
    if host in ("", "0.0.0.0", "::"):  # noqa: S104 - what the operator chose, spelled as something a browser can open
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
