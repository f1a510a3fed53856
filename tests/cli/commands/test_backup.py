"""`newsletter backup` and `newsletter restore` in words and as JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import ISSUE, Newsletter


@pytest.fixture
def restored(daily: Newsletter, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Newsletter:
    """A service with an issue that is due, backed up; what follows is about a new place."""
    (folder / "today.md").write_text(ISSUE.format(slug="today"))
    assert daily("issue", "import", "today.md").code == 0
    assert daily("issue", "schedule", "today", "--at", "2031-01-01T00:00Z", "--despite", "other-date").code == 0
    said = daily("backup", "all.backup")
    assert said.code == 0 and "Wrote all.backup:" in said.out and "UTC, with keys." in said.out, said.err
    monkeypatch.setenv("NEWSLETTER_DATA_DIR", str(folder / "new"))
    return daily


def test_what_was_restored_and_is_to_be_done_is_told(restored: Newsletter) -> None:
    said = restored("restore", "all.backup")
    assert said.code == 0, said.err
    assert "is a reader again" in said.out and "Still scheduled: today (2031-01-01 00:00 UTC)." in said.out
    assert restored("issue", "list", "--json").json[0]["slug"] == "today"
    assert "service.restore" in restored("audit", "list").out


def test_both_speak_json(restored: Newsletter) -> None:
    told = restored("restore", "all.backup", "--json").json
    assert told["rows"] > 0 and told["held"]["still_scheduled"][0][0] == "today" and told["keys"] is True
    made = restored("backup", "more.backup", "--without-keys", "--json").json
    assert made["keys"] is False and made["octets"] > 0 and made["missing_images"] == []


def test_a_second_restore_and_a_taken_name_are_refused(restored: Newsletter) -> None:
    assert restored("restore", "all.backup").code == 0
    again, over = restored("restore", "all.backup"), restored("backup", "all.backup")
    assert (again.code, over.code) == (4, 4) and "not empty" in again.err and "there is such a file" in over.err


def test_what_is_no_backup_is_told_in_words(restored: Newsletter, folder: Path) -> None:
    said = restored("restore", "today.md")
    assert said.code == 2 and "no backup" in said.err and not (folder / "new" / "secret_key").exists()
    assert restored("restore", "nothing.backup").code == 2
