"""What `issue status` says of an issue that does not move, or that did harm; and how one that was just sent is taken back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from newsletter.bootstrap import wire
from newsletter.cli.commands import issue_watching
from newsletter.model import Issue
from newsletter.model.states import IssueState
from newsletter.store.delivery import circuit_breaker
from newsletter.store.delivery.circuit_breaker import Answers
from tests.cli.conftest import Newsletter


def test_status_says_what_an_issue_waits_for_and_what_the_editors_were_warned_of(draft: Newsletter) -> None:
    parts = wire()
    now = parts.clock.now()
    with parts.database.write() as session:
        session.execute(update(Issue).values(state=IssueState.SENDING))
        circuit_breaker.warn(session, 1, now, "4 of 1000 readers complained", Answers())
        brake = circuit_breaker.locked(session, "smtp", "gmail", now)
        brake.shut_until, brake.why = now + timedelta(hours=1), "421 slow down"
    parts.close()
    said = draft("issue", "status", "today").out
    assert "\nwaits  mail to gmail is held back until " in said
    assert "\nalert  4 of 1000 readers complained" in said
    found = draft("issue", "status", "today", "--json").json
    assert "421 slow down" in found["waiting_why"]
    assert found["alert"] == "4 of 1000 readers complained"


def test_send_tells_how_long_it_can_be_undone_and_how(draft: Newsletter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEWSLETTER_UNDO_SECONDS")
    sent = draft("issue", "send", "today", "--despite", "other-date")
    assert sent.code == 0
    seconds = re.search(r"It goes out in (\d+) seconds\. Until then `newsletter (issue undo [^`]+)`", sent.err)
    assert seconds, sent.err
    assert 25 <= int(seconds[1]) <= 30
    assert "Until then" in draft("issue", "status", "today").out
    assert 20 <= draft("issue", "status", "today", "--json").json["goes_in"] <= 30
    assert draft(*seconds[2].split()).code == 0
    assert draft("issue", "status", "today", "--json").json["state"] == "draft"
    assert draft("issue", "deliveries", "today", "--json").json == []


def test_send_again_within_the_window_neither_shortens_nor_prolongs_it(
    draft: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_UNDO_SECONDS", "600")
    first = draft("issue", "send", "today", "--despite", "other-date", "--json").json["scheduled_at"]
    assert draft("issue", "send", "today", "--despite", "other-date", "--json").json["scheduled_at"] == first


def test_send_and_wait_counts_down_and_then_sends(draft: Newsletter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_UNDO_SECONDS", "1")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    sent = draft("issue", "send", "today", "--despite", "other-date", "--wait")
    assert sent.code == 0, sent.err
    assert "goes out in 1 s" in sent.err
    assert draft("issue", "status", "today", "--json").json["counts"]["submitted"] == 2


def test_whoever_interrupts_the_countdown_is_told_that_it_is_scheduled_still(
    draft: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_UNDO_SECONDS", "600")
    monkeypatch.setattr(issue_watching, "_note", _interrupted)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    sent = draft("issue", "send", "today", "--despite", "other-date", "--wait")
    assert sent.code == 130
    assert "today is scheduled still. Until then `newsletter issue undo today -p daily`" in sent.err
    assert draft("issue", "undo", "today").code == 0


def _interrupted(_: object) -> str:
    raise KeyboardInterrupt
