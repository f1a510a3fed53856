"""What came back, by command."""

from __future__ import annotations

import contextlib
import pkgutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from newsletter.bootstrap import wire
from newsletter.model import AppliedReport, RawReport
from newsletter.model.feedback import RawState
from tests.cli.conftest import Newsletter
from tests.feedback.mailing import dsn

GOODBYE = b"From: ada@one.example\r\nTo: leave@daily.example\r\nSubject: stop\r\n\r\n"


def taken(newsletter: Newsletter, folder: Path, content: bytes, *options: str) -> dict[str, object]:
    (folder / "report.eml").write_bytes(content)
    (row,) = newsletter("feedback", "take", "report.eml", "--json", *options).json
    return row


def test_a_report_is_taken_shown_and_listed(daily: Newsletter, folder: Path) -> None:
    row = taken(daily, folder, dsn("stranger@elsewhere.example"))
    assert row["effects"] == {"nobody": 1}
    assert daily("feedback", "show", str(row["report"])).json["state"] == "read"
    assert daily("feedback", "list", "--json").json["reports"][0]["id"] == row["report"]


def handled_by_a_worker(monkeypatch: pytest.MonkeyPatch, room: str) -> None:
    """Let a worker that is rung be quicker than the command: it has read the report before the command looks."""
    there = pkgutil.resolve_name(room)

    def and_apply(*tools: Any, **given: Any) -> Any:
        kept = there(*tools, **given)
        with contextlib.closing(wire()) as parts:
            parts.reports.handle(given.get("raw_report_id") or kept.raw_report_id)
        return kept

    monkeypatch.setattr(room, and_apply)


def test_what_followed_is_told_though_a_worker_applied_the_report_first(
    draft: Newsletter, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handled_by_a_worker(monkeypatch, "newsletter.feedback.intake.Intake.vouch")
    content = dsn("ada@one.example")
    row = taken(draft, folder, content, "--vouched")
    assert (row["new"], row["effects"]) == (True, {"suppressed": 1})
    row = taken(draft, folder, content, "--vouched")
    assert (row["new"], row["effects"]) == (False, {}), "the same report once more is nothing new"


def test_what_followed_is_told_though_a_worker_was_quicker_to_read_it_again(
    draft: Newsletter, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = str(taken(draft, folder, dsn("ada@one.example"), "--vouched")["report"])
    with contextlib.closing(wire()) as parts, parts.database.write() as session:
        session.execute(delete(AppliedReport))
        session.get_one(RawReport, int(number)).state = RawState.SET_ASIDE
    handled_by_a_worker(monkeypatch, "newsletter.feedback.overview.read_again")
    assert "suppressed" in draft("feedback", "retry", number).out


def test_a_report_that_is_vouched_for_counts_in_full_and_one_that_is_not_does_not(
    draft: Newsletter, folder: Path
) -> None:
    content = dsn("ada@one.example")
    assert taken(draft, folder, content)["effects"] == {"noted": 1}, "no mail went to her of late"
    assert "unproven reports of today: 1, of 14 days: 1" in draft("feedback", "list").out
    assert draft("feedback", "list", "--json").json["unproven"] == {"today": 1, "fortnight": 1, "burst": 20}
    assert taken(draft, folder, content)["effects"] == {}
    assert taken(draft, folder, content, "--vouched")["effects"] == {"suppressed": 1}
    [row] = draft("suppression", "list", "--json").json
    assert (row["reason"], row["unproven"]) == ("userunknown", False)


def test_a_poisoned_report_is_shown_read_again_and_discarded(
    daily: Newsletter, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_LEAVE_ADDRESS", "leave@daily.example")
    number = str(taken(daily, folder, GOODBYE)["report"])
    said = daily("feedback", "list", "--state", "set-aside")
    assert "no token of ours" in said.out
    assert "set aside" in daily("feedback", "retry", number).out
    assert daily("feedback", "discard", number).code == 0
    assert daily("feedback", "list", "--state", "set-aside", "--json").json["reports"] == []
    assert daily("feedback", "discard", number).code == 4
    assert daily("feedback", "discard", "99").code == 3
    assert daily("feedback", "show", number, "--raw").out == GOODBYE.decode()
