"""Whoever may approve an issue gets a mail when somebody asks, once for each text; a later change is shown."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, ForbiddenError, InputError
from newsletter.issues.approving import Approving
from newsletter.issues.asking_approval import AskingApproval
from newsletter.issues.editing import Editing
from newsletter.issues.timeline import timeline
from newsletter.model import Editor, Issue, Notice
from newsletter.model.rights import Right, Role
from newsletter.queue import connect
from newsletter.store.accounts import editors, grants
from newsletter.store.database import Database
from tests.issues.samples import RENDERER, SETTINGS, add_publication, issue_text
from tests.parts.actors import able


@pytest.fixture
def asking(database: Database, clock: SettableClock) -> AskingApproval:
    return AskingApproval(database, clock, connect(""), RENDERER, SETTINGS.base_url)


@pytest.fixture
def draft(database: Database, clock: SettableClock) -> Issue:
    """A draft of Wim, who writes; Bea publishes, Ann reads numbers, and Eve publishes elsewhere."""
    home, other = add_publication(database), add_publication(database, "other")
    with database.write() as session:
        for name, role, where in (
            ("wim", Role.WRITER, home),
            ("bea", Role.PUBLISHER, home),
            ("ann", Role.ANALYST, home),
            ("eve", Role.PUBLISHER, other),
        ):
            made = Editor(address=f"{name}@tide.example", password_hash="x", created_at=clock.now())
            grants.give(session, editors.add(session, made).id, where.id, role, clock.now())
    return Editing(database, clock).import_issue(issue_text(), source="x.md", by=WIM)


WIM, BEA = able(Right.WRITE, editor_id=1), able(Right.WRITE, Right.APPROVE, editor_id=2)


def mails(database: Database) -> list[Notice]:
    with database.read() as session:
        return list(session.scalars(select(Notice).order_by(Notice.id)))


def test_those_who_may_approve_get_a_mail_with_the_way_to_the_review(
    database: Database, draft: Issue, asking: AskingApproval
) -> None:
    assert asking.ask(draft.id, "The pier\nis new.", by=WIM) == 1
    (mail,) = mails(database)
    assert mail.to_address == "bea@tide.example"
    assert f"/desk/tide/issues/{draft.id}/review" in mail.text
    assert "The pier is new." in mail.text
    asked = asking.last(draft)
    assert asked is not None and (asked.revision, asked.note) == (1, "The pier is new.")


def test_the_same_text_is_asked_for_once_and_a_changed_one_anew(
    database: Database, clock: SettableClock, draft: Issue, asking: AskingApproval
) -> None:
    asking.ask(draft.id, by=WIM)
    with pytest.raises(ConflictError, match="asked for already"):
        asking.ask(draft.id, by=WIM)
    changed = Editing(database, clock).save(draft.id, text=issue_text(subject="Neaps"), revision=1, by=WIM)
    assert asking.last(changed) is None
    assert asking.ask(draft.id, by=WIM) == 1


def test_it_is_refused_without_the_right_with_a_long_note_and_where_nobody_else_may_approve(
    draft: Issue, asking: AskingApproval
) -> None:
    with pytest.raises(ForbiddenError):
        asking.ask(draft.id, by=able(Right.READ))
    with pytest.raises(InputError):
        asking.ask(draft.id, "x" * 501, by=WIM)
    with pytest.raises(ConflictError, match="nobody else may approve"):
        asking.ask(draft.id, by=BEA)


def test_what_changed_after_an_approval_is_shown_line_by_line(
    database: Database, clock: SettableClock, draft: Issue
) -> None:
    approving = Approving(database, clock)
    approving.approve(draft.id, by=BEA)
    assert approving.changed_since(draft) is None
    changed = Editing(database, clock).save(draft.id, text=issue_text(subject="Neaps"), revision=1, by=WIM)
    found = approving.changed_since(changed)
    assert found is not None and found.approval.revision == 1
    assert [line for line in found.lines if line[0] in "+-"] == ["-subject: Springs and neaps", "+subject: Neaps"]
    assert [entry.what for entry in timeline(database, draft.id)[0] if entry.what] == ["approved it", "began it"]


def test_an_approval_is_taken_back_by_whoever_gave_it(database: Database, clock: SettableClock, draft: Issue) -> None:
    approving = Approving(database, clock)
    approving.approve(draft.id, by=BEA)
    assert not approving.withdraw(draft.id, by=able(Right.APPROVE, editor_id=9))
    assert approving.withdraw(draft.id, by=BEA)
    assert list(approving.approvals_of(draft)) == []
