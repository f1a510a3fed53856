"""Cut a text to a length: at the end of a sentence where one is near, else at a word, with a sign that something is missing."""

from __future__ import annotations

import re

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
