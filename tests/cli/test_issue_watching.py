"""What `issue status` says of an issue that does not move, or that did harm."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from newsletter.bootstrap import wire
from newsletter.model import Issue
from newsletter.model.states import IssueState
from newsletter.store import breakers
from newsletter.store.breakers import Answers
from tests.cli.conftest import Newsletter


def test_status_says_what_an_issue_waits_for_and_what_the_editors_were_warned_of(draft: Newsletter) -> None:
    parts = wire()
    now = parts.clock.now()
    with parts.database.write() as session:
        session.execute(update(Issue).values(state=IssueState.SENDING))
        breakers.warn(session, 1, now, "4 of 1000 readers complained", Answers())
        brake = breakers.locked(session, "smtp", "gmail", now)
        brake.shut_until, brake.why = now + timedelta(hours=1), "421 slow down"
    parts.close()
    said = draft("issue", "status", "today").out
    assert "\nwaits  mail to gmail is held back until " in said
    assert "\nalert  4 of 1000 readers complained" in said
    found = draft("issue", "status", "today", "--json").json
    assert "421 slow down" in found["waiting_why"]
    assert found["alert"] == "4 of 1000 readers complained"
