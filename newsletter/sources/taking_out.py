"""Take candidates out of the draft that they were put into: the way back from there, as long as nobody has written over them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.errors import ConflictError, NotFoundError
from newsletter.model import Candidate, Issue, Publication
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.model.section_plan import read_plan
from newsletter.model.states import CandidateState
from newsletter.rendering.markdown_file import write_item
from newsletter.sources.assembling import offer_of
from newsletter.sources.wording import item_of
from newsletter.store.database import Database
from newsletter.store.publications import publications
from newsletter.store.sources import candidates, moving, placed


class TakesOut(Protocol):
    """What writes drafts: it knows the file, and who may."""

    def take_out(
        self, issue_id: int, written: Sequence[str], *, by: Actor, also: Callable[[Session, Issue], None]
    ) -> Issue:
        """Take items out that stand there as they were written. Raises ConflictError when one was changed."""


@dataclass(frozen=True)
class TakingOut:
    """The tools of taking candidates out of a draft, put together once per process."""

    database: Database
    drafts: TakesOut

    def take_out(self, publication_id: int, ids: Collection[int], *, by: Actor) -> list[int]:
        """Take candidates of one draft out of it, and return their ids. Raises ForbiddenError; NotFoundError; ConflictError, and nothing is changed."""
        with self.database.read() as session:
            home = publications.by_id(session, publication_id)
            require(by, Right.WRITE, home.id)
            rows = [row for row in candidates.by_ids(session, ids) if row.publication_id == home.id]
            issue_ids = {row.issue_id for row in rows if row.state is not CandidateState.USED} - {None}
            if not rows or len(issue_ids) != 1:
                raise NotFoundError("they do not stand in one draft", remedy="look at the candidates as they are now")
            written = _written(session, home, rows)
        [issue_id] = issue_ids
        taken = [row.id for row in rows]

        def also(session: Session, _issue: Issue) -> None:
            moving.place(session, home.id, taken, None)

        self.drafts.take_out(issue_id or 0, written, by=by, also=also)
        return taken


def _written(session: Session, home: Publication, rows: Sequence[Candidate]) -> list[str]:
    kinds = {plan.slug: plan.kind for plan in read_plan(home.sections)}
    names = placed.names_of(session, {row.source_id for row in rows if row.source_id is not None})
    items = [
        item_of(offer_of(row, names, home), kinds[row.section], mailed=True) if row.section in kinds else None
        for row in rows
    ]
    if None in items:
        raise ConflictError("one of them does not stand there as it is now", remedy="take it out in the draft")
    return [write_item(item) for item in items if item is not None]
