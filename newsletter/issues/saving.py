"""Store what was typed, together with what somebody else stored meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from newsletter.errors import ConflictError, InputError
from newsletter.issues.drafts import SavedMeanwhileError
from newsletter.issues.editing import Editing
from newsletter.issues.merging import Merge, merge, without_base
from newsletter.issues.merging_parts import merge_parts
from newsletter.model import Issue, IssueRevision
from newsletter.model.actor import Actor
from newsletter.model.revisions import RevisionOrigin
from newsletter.store.database import Database
from newsletter.store.issues import issues, revisions

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Edit:
    """A text as typed on a revision, and what is to stay at places that both changed: `choices` by the key of the place."""

    text: str
    revision: int
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Saved:
    """An issue as stored; `together` is who stored the revision that it was put together with, empty where nobody did."""

    issue: Issue
    together: str = ""


class TouchingError(ConflictError):
    """Two people changed the same lines: whoever saves says which stay."""

    def __init__(self, found: Merge, stored: Issue, by_whom: str) -> None:
        super().__init__(
            f"{by_whom} changed the same lines: revision {stored.revision} was stored while you wrote",
            remedy="choose what is to stay at each place, and save again",
        )
        self.found = found
        self.stored = stored
        self.by_whom = by_whom


class UnreadableTogetherError(InputError):
    """Each text can be read, and both in one cannot; `text` is both in one."""

    def __init__(self, error: InputError, text: str, stored: Issue) -> None:
        super().__init__(error.what, where=error.where, remedy=error.remedy)
        self.error = error
        self.text = text
        self.stored = stored


@dataclass(frozen=True)
class Saving:
    """The tools of saving at the desk, put together once per process."""

    database: Database
    editing: Editing

    def save(self, issue_id: int, edit: Edit, *, by: Actor) -> Saved:
        """Store an edit; where somebody saved in between, both in one.

        Raises what `Editing.save` raises; TouchingError where both changed the same lines and nothing was chosen;
        UnreadableTogetherError. In each case nothing is stored.
        """
        try:
            issue = self.editing.save(issue_id, text=edit.text, revision=edit.revision, by=by, by_hand=True)
            return Saved(issue)
        except SavedMeanwhileError:
            return self._together(issue_id, edit, by)

    def _together(self, issue_id: int, edit: Edit, by: Actor) -> Saved:
        for last in range(_TRIES, 0, -1):
            stored, base, by_whom = self._meanwhile(issue_id, edit.revision)
            theirs = stored.source.replace("\r\n", "\n")
            found = _merged(base, edit.text, theirs)
            if found.undecided(edit.choices):
                raise TouchingError(found, stored, by_whom)
            text, number, origin = found.text(edit.choices), stored.revision, RevisionOrigin.MERGED
            try:
                issue = self.editing.save(issue_id, text=text, revision=number, by=by, by_hand=True, origin=origin)
                return Saved(issue, by_whom)
            except SavedMeanwhileError:
                if last == 1:
                    raise
            except InputError as error:
                raise UnreadableTogetherError(error, text, stored) from error
        raise AssertionError("the last try returns or raises")

    def _meanwhile(self, issue_id: int, revision: int) -> tuple[Issue, str | None, str]:
        """Return the issue as stored, the text that `revision` had if it is kept, and who stored since."""
        with self.database.read() as session:
            stored = issues.by_id(session, issue_id)
            base = revisions.find(session, issue_id, revision)
            newest = revisions.find(session, issue_id, stored.revision)
            text = None if base is None else revisions.unpacked(base.body).replace("\r\n", "\n")
            return stored, text, _name(newest)


def _merged(base: str | None, mine: str, theirs: str) -> Merge:
    """Put two texts together: by the parts of the issue where that leaves nothing open, else by lines."""
    if base is None:
        return without_base(mine, theirs)
    by_parts = merge_parts(base, mine, theirs)
    return merge(base, mine, theirs) if by_parts is None else Merge((tuple(by_parts.split("\n")),))


def _name(revision: IssueRevision | None) -> str:
    return revision.name if revision is not None and revision.name else "Somebody"
