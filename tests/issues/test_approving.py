"""Four eyes: where a publication asks for them, nothing goes out that a second person has not approved as it stands."""

from __future__ import annotations

import pytest

from newsletter.clock import SettableClock
from newsletter.errors import ConflictError
from newsletter.issues.approving import Approving
from newsletter.issues.deleting import Deleting
from newsletter.issues.editing import Editing
from newsletter.issues.publishing import Publishing
from newsletter.model import Issue
from newsletter.model.actor import Actor, operator
from newsletter.model.rights import Right
from newsletter.publications.creating import Creating, PublicationChange
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from tests.issues.samples import RENDERER, SETTINGS, add_publication, issue_text
from tests.parts.actors import OPERATOR, able
from tests.parts.answers import MEANT
from tests.parts.named import id_of_issue, id_of_publication

ALL = (Right.WRITE, Right.APPROVE, Right.SEND)
MARA, BEA, CY = (able(*ALL, editor_id=number) for number in (1, 2, 3))
NAMED = {"publication": "tide", "slug": "2026-01-02"}


@pytest.fixture
def draft(database: Database, clock: SettableClock) -> Issue:
    """A draft that Mara wrote, of a publication that asks for four eyes."""
    add_publication(database)
    Creating(database, clock).change(
        id_of_publication(database, "tide"), PublicationChange(four_eyes=True), by=OPERATOR
    )
    return Editing(database, clock).import_issue(issue_text(), source="x.md", by=MARA)


def send(database: Database, clock: SettableClock, by: Actor, *, again: bool = False) -> None:
    publishing = Publishing(database, clock, RENDERER, SETTINGS)
    publishing.schedule(id_of_issue(database, **NAMED), clock.now(), despite=MEANT, again=again, by=by)


def approve(database: Database, clock: SettableClock, by: Actor, revision: int | None = None) -> int:
    return Approving(database, clock).approve(id_of_issue(database, **NAMED), revision=revision, by=by)


def save(database: Database, clock: SettableClock, draft: Issue, subject: str, revision: int, by: Actor) -> None:
    text = issue_text(subject=subject)
    Editing(database, clock).save(draft.id, text=text, revision=revision, by=by)


def test_without_a_second_person_it_is_refused_with_what_to_do(
    database: Database, clock: SettableClock, draft: Issue
) -> None:
    for somebody in (MARA, BEA, OPERATOR):
        with pytest.raises(ConflictError, match="approval of a second person") as refused:
            send(database, clock, somebody)
        assert "newsletter issue approve 2026-01-02" in refused.value.remedy


def test_whoever_approved_does_not_send_and_somebody_else_does(
    database: Database, clock: SettableClock, draft: Issue
) -> None:
    assert approve(database, clock, BEA) == 1
    with pytest.raises(ConflictError):
        send(database, clock, BEA)
    send(database, clock, MARA)
    Publishing(database, clock, RENDERER, SETTINGS).undo(id_of_issue(database, **NAMED), by=MARA)
    send(database, clock, CY)
    with pytest.raises(ConflictError):
        send(database, clock, BEA, again=True)


def test_nobody_approves_what_they_wrote_last(database: Database, clock: SettableClock, draft: Issue) -> None:
    with pytest.raises(ConflictError, match="wrote the text last"):
        approve(database, clock, MARA)
    save(database, clock, draft, "Neaps", 1, BEA)
    with pytest.raises(ConflictError):
        approve(database, clock, BEA)
    assert approve(database, clock, MARA) == 2


def test_a_change_of_the_text_asks_anew(database: Database, clock: SettableClock, draft: Issue) -> None:
    approve(database, clock, BEA)
    save(database, clock, draft, "Neaps", 1, MARA)
    with pytest.raises(ConflictError):
        send(database, clock, CY)
    with pytest.raises(ConflictError, match="you looked at revision 1, it is at 2"):
        approve(database, clock, BEA, revision=1)
    approve(database, clock, BEA, revision=2)
    send(database, clock, CY)


def test_what_was_deleted_and_restored_is_approved_anew(database: Database, clock: SettableClock, draft: Issue) -> None:
    approve(database, clock, BEA)
    Deleting(database, clock).delete(id_of_issue(database, **NAMED), by=MARA)
    Deleting(database, clock).restore(draft.id, by=CY)
    with pytest.raises(ConflictError):
        send(database, clock, CY)
    with pytest.raises(ConflictError, match="wrote the text last"):
        approve(database, clock, MARA)


def test_two_operators_are_two_people_and_one_is_one(database: Database, clock: SettableClock, draft: Issue) -> None:
    ann, bob = operator("ann", place="here"), operator("bob", place="here")
    approve(database, clock, ann)
    with pytest.raises(ConflictError):
        send(database, clock, operator("ann", place="there"))
    send(database, clock, bob)


def test_approved_twice_is_written_down_once(database: Database, clock: SettableClock, draft: Issue) -> None:
    approve(database, clock, BEA)
    approve(database, clock, BEA)
    with database.read() as session:
        entries = audit.page(session, limit=100)
    assert [entry.action for entry in entries].count("issue.approve") == 1


def test_only_a_draft_is_approved(database: Database, clock: SettableClock, draft: Issue) -> None:
    approve(database, clock, BEA)
    send(database, clock, MARA)
    with pytest.raises(ConflictError, match="only a draft is approved"):
        approve(database, clock, CY)


def test_where_it_is_not_asked_for_one_person_is_enough(database: Database, clock: SettableClock, draft: Issue) -> None:
    Creating(database, clock).change(
        id_of_publication(database, "tide"), PublicationChange(four_eyes=False), by=OPERATOR
    )
    send(database, clock, MARA)
