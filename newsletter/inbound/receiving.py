"""One message on its way in (RFC 5321 section 4.5.2), put together in one piece of memory that is bounded and counted.

It is looked at by the block and not by the line: two million empty lines cost no more than as many octets of anything else.
"""

from __future__ import annotations

import asyncio

from newsletter.inbound.connection_limit import ConnectionLimit, Side

TOO_LARGE = "552 5.3.4 the message is larger than what is taken here"
TOO_BUSY = "452 4.3.1 too much is being received at once, come back later"
_END, _CRLF = b"\r\n.\r\n", b"\r\n"
_ALL = 2**30  # more than a stream reader holds


class Receiving:
    """Reads one message. What is too much is read to its end, so that the answer is heard, and is not kept."""

    def __init__(self, crowd: ConnectionLimit, side: Side, most_octets: int) -> None:
        self._crowd = crowd
        self._side = side
        self._most = most_octets
        self._content = bytearray()
        self._tail = _CRLF  # the end of what came, which may be the beginning of the end; first that of DATA's own line
        self._held = -len(_CRLF)
        self.refusal = ""
        """What is answered instead of keeping it; empty when it can be kept."""

    async def read(self, reader: asyncio.StreamReader) -> bytes:
        """Return the message without its dots of transparency, or nothing when it is refused.

        Raises ConnectionResetError when the sender goes before its end.
        """
        while True:
            block = await reader.read(_ALL)
            if not block:
                raise ConnectionResetError
            behind = self.feed(block)
            if behind is not None:
                if behind:
                    reader.feed_data(behind)  # commands that were sent along; the reader is empty now
                return self._whole()

    def feed(self, block: bytes) -> bytes | None:
        """Take what came; once the message has ended, return what stands behind it."""
        seen = self._tail + block
        end = seen.find(_END)
        if end >= 0:
            self._add(seen[: end + len(_CRLF)])
            return seen[end + len(_END) :]
        kept = max(len(seen) - len(_END) + 1, 0)
        self._add(seen[:kept])
        self._tail = seen[kept:]
        return None

    def release(self) -> None:
        """Count nothing of it any more."""
        self._content.clear()
        self._crowd.let_go(self._side, max(self._held, 0))
        self._held = 0

    def _whole(self) -> bytes:
        # The first line begins after a line's end too, namely that of DATA
        content = bytes(self._content).replace(b"\r\n.", _CRLF)[len(_CRLF) :]
        self._content.clear()  # not twice in memory while it is being kept
        return content

    def _add(self, octets: bytes) -> None:
        if self.refusal:
            return
        held = self._held + len(octets)
        if held > self._most:
            self._refuse(TOO_LARGE)
        elif not self._crowd.hold(self._side, max(held, 0) - max(self._held, 0)):
            self._refuse(TOO_BUSY)
        else:
            self._held = held
            self._content += octets

    def _refuse(self, answer: str) -> None:
        self.refusal = answer
        self.release()
