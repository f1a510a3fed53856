"""`newsletter alarm` and the doctor: what stands, and that somebody has seen it."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.clock import SystemClock
from newsletter.model import Issue
from newsletter.model.states import IssueState
from newsletter.store import alarms
from newsletter.store.database import Database
from tests.cli.conftest import Newsletter
from tests.delivery.test_alarming import hooked


def raised(folder: Path, cause: str, issue_id: int | None = None) -> int:
    database = Database(f"sqlite:///{folder / 'data' / 'newsletter.db'}")
    words = {"title": "Today is paused", "message": "550 5.7.1 no.\n\nMend it.", "url": "http://news.test/desk"}
    with database.write() as session:
        if issue_id:
            session.get_one(Issue, issue_id).state = IssueState.PAUSED
        made = alarms.raise_alarm(session, cause, now=SystemClock().now(), issue_id=issue_id, **words).id
    database.close()
    return made


def looked(said) -> list[tuple[str, str]]:
    return [(result["verdict"], result["remedy"]) for result in said.json if result["name"] == "alarms"]


def test_the_doctor_finds_what_nobody_has_seen(daily: Newsletter, folder: Path) -> None:
    assert looked(daily("doctor", "--json")) == [("good", "")]
    number = raised(folder, "reports: unread")
    said = daily("doctor", "--json")
    assert said.code == 1
    assert looked(said) == [("wrong", f"Mend it. (`newsletter alarm seen {number}`)")]
    assert daily("alarm", "seen", str(number)).out == "Noted.\n"
    assert daily("doctor").code == 0


def test_what_was_seen_and_is_not_mended_is_still_found(draft: Newsletter, folder: Path) -> None:
    number = raised(folder, "issue: 1", 1)
    assert "ends by itself" in draft("alarm", "seen", str(number)).out
    said = draft("doctor", "--json")
    assert said.code == 1
    assert looked(said)[0][0] == "wrong"
    [row] = draft("alarm", "list", "--json").json
    assert (row["title"], row["ended_at"]) == ("Today is paused", None)
    assert "seen  Today is paused" in draft("alarm", "list").out


def test_nothing_stands_and_no_such_alarm_are_said(daily: Newsletter) -> None:
    assert daily("alarm", "list").out == "Nothing stands.\n"
    said = daily("alarm", "seen", "7")
    assert (said.code, "newsletter alarm list" in said.err) == (3, True)


def test_a_trial_is_posted_and_the_address_is_not_shown(daily: Newsletter, monkeypatch: pytest.MonkeyPatch) -> None:
    assert daily("alarm", "test").code == 2
    with hooked() as hook:
        monkeypatch.setenv("NEWSLETTER_ALERT_URL", hook.url)
        assert daily("alarm", "test").out == "127.0.0.1 took it.\n"
        assert hook.got[0]["state"] == "trial"
        hook.status = 500
        said = daily("alarm", "test")
    assert said.code == 6
    assert "the answer is 500" in said.err
    assert "of-our-own" not in said.err + daily("doctor", "--settings").out


@pytest.mark.parametrize("url", ["ftp://x.example", "no url", "http://", "https://x.example:port/secret-path"])
def test_an_address_that_nothing_can_be_posted_to_is_refused_without_being_repeated(
    daily: Newsletter, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("NEWSLETTER_ALERT_URL", url)
    said = daily("alarm", "list")
    assert said.code == 2
    assert "NEWSLETTER_ALERT_URL" in said.err
    assert "secret-path" not in said.err
