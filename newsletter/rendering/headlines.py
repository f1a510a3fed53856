"""What an issue is called: one headline for mail, text, page, feed and lists, where the publication's own name would tell nothing."""

from __future__ import annotations

import re
from typing import Protocol

from newsletter.mail.merge_fields import with_fallbacks
from newsletter.rendering.latex import soften_line

_SEPARATOR = re.compile(r"\s*[:,|·–—]|\s+-+\s")  # noqa: RUF001 - dashes as people type them; one inside a word separates nothing
_BETWEEN = " \t\u00a0\u202f:;,.!?/|·•–—-…"  # noqa: RUF001
_WORD = re.compile(r"[“‘«„\"'(\[¿¡#]?\w(?=.*[^\W\d_])|\W?[^\W\d_]", re.DOTALL)  # noqa: RUF001


_WIDOW = 10
"""Letters of a last word that looks lost."""
_LONG_ENOUGH = 3
"""Spaces before it in a headline that breaks into lines."""


class Titled(Protocol):
    """An Issue or a Document, or what is known of one."""

    @property
    def title(self) -> str:
        """Its title."""
        ...

    @property
    def subject(self) -> str:
        """Its subject line."""
        ...


def headline(titled: Titled, publication_name: str) -> str:
    """Return the title without its LaTeX; when it is only the publication's name, the subject, less that name where a separator ends it."""
    if titled.title.strip().casefold() != publication_name.strip().casefold():
        return soften_line(titled.title)
    subject = with_fallbacks(titled.subject)
    return soften_line(_without(publication_name.strip(), subject) if subject.strip() else titled.title)


def shown_subject(titled: Titled) -> str:
    """Return the subject as an inbox shows it: without its LaTeX, its merge fields by their fallbacks."""
    return soften_line(with_fallbacks(titled.subject))


def unwidowed(line: str) -> str:
    """Return a headline whose last two words stay together where the last one would look lost alone on a line."""
    before, space, last = line.rpartition(" ")
    return f"{before}\u00a0{last}" if space and len(last) <= _WIDOW and before.count(" ") >= _LONG_ENOUGH else line


def _without(name: str, subject: str) -> str:
    """The subject without the name before it; the whole where only a part of a word, or no word at all, would be left."""
    if not name or subject[: len(name)].casefold() != name.casefold():
        return subject
    rest = subject[len(name) :]
    left = rest.lstrip(_BETWEEN)
    if not _SEPARATOR.match(rest) or not _WORD.match(left):
        return subject
    first = left[:1].upper()
    return (first if len(first) == 1 else left[:1]) + left[1:]
