"""One connection: octets between a socket and the dialogue. Lives on the loop's thread."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Protocol, cast

from newsletter.errors import TransportError
from newsletter.transports.reach import is_ours, no_way, unknown
from newsletter.transports.smtp.addresses import Addresses
from newsletter.transports.smtp.capabilities import Capabilities
from newsletter.transports.smtp.dialogue import Dialogue, MessageSource
from newsletter.transports.smtp.handshake import UPGRADE, shake_hands
from newsletter.transports.smtp.replies import ProtocolError, Reply, ReplyReader
from newsletter.transports.smtp.timeouts import Timeouts
from newsletter.transports.smtp.url import Route, Tls

GOODBYE_SECONDS = 2.0
"""How long QUIT may stay unanswered: nothing hangs on it."""


class Keeper(MessageSource, Protocol):
    """Who owns the connection and hears what becomes of it."""

    def rested(self, connection: Connection) -> None:
        """Nothing is under way on it and nothing waits."""
        ...

    def others_work(self, connection: Connection) -> bool:
        """Whether others are at work, and not broken."""
        ...

    def left(self, connection: Connection, why: str) -> None:
        """It takes no more messages; `why` is empty after a goodbye in good order."""
        ...


class Connection(asyncio.Protocol):
    """Opened by `establish`; from then on driven by what arrives."""

    def __init__(self, keeper: Keeper, route: Route, addresses: Addresses, timeouts: Timeouts, most: int) -> None:
        self._keeper = keeper
        self._route = route
        self._addresses = addresses
        self._timeouts = timeouts
        self._most = most
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._reader = ReplyReader()
        self._replies: asyncio.Queue[Reply | Exception] = asyncio.Queue()
        self._dialogue: Dialogue | None = None
        self._since = self._loop.time()
        self._unwritten = 0
        self._phase: object = None
        self.gone = False
        self.closed = False  # the socket, too

    # Opening.

    async def establish(self, context: ssl.SSLContext | None) -> None:
        """Connect and shake hands. Raises TransportError: refused, unreachable, untrusted, or not let in."""
        try:
            await self._connect(context)
            server = await self._shake_hands(context)
            self._check_quiet()
        except (OSError, ProtocolError) as error:
            self.abort()
            raise self._down(error) from error
        except BaseException:
            self.abort()
            raise
        self._dialogue = Dialogue(server, self._keeper, self._most)

    async def _connect(self, context: ssl.SSLContext | None) -> None:
        """Try each address of the host (RFC 5321 section 5.1), a silent one for its share of the time that is left."""
        end = self._loop.time() + self._timeouts.connect
        try:
            async with asyncio.timeout_at(end):
                addresses = await self._addresses.find()
        except TimeoutError:
            why = "no name server answers in time"
            raise unknown(self._route.host, why, where=f"SMTP {self._route.place}") from None
        failures: list[OSError] = []
        for number, address in enumerate(addresses, 1):
            share = (end - self._loop.time()) / (len(addresses) - number + 1)
            try:
                await self._connect_to(address, context, share)
            except OSError as error:
                if isinstance(error, ssl.SSLError):
                    raise
                failures.append(error)
            else:
                self._addresses.answered(address)
                return
        # Of a net without IPv6 the other family tells more: what a server did says that it was reached.
        raise next((error for error in reversed(failures) if not is_ours(error)), failures[-1])

    async def _connect_to(self, address: str, context: ssl.SSLContext | None, seconds: float) -> None:
        implicit = context if self._route.tls is Tls.IMPLICIT else None
        async with asyncio.timeout(seconds):
            self._transport, _ = await self._loop.create_connection(
                lambda: self,
                address,
                self._route.port,
                ssl=implicit,
                server_hostname=self._route.host if implicit else None,
            )

    async def _shake_hands(self, context: ssl.SSLContext | None) -> Capabilities:
        steps = shake_hands(self._route, self._route.ehlo_name or self._own_name())
        patience = self._timeouts.greeting
        answer: Reply | None = None
        try:
            while True:
                wanted = steps.send(answer)
                if wanted is UPGRADE:
                    await self._upgrade(context)
                    answer = None
                else:
                    answer = await self._ask(wanted, patience)
                    patience = self._timeouts.command
        except StopIteration as done:
            return cast("Capabilities", done.value)

    async def _ask(self, command: bytes, patience: float) -> Reply:
        if command:
            self._check_quiet()
            self._live.write(command)
        async with asyncio.timeout(patience):
            answer = await self._replies.get()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _upgrade(self, context: ssl.SSLContext | None) -> None:
        # What was sent along with the reply to STARTTLS came before encryption: someone in the middle put it there.
        self._check_quiet()
        if context is None:
            raise ProtocolError("no TLS context")
        async with asyncio.timeout(self._timeouts.connect):
            transport = await self._loop.start_tls(self._live, self, context, server_hostname=self._route.host)
        self._transport = cast("asyncio.Transport", transport)

    def _check_quiet(self) -> None:
        if self.gone or not self._reader.empty or not self._replies.empty():
            raise ProtocolError("the server hung up, or spoke out of turn")

    @property
    def _live(self) -> asyncio.Transport:
        if self._transport is None or self.gone:
            raise ProtocolError("the connection is closed")
        return self._transport

    def _own_name(self) -> str:
        """RFC 5321 section 4.1.4: our name, or when we have none our address."""
        name = socket.gethostname()
        if "." in name and name.isascii():
            return name
        host = self._live.get_extra_info("sockname")[0]
        return f"[IPv6:{host}]" if ":" in host else f"[{host}]"

    def _down(self, error: Exception) -> TransportError:
        place = f"SMTP {self._route.place}"
        if isinstance(error, ssl.SSLCertVerificationError):
            return TransportError(
                f"the server's certificate is not trusted: {error.verify_message}",
                where=place,
                remedy="name the file of its issuer with ca=, or correct the host name",
            )
        if is_ours(error):
            return no_way(cast("OSError", error), where=place)
        if isinstance(error, TimeoutError):
            return TransportError("the server does not answer in time", where=place)
        return TransportError(f"cannot connect: {error}", where=place, remedy="check host, port and tls=")

    # Working.

    @property
    def proven(self) -> bool:
        """Whether the server has shown that it keeps this connection."""
        return self._dialogue is not None and self._dialogue.proven

    @property
    def resting(self) -> bool:
        """Whether `begin` may be called."""
        return self._dialogue is not None and self._dialogue.resting

    def begin(self) -> None:
        """Start on what waits."""
        if self._dialogue:
            self._follow(self._dialogue, self._dialogue.begin())

    def quit(self) -> None:
        """Say goodbye; only when resting."""
        if self._dialogue:
            self._follow(self._dialogue, self._dialogue.quit())

    def check_patience(self) -> None:
        """Give up on a server that has been silent for longer than this phase allows."""
        if self._dialogue is None or self._transport is None:
            return
        # A phase begins when the one before it ends, which need not be when its command was written (RFC 5321 section
        # 4.5.3.2, RFC 2920). Seen at the next look, so never too early; and no message pays for looking at the clock.
        now, phase = self._loop.time(), self._dialogue.phase
        unwritten = self._transport.get_write_buffer_size()
        if phase != self._phase or unwritten != self._unwritten:  # it answered, or is still taking octets
            self._phase, self._unwritten, self._since = phase, unwritten, now
        patience = self._timeouts.data_block if unwritten else self._dialogue.patience(self._timeouts)
        if self._dialogue.leaving:
            patience = GOODBYE_SECONDS
        if now - self._since <= patience:
            return
        if self._dialogue.resting:
            self.quit()
        else:
            self._break(f"no reply within {patience:g} s")

    def give_up(self, why: str) -> None:
        """Settle what is on it and cut it."""
        self._break(why)

    def abort(self) -> None:
        """Cut the connection."""
        if self._transport:
            self._transport.abort()

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is there."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """The server said something."""
        dialogue = self._dialogue
        if dialogue is not None:
            try:
                out = dialogue.receive(data)
            except ProtocolError as error:
                self._break(str(error))
            else:
                self._follow(dialogue, out)
            return
        try:
            for reply in self._reader.feed(data):
                self._replies.put_nowait(reply)
        except ProtocolError as error:
            self._replies.put_nowait(error)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        self.closed = True
        self._break(f"connection lost: {exc}" if exc else "connection closed by the server")

    def _follow(self, dialogue: Dialogue, out: list[bytes]) -> None:
        """Write what the dialogue wants written, and tell the keeper when it rests or leaves."""
        if out and self._transport:
            self._transport.writelines(out)
        if dialogue.resting:
            self._keeper.rested(self)
        elif dialogue.leaving:
            self._keeper.left(self, "")
            if dialogue.over:
                self.abort()

    def _break(self, why: str) -> None:
        if self.gone:
            return
        self.gone = True
        self._replies.put_nowait(ProtocolError(why))
        self.abort()
        if self._dialogue:
            in_order = self._dialogue.leaving or self._dialogue.resting
            self._dialogue.lost(why, others_work=self._keeper.others_work(self))
            self._keeper.left(self, "" if in_order else why)
