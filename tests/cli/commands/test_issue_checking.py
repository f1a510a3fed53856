"""`newsletter issue check` says what it found for people and for programs, and leaves with what a script can use."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter.cli.opening import opened
from newsletter.issues.addressing import issue_and_home
from newsletter.issues.preflight import RULES
from tests.cli.conftest import ISSUE, Newsletter
from tests.parts.actors import OPERATOR

AT = ("--at", "2026-05-09T08:00Z")
TRACKED = ISSUE.replace("Its abstract.", "Its [abstract](https://papers.example/2?utm_source=x&id=1).")


@pytest.fixture
def tracked(daily: Newsletter, folder: Path) -> Newsletter:
    """A publication with the draft `today`, in which there is something to mend."""
    (folder / "today.md").write_text(TRACKED.format(slug="today"), encoding="utf-8")
    assert daily("issue", "import", "today.md").code == 0
    return daily


def _nobody(*_: object, **__: object) -> object:
    raise OSError("no such name")


def _line(slug: str = "today") -> int:
    return next(n for n, each in enumerate(TRACKED.format(slug=slug).split("\n"), 1) if "utm_source" in each)


def test_a_finding_has_its_rule_level_line_and_fix_for_programs(tracked: Newsletter) -> None:
    checked = tracked("issue", "check", "today", *AT, "--json")
    assert checked.code == 0
    [finding] = [each for each in checked.json if each["rule"] == "tracking-name"]
    assert set(finding) == {"severity", "rule", "what", "where", "remedy", "line", "about", "may_pass", "fix"}
    assert (finding["severity"], finding["line"]) == ("advise", _line())
    assert finding["fix"] == {
        "line": _line(),
        "old": "https://papers.example/2?utm_source=x&id=1",
        "new": "https://papers.example/2?id=1",
    }
    assert all("fix" not in each for each in checked.json if each["rule"] == "no-preheader")
    assert {each["rule"] for each in checked.json} <= set(RULES)


def test_strict_leaves_with_1_for_advice_unless_it_is_named(tracked: Newsletter) -> None:
    assert tracked("issue", "check", "today", *AT).code == 0
    strict = tracked("issue", "check", "today", *AT, "--strict", "--json")
    assert strict.code == 1
    assert {each["severity"] for each in strict.json} == {"advise"}


def test_what_was_accepted_with_a_reason_is_told_and_counts_no_more(tracked: Newsletter, folder: Path) -> None:
    strict = ("issue", "check", "today", *AT, "--strict")
    assert tracked(*strict).code == 1
    with opened() as parts:
        issue, _ = issue_and_home(parts.database, "today")
        for finding in parts.looking_over.look_over(issue.id, datetime(2026, 5, 9, 8, tzinfo=UTC)).findings:
            parts.accepting.accept(issue.id, finding, issue.source, reason="It is meant.", by=OPERATOR)
    told = tracked(*strict)
    assert told.code == 0
    assert "Accepted by tests: " in told.out and "(tracking-name): It is meant." in told.out
    assert {each["accepted"]["reason"] for each in tracked(*strict, "--json").json} == {"It is meant."}


def test_people_get_a_table_with_lines_and_what_each_part_weighs(tracked: Newsletter) -> None:
    said = tracked("issue", "check", "today", *AT)
    heads, *rows = said.out.split("\n")
    assert heads.split() == ["level", "line", "where", "what", "rule"]
    [row] = [each for each in rows if each.endswith("tracking-name")]
    assert row.split()[:2] == ["advise", str(_line())]
    assert "--fix does it" in row
    assert "Octets of each part: lead " in said.out
    assert "A phone shows of the subject: “What happened”" in said.out


def test_it_mends_a_draft_and_shows_what_it_changed(tracked: Newsletter) -> None:
    said = tracked("issue", "check", "today", *AT, "--fix")
    assert said.code == 0
    assert f"mended on line {_line()}: https://papers.example/2?utm_source=x&id=1" in said.out
    assert "  → https://papers.example/2?id=1" in said.out
    assert "tracking-name" not in said.out
    assert "https://papers.example/2?id=1" in tracked("issue", "preview", "today", "--as", "markdown").out
    assert "mended" not in tracked("issue", "check", "today", *AT, "--fix").out


def test_a_scheduled_issue_is_not_mended(tracked: Newsletter) -> None:
    assert tracked("issue", "schedule", "today", "--at", "2199-05-09T08:00Z", "--despite", "other-date").code == 0
    said = tracked("issue", "check", "today", *AT, "--fix")
    assert said.code == 4
    assert "utm_source" in tracked("issue", "preview", "today", "--as", "markdown").out


def test_links_are_tried_when_asked_for(tracked: Newsletter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", _nobody)
    said = tracked("issue", "check", "today", *AT, "--links")
    assert said.code == 0, "what could not be reached is advice"
    assert "Outside: 2 links tried, 2 of them without an answer." in said.out
    assert "could not be reached" in said.out
    assert "tried" not in tracked("issue", "check", "today", *AT).out
    told = tracked("issue", "check", "today", *AT, "--outside").out
    assert "Outside: no spam score: NEWSLETTER_SPAM_SCORER names nobody." in told
    assert "Outside: no look at the domain: mail does not leave this machine." in told


def test_the_rules_are_listed_without_an_issue(tracked: Newsletter) -> None:
    listed = tracked("issue", "check", "--rules", "--json").json
    assert [each["rule"] for each in listed] == list(RULES)
    assert tracked("issue", "check", "--rules").out.count("\n") == len(RULES) + 1
    assert json.dumps(listed)


def test_without_an_issue_it_leaves_with_2(tracked: Newsletter) -> None:
    said = tracked("issue", "check")
    assert said.code == 2
    assert "--rules" in said.err
    assert tracked("issue", "check", "today", "--despite", "gibberish").code == 2
    assert tracked("issue", "check", "tomorrow").code == 3


def test_a_list_larger_than_the_days_allowance_is_told(
    tracked: Newsletter, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    (folder / "list.csv").write_text("email\n" + "".join(f"r{n}@readers.example\n" for n in range(3)), encoding="utf-8")
    imported = tracked("subscriber", "import", "list.csv", "-p", "daily", "--consent", "Fair, 2025", "--confirmed")
    assert imported.code == 0, imported.err
    monkeypatch.setenv("NEWSLETTER_MESSAGES_PER_DAY", "2")
    [finding] = [each for each in tracked("issue", "check", "today", *AT, "--json").json if each["rule"] == "list-size"]
    assert "3 readers are to get it, and 2 messages may still go" in finding["what"]
    monkeypatch.setenv("NEWSLETTER_MESSAGES_PER_DAY", "3")
    assert "list-size" not in tracked("issue", "check", "today", *AT).out
