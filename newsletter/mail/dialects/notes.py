"""Lotus Notes and Domino: the reason before the address, or "was not delivered to ... because"."""

from __future__ import annotations

import re

from newsletter.mail.dialects.base import Dialect, failures
from newsletter.mail.letter import ADDRESS, Letter
from newsletter.mail.report import Failure

_FAILURE_REASONS = re.compile(r"^-{2,}\s*failure reasons?\s*-{2,}\s*$", re.IGNORECASE | re.MULTILINE)
_NOT_DELIVERED = re.compile(
    r"was not delivered to:\s*\n(?P<who>[\s\S]{3,1000}?)\n\s*because:?\s*\n(?P<why>[\s\S]{3,1500}?)(?:\n\s*\n|\Z)",
    re.IGNORECASE,
)


def _recognises(letter: Letter) -> bool:
    return bool(_FAILURE_REASONS.search(letter.whole_text) or _NOT_DELIVERED.search(letter.whole_text))


def _read(letter: Letter) -> list[Failure]:
    """Domino looks names up before it takes the message, so its "not listed" is about the address."""
    found: list[tuple[str, str]] = []
    for match in _NOT_DELIVERED.finditer(letter.whole_text):
        found += [(address, match["why"]) for address in ADDRESS.findall(match["who"])]
    if start := _FAILURE_REASONS.search(letter.whole_text):
        found += _before(letter.text[start.end() :] or letter.whole_text[start.end() :])
    return failures(letter, found, command="RCPT")


def _before(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    words: list[str] = []
    for line in text.split("\n")[:500]:
        if line.lstrip().startswith("---"):
            break
        if addresses := ADDRESS.findall(line):
            found += [(address, " ".join(words)) for address in addresses]
            words = [] if len(ADDRESS.sub("", line).strip()) < 4 else [line]
        elif line.strip():
            words.append(line.strip())
    return found


NOTES = Dialect("notes", "Lotus Notes and Domino router messages", _recognises, _read)
