"""Write drafts of items that others chose: begin one, or put more into one, and never touch what stands there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError
from newsletter.issues.drafts import add_draft, new_draft, rewrite_draft, saved_meanwhile, values_of
from newsletter.issues.editing import read_document
from newsletter.issues.inserting import inserted, with_additions
from newsletter.issues.starting import filled
from newsletter.model import Issue
from newsletter.model.actor import Actor
from newsletter.model.addition import Addition
from newsletter.model.document import Section
from newsletter.model.revisions import RevisionOrigin
from newsletter.model.rights import Right
from newsletter.store.database import Database
from newsletter.store.issues import issues
from newsletter.store.publications import publications

Also = Callable[[Session, Issue], None]
"""What is written in the transaction that writes a draft."""


@dataclass(frozen=True)
class Filling:
    """The tools of filling drafts, put together once per process."""

    database: Database
    clock: Clock

    def begin(
        self, publication_id: int, day: date, sections: Sequence[Section], *, note: str, by: Actor, also: Also
    ) -> Issue:
        """Store a draft of these sections for a day, whose slug it has; its lead is still to be written. `note` is a comment of its head.

        Raises NotFoundError; ForbiddenError; ConflictError when an issue of that slug is there. Then nothing is stored, nor what `also` writes.
        """
        with self.database.write() as session:
            home = publications.by_id(session, publication_id)
            require(by, Right.WRITE, home.id)
            text = filled(home.slug, home.name, home.language, day.isoformat(), day, sections=sections)
            text = text.replace("\n", f"\n# {note}\n", 1) if note else text
            draft = new_draft(home.id, values_of(read_document(text), text, self.clock, by))
            issue = add_draft(session, draft, by, RevisionOrigin.FILLED)
            also(session, issue)
            return issue

    def add(
        self, issue_id: int, revision: int, additions: Sequence[Addition], *, note: str, by: Actor, also: Also
    ) -> Issue:
        """Put items and sections into a draft that has this revision, between the lines that stand there.

        Raises NotFoundError; ForbiddenError; ConflictError when someone saved in between, or when it is no draft. Then nothing is stored.
        """
        with self.database.write() as session:
            issue = issues.by_id(session, issue_id)
            require(by, Right.WRITE, issue.publication_id)
            if issue.revision != revision:  # what is to be put in may stand there by now
                raise saved_meanwhile(issue, revision)
            document = read_document(issue.source)
            text = inserted(issue.source, document, additions, note)
            values = values_of(with_additions(document, additions), text, self.clock, by)
            changed = rewrite_draft(session, issue, revision, values, by, origin=RevisionOrigin.FILLED)
            also(session, changed)
            return changed

    def take_out(self, issue_id: int, written: Sequence[str], *, by: Actor, also: Also) -> Issue:
        """Take items out of a draft that stand there exactly as they were `written` (as in the file), each once.

        Raises NotFoundError; ForbiddenError; ConflictError when it is no draft, or one of them was changed by hand. Then nothing is stored.
        """
        with self.database.write() as session:
            issue = issues.by_id(session, issue_id)
            require(by, Right.WRITE, issue.publication_id)
            text = issue.source
            for item in written:
                text = _without(text, item)
            values = values_of(read_document(text), text, self.clock, by)
            changed = rewrite_draft(session, issue, issue.revision, values, by, origin=RevisionOrigin.FILLED)
            also(session, changed)
            return changed


def _without(text: str, item: str) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    block = item.replace("\n", end)
    before, found, after = text.partition(f"{end}{block}{end}")
    if not found or f"{end}{block}{end}" in after or not _begins_anew(after):
        raise ConflictError("it was changed by hand in the draft", remedy="take it out there")
    return before.rstrip("\r\n") + end + (end + after.lstrip("\r\n") if after.strip() else "")


def _begins_anew(after: str) -> bool:
    """Whether nothing more is said of the item: the file ends, or the next one begins."""
    return not after.strip() or after.lstrip("\r\n").startswith(("## ", "### "))
