"""Mend what preflight found, where a finding says how: in the text of a draft, and through the same door as every edit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from newsletter.accounts.permissions import require
from newsletter.issues.drafts import not_a_draft
from newsletter.issues.editing import Editing
from newsletter.issues.preflight.finding import Fix
from newsletter.issues.preflight.prose import prose_of
from newsletter.issues.preflight.written_addresses import found_in
from newsletter.model import Issue
from newsletter.model.actor import Actor
from newsletter.model.revisions import RevisionOrigin
from newsletter.model.rights import Right
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.store.issues import issues


@dataclass(frozen=True, slots=True)
class Mended:
    """An issue after mending, and what was changed in it."""

    issue: Issue
    fixes: list[Fix]


@dataclass(frozen=True)
class Mending:
    """The tools of mending, put together once per process."""

    database: Database
    editing: Editing

    def mend(self, issue_id: int, fixes: Iterable[Fix], *, revision: int, by: Actor) -> Mended:
        """Store a draft with these fixes, which were found in its `revision`; one that does not fit its line is left out.

        Raises NotFoundError; ForbiddenError; ConflictError when the issue is no draft, or somebody saved it meanwhile. Where nothing
        is to be changed nothing is stored.
        """
        with self.database.read() as session:
            issue = issues.by_id(session, issue_id)
            require(by, Right.WRITE, issue.publication_id)
            if issue.state is not IssueState.DRAFT:
                raise not_a_draft(issue)
        text, made = mended(issue.source, fixes)
        if not made:
            return Mended(issue, [])
        issue = self.editing.save(issue_id, text=text, revision=revision, by=by, origin=RevisionOrigin.MENDED)
        return Mended(issue, made)


def mended(text: str, fixes: Iterable[Fix]) -> tuple[str, list[Fix]]:
    """Return the text with each fix made on its line, never in code, and those that were made.

    Of two fixes of the same words on a line the later one counts.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines, prose = text.split("\n"), prose_of(text).split("\n")
    made: list[Fix] = []
    for (number, old), fix in {(fix.line, fix.old): fix for fix in fixes}.items():
        if not 0 < number <= len(lines) or fix.old == fix.new or "\n" in fix.new:
            continue
        places = [place for place, written in found_in(prose[number - 1]) if written == old]
        for place in reversed(places):
            for each in (lines, prose):
                each[number - 1] = each[number - 1][:place] + fix.new + each[number - 1][place + len(old) :]
        made += [fix] if places else []
    return "\n".join(lines), made
