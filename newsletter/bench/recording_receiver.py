"""A receiver that writes down whom it took a mail for before it says so, and misbehaves when it is told to.

`python -m newsletter.bench.recording_receiver PORT FILE` does what lines of standard input say, and answers each with
its own words: `up`, `down` (nobody is let in, and every connection is cut), `take`, `refuse` (everybody, as a sender), `pace N` (mails a
second; 0: any). It ends with its input. A line of FILE: seconds of CLOCK_MONOTONIC, the sender's EHLO, `+` taken or `-` refused, the reader.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import time
from pathlib import Path
from typing import cast

import uvloop

from newsletter import private_files

_END = b"\r\n.\r\n"
_GREETING = b"250-recording\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
_SLACK = 0.002
"""Seconds by which an answer may come before its turn: a timer for each would cost more than it delays."""


class RecordingDesk:
    """What all connections share: the record, the mood, and whose turn it is."""

    def __init__(self, record: int) -> None:
        self.record = record
        self.refuses = False
        self.pace = 0.0
        self.present: set[Session] = set()
        self._next = 0.0
        self._numbers = itertools.count(100_000)

    def delay(self) -> float:
        """Return for how many seconds the next mail must wait for its turn, and take the turn."""
        now = time.monotonic()
        if not self.pace:
            return 0.0
        turn = max(now, self._next)
        self._next = turn + 1 / self.pace
        return turn - now if turn - now > _SLACK else 0.0

    def refusal(self, reader: bytes) -> bytes:
        """Return words about the sender that differ each time, as servers' words do."""
        return b"550 5.7.1 <%s>: rejected due to local policy, id %x\r\n" % (reader, next(self._numbers))


class Session(asyncio.Protocol):
    """One connection: it takes mail for one reader at a time."""

    def __init__(self, desk: RecordingDesk) -> None:
        self._desk = desk
        self._rest = b""
        self._in_content = False
        self._waits = False
        self._host = self._reader = b"?"
        self._lines: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.Transport", transport)
        self._desk.present.add(self)
        self._transport.write(b"220 recording\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a sender that has gone: what had not its turn was never taken."""
        self._desk.present.discard(self)

    def abort(self) -> None:
        """Hang up in the middle of a word."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Answer what is whole, as far as its turn has come."""
        self._rest += data
        if not self._waits:
            self._go_on([])

    def _go_on(self, answers: list[bytes]) -> None:
        data, at = self._rest, 0
        while True:
            mark = _END if self._in_content else b"\r\n"
            end = data.find(mark, at)
            if end < 0:
                break
            line, at = data[at:end], end + len(mark)
            if not self._in_content:
                answers.append(self._answer(line))
            elif delay := self._desk.delay():
                self._waits = True
                self._transport.pause_reading()
                asyncio.get_running_loop().call_later(delay, self._turn)
                break
            else:
                answers.append(self._take())
        self._rest = data[at:]
        self._say(answers)

    def _turn(self) -> None:
        self._waits = False
        if not self._transport.is_closing():
            self._transport.resume_reading()
            self._go_on([self._take()])

    def _take(self) -> bytes:
        self._in_content = False
        self._note(b"+")
        return b"250 2.0.0 kept\r\n"

    def _note(self, what: bytes) -> None:
        self._lines.append(b"%.3f %s %s %s\n" % (time.monotonic(), self._host, what, self._reader))

    def _say(self, answers: list[bytes]) -> None:
        if self._lines:
            os.write(self._desk.record, b"".join(self._lines))
            self._lines.clear()
        if answers:
            self._transport.write(b"".join(answers))

    def _answer(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"MAIL":
            self._reader = b""
        elif verb == b"RCPT":
            self._reader = line.partition(b"<")[2].partition(b">")[0]
            if self._desk.refuses:
                self._note(b"-")
                said, self._reader = self._desk.refusal(self._reader), b""
                return said
        elif verb == b"DATA":
            self._in_content = bool(self._reader)
            return b"354 go\r\n" if self._reader else b"503 5.5.1 nobody to take it for\r\n"
        elif verb in (b"EHLO", b"HELO"):
            self._host = line[5:].strip() or b"?"
            return _GREETING
        return b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n"


class Recording:
    """Opens and shuts the door as it is told."""

    def __init__(self, port: int, desk: RecordingDesk) -> None:
        self._port, self._desk = port, desk
        self._server: asyncio.Server | None = None

    async def obey(self, command: str) -> None:
        """Do what a line says."""
        verb, _, number = command.partition(" ")
        if verb == "up":
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: Session(self._desk), "127.0.0.1", self._port, backlog=1000)
        elif verb == "down":
            self._shut()
        elif verb == "pace":
            self._desk.pace = float(number)
        elif verb in ("take", "refuse"):
            self._desk.refuses = verb == "refuse"

    def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for session in list(self._desk.present):
            session.abort()


async def _run(port: int, path: Path) -> None:
    private_files.make_file(path)
    record = os.open(path, os.O_WRONLY | os.O_APPEND)
    receiver = Recording(port, RecordingDesk(record))
    loop = asyncio.get_running_loop()
    words = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(words), sys.stdin)
    while line := await words.readline():
        await receiver.obey(line.decode().strip())
        os.write(1, line)


if __name__ == "__main__":
    uvloop.run(_run(int(sys.argv[1]), Path(sys.argv[2])))
