"""What a person gave us about themselves, checked: the address and the name."""

from __future__ import annotations

import unicodedata

from newsletter.errors import InputError
from newsletter.mail.address import hash_of, parse_address
from newsletter.sentences import sentence
from newsletter.store.audience.subscribers import NewSubscriber

MOST_NAME_CHARS = 200
TURNING = "\u202a\u202b\u202d\u202e"
"""Signs that nobody sees, and that turn the direction of what follows."""


def read_reader(address: str, name: str = "") -> NewSubscriber:
    """Return the person behind `address`. Raises InputError when address or name cannot be used."""
    parsed = parse_address(address)
    return NewSubscriber(parsed.text, hash_of(parsed), parsed.domain, read_name(name))


def read_name(name: str) -> str:
    """Return `name` without outer space. Raises InputError when it is too long or could break out of a header."""
    name = name.strip()
    if len(name) > MOST_NAME_CHARS:
        raise InputError(
            sentence("a name has at most %(most)s characters", most=MOST_NAME_CHARS),
            where="name",
            remedy=sentence("shorten it"),
        )
    if name.isprintable():
        return name  # nearly every one: none of those that are looked for below is printable
    if any(map(is_unfit, name)):
        raise InputError(
            sentence("a name stands on one line, without control characters"),
            where="name",
            remedy=sentence("type it anew"),
        )
    return name


def is_unfit(character: str) -> bool:
    """Tell of control characters (CR and LF among them), and of those that turn what follows: no name has them."""
    return character in TURNING or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
