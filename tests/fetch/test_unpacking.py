"""Gzip is unpacked as it comes, and never further than it may be."""

from __future__ import annotations

import contextlib
import gzip
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.fetch.unpacking import Unpacking
from newsletter.fetch.values import BrokenAnswerError, LargeAnswerError

MB = 1 << 20


def unpacked(packed: bytes, *, most: int = MB, step: int = 1000) -> bytes:
    unpacking = Unpacking(most)
    found = b"".join(unpacking.take(packed[n : n + step]) for n in range(0, len(packed), step))
    unpacking.end()
    return found


@given(st.lists(st.binary(max_size=300), max_size=5), st.integers(1, 50))
def test_whatever_was_packed_comes_out_however_it_is_cut(parts: list[bytes], step: int) -> None:
    assert unpacked(b"".join(map(gzip.compress, parts)), step=step) == b"".join(parts)


@given(st.binary(max_size=300), st.integers(1, 50))
def test_octets_of_any_kind_are_unpacked_or_refused(octets: bytes, step: int) -> None:
    with contextlib.suppress(BrokenAnswerError, LargeAnswerError):
        unpacked(octets, step=step)


@given(st.binary(min_size=1, max_size=300), st.data())
def test_what_breaks_off_is_told(content: bytes, data: st.DataObject) -> None:
    packed = gzip.compress(content)
    with pytest.raises(BrokenAnswerError, match="breaks off"):
        unpacked(packed[: data.draw(st.integers(1, len(packed) - 1))])


def test_the_bound_counts_what_comes_out_to_the_octet() -> None:
    packed = gzip.compress(b"x" * 5000)
    assert unpacked(packed, most=5000) == b"x" * 5000
    with pytest.raises(LargeAnswerError, match="larger than 4999 octets when it is unpacked"):
        unpacked(packed, most=4999)
    with pytest.raises(LargeAnswerError):
        unpacked(packed * 2, most=9999)


def test_a_bomb_ends_at_the_bound_and_not_in_memory() -> None:
    bomb = gzip.compress(gzip.compress(bytes(100 * MB)))
    assert len(bomb) < 10_000
    bomb = gzip.decompress(bomb)
    tracemalloc.start()
    try:
        with pytest.raises(LargeAnswerError):
            unpacked(bomb, most=MB, step=65_536)
        assert tracemalloc.get_traced_memory()[1] < 4 * MB
    finally:
        tracemalloc.stop()


def test_what_follows_the_last_part_is_passed_over_when_it_is_none() -> None:
    assert unpacked(gzip.compress(b"x") + bytes(500)) == b"x"
    assert unpacked(b"") == b""


def test_a_million_empty_parts_are_not_unpacked() -> None:
    with pytest.raises(BrokenAnswerError, match="more than 1000 parts"):
        unpacked(gzip.compress(b"") * 200_000, step=65_536)


@pytest.mark.parametrize(
    "octets", [b"<rss/>", b"\x1f\x8b\x08nonsense" * 5, gzip.compress(b"x" * 100, mtime=0)[:-8] + b"12345678"]
)
def test_what_is_no_gzip_is_told(octets: bytes) -> None:
    with pytest.raises(BrokenAnswerError, match="cannot be unpacked"):
        unpacked(octets)
