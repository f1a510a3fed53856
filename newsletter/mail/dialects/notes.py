"""Lotus Notes and Domino: the reason before the address, or "was not delivered to ... because"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.mail import excerpts
from newsletter.mail.dialects.base import Dialect, failures
from newsletter.mail.report import Failure
from newsletter.mail.returned_message import ADDRESS, ReturnedMessage

_FAILURE_REASONS = re.compile(r"^-{2,}\s*failure reasons?\s*-{2,}\s*$", re.IGNORECASE | re.MULTILINE)
_NOT_DELIVERED = re.compile(r"was not delivered to:(?=[^\S\n]*+\n)\s*+", re.IGNORECASE)
_BECAUSE = re.compile(r"^[^\S\n]*+because:?(?=[^\S\n]*+\n)\s*+", re.IGNORECASE | re.MULTILINE)


def _recognises(letter: ReturnedMessage) -> bool:
    return bool(_FAILURE_REASONS.search(letter.whole_text) or any(_not_delivered(letter.whole_text)))


def _not_delivered(text: str) -> Iterator[tuple[str, str]]:
    """Who and why, as often as it stands there."""
    return excerpts.parted(text, _NOT_DELIVERED, _BECAUSE, most=(1000, 1500))


def _read(letter: ReturnedMessage) -> list[Failure]:
    """Domino looks names up before it takes the message, so its "not listed" is about the address."""
    found: list[tuple[str, str]] = []
    for who, why in _not_delivered(letter.whole_text):
        found += [(address, why) for address in ADDRESS.findall(who)]
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
