"""How large an image is, by its first octets: PNG, GIF, JPEG and WebP."""

from __future__ import annotations

_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""Markers of JPEG that begin a frame (ITU-T T.81, table B.1)."""
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})


def image_size(octets: bytes) -> tuple[int, int] | None:
    """Return width and height in pixels; None for what is no image of these kinds, or is cut off before it says so."""
    if octets.startswith(b"\x89PNG\r\n\x1a\n") and octets[12:16] == b"IHDR":
        return _pair(octets[16:24], 4, "big")  # https://www.w3.org/TR/png/#11IHDR
    if octets[:6] in (b"GIF87a", b"GIF89a"):
        return _pair(octets[6:10], 2, "little")
    if octets.startswith(b"\xff\xd8"):
        return _jpeg(octets)
    if octets.startswith(b"RIFF") and octets[8:12] == b"WEBP":
        return _webp(octets)
    return None


def _pair(octets: bytes, length: int, order: str) -> tuple[int, int] | None:
    if len(octets) < 2 * length:
        return None
    big = order == "big"
    one, other = octets[:length], octets[length : 2 * length]
    return int.from_bytes(one, "big" if big else "little"), int.from_bytes(other, "big" if big else "little")


def _jpeg(octets: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 <= len(octets) and octets[place] == 0xFF:
        marker = octets[place + 1]
        if marker == 0xFF:  # a fill octet
            place += 1
        elif marker in _FRAMES:
            found = _pair(octets[place + 5 : place + 9], 2, "big")
            return (found[1], found[0]) if found else None
        elif marker in _STANDALONE:
            place += 2
        else:
            place += 2 + max(int.from_bytes(octets[place + 2 : place + 4], "big"), 2)
    return None


def _webp(octets: bytes) -> tuple[int, int] | None:
    """https://developers.google.com/speed/webp/docs/riff_container"""
    kind = octets[12:16]
    if kind == b"VP8X" and len(octets) >= 30:
        return int.from_bytes(octets[24:27], "little") + 1, int.from_bytes(octets[27:30], "little") + 1
    if kind == b"VP8L" and len(octets) >= 25:
        bits = int.from_bytes(octets[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and len(octets) >= 30:
        return int.from_bytes(octets[26:28], "little") & 0x3FFF, int.from_bytes(octets[28:30], "little") & 0x3FFF
    return None
