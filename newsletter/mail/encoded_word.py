"""Encoded words (RFC 2047): text that is not ASCII, inside a header."""

from __future__ import annotations

import base64

WORD_CHARS = 75
"""Longest encoded word (RFC 2047 section 2)."""

_FRAME = len("=?utf-8?q??=")
# RFC 2047 section 5 (3): in a phrase only these stand for themselves; that is good for every other place as well.
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_Q = [chr(o) if o in _PLAIN else "_" if o == 0x20 else f"={o:02X}" for o in range(256)]


def encoded_words(text: str, *, before: int = 0) -> str:
    """Return `text` as encoded words with single spaces between, each at most 75 characters, in Q where few
    characters need it, else in B.

    `before` characters already stand before the first word on its line.
    """
    octets = text.encode()
    # A little longer is well spent on words people can read in the source.
    readable = len(_q(octets)) <= len(_b(octets)) + 8
    words, start, weight = [], 0, 0
    room = _capacity(before, readable=readable)
    for position, character in enumerate(text):
        # A word never ends within a character (RFC 2047 section 5).
        own = len(_q(character.encode())) if readable else len(character.encode())
        if weight + own > room and weight:
            words.append(text[start:position])
            start, weight, room = position, 0, _capacity(0, readable=readable)
        weight += own
    words.append(text[start:])
    letter, encode = ("q", _q) if readable else ("b", _b)
    return " ".join(f"=?utf-8?{letter}?{encode(word.encode())}?=" for word in words)


def _capacity(before: int, *, readable: bool) -> int:
    """How much one word holds: encoded characters for Q, octets for B."""
    room = max(WORD_CHARS - _FRAME - before, 16)
    return room if readable else room // 4 * 3


def _q(octets: bytes) -> str:
    return "".join(_Q[o] for o in octets)


def _b(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
