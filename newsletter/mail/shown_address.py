"""A reader's address as the footer of a mail shows it: octets that are the same in HTML, in text and in quoted-printable."""

from __future__ import annotations

import re

MOST_CHARS = 72
"""A row of quoted-printable holds 76, its soft break included (RFC 2045 section 6.7 (5))."""
_PLAIN = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9._+-]*@[A-Za-z0-9.-]+")
_ODD = re.compile(r"[^A-Za-z0-9._+@-]")
_STAND_IN = "?"


def shown_address(address: str) -> bytes:
    """Return at most 72 octets; what would need an escape in one of the three is a question mark, by which its reader still knows it."""
    if len(address) <= MOST_CHARS and _PLAIN.fullmatch(address):
        return address.encode()
    plain = _ODD.sub(_STAND_IN, address)
    if plain.startswith("."):  # RFC 5321 section 4.5.2: no line of a message may begin with a dot
        plain = _STAND_IN + plain[1:]
    return (plain if len(plain) <= MOST_CHARS else f"{plain[: MOST_CHARS - 3]}...").encode()
