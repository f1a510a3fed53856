"""A long line between client and server: every octet arrives later, and none is lost."""

from __future__ import annotations

import asyncio
import contextlib
import threading


class SlowLine:
    """Forwards `port` on loopback to `target`, holding octets back for half of `round_trip` seconds each way."""

    def __init__(self, target: int, round_trip: float) -> None:
        self._target, self._delay = target, round_trip / 2
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._join, "127.0.0.1", 0, backlog=1000), self._loop
        ).result()
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._tasks: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        """Cut the line."""

        async def end() -> None:
            self._server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer))
        for each in (writer, far_writer):
            each.close()
        self._tasks.discard(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def deliver(data: bytes) -> None:
            if not writer.is_closing():
                writer.write(data)

        while data := await reader.read(1 << 20):
            self._loop.call_later(self._delay, deliver, data)
        self._loop.call_later(self._delay, writer.close)
