"""What a language model answers, and what it proposes for a draft once that was checked: Markdown in our own hand, which nobody has read yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MOST_TOKENS = 3_000
"""Of an answer: asked for, and counted beforehand."""


class Unanswered(StrEnum):
    """Why a language model proposed nothing."""

    OFF = "off"  # the settings name nobody
    SPENT = "spent"  # the tokens of the day are used up
    SLOW = "slow"  # no whole answer in time
    REFUSED = "refused"  # no connection, or an answer that is an error
    LIMITED = "limited"  # 429: too much was asked of it
    NONSENSE = "nonsense"  # an answer that is none, breaks off or is too large


@dataclass(frozen=True, slots=True)
class Answered:
    """What it said, and how many tokens that took by its own statement; None: it states none."""

    text: str
    tokens: int | None


@dataclass(frozen=True, slots=True)
class NotAnswered:
    """Why nothing came, in one word and in a sentence; `wait`: for so many seconds, where it says so."""

    why: Unanswered
    words: str
    wait: int = 0


@dataclass(frozen=True, slots=True)
class ProposedWords:
    """Paragraphs of a lead, and summaries by the slug of the section and the key of the item, each one paragraph."""

    lead: tuple[str, ...] = ()
    summaries: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.lead or self.summaries)


@dataclass(frozen=True, slots=True)
class PutWords:
    """What of them stands in a draft now, and its revision."""

    revision: int
    lead: bool
    summaries: int
