"""A long line between client and server: every octet arrives later, and none is lost.

`python -m newsletter.bench.slow_line PORT TARGET SECONDS` forwards a loopback port to another one.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

import uvloop

READ_OCTETS = 1 << 20


class SlowLine:
    """Forwards connections to `target` on loopback, holding octets back for half of `round_trip` seconds each way."""

    def __init__(self, target: int, round_trip: float) -> None:
        self._target, self._delay = target, round_trip / 2
        self._loop = asyncio.get_running_loop()

    async def serve(self, port: int) -> asyncio.Server:
        """Listen on a loopback port (0: any) and return the server."""
        return await asyncio.start_server(self._join, "127.0.0.1", port, backlog=1000)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer))
        for each in (writer, far_writer):
            each.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def deliver(data: bytes) -> None:
            if not writer.is_closing():
                writer.write(data)

        while data := await reader.read(READ_OCTETS):
            self._loop.call_later(self._delay, deliver, data)
        self._loop.call_later(self._delay, writer.close)


async def _run(port: int, target: int, round_trip: float) -> None:
    server = await SlowLine(target, round_trip).serve(port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_run(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
