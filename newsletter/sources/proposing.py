"""Propose a lead and summaries for a draft, from the items that stand in it, and put them there, marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from newsletter.model import Issue
from newsletter.model.actor import Actor
from newsletter.model.document import Document, ItemBase
from newsletter.model.proposed import ProposedWords, PutWords
from newsletter.sources.cited_sentences import ToldCandidate
from newsletter.sources.drafting import Drafting, Proposal

LONG_ENOUGH = 240
"""Characters of an item's text from which on it gets a summary; a shorter one is read as quickly."""
_KINDS = frozenset({"links", "papers", "repositories", "text"})
"""Of items that a lead may speak of: no table, for figures are not retold, and nothing that somebody paid for."""


class WordsOfDrafts(Protocol):
    """What knows drafts and puts words into them: `newsletter.issues.drafted_words.DraftedWords`."""

    def draft(self, issue_id: int, *, who: Actor) -> Issue:
        """Return a draft that this actor may change."""
        ...

    def undrafted(self, text: str) -> str:
        """Return a text without the words in it that a model wrote and nobody has read."""
        ...

    def put(self, issue_id: int, proposed: ProposedWords, *, revision: int, by: Actor) -> PutWords:
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

    drafting: Drafting
    words: WordsOfDrafts

    def propose(self, issue_id: int, *, by: Actor, stores: bool = True) -> Proposed:
        """Ask for words about the items of a draft, and store them there with their mark, or show them alone (`stores`).

        A model is not told what it said before, so that nothing rests on that. Raises NotFoundError; ForbiddenError; ConflictError
        when the issue is no draft, before anybody is asked, or somebody saved it meanwhile.
        """
        issue = self.words.draft(issue_id, who=by)
        document = Document.model_validate(issue.content)
        offered = dict(enumerate(_offered(document), 1))
        given = [
            ToldCandidate(number, item.title, item.url, self.words.undrafted(item.body))
            for number, (_, item) in offered.items()
        ]
        wanted = [each.id for each in given if len(each.text) >= LONG_ENOUGH]
        proposal = self.drafting.propose(given, language=document.language, wanted=wanted)
        summaries = {offered[number][0]: words for number, words in proposal.summaries.items()}
        words = ProposedWords(proposal.lead, summaries)
        if not stores or not words:
            return Proposed(proposal, words, revision=issue.revision)
        done = self.words.put(issue_id, words, revision=issue.revision, by=by)
        return Proposed(proposal, words, done.lead, done.summaries, done.revision)


def _offered(document: Document) -> Iterator[tuple[tuple[str, str], ItemBase]]:
    """Yield the items that a model is told of, by section and key."""
    for section in document.sections:
        yield from (((section.slug, item.key), item) for item in section.items if section.kind in _KINDS)
