"""The way of an issue by command: import, look over, schedule, send, follow."""

from __future__ import annotations

import email
import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter.cli import kinds
from newsletter.cli.opening import opened
from newsletter.issues import previewing
from newsletter.model import Delivery
from newsletter.model.states import DeliveryState, IssueState
from newsletter.store.issues import issues
from tests.cli.conftest import ISSUE, Newsletter
from tests.parts.kept_counts import planned


def test_what_options_offer_is_what_the_rooms_know() -> None:
    assert [k.value for k in kinds.OutputChoice] == [k.value for k in previewing.OutputKind]
    assert [s.value for s in kinds.State] == [s.value for s in DeliveryState]


def test_an_issue_goes_from_a_file_to_every_reader(draft: Newsletter, folder: Path) -> None:
    sent = draft("issue", "send", "today", "--despite", "other-date", "--wait", "--json")
    assert sent.code == 0, sent.err
    assert (sent.json["state"], sent.json["counts"]["submitted"]) == ("sent", 2)
    messages = [email.message_from_bytes(p.read_bytes()) for p in (folder / "data" / "inbox" / "new").iterdir()]
    assert {m["Delivered-To"] for m in messages} == {"ada@one.example", "grete@two.example"}
    rows = draft("issue", "deliveries", "today", "--json").json
    assert {row["state"] for row in rows} == {"submitted"}
    assert draft("issue", "deliveries", "today", "--state", "rejected", "--json").json == []
    assert len(draft("issue", "deliveries", "today", "--limit", "1", "--json").json) == 1
    assert "2 submitted" in draft("issue", "status", "today").out


def test_a_sent_issue_is_not_sent_again(draft: Newsletter) -> None:
    assert draft("issue", "send", "today", "--despite", "other-date", "--wait").code == 0
    again = draft("issue", "send", "today", "--despite", "other-date", "--wait")
    assert again.code == 4
    assert "sent" in again.err


def test_send_through_smtp_reaches_a_real_server(draft: Newsletter, smtp_sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SMTP_URL", smtp_sink.url)
    assert draft("issue", "send", "today", "--despite", "other-date", "--wait").code == 0
    assert {recipient for _, recipient, _ in smtp_sink.messages} == {"ada@one.example", "grete@two.example"}


def test_a_schedule_can_be_undone(draft: Newsletter) -> None:
    scheduled = draft(
        "issue", "schedule", "today", "--despite", "other-date", "--at", "2199-01-01T08:00+02:00", "--json"
    )
    assert (scheduled.code, scheduled.json["state"]) == (0, "scheduled")
    assert draft("issue", "undo", "today").code == 0
    assert draft("issue", "status", "today", "--json").json["state"] == "draft"


def test_a_program_reads_where_an_issue_stands_after_each_change_of_mind(draft: Newsletter) -> None:
    assert draft("issue", "schedule", "today", "--despite", "other-date", "--at", "2199-01-01T08:00Z").code == 0
    assert draft("issue", "undo", "today", "--json").json["state"] == "draft"
    with opened() as parts, parts.database.write() as session:
        issues.get(session, "daily", "today").state = IssueState.SENDING
    assert draft("issue", "pause", "today", "--json").json["state"] == "paused"
    again = draft("issue", "resend", "today", "--yes", "--json")
    assert (again.code, "nothing is uncertain" in again.err) == (4, True)
    assert draft("issue", "resume", "today", "--json").json["state"] == "sending"
    assert draft("issue", "cancel", "today", "--yes", "--json").json["state"] == "cancelled"


def test_an_issue_is_sent_again_to_those_who_never_got_it_and_to_nobody_else(draft: Newsletter) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with opened() as parts, parts.database.write() as session:
        issue = issues.get(session, "daily", "today")
        issue.state = IssueState.SENT
        for n, state in enumerate(("submitted", "rejected", "uncertain", "rejected"), 1):
            session.add(
                Delivery(
                    id=n, issue_id=issue.id, edition_id=1, subscriber_id=n, state=DeliveryState(state), changed_at=now
                )
            )
    with opened() as parts:
        planned(parts.database, issue.id)
    told = draft("issue", "resend", "today", "--json").json
    assert (told["state"], told["counts"]["queued"], told["counts"]["submitted"]) == ("sending", 2, 1)
    nobody = draft("issue", "resend", "today")
    assert (nobody.code, "--uncertain" in nobody.err) == (4, True)
    assert draft("issue", "resend", "today", "--uncertain", "--yes", "--json").json["counts"]["queued"] == 3


def test_send_takes_a_scheduled_issue_at_once(draft: Newsletter) -> None:
    assert draft("issue", "schedule", "today", "--despite", "other-date", "--at", "2199-01-01T08:00Z").code == 0
    assert draft("issue", "send", "today", "--despite", "other-date", "--wait", "--json").json["state"] == "sent"


@pytest.mark.parametrize(
    "moment",
    [
        "tomorrow",
        "2026-05-09",
        "2026-05-09T08:00",
        "2026-13-01T00:00Z",
        "9999-12-31T23:59-12:00",
        "9999-12-31T23:59Z",
        "0001-01-01T00:00+14:00",
        "0001-01-01T00:00Z",
        "9999-12-31T23:59:59.999999-23:59",
    ],
)
def test_a_moment_that_cannot_be_read_is_told(draft: Newsletter, moment: str) -> None:
    said = draft("issue", "schedule", "today", "--despite", "other-date", "--at", moment)
    assert said.code == 2
    assert "--at" in said.err
    assert draft("issue", "status", "today", "--json").json["state"] == "draft"


def test_a_time_in_the_past_sends_nothing(draft: Newsletter) -> None:
    said = draft("issue", "schedule", "today", "--despite", "other-date", "--at", "2020-01-01T00:00Z")
    assert said.code == 2
    assert "days ago: send now, or choose a time" in said.err
    assert draft("issue", "status", "today", "--json").json["state"] == "draft"


@pytest.mark.parametrize("verb", ["status", "deliveries", "check", "preview", "pause", "resume", "undo", "send"])
def test_an_unknown_issue_is_not_found(daily: Newsletter, verb: str) -> None:
    said = daily("issue", verb, "nowhere")
    assert said.code == 3
    assert "nowhere" in said.err


@pytest.mark.parametrize(("verb", "more"), [("pause", []), ("resume", []), ("cancel", ["--yes"]), ("undo", [])])
def test_a_draft_cannot_be_moved_as_if_it_were_on_its_way(draft: Newsletter, verb: str, more: list[str]) -> None:
    assert draft("issue", verb, "today", *more).code == 4


@pytest.mark.parametrize(
    ("kind", "word"), [("email", "<!DOCTYPE"), ("text", "A lead"), ("web", "<"), ("markdown", "---"), ("eml", "From:")]
)
def test_every_output_can_be_seen(draft: Newsletter, folder: Path, kind: str, word: str) -> None:
    assert draft("issue", "preview", "today", "--as", kind, "-o", "seen").code == 0
    assert word.lower() in (folder / "seen").read_text(encoding="utf-8").lower()


def test_a_preview_that_cannot_be_written_is_told(draft: Newsletter) -> None:
    said = draft("issue", "preview", "today", "-o", "no/such/folder/file")
    assert said.code == 2
    assert "cannot be written" in said.err


def test_check_tells_and_leaves_with_1_when_an_error_is_found(daily: Newsletter, folder: Path) -> None:
    text = ISSUE.format(slug="bad").replace("https://papers.example/1", "/papers/1")
    (folder / "bad.md").write_text(text, encoding="utf-8")
    imported = daily("issue", "import", "bad.md")
    if imported.code == 0:  # the parser may refuse it first, which is as good
        checked = daily("issue", "check", "bad", "--json")
        assert checked.code == 1
        assert "stop" in {finding["severity"] for finding in checked.json}
    else:
        assert imported.code == 2


def test_check_of_a_sound_issue_leaves_with_0(draft: Newsletter) -> None:
    checked = draft("issue", "check", "today", "--at", "2026-05-09T08:00Z", "--json")
    assert checked.code == 0
    assert {finding["severity"] for finding in checked.json} <= {"advise"}


def test_check_leaves_with_1_while_something_is_asked_and_names_the_answer(draft: Newsletter) -> None:
    asked = draft("issue", "check", "today", "--at", "2026-05-10T08:00Z")
    assert asked.code == 1
    assert "it is dated Sat 9 May 2026, and would go out on Sun 10 May 2026 (UTC)" in asked.out
    assert re.search(r"^ask +5 +date +it is dated", asked.out, re.MULTILINE), "the line of the date"
    assert "if it is meant: --despite other-date" in asked.out
    answered = draft("issue", "check", "today", "--at", "2026-05-10T08:00Z", "--despite", "other-date", "--json")
    assert answered.code == 0
    [finding] = [finding for finding in answered.json if finding["severity"] == "ask"]
    assert (finding["rule"], finding["about"]) == ("other-date", "2026-05-09/2026-05-10")


def test_what_is_asked_stops_a_schedule_and_says_how_to_answer(draft: Newsletter, folder: Path) -> None:
    at = "2199-05-09T08:00Z"
    assert draft("issue", "schedule", "today", "--at", at, "--despite", "other-date").code == 0
    (folder / "again.md").write_text(ISSUE.format(slug="again"), encoding="utf-8")
    assert draft("issue", "import", "again.md").code == 0
    said = draft("issue", "schedule", "again", "--at", at)
    assert said.code == 2
    assert (
        "it says the same as in “today”, scheduled for Thu 9 May 2199 at 08:00 UTC: nobody has got it yet" in said.err
    )
    assert "Thu 9 May 2199 has another issue already: “today”" in said.err
    answers = [word for rule in ("same-text", "same-day", "other-date") for word in ("--despite", rule)]
    assert " ".join(answers) in said.err
    assert draft("issue", "status", "again", "--json").json["state"] == "draft"
    assert draft("issue", "schedule", "again", "--at", at, *answers).code == 0


def test_a_test_mail_goes_to_one_address_only(draft: Newsletter, folder: Path) -> None:
    said = draft("issue", "test", "today", "--to", "me@office.example", "--json")
    assert (said.code, said.json["state"]) == (0, "submitted")
    (message,) = (folder / "data" / "inbox" / "new").iterdir()
    assert email.message_from_bytes(message.read_bytes())["Subject"].startswith("[Test]")


def test_a_new_issue_is_a_draft(daily: Newsletter) -> None:
    begun = daily("issue", "new", "--json").json
    assert begun["state"] == "draft"
    assert begun["slug"] in daily("issue", "list").out


def test_two_publications_with_one_slug_must_be_told_apart(draft: Newsletter, folder: Path) -> None:
    assert draft("publication", "create", "weekly", "--name", "W", "--from", "w@daily.example").code == 0
    text = ISSUE.format(slug="today").replace("publication: daily", "publication: weekly")
    (folder / "weekly.md").write_text(text, encoding="utf-8")
    assert draft("issue", "import", "weekly.md").code == 0
    assert draft("issue", "status", "today").code == 2
    assert draft("issue", "status", "today", "-p", "weekly", "--json").json["publication"] == "weekly"
    assert draft("issue", "new").code == 2


def test_a_missing_file_a_folder_and_a_huge_file_are_refused(daily: Newsletter, folder: Path) -> None:
    (folder / "huge.md").write_bytes(b"x" * 10_000_000)
    assert daily("issue", "import", "missing.md").code == 3
    assert daily("issue", "import", ".").code == 2
    huge = daily("issue", "import", "huge.md")
    assert huge.code == 2
    assert "larger than" in huge.err
    assert daily("issue", "list", "--json").json == []


def test_a_bad_file_is_told_with_its_line_and_nothing_is_stored(daily: Newsletter, folder: Path) -> None:
    (folder / "bad.md").write_text(ISSUE.format(slug="bad").replace("kind=papers", "kind=poems"), encoding="utf-8")
    (folder / "latin.md").write_bytes(ISSUE.format(slug="latin").encode() + "caf\xe9".encode("latin-1"))
    said = daily("issue", "import", "bad.md")
    assert said.code == 2
    assert "bad.md:11:" in said.err
    assert daily("issue", "import", "latin.md").code == 2
    assert daily("issue", "list", "--json").json == []


def test_a_locked_database_is_told_and_nothing_is_lost(
    draft: Newsletter, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.store.database._BUSY_MS", 50)
    other = sqlite3.connect(folder / "data" / "newsletter.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        said = draft("issue", "schedule", "today", "--despite", "other-date", "--at", "2199-01-01T08:00Z")
    finally:
        other.close()
    assert said.code == 6
    assert "locked" in said.err
    assert draft("issue", "status", "today", "--json").json["state"] == "draft"


def test_beyond_twenty_tests_to_strangers_the_command_says_why(draft: Newsletter) -> None:
    for number in range(20):
        assert draft("issue", "test", "today", "--to", f"s{number}@else.example").code == 0
    said = draft("issue", "test", "today", "--to", "one-more@else.example")
    assert said.code == 5
    assert "nobody confirmed" in said.err and "midnight UTC" in said.err
    assert draft("issue", "test", "today", "--to", "ada@one.example").code == 0
