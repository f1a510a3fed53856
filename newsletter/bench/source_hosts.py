"""Many hosts of feeds on one loopback port: `python -m newsletter.bench.source_hosts OCTETS NOW`. It says its port, and serves until it is ended.

Host number n is called `hn.bench.example`. Of twenty hosts one hangs, one drips, one has nothing and one has moved for good; the others answer
with a feed of so many octets, or with 304 to whoever has it already. `/counts` of any host tells what came of it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from datetime import datetime, timedelta
from email.utils import format_datetime

DOMAIN = "bench.example"
PATH, MOVED, COUNTS = "/feed", "/moved", "/counts"
HANGS, DRIPS, MISSING, MOVES = range(4)
"""What a host does, by its number modulo 20; from 4 on it does what it should."""
KINDS = 20
_TAG = '"1"'
_SENTENCE = "Nothing in this sentence happened, and it is told at some length so that a summary has something to cut. "


def feed(number: int, octets: int, now: datetime) -> bytes:
    """Return a feed of about so many octets, whose items are hours old and stand nowhere else."""
    host, size = f"h{number}.{DOMAIN}", 300
    items: list[str] = []
    while size < octets:
        place = len(items)
        moment = format_datetime(now - timedelta(minutes=30 * (place + 1)))
        item = (
            f"<item><title>Host {number} tells story {place} of the day</title><link>https://{host}/{place}?utm_source=rss</link>"
            f"<guid isPermaLink='false'>{number}-{place}</guid><pubDate>{moment}</pubDate>"
            f"<description>&lt;p&gt;{_SENTENCE * 12}&lt;/p&gt;</description></item>\n"
        )
        items.append(item)
        size += len(item)
    head = f'<?xml version="1.0"?><rss version="2.0"><channel><title>{host}</title><link>https://{host}/</link>\n'
    return f"{head}{''.join(items)}</channel></rss>".encode()


class SourceHosts:
    """Serves all of them, and counts connections: how many of a host are open at once, at most."""

    def __init__(self, octets: int, now: datetime) -> None:
        self._octets, self._now = octets, now
        self._open: Counter[str] = Counter()
        self._most = 0
        self._end = asyncio.Event()
        self._statuses: Counter[int] = Counter()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends."""
        host = ""
        try:
            while lines := await _lines(reader):
                asked = next((line[5:].strip() for line in lines if line.lower().startswith("host:")), "")
                if not host:
                    host = asked
                    self._open[host] += 1
                    self._most = max(self._most, self._open[host])
                await self._answer(lines, asked, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever asked has left
        finally:
            self._open[host] -= 1
            writer.close()

    async def _answer(self, lines: list[str], host: str, writer: asyncio.StreamWriter) -> None:
        path, number = lines[0].split(" ")[1], int(host[1:].partition(".")[0] or 0)
        behaviour = number % KINDS
        if path == COUNTS:
            told = {"most_connections_of_a_host": self._most, "statuses": self._statuses}
            self._say(writer, 200, json.dumps(told).encode(), "")
        elif behaviour == HANGS:
            await self._end.wait()  # which never comes: until the process ends
        elif behaviour == MISSING:
            self._say(writer, 404, b"nothing", "")
        elif behaviour == MOVES and path == PATH:
            self._say(writer, 301, b"", f"Location: {MOVED}\r\n")
        elif f"if-none-match: {_TAG}" in map(str.lower, lines):
            self._say(writer, 304, None, f"ETag: {_TAG}\r\n")
        elif behaviour == DRIPS:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            for _ in range(1_000_000):
                if writer.is_closing():
                    break
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.2)
        else:
            self._say(writer, 200, feed(number, self._octets, self._now), f"ETag: {_TAG}\r\n")
        await writer.drain()

    def _say(self, writer: asyncio.StreamWriter, status: int, content: bytes | None, more: str) -> None:
        self._statuses[status] += 1
        length = "" if content is None else f"Content-Length: {len(content)}\r\n"
        writer.write(f"HTTP/1.1 {status} So\r\nContent-Type: application/xml\r\n{length}{more}\r\n".encode())
        writer.write(content or b"")


async def _lines(reader: asyncio.StreamReader) -> list[str]:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return []
    return head.decode("latin-1").strip().split("\r\n")


async def serve(octets: int, now: datetime) -> None:
    """Serve on a loopback port until ended, and print it."""
    server = await asyncio.start_server(SourceHosts(octets, now).take, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), datetime.fromisoformat(sys.argv[2])))
