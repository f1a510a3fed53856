"""A message comes out as it was before its dots were doubled, however the wire cuts it."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from newsletter.inbound.connection_limit import ConnectionLimit
from newsletter.inbound.receiving import TOO_LARGE, Receiving


def received(wire: bytes, cuts: list[int], most: int = 100_000) -> tuple[bytes, str, int, bytes]:
    """(content, refusal, octets still held, what stands behind it) of a message that comes in pieces."""

    async def read() -> tuple[bytes, str, int, bytes]:
        reader, crowd = asyncio.StreamReader(), ConnectionLimit([], 1)
        receiving = Receiving(crowd, crowd.strangers, most)
        task = asyncio.ensure_future(receiving.read(reader))
        places = sorted({0, len(wire), *(cut % (len(wire) + 1) for cut in cuts)})
        for begin, end in pairwise(places):
            reader.feed_data(wire[begin:end])
            for _ in range(3):
                await asyncio.sleep(0)
        content = await task
        receiving.release()
        reader.feed_eof()
        return content, receiving.refusal, crowd.strangers.octets, await reader.read()

    return asyncio.run(read())


LINES = st.lists(
    st.sampled_from([b"", b".", b"..", b".\r", b"\n", b"a", b"\n.\n", b".a", b"\r.\r", b"x" * 100, b"\r", b"\r\n.\r"]),
    max_size=12,
)


@given(LINES, st.lists(st.integers(0, 2000), max_size=6))
def test_what_was_sent_is_what_is_kept(lines: list[bytes], cuts: list[int]) -> None:
    content = b"".join(line + b"\r\n" for line in lines)
    stuffed = b"".join(
        (b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in content.split(b"\r\n")[:-1]
    )
    found = received(stuffed + b".\r\nQUIT\r\n", cuts)
    assert found == (content, "", 0, b"QUIT\r\n")


@given(st.integers(0, 30))
def test_a_message_may_be_as_large_as_is_said_and_not_larger(lines: int) -> None:
    content, refusal, held, behind = received(b"abc\r\n" * lines + b".\r\n", [], most=50)
    assert (refusal, held, behind) == (TOO_LARGE if lines > 10 else "", 0, b"")
    assert len(content) == (0 if lines > 10 else 5 * lines)
