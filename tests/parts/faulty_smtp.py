"""An SMTP server that takes mail, remembers what it took, and misbehaves on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import threading
from dataclasses import dataclass, field

from newsletter.inbound.smtp_listener import close_listeners
from tests.parts.ports import free_port

MESSAGE_ID = re.compile(rb"^Message-ID: <([^>]+)>", re.MULTILINE)
MESSAGE_ID_OCTETS = 4000


@dataclass
class Faults:
    """How often the server misbehaves; 0 is never."""

    defer_every: int = 0  # each n-th recipient is told 451 the first time it is seen
    drop_after_dot_every: int = 0  # each n-th message is taken and the connection dropped without a reply
    close_421_every: int = 0  # each n-th MAIL is answered with 421 and the connection closed
    stall_after: int = 0  # from the n-th message on they are taken, and no reply comes
    pause: float = 0.0  # seconds each message costs


@dataclass
class Taken:
    """What the server took responsibility for, with and without saying so."""

    accepted: list[str] = field(default_factory=list)  # Message-IDs, one for each 250 written
    silent: list[str] = field(default_factory=list)  # Message-IDs of messages taken without a reply
    recipients: list[str] = field(default_factory=list)
    deferred: set[str] = field(default_factory=set)  # recipients that were told 451 once
    closed: int = 0  # connections closed with 421
    cut: int = 0  # connections cut by `down()`, each perhaps after a final dot


class FaultySmtp:
    """Runs in a thread of its own; `down()` and `up()` close and open the door."""

    def __init__(self, faults: Faults, seed: int = 1) -> None:
        self.faults = faults
        self.taken = Taken()
        self.port = free_port()
        self.counts = {"mail": 0, "dot": 0}
        self.seen: set[str] = set()
        self.rcpts = 0
        self.chance = random.Random(seed)
        self._over = asyncio.Event()  # ends the silence of `stall_after`
        self._connections: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="faulty-smtp", daemon=True)
        self._thread.start()
        self.up()

    @property
    def url(self) -> str:
        """Value for NEWSLETTER_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}?tls=none"

    def up(self) -> None:
        """Listen."""
        self._run(self._open())

    def down(self) -> None:
        """Stop listening and cut every connection."""
        self._run(self._close())

    def stop(self) -> None:
        """End the server and its thread."""
        self.down()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _run(self, work) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port, limit=2**20)

    async def _close(self) -> None:
        if self._server is not None:
            await close_listeners(self._server)
            self._server = None
        self._over.set()
        self.taken.cut += len(self._connections)
        for writer in self._connections:
            writer.transport.abort()
        await asyncio.gather(*self._connections.values())

    def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections[writer] = self._loop.create_task(self._serve(reader, writer))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()
            self._connections.pop(writer)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 faulty\r\n")
        recipient = ""
        refused = False
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                writer.write(b"250-faulty\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n")
            elif verb == b"MAIL":
                if self._every("mail", self.faults.close_421_every):
                    self.taken.closed += 1
                    writer.write(b"421 4.3.2 closing in the middle\r\n")
                    return
                recipient, refused = "", False
                writer.write(b"250 2.1.0 ok\r\n")
            elif verb == b"RCPT":
                recipient = line.partition(b"<")[2].partition(b">")[0].decode()
                refused = self._defers(recipient)
                if refused:
                    self.taken.deferred.add(recipient)
                writer.write(b"451 4.2.0 greylisted\r\n" if refused else b"250 2.1.5 ok\r\n")
            elif verb == b"DATA":
                if refused or not recipient:
                    writer.write(b"554 5.5.1 no valid recipients\r\n")
                    continue
                writer.write(b"354 go\r\n")
                if not await self._content(reader, writer, recipient):
                    return
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                return
            else:
                writer.write(b"250 ok\r\n")

    async def _content(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, recipient: str) -> bool:
        content = await reader.readuntil(b"\r\n.\r\n")
        match = MESSAGE_ID.search(content)
        assert match is not None
        message_id = match.group(1).decode()
        if self.faults.pause:
            await asyncio.sleep(self.faults.pause)
        if self._every("dot", self.faults.drop_after_dot_every):
            self.taken.silent.append(message_id)
            self.taken.recipients.append(recipient)
            writer.transport.abort()
            return False
        if self.faults.stall_after and self.counts["dot"] >= self.faults.stall_after:
            self.taken.silent.append(message_id)
            self.taken.recipients.append(recipient)
            await self._over.wait()
            raise ConnectionResetError
        self.taken.accepted.append(message_id)
        self.taken.recipients.append(recipient)
        writer.write(b"250 2.0.0 taken\r\n")
        return True

    def _defers(self, recipient: str) -> bool:
        if not self.faults.defer_every or recipient in self.seen:
            return False
        self.seen.add(recipient)
        self.rcpts += 1
        return self.rcpts % self.faults.defer_every == 0

    def _every(self, what: str, every: int) -> bool:
        self.counts[what] += 1
        return bool(every) and self.counts[what] % every == 0
