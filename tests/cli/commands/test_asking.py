"""The command that asks the people of an imported list: whom it would ask, how long it takes, how it goes, and when it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Newsletter
from tests.parts.ports import free_port
from tests.parts.smtp import SmtpSink

CONSENT = ("-p", "daily", "--consent", "Fair, 2025")


@pytest.fixture
def fair(daily: Newsletter, folder: Path) -> Newsletter:
    """The command, and a list of three people, one of whom complained."""
    people = "email\na@one.example\nb@one.example\nc@one.example\n"
    (folder / "fair.csv").write_text(people, encoding="utf-8")
    daily("suppression", "add", "c@one.example", "--reason", "complaint")
    return daily


@pytest.fixture
def reachable(smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    """A way out, and an address that readers can reach."""
    monkeypatch.setenv("NEWSLETTER_SMTP_URL", f"smtp://127.0.0.1:{smtp_sink.port}?tls=none")
    monkeypatch.setenv("NEWSLETTER_BASE_URL", "https://news.example")


def test_an_import_says_whom_it_asks_and_how_long_that_takes(
    fair: Newsletter, reachable: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_INVITATIONS_PER_HOUR", "1")
    dry = fair("subscriber", "import", "fair.csv", *CONSENT, "--ask", "--dry-run")
    assert "2 would be asked whether they want it, at most 1 an hour, so within 2 hours" in dry.out
    assert "nothing is stored" in dry.out
    assert fair("subscriber", "export", "--json").json[0]["email"] == "c@one.example", "only the suppression"
    said = fair("subscriber", "import", "fair.csv", *CONSENT, "--ask", "--json")
    assert (said.json["asked"], said.json["added"], said.json["dry_run"]) == (2, 2, False)
    status = fair("subscriber", "ask", "--status")
    assert "2, at most 1 an hour" in status.out
    assert fair("subscriber", "ask", "--status", "--json").json["waiting"] == 2


def test_those_imported_before_are_asked_by_a_command_of_its_own(fair: Newsletter, reachable: None) -> None:
    said = fair("subscriber", "import", "fair.csv", *CONSENT)
    assert "`newsletter subscriber ask` asks them" in said.err
    assert fair("subscriber", "ask", "--dry-run", "--json").json == {
        "asked": 2,
        "ahead": 0,
        "hours": 0.0,
        "dry_run": True,
    }
    assert fair("subscriber", "ask", "--limit", "1", "--yes").out.startswith("1 will be asked")
    assert fair("subscriber", "ask", "-p", "daily", "--yes", "--json").json["asked"] == 1
    assert "nobody to ask" in fair("subscriber", "ask", "--yes").out
    assert "2 who waited" in fair("subscriber", "ask", "--stop").out
    assert fair("subscriber", "ask", "--status", "--json").json["waiting"] == 0


def test_nobody_is_asked_without_a_yes(fair: Newsletter, reachable: None) -> None:
    fair("subscriber", "import", "fair.csv", *CONSENT)
    assert fair("subscriber", "ask").code != 0
    assert fair("subscriber", "ask", "--status", "--json").json["waiting"] == 0


@pytest.mark.parametrize("ask", [("import", "fair.csv", *CONSENT, "--ask"), ("ask", "--yes")])
def test_nobody_is_asked_where_the_mail_or_its_links_lead_nowhere(
    fair: Newsletter, reachable: None, monkeypatch: pytest.MonkeyPatch, ask: tuple[str, ...]
) -> None:
    fair("subscriber", "import", "fair.csv", *CONSENT)
    for name, value, code, told in (
        ("BASE_URL", "http://127.0.0.1:8025", 4, "NEWSLETTER_BASE_URL"),
        ("SMTP_URL", "", 4, "mail stays on this machine"),
        ("SMTP_URL", f"smtp://127.0.0.1:{free_port()}?tls=none", 6, "the way out does not work"),
    ):
        with monkeypatch.context() as wrong:
            wrong.setenv(f"NEWSLETTER_{name}", value)
            said = fair("subscriber", *ask)
            assert (said.code, told in said.err) == (code, True), said.err
            assert told in fair("subscriber", *ask, "--dry-run").err
            assert fair("subscriber", "ask", "--status", "--json").json["waiting"] == 0
    monkeypatch.setenv("NEWSLETTER_BASE_URL", "http://127.0.0.1:8025")
    assert fair("subscriber", *ask, "--despite", "nothing").code == 2
    assert fair("subscriber", *ask, "--despite", "local").code == 0
    assert fair("subscriber", "ask", "--status", "--json").json["waiting"] == 2


def test_two_questions_at_once_are_refused(fair: Newsletter) -> None:
    assert fair("subscriber", "ask", "--status", "--stop").code == 2
