"""The readers of sources, one a kind: octets in, candidates out, nothing else touched.

Each module has `sniff(content, address) -> bool`, which tells cheaply whether it could be meant, and `read(content, question) -> Reading`,
which raises BrokenAnswerError or LimitedAnswerError and nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from newsletter.model.sources import SourceKind
from newsletter.sources.found import Reading
from newsletter.sources.kinds import arxiv, feed, github, hacker_news, hf_papers, octets, table
from newsletter.sources.kinds.question import Question
from newsletter.sources.mapped_kinds import mistakes


class SourceKindModule(Protocol):
    """What the module of a kind holds."""

    def sniff(self, content: bytes, address: str) -> bool:
        """Tell whether this answer looks like one of the kind."""
        ...

    def read(self, content: bytes, question: Question) -> Reading:
        """Return what the answer offers. Raises BrokenAnswerError, LimitedAnswerError."""
        ...


KINDS: dict[SourceKind, SourceKindModule] = {
    SourceKind.ARXIV: arxiv,
    SourceKind.HF_PAPERS: hf_papers,
    SourceKind.HACKER_NEWS: hacker_news,
    SourceKind.GITHUB: github,
    SourceKind.FEED: feed,
    SourceKind.TABLE: table,
}
"""Which module reads which kind; in the order in which they are asked whether an answer is theirs."""


def read(kind: SourceKind, content: bytes, question: Question) -> Reading:
    """Return what an answer of this kind offers, and first of all what the kind does not read of its mapping.

    Raises BrokenAnswerError, LimitedAnswerError.
    """
    reading = KINDS[kind].read(content, question)
    unread = tuple(str(mistake) for mistake in mistakes(kind, question.mapping))
    return replace(reading, told=(*unread, *reading.told)) if unread else reading


def chosen_kind(content: bytes, address: str = "") -> SourceKind | None:
    """Return the first kind that takes an answer for its own, from the narrowest to the widest; None when none does. Raises BrokenAnswerError."""
    content = octets.unpacked(content)
    return next((kind for kind, module in KINDS.items() if module.sniff(content, address)), None)
