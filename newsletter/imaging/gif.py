"""A moving GIF without what came along: comments and foreign data go, frames and how often they run stay.

GIF89a, https://www.w3.org/Graphics/GIF/spec-gif89a.txt; the loop is that of NETSCAPE2.0.
"""

from __future__ import annotations

from newsletter.errors import InputError

_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def bare(octets: bytes, *, where: str) -> bytes:
    """Return the GIF with its frames alone, up to its trailer. Raises InputError for what is no whole GIF."""
    try:
        return _bare(octets)
    except IndexError:
        remedy = "save it anew, or as PNG"
        raise InputError("the GIF ends before it should", where=where, remedy=remedy) from None


def _bare(octets: bytes) -> bytes:
    place = _behind_colours(13, octets[10], octets)
    kept = bytearray(b"GIF89a" + octets[6:place])
    while octets[place] != _TRAILER:
        begins, kind = place, octets[place]
        if kind == _IMAGE:
            place = _behind_blocks(_behind_colours(place + 10, octets[place + 9], octets) + 1, octets)
            kept += octets[begins:place]
        elif kind == _EXTENSION:
            label = octets[place + 1]
            place = _behind_blocks(place + 2, octets)
            is_loop = label == _APPLICATION and octets[begins + 3 : begins + 14] in _LOOPS
            if label == _CONTROL or is_loop:
                kept += octets[begins:place]
        else:
            raise IndexError
    kept.append(_TRAILER)
    return bytes(kept)


def _behind_colours(place: int, flags: int, octets: bytes) -> int:
    """Return where a colour table ends that begins at `place`, if `flags` say that there is one."""
    behind = place + (3 * 2 ** ((flags & 0x07) + 1) if flags & 0x80 else 0)
    octets[behind - 1]  # raises where it is cut
    return behind


def _behind_blocks(place: int, octets: bytes) -> int:
    """Return where a chain of data blocks ends, behind the empty one."""
    while octets[place]:
        place += octets[place] + 1
    return place + 1
