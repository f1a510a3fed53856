"""Put what a language model proposed into a draft, marked, beside what a hand wrote and never over it; and take the marks out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.accounts.permissions import require
from newsletter.errors import ConflictError
from newsletter.issues.drafts import not_a_draft
from newsletter.issues.editing import Editing
from newsletter.issues.places import places_of
from newsletter.issues.preflight.drafted_marks import MARK, marked, marks_in, without_marks
from newsletter.issues.starting import is_starter
from newsletter.model import Issue
from newsletter.model.actor import Actor
from newsletter.model.document import Document
from newsletter.model.proposed import ProposedWords, PutWords
from newsletter.model.revisions import RevisionOrigin
from newsletter.model.rights import Right
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.store.issues import issues

_LONGEST_COMMENTS = 10_000
_BETWEEN = re.compile(r"\n(?:[ \t]*\n)+")


@dataclass(frozen=True)
class DraftedWords:
    """The tools of putting drafted words into a draft, put together once per process."""

    database: Database
    editing: Editing

    def put(self, issue_id: int, proposed: ProposedWords, *, revision: int, by: Actor) -> PutWords:
        """Store a draft with what was proposed for its `revision`. A lead that a hand wrote stays, and is then the whole lead.

        Raises NotFoundError; ForbiddenError; ConflictError when the issue is no draft, or somebody saved it meanwhile; DocumentError when the
        words do not fit into the draft. Where nothing is to be put nothing is stored.
        """
        issue = self.draft(issue_id, who=by)
        if issue.revision != revision:
            what = f"someone saved {issue.slug!r} while words were proposed for it"
            raise ConflictError(what, remedy="ask again")
        document = Document.model_validate(issue.content)
        lead = bool(proposed.lead) and takes_lead(document)
        chosen = ProposedWords(proposed.lead if lead else (), proposed.summaries)
        text, summaries = with_words(issue.source, document, chosen)
        if lead or summaries:
            origin = RevisionOrigin.DRAFTED
            issue = self.editing.save(issue_id, text=text, revision=revision, by=by, origin=origin)
        return PutWords(issue.revision, lead, summaries)

    def accept(self, issue_id: int, *, revision: int | None = None, by: Actor) -> int:
        """Take all marks out of a draft, for a person has read what they stand at; return how many there were.

        `revision` is the one that was read; None: whatever it is. Raises as `put` does.
        """
        issue = self.draft(issue_id, who=by)
        found = len(marks_in(issue.source))
        if found:
            text = without_marks(issue.source.replace("\r\n", "\n"))
            read = issue.revision if revision is None else revision
            self.editing.save(issue_id, text=text, revision=read, by=by, origin=RevisionOrigin.DRAFTED)
        return found

    def draft(self, issue_id: int, *, who: Actor) -> Issue:
        """Return a draft that `who` may change. Raises NotFoundError; ForbiddenError; ConflictError when it is none any more."""
        with self.database.read() as session:
            issue = issues.by_id(session, issue_id)
            require(who, Right.WRITE, issue.publication_id)
        if issue.state is not IssueState.DRAFT:
            raise not_a_draft(issue)
        return issue

    def undrafted(self, text: str) -> str:
        """Return a text without the paragraphs that still have their mark."""
        if MARK not in text:
            return text
        return "\n\n".join(block for block in _BETWEEN.split(text) if not block.startswith(MARK))


def takes_lead(document: Document) -> bool:
    """Tell whether a lead may be put into a draft: it has none, or one that no hand wrote."""
    return not list(_by_hand(document.lead))


def with_words(source: str, document: Document, proposed: ProposedWords) -> tuple[str, int]:
    """Return an issue file with these words, each paragraph marked, and how many summaries found their item.

    A summary stands above the text of its item. What was drafted before and still has its mark gives way; nothing else is touched.
    """
    places = places_of(document, source)
    lines, changes = places.lines, list[tuple[int, int, list[str]]]()
    if proposed.lead:
        changes.append(_lead(lines, places.lead if document.lead else 0, document, proposed.lead))
    for section, placed in zip(document.sections, places.sections, strict=True):
        for item, place in zip(section.items, placed.items, strict=True):
            summary = proposed.summaries.get((section.slug, item.key))
            if summary and not item.body:
                changes.append((place.heading, place.heading, ["", *marked(summary).split("\n")]))
            elif summary:
                old = _first_marked(item.body)
                changes.append(
                    (place.body - 1, place.body - 1 + old, [*marked(summary).split("\n"), *[""] * (not old)])
                )
    for start, end, new in sorted(changes, key=lambda change: -change[0]):
        lines[start:end] = new
    return "\n".join(lines), sum(1 for change in changes) - bool(proposed.lead)


def _lead(lines: list[str], first: int, document: Document, paragraphs: tuple[str, ...]) -> tuple[int, int, list[str]]:
    """Return the lines of the lead, and those that take their place: comments of the draft stay above it."""
    kept = [block for block in _BETWEEN.split(document.lead) if _is_comment(block)]
    words = "\n\n".join([*kept, *(marked(paragraph) for paragraph in paragraphs)])
    if first:
        return first - 1, first + document.lead.count("\n"), words.split("\n")
    end = next(number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---") + 1
    return end, end, ["", *words.split("\n")]


def _by_hand(lead: str) -> Iterator[str]:
    """Yield the paragraphs of a lead that somebody wrote: no comment, no words that every new issue begins with, nothing marked."""
    for block in _BETWEEN.split(lead):
        if block.strip() and not (_is_comment(block) or is_starter(block) or block.startswith(MARK)):
            yield block


def _is_comment(block: str) -> bool:
    """Tell whether a block holds comments and nothing else; a mark is none."""
    if MARK in block or len(block) > _LONGEST_COMMENTS:
        return False
    rest = block.strip()
    while rest.startswith("<!--"):
        rest = rest.partition("-->")[2].strip()
    return not rest


def _first_marked(body: str) -> int:
    """Return how many lines at the head of a text are drafted."""
    if not body.startswith(MARK):
        return 0
    return _BETWEEN.split(body, maxsplit=1)[0].count("\n") + 1
