"""`newsletter inbound`: the SMTP or LMTP listener for what comes back. 250 is said only after the bytes are in the ledger.

It takes mail for our signed return paths, for the address of goodbyes and for those of feedback loops, and for nobody
else; it never relays and never answers by mail. Nothing of a message is read here.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from functools import cached_property
from typing import Any, cast

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from prometheus_client import Counter

from newsletter.bootstrap import Parts, wire
from newsletter.errors import InputError, NewsletterError, StoreError, TokenError, UnavailableError
from newsletter.feedback.handling import FORGED
from newsletter.feedback.intake import MAX_OCTETS, keep
from newsletter.feedback.locating import is_forged
from newsletter.mail.verp import read_return_path
from newsletter.signing_keys import Role
from newsletter.store import reports
from workers import fetching

log = structlog.get_logger(__name__)

REFUSED = Counter("newsletter_inbound_refused", "Recipients refused at the inbound listener, by reason.", ["reason"])
IDLE_SECONDS = 60
MOST_RECIPIENTS = 100
GOODBYE_SECONDS = 5
"""How long a stop waits for what is being kept, and for those who do not read their goodbye."""
_MOST_LINE = 64 * 1024  # more than the 1,000 of RFC 5321 section 4.5.3.1.6: broken reports are worth reading too
_KEPT = "250 2.0.0 kept"
_LATER = "451 4.3.0 not now, try again later"
_GOODBYE = b"421 4.3.2 going down, come back later\r\n"


class Doorkeeper:
    """aiosmtpd's handler: says who may be written to, and keeps what is written."""

    def __init__(self, parts: Parts, source: str) -> None:
        self._parts = parts
        self._source = source
        self.keeping = 0
        """Messages that are being kept: none of them has got its answer."""

    @cached_property
    def _open_addresses(self) -> frozenset[str]:
        settings = self._parts.settings
        named = [settings.leave_address, *settings.feedback_addresses.split()]
        return frozenset(address.lower() for address in named if address)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls by this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient we know by name or by our own signature."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        if not self.admits(address):
            await self._refuse(address)
            return "550 5.1.1 nobody here by that name"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 go on"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message once for each recipient; LMTP wants a word about each (RFC 2033 section 4.2)."""
        content = envelope.original_content or b""
        self.keeping += 1
        try:
            said = [await asyncio.to_thread(self._keep, content, address) for address in envelope.rcpt_tos]
        finally:
            self.keeping -= 1
        if self._source == "lmtp":
            return "\r\n".join(said)
        return next((word for word in said if word != _KEPT), _KEPT)

    def admits(self, address: str) -> bool:
        """Tell whether mail for this address is ours to take."""
        if address.lower() in self._open_addresses:
            return True
        try:
            read_return_path(self._parts.signer, address)
        except TokenError:
            return False
        return True

    async def _refuse(self, address: str) -> None:
        forged = is_forged(self._parts.signer, address)
        REFUSED.labels("forged" if forged else "unknown").inc()
        if forged:
            await asyncio.to_thread(self._count_forged)

    def _count_forged(self) -> None:
        try:
            with self._parts.database.write() as session:
                reports.count(session, FORGED, self._parts.clock.now())
        except StoreError as error:
            log.warning("cannot count a forged return path", error=error.what)

    def _keep(self, content: bytes, address: str) -> str:
        parts = self._parts
        try:
            keep(
                parts.database,
                clock=parts.clock,
                queue=parts.queue,
                content=content,
                source=self._source,
                sent_to=address,
            )
        except InputError as error:
            return f"554 5.6.0 {error.what}"
        except NewsletterError as error:
            log.warning("cannot keep a report", error=error.what)
            return _LATER
        return _KEPT


class _Bounded(SMTP):
    """aiosmtpd's server with a bound on what a message that never ends may hold in memory; `present` are all connections."""

    line_length_limit = _MOST_LINE
    _octets = 0

    def __init__(self, doorkeeper: Doorkeeper, present: set[asyncio.Transport], **options: Any) -> None:
        super().__init__(doorkeeper, **options)
        self._present = present

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._present.add(cast("asyncio.Transport", transport))

    def connection_lost(self, error: Exception | None) -> None:
        self._present.discard(cast("asyncio.Transport", self.transport))
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        self._octets += len(data)
        if self._octets > 2 * MAX_OCTETS and isinstance(self.transport, asyncio.Transport):
            self.transport.abort()
            return
        super().data_received(data)

    async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802 - aiosmtpd finds commands by this name
        self._octets = 0
        await super().smtp_MAIL(arg)


class _BoundedLmtp(_Bounded, LMTP):
    """The same for LMTP."""


class Inbound:
    """A running listener on `host:port`; `stop()` ends it. Raises UnavailableError when the port is taken."""

    def __init__(self, parts: Parts) -> None:
        settings = parts.settings
        self.doorkeeper = Doorkeeper(parts, settings.inbound_protocol)
        self._kind = _BoundedLmtp if settings.inbound_protocol == "lmtp" else _Bounded
        self._present: set[asyncio.Transport] = set()
        self._loop = asyncio.new_event_loop()
        try:
            self._server = self._loop.run_until_complete(
                self._loop.create_server(self._protocol, settings.inbound_host, settings.inbound_port)
            )
        except OSError as error:
            self._loop.close()
            raise UnavailableError(
                f"port {settings.inbound_port} of {settings.inbound_host} cannot be used: {error.strerror}",
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
            self.doorkeeper,
            self._present,
            data_size_limit=MAX_OCTETS,
            enable_SMTPUTF8=True,
            ident="newsletter",
            timeout=IDLE_SECONDS,
            loop=self._loop,
        )

    async def _end(self) -> None:
        await close_listeners(self._server)
        end = time.monotonic() + GOODBYE_SECONDS
        while self.doorkeeper.keeping and time.monotonic() < end:  # noqa: ASYNC110 - a number
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


def run(ending: threading.Event, parts: Parts | None = None) -> None:
    """Listen, and fetch by IMAP when a mailbox is set, until `ending` is set."""
    parts = parts or wire(role=Role.INBOUND)
    listener = Inbound(parts)
    log.info("listening", protocol=parts.settings.inbound_protocol, port=listener.port)
    fetcher = threading.Thread(target=fetching.run, args=(parts, ending), name="fetching", daemon=True)
    if parts.settings.imap_url:
        fetcher.start()
    ending.wait()
    listener.stop()
    if fetcher.is_alive():
        fetcher.join(timeout=5)
    parts.close()
