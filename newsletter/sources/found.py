"""What a reader makes of a source's answer: candidates as values, and what it has to say of the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

Attribute: TypeAlias = str | int | float | bool | list[str]


@dataclass(frozen=True, slots=True)
class FoundCandidate:
    """One thing that a source offers, as it stands there now.

    `title` is plain text on one line, LaTeX as it came; `text` is cleaned Markdown without headings; `url` is absolute or empty;
    `published` is in UTC. `key` is unique in the answer: `newsletter.canonical_url.key_of` the address, or what the kind knows things by
    (`arxiv:2605.01234`, `github:123456789`, the key of a row). A figure that nobody knows is left out of `attributes`, never 0.
    """

    key: str
    title: str
    url: str = ""
    text: str = ""
    published: datetime | None = None
    attributes: dict[str, Attribute] = field(default_factory=dict)
    guid: str = ""
    points: int | None = None


@dataclass(frozen=True, slots=True)
class FoundTable:
    """The rows of a board, in its order, each by its key; cells as the mapping's columns say, None where there is no figure."""

    columns: tuple[dict[str, Any], ...]
    """As `newsletter.sources.mapping.BoardColumn`, dumped."""
    rows: tuple[tuple[str, tuple[str | float | None, ...]], ...]
    attribution: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a reader made of one answer. `told`: sentences for the editor of what was left out, repaired or wrong.

    `stars`: counts of a kind that counts, by number; they are kept a day each, so that a difference is known on the next.
    """

    candidates: tuple[FoundCandidate, ...] = ()
    told: tuple[str, ...] = ()
    table: FoundTable | None = None
    stars: dict[str, int] = field(default_factory=dict)
    offered: tuple[tuple[str, str], ...] = ()
    """Feeds that a page names, (address, title) each: it is a page and no feed."""


class BrokenAnswerError(Exception):
    """An answer that is not what its kind reads; the words are for the editor. What could be read goes along."""

    def __init__(self, words: str, reading: Reading | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.reading = reading or Reading()


class LimitedAnswerError(Exception):
    """An answer that says, whatever its status: not now. `seconds` to wait, where it says how many."""

    def __init__(self, words: str, seconds: float | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.seconds = seconds
