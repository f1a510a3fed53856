"""Text of others on one line, without what nobody sees; and cut to a length: at the end of a sentence where one is near, else at a word."""

from __future__ import annotations

import re
import unicodedata

LINE_CHARS = 1_000
"""Longest line, as a document holds it."""
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_OLD_ENDS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
_SPACE = re.compile(r"\s+")
_JOINERS = frozenset("\u200c\u200d")  # within words of some scripts, and within emoji
_STRAY = re.compile(
    "(?:\\A|(?<=[\\x00-\\x7f]))[\u200c\u200d]++|(?<![\u200c\u200d])[\u200c\u200d]++(?=[\\x00-\\x7f]|\\Z)"
)
"""A joiner beside a sign of ASCII joins nothing: it only hides what stands there."""

_END = re.compile(r"[.!?…]['\"”’»)\]]{0,3}(?=\s|$)|[。！？؟۔।]['\"”’»)\]」』）]{0,3}")  # noqa: RUF001
_BEGINS_NOT = re.compile(r"\s*[a-zß-öø-ÿ,;:)\]–-]")  # noqa: RUF001
"""What follows a full stop that ends no sentence: a small letter, or a sign that goes on."""
_ABBREVIATED = re.compile(
    r"(?:^|[\s(])(?:[A-Za-z]|al|cf|Co|Corp|Dr|Eq|Eqs|eq|etc|Fig|Figs|fig|Inc|Ltd|No|Prof|Mr|Mrs|Ms|Sec|Sect|St|Tab|vs|resp|approx|bzw|Nr"
    r"|[A-Za-z]\.[A-Za-z])\.$"
)
_LOOKED_BACK = 12
_LEAST = 0.4
"""A sentence that would leave less than this share of the length is cut within the next one instead."""


def seen(text: str) -> str:
    """Return text without control characters, but for tabs and line ends, and without those that turn the direction of writing.

    The line ends of old terminals and of EBCDIC are written as everybody's: a document holds no other.
    """
    return _UNSEEN.sub("", _OLD_ENDS.sub("\n", text))


def one_line(text: str, most: int = LINE_CHARS) -> str:
    """Return what is seen of a text on one line of at most `most` characters, cut at a word; nothing else is changed."""
    return at_word(_SPACE.sub(" ", seen(text)).strip(), most)


def printable_line(text: str, most: int = 0) -> str:
    """Return the signs of a text that are printed, on one line and composed (NFC), cut at a word where `most` is given.

    Marks that nobody sees go, too, and signs of private use: what is left is what a reader, or a language model, is shown.
    """
    composed = unicodedata.normalize("NFC", text)
    kept = "".join(sign for sign in composed if sign.isprintable() or sign.isspace() or sign in _JOINERS)
    line = " ".join(_STRAY.sub("", kept).split())
    return at_word(line, most) if most else line


def at_word(text: str, most: int) -> str:
    """Return text of at most `most` characters: whole words and "…" where something is left out; a word longer than all is cut."""
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    if not text[most - 1].isspace():
        before = kept.rpartition(" ")[0]
        kept = before if len(before) > most // 2 else kept
    return kept.rstrip(" ,;:-–—") + "…"  # noqa: RUF001


def at_sentence(text: str, most: int) -> str:
    """Return the whole sentences of a text that fit into `most` characters, or where none does as many words."""
    if len(text) <= most:
        return text
    ends = [found.end() for found in _END.finditer(text, 0, most + 1) if found.end() <= most and _ends(text, found)]
    return text[: ends[-1]] if ends and ends[-1] >= most * _LEAST else at_word(text, most)


def _ends(text: str, found: re.Match[str]) -> bool:
    before = text[max(0, found.start() + 1 - _LOOKED_BACK) : found.start() + 1]
    return not (_BEGINS_NOT.match(text, found.end()) or _ABBREVIATED.search(before))
