"""An SMTP or LMTP listener (RFC 5321, RFC 2033), bounded in what strangers may take up. Who is written to, and what becomes of it, its handler says.

It never relays and never answers by mail.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import suppress
from typing import Any, Protocol, cast

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP
from prometheus_client import Counter

from newsletter.errors import UnavailableError
from newsletter.inbound.connection_limit import ConnectionLimit, Peer
from newsletter.inbound.receiving import Receiving

REFUSED = Counter("newsletter_inbound_refused", "What the inbound listener refused, by reason.", ["reason"])
IDLE_SECONDS = 60
"""How long a command, or a whole message, may take."""
LONGEST_SECONDS = 600
"""How long a stranger may stay."""
GOODBYE_SECONDS = 5
"""How long a stop waits for what is being kept, and for those who do not read their goodbye."""
_MOST_LINE = 64 * 1024  # more than the 1,000 of RFC 5321 section 4.5.3.1.6: broken reports are worth reading too
_GOODBYE = b"421 4.3.2 going down, come back later\r\n"
_CROWDED = b"421 4.7.0 too many connections, come back later\r\n"
_OVERSTAYED = b"421 4.4.2 long enough, come back later\r\n"


class MessageHandler(Protocol):
    """Who may be written to, and what becomes of it. aiosmtpd calls `handle_RCPT` and `handle_DATA`."""

    keeping: int
    """Messages that are being kept: none of them has got its answer."""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        """Answer to a recipient."""
        ...

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep a message, and answer to it."""
        ...

    def most_octets(self, recipients: list[str]) -> int:
        """Return how large a message to these may be."""
        ...

    def spoken(self, words: list[str]) -> str:
        """Return the answer to a message, from a word about each of its recipients."""
        ...


class _Bounded(SMTP):
    """aiosmtpd's server, bounded: who may come in, for how long, and what one message may hold in memory."""

    line_length_limit = _MOST_LINE
    _octets = 0
    _let_in = False
    _ends: asyncio.TimerHandle | None = None

    def __init__(
        self,
        handler: MessageHandler,
        crowd: ConnectionLimit,
        present: set[asyncio.Transport],
        most_octets: int,
        **options: Any,
    ) -> None:
        super().__init__(handler, data_size_limit=most_octets, **options)
        self._handler, self._crowd, self._present = handler, crowd, present
        self._most_received = 2 * most_octets
        self.peer = Peer("", relay=False)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        open_transport = cast("asyncio.Transport", transport)
        ip = str((transport.get_extra_info("peername") or ("",))[0])
        self.peer = Peer(ip, self._crowd.is_relay(ip))
        self._let_in = self._crowd.enter(ip)
        if not self._let_in:
            REFUSED.labels("crowd").inc()
            open_transport.write(_CROWDED)
            open_transport.close()
            return
        super().connection_made(transport)
        self._present.add(open_transport)
        if not self.peer.relay:
            self._ends = self.loop.call_later(LONGEST_SECONDS, self._end, open_transport)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._let_in:
            return
        self._crowd.leave(self.peer.ip)
        if self._ends is not None:
            self._ends.cancel()
        self._present.discard(cast("asyncio.Transport", self.transport))
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if not self._let_in:
            return
        self._octets += len(data)
        if self._octets > self._most_received and isinstance(self.transport, asyncio.Transport):
            self.transport.abort()
            return
        super().data_received(data)

    def eof_received(self) -> bool | None:
        return super().eof_received() if self._let_in else False

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd finds commands by this name
        self._octets = 0
        await super().smtp_MAIL(arg)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        """Receive a message into one bounded piece of memory: aiosmtpd's own keeps an object a line, thirty times its octets."""
        if await self.check_helo_needed():
            return
        assert self.envelope is not None
        if arg or not self.envelope.rcpt_tos:
            await self.push("501 5.5.4 DATA takes no argument" if arg else "503 5.5.1 name a recipient first")
            return
        await self.push("354 go on, and end with a dot alone on a line")
        recipients = self.envelope.rcpt_tos
        receiving = Receiving(self._crowd, self._crowd.side_of(self.peer.ip), self._handler.most_octets(recipients))
        try:
            self.envelope.original_content = await receiving.read(self._reader)
            if receiving.refusal:
                REFUSED.labels("message").inc()
                answer = self._handler.spoken([receiving.refusal] * len(recipients))
            else:
                answer = await self._handler.handle_DATA(self, self.session, self.envelope)
        finally:
            receiving.release()
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(answer)

    def _end(self, transport: asyncio.Transport) -> None:
        transport.write(_OVERSTAYED)
        transport.close()


class _BoundedLmtp(_Bounded, LMTP):
    """The same for LMTP."""


class SmtpListener:
    """A running listener on `host:port`; `stop()` ends it. Raises UnavailableError when the port is taken."""

    def __init__(
        self, handler: MessageHandler, crowd: ConnectionLimit, *, host: str, port: int, protocol: str, most_octets: int
    ) -> None:
        self.handler, self.crowd = handler, crowd
        self._most_octets = most_octets
        self._kind = _BoundedLmtp if protocol == "lmtp" else _Bounded
        self._present: set[asyncio.Transport] = set()
        self._hostname = socket.gethostname()  # not asked for with each connection: a name server may be slow
        self._loop = asyncio.new_event_loop()
        try:
            self._server = self._loop.run_until_complete(self._loop.create_server(self._protocol, host, port))
        except OSError as error:
            self._loop.close()
            raise UnavailableError(
                f"port {port} of {host} cannot be used: {error.strerror}",
                where="NEWSLETTER_INBOUND_PORT",
                remedy="choose another one",
            ) from None
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, name="inbound", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no further connection, end those that are open, and return; what was answered with 250 is kept."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _protocol(self) -> SMTP:
        return self._kind(
            self.handler,
            self.crowd,
            self._present,
            self._most_octets,
            enable_SMTPUTF8=True,
            hostname=self._hostname,
            ident="newsletter",
            timeout=IDLE_SECONDS,
            loop=self._loop,
        )

    async def _end(self) -> None:
        await close_listeners(self._server)
        end = time.monotonic() + GOODBYE_SECONDS
        while self.handler.keeping and time.monotonic() < end:  # noqa: ASYNC110 - a number
            await asyncio.sleep(0.01)
        for transport in list(self._present):
            transport.write(_GOODBYE)  # RFC 5321 section 3.8
            transport.close()
        while self._present and time.monotonic() < end:  # noqa: ASYNC110 - a set
            await asyncio.sleep(0.01)
        for transport in list(self._present):
            transport.abort()  # it reads nothing
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)  # lets closed transports say goodbye to their protocols


async def close_listeners(server: asyncio.Server) -> None:
    """Let nobody in any more; afterwards whoever was let in has a connection that can be closed.

    `Server.close()` alone leaves open the socket of one who is accepted, and not yet connected (Python 3.11).
    """
    with suppress(NotImplementedError):  # Windows: its loop has no readers
        for listener in server.sockets:
            asyncio.get_running_loop().remove_reader(listener.fileno())
    for _ in range(5):
        await asyncio.sleep(0)
    server.close()
