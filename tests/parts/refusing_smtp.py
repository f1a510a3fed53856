"""A receiver that refuses at full speed, pipelined: what it says may differ by reader and by mail; it counts what comes after its first no."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from typing import cast

import uvloop

from newsletter.inbound.smtp_listener import close_listeners
from tests.parts.ports import free_port
from tests.parts.waiting import empties

Words = Callable[[str, str, int], str]
"""(stage, recipient, how many mails it was offered) -> what is said instead of yes; empty for yes. Stages: MAIL, RCPT, DATA, DOT."""

_GREETING = b"250-refusing\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
_YES = {
    "MAIL": b"250 2.1.0 ok\r\n",
    "RCPT": b"250 2.1.5 ok\r\n",
    "DATA": b"354 go on\r\n",
    "DOT": b"250 2.0.0 kept\r\n",
}
_END = b"\r\n.\r\n"


class RefusingSmtp:
    """Runs in a thread of its own. `words` may be changed at any time: mending is setting it to `nothing`."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.taken: Counter[str] = Counter()
        self.offered = 0  # MAIL commands heard
        self.refused = 0
        self.offered_before = -1  # the first refusal
        self.port = free_port()
        self.present: set[asyncio.Transport] = set()
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="refusing-smtp", daemon=True)
        self._thread.start()
        opened = self._loop.create_server(lambda: _Session(self), "127.0.0.1", self.port)
        self._server = asyncio.run_coroutine_threadsafe(opened, self._loop).result(10)

    @property
    def url(self) -> str:
        """Value for NEWSLETTER_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}?tls=none"

    @property
    def offered_since(self) -> int:
        """How many mails it was offered from the first refusal on, that one included."""
        return self.offered - self.offered_before if self.offered_before >= 0 else 0

    def begin_anew(self, words: Words) -> None:
        """Say other words from now on, and count anew."""
        self.words, self.offered_before = words, -1

    def stop(self) -> None:
        """Hang up everywhere and end the thread."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def answer(self, stage: str, recipient: str) -> bytes:
        """Yes, or the words; the first refusal begins the count."""
        said = self.words(stage, recipient, self.offered)
        if not said:
            return _YES[stage]
        if self.offered_before < 0:
            self.offered_before = self.offered - 1
        self.refused += 1
        return f"{said}\r\n".encode()

    async def _end(self) -> None:
        await close_listeners(self._server)
        for transport in list(self.present):
            transport.abort()
        assert await empties(self.present), "somebody is still connected"


def nothing(_stage: str, _recipient: str, _offered: int) -> str:
    """What a mended server refuses."""
    return ""


class _Session(asyncio.Protocol):
    def __init__(self, server: RefusingSmtp) -> None:
        self._server = server
        self._tail = b""
        self._in_content = False
        self._recipient = ""
        self._open = ""  # how far the transaction has come

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by descent
        self._server.present.add(self._transport)
        self._transport.write(b"220 refusing\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.present.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        data, answers = self._tail + data, []
        while True:
            mark = _END if self._in_content else b"\r\n"
            line, found, rest = data.partition(mark)
            if not found:
                break
            data = rest
            answers.append(self._ended() if self._in_content else self._said(line.decode()))
        self._tail = data
        self._transport.write(b"".join(answers))

    def _said(self, line: str) -> bytes:
        verb = line[:4].upper()
        if verb == "MAIL":
            self._server.offered += 1
        if verb == "RCPT":
            self._recipient = line.partition("<")[2].partition(">")[0]
        if verb in ("EHLO", "HELO"):
            return _GREETING
        if verb in ("RSET", "QUIT"):
            self._open = ""
            return b"250 ok\r\n" if verb == "RSET" else b"221 bye\r\n"
        if {"MAIL": "", "RCPT": "MAIL", "DATA": "RCPT"}.get(verb) != self._open:
            return b"503 5.5.1 bad sequence of commands\r\n"
        answer = self._server.answer(verb, self._recipient)
        if answer[:1] in b"23":
            self._open, self._in_content = verb, verb == "DATA"
        return answer

    def _ended(self) -> bytes:
        self._in_content, self._open = False, ""
        answer = self._server.answer("DOT", self._recipient)
        if answer[:1] == b"2":
            self._server.taken[self._recipient] += 1
        return answer
