"""The issues of the demonstration: three with numbers, one that somebody asks approval for once there is an editor, and a draft."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.bootstrap import Parts, wire
from newsletter.cli import demo_issues
from newsletter.cli.choosing import the_publication
from newsletter.cli.commands import demo
from newsletter.config import load
from newsletter.feedback import statistics
from newsletter.issues import today
from newsletter.issues.catalogue import newest
from newsletter.model.rights import HeldGrant, Role
from newsletter.model.states import IssueState
from newsletter.service.readiness import migrate
from tests.parts.actors import OPERATOR
from tests.parts.waiting import comes_true


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    monkeypatch.chdir(tmp_path)
    made = wire(load(data_dir=tmp_path, database_url="", redis_url="", smtp_url="", base_url="http://127.0.0.1:8000"))
    migrate(made.database)
    demo.fill(made)
    yield made
    made.close()


def test_three_issues_have_numbers_one_waits_and_one_is_a_draft(parts: Parts) -> None:
    found = [issue for issue, _ in newest(parts.database, limit=9)]
    sent = [issue for issue in found if issue.state is IssueState.SCHEDULED]
    assert len(sent) == 3 and len(found) == 5
    for issue in sent:
        numbers = statistics.report(parts.database, issue_id=issue.id)
        assert numbers.clicks.people and numbers.reads.people and numbers.reads.machines


def test_approval_is_asked_for_by_somebody_else_once_there_is_an_editor(parts: Parts) -> None:
    home = the_publication(parts, demo.PUBLICATION)
    assert home.four_eyes
    with demo_issues.asking_for_approval(parts, home):
        editor = parts.accounts.team.create(
            "you@demo.example", "four words nobody else has", HeldGrant(Role.OWNER), by=OPERATOR
        )
        (row,) = today.look(parts.database, home, parts.clock.now()).to_approve
        assert comes_true(lambda: parts.asking_approval.last(row.issue) is not None, 30)
    asked = parts.asking_approval.last(row.issue)
    assert asked is not None and asked.name == "Mara Quay"
    assert row.issue.slug == demo_issues.WAITING and row.issue.written_by != f"editor {editor.id}"
