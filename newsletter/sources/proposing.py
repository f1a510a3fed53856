"""Propose a lead and summaries for a draft, from the items that stand in it, and put them there, marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from newsletter.accounts.permissions import require
from newsletter.model.actor import Actor
from newsletter.model.document import Document, ItemBase
from newsletter.model.proposed import ProposedWords, PutWords
from newsletter.model.rights import Right
from newsletter.sources.cited_sentences import ToldCandidate
from newsletter.sources.drafting import Drafting, Proposal
from newsletter.store.database import Database
from newsletter.store.issues import issues

LONG_ENOUGH = 240
"""Characters of an item's text from which on it gets a summary; a shorter one is read as quickly."""
_KINDS = frozenset({"links", "papers", "repositories", "text"})
"""Of items that a lead may speak of: no table, for figures are not retold, and nothing that somebody paid for."""


class Putting(Protocol):
    """What puts words into a draft: `newsletter.issues.drafted_words.DraftedWords.put`."""

    def __call__(self, issue_id: int, proposed: ProposedWords, *, revision: int, by: Actor) -> PutWords:
        """Store a draft with them."""
        ...


@dataclass(frozen=True, slots=True)
class Proposed:
    """What was proposed for a draft, and what of it stands there now."""

    proposal: Proposal
    words: ProposedWords
    lead: bool = False
    summaries: int = 0
    revision: int = 0


@dataclass(frozen=True)
class Proposing:
    """The tools of proposing words for a draft, put together once per process."""

    database: Database
    drafting: Drafting
    put: Putting

    def propose(self, issue_id: int, *, by: Actor, stores: bool = True) -> Proposed:
        """Ask for words about the items of a draft, and store them there with their mark, or show them alone (`stores`).

        Raises NotFoundError; ForbiddenError; ConflictError when the issue is no draft, or somebody saved it meanwhile.
        """
        with self.database.read() as session:
            issue = issues.by_id(session, issue_id)
            require(by, Right.WRITE, issue.publication_id)
        document = Document.model_validate(issue.content)
        offered = dict(enumerate(_offered(document), 1))
        given = [_candidate(number, item) for number, (_, item) in offered.items()]
        wanted = [number for number, (_, item) in offered.items() if len(item.body) >= LONG_ENOUGH]
        proposal = self.drafting.propose(given, language=document.language, wanted=wanted)
        summaries = {offered[number][0]: words for number, words in proposal.summaries.items()}
        words = ProposedWords(proposal.lead, summaries)
        if not stores or not words:
            return Proposed(proposal, words, revision=issue.revision)
        done = self.put(issue_id, words, revision=issue.revision, by=by)
        return Proposed(proposal, words, done.lead, done.summaries, done.revision)


def _offered(document: Document) -> Iterator[tuple[tuple[str, str], ItemBase]]:
    """Yield the items that a model is told of, by section and key."""
    for section in document.sections:
        yield from (((section.slug, item.key), item) for item in section.items if section.kind in _KINDS)


def _candidate(number: int, item: ItemBase) -> ToldCandidate:
    return ToldCandidate(number, item.title, item.url, item.body)
