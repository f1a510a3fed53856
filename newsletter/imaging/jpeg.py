"""Tell whether a JPEG carries anything but its picture: such a one is written anew, and another is kept, octet for octet.

ITU-T T.81 annex B (markers), T.871 (JFIF).
"""

from __future__ import annotations

import re

_JFIF = 0xE0
_TABLES = frozenset({0xC4, 0xDB, 0xDD})  # DHT, DQT, DRI
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # SOF0 baseline, SOF1 extended, SOF2 progressive
_SCAN, _END = 0xDA, 0xD9
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7]")  # not a stuffed octet, nor a restart


def is_bare(octets: bytes) -> bool:
    """Whether the file holds a picture of plain JFIF and ends with it: no Exif, no profile, no comment, nothing behind."""
    place = 2
    try:
        while octets[place] == 0xFF:
            kind = octets[place + 1]
            if kind == _END:
                return len(octets) == place + 2
            length = int.from_bytes(octets[place + 2 : place + 4], "big")
            if not _is_plain(kind, octets[place + 4 : place + 2 + length]):
                return False
            place += 2 + length
            if kind == _SCAN:
                found = _MARKER.search(octets, place)
                if found is None:
                    return False
                place = found.start()
    except IndexError:
        return False
    return False


def _is_plain(kind: int, payload: bytes) -> bool:
    if kind == _JFIF:
        return payload.startswith(b"JFIF\0") and payload[12:] == b"\0\0"  # without a thumbnail
    return kind in _TABLES or kind in _FRAMES or kind == _SCAN
