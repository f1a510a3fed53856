"""The size of an image stands in its first octets; whatever else comes is none."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.issues.image_size import image_size


def png(width: int, height: int) -> bytes:
    """Return the beginning of a PNG, with its first chunk whole."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xc0\x00\x11\x08\x01\x40\x07\xd0\x03"
GIF = b"GIF89a" + struct.pack("<HH", 2000, 320)
WEBP = (
    b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00"
    + (1999).to_bytes(3, "little")
    + (319).to_bytes(3, "little")
)


@pytest.mark.parametrize("octets", [png(2000, 320), JPEG, GIF, WEBP])
def test_each_kind_says_its_size(octets: bytes) -> None:
    assert image_size(octets) == (2000, 320)


@given(st.sampled_from([png(9, 9), JPEG, GIF, WEBP, b""]), st.integers(0, 40), st.binary(max_size=60))
def test_what_is_cut_off_or_no_image_is_read_without_trouble(octets: bytes, end: int, more: bytes) -> None:
    found = image_size(octets[:end] + more)
    assert found is None or all(isinstance(side, int) and side >= 0 for side in found)
