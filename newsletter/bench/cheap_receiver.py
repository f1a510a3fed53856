"""A receiver that costs almost nothing: it looks for ends of messages and answers, and reads nothing else.

For measuring a sender, never for receiving mail: it believes its client. `python -m newsletter.bench.cheap_receiver PORT pipelining|plain`.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import uvloop

_END = b"\r\n.\r\n"


class CheapReceiver(asyncio.Protocol):
    """One connection: commands are answered by their first letter, content is skipped to its final dot."""

    greeting = b"250-cheap\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"

    def __init__(self) -> None:
        self._in_content = False
        self._tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(b"220 cheap\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer every whole command and every ended message in `data`."""
        data = self._tail + data
        answers: list[bytes] = []
        at = 0
        while True:
            if self._in_content:
                end = data.find(_END, at)
                if end < 0:
                    self._tail = data[max(at, len(data) - 4) :]
                    break
                at = end + len(_END)
                self._in_content = False
                answers.append(b"250 2.0.0 kept\r\n")
            end = data.find(b"\r\n", at)
            if end < 0:
                self._tail = data[at:]
                break
            answers.append(self._answer(data[at : at + 4].upper()))
            # the line end before the content may be the first half of its final dot
            at = end if self._in_content else end + 2
        self._transport.write(b"".join(answers))

    def _answer(self, verb: bytes) -> bytes:
        if verb == b"DATA":
            self._in_content = True
            return b"354 go\r\n"
        if verb in (b"EHLO", b"HELO"):
            return self.greeting
        if verb == b"QUIT":
            return b"221 bye\r\n"
        return b"250 ok\r\n"


class PlainReceiver(CheapReceiver):
    """The same without PIPELINING."""

    greeting = b"250-cheap\r\n250 8BITMIME\r\n"


async def serve(port: int, *, pipelining: bool) -> None:
    """Serve on a loopback port until ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(CheapReceiver if pipelining else PlainReceiver, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), pipelining=sys.argv[2] == "pipelining"))
