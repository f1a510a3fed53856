"""What came back, by command."""

from __future__ import annotations

from pathlib import Path

import pytest

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
