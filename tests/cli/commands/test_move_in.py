"""`newsletter move-in`: dry run, rows, errors to be mended, archives, and words instead of tracebacks."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Newsletter

KIT = "Subscriber ID,First Name,Last Name,Email Address,State,Created At,Tags,Location\n"
ROWS = (
    "1,Ada,Muster,ada@example.org,active,2023-01-15,founding,Ulm\n"
    "2,Bo,,bo@example.net,cancelled,2023-01-16,,\n"
    "3,Cy,,cy example.net,active,2023-01-17,,\n"
    "4,Di,,di@example.org,hibernating,2023-01-17,,\n"
)


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    path = tmp_path / "kit" / "subscribers.csv"
    path.parent.mkdir()
    path.write_text(KIT + ROWS)
    return path


def test_a_dry_run_says_what_would_be_and_stores_nothing(daily: Newsletter, kit: Path) -> None:
    done = daily("move-in", str(kit), "-p", "daily", "--dry-run")
    assert "Kit, 4 rows" in done.out
    assert "state=cancelled -> unsubscribed" in done.out
    assert "a…@example.org" in done.out
    assert "ada@example.org" not in done.out
    assert "kept as fields: location" in done.out
    assert "This was a dry run" in done.out
    assert "1 of them have no proof of consent" in done.err
    told = daily("move-in", str(kit), "-p", "daily", "--dry-run", "--json").json
    assert told["states"] == {"active": 1, "unsubscribed": 1, "invalid": 1, "pending": 1}
    assert (told["rows"], told["lists"][0]["product"], told["dry_run"]) == (4, "Kit", True)
    assert daily("subscriber", "export", "-p", "daily").out.count("\n") == 1


def test_rows_are_told_and_those_at_fault_can_be_mended_and_moved_in(
    daily: Newsletter, kit: Path, tmp_path: Path
) -> None:
    rows, errors = tmp_path / "rows.jsonl", tmp_path / "mend"
    words = ("-p", "daily", "--consent", "By the form of our blog")
    daily("move-in", str(kit), *words, "--rows", str(rows), "--errors", str(errors))
    told = [json.loads(line) for line in rows.read_text().splitlines()]
    assert [(row["line"], row["address"], row["state"]) for row in told] == [
        (2, "ada@example.org", "active"),
        (3, "bo@example.net", "unsubscribed"),
        (4, "cy example.net", "invalid"),
        (5, "di@example.org", "pending"),
    ]
    assert (told[0]["name"], told[0]["tags"], told[0]["fields"]) == ("Ada Muster", ["founding"], {"location": "Ulm"})
    (wrong,) = errors.iterdir()
    assert wrong.stat().st_mode & 0o077 == 0
    content = wrong.read_text()
    assert "cy example.net" in content
    assert ",4,email,this is not a mail address" in content
    wrong.write_text(content.replace("cy example.net", "cy@example.net"))
    done = daily("move-in", str(wrong), *words, "--json")
    assert done.json["added"] == 1
    assert daily("move-in", str(kit), str(wrong), *words, "--json").json["added"] == 0


def test_an_archive_and_standard_input_are_moved_in(
    daily: Newsletter, kit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.write(kit, "data/subscribers.csv")
        archive.writestr("data/broadcasts.html", "<p>Hello</p>")
    words = ("-p", "daily", "--consent", "By the form of our blog", "--json")
    told = daily("move-in", str(tmp_path / "export.zip"), *words).json
    assert (told["added"], told["not_read"]) == (3, [])
    assert (told["issues"]["draft"], told["issues"]["archived"]) == (1, 0), "a page without a day is a draft"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO((KIT + ROWS).encode())))
    assert daily("move-in", "-", *words).json["added"] == 0


@pytest.mark.parametrize(
    ("content", "words", "code", "said"),
    [
        (KIT + ROWS, (), 2, "no proof of consent"),
        ("", (), 2, "no column of addresses"),
        ("name,phone\nAda,1\n", (), 2, "no column of addresses"),
        (KIT + ROWS, ("--as", "mailjet"), 2, "there is no product"),
        ("email,status\na@example.org,x\n", ("--consent", "yes"), 2, "may name people who left"),
        (KIT + "1,Cy,,cy,active,,,\n", ("--consent", "yes"), 1, "no row could be used"),
    ],
)
def test_what_cannot_be_moved_in_is_told_in_words(
    daily: Newsletter, tmp_path: Path, content: str, words: tuple[str, ...], code: int, said: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(content)
    done = daily("move-in", str(path), "-p", "daily", *words)
    assert done.code == code
    assert said in done.err


def test_a_folder_of_errors_that_cannot_be_made_is_told_and_nothing_is_stored(
    daily: Newsletter, kit: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    done = daily("move-in", str(kit), "-p", "daily", "--consent", "yes", "--errors", str(tmp_path / "file" / "mend"))
    assert done.code == 2
    assert "cannot be made" in done.err
    assert daily("subscriber", "export", "-p", "daily", "--json").json == []


def test_columns_are_named_by_hand_and_the_delimiter_is_said(daily: Newsletter, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"Wer;Kontakt;Ort\rAda;ada@example.org;Wien\r")
    refused = daily("move-in", str(path), "-p", "daily", "--dry-run")
    assert refused.code == 2 and "there is no column of addresses" in refused.err
    words = ("-p", "daily", "--consent", "At the fair", "--map", "Kontakt=address", "--map", "Wer=name")
    done = daily("move-in", str(path), *words)
    assert "cells parted by semicolons" in done.out
    assert "kept as fields: ort" in done.out
    listed = daily("subscriber", "export", "-p", "daily").out
    assert "ada@example.org" in listed and "Ada" in listed


def _issues(folder: Path) -> Path:
    (folder / "posts").mkdir(parents=True)
    head = "post_id,post_date,is_published,email_sent_at,type,audience,title,subtitle,podcast_url"
    (folder / "posts.csv").write_text(
        f"{head}\n4.ebb,2021-05-06T05:00:00Z,true,,newsletter,everyone,Ebb,,\n5.flow,,false,,newsletter,everyone,Flow,,\n"
    )
    (folder / "posts" / "4.ebb.html").write_text("<p>Low</p>")
    (folder / "posts" / "5.flow.html").write_text("<p>High</p>")
    return folder


def test_past_issues_move_in_beside_readers_or_alone(daily: Newsletter, tmp_path: Path) -> None:
    folder = _issues(tmp_path / "in")
    tried = daily("move-in", str(folder), "-p", "daily", "--dry-run")
    assert "would be in the archive" in tried.out
    assert json.loads(daily("issue", "list", "-p", "daily", "--json").out or "[]") == []
    (folder / "email_list.daily.csv").write_text(
        "email,active_subscription,expiry,email_disabled,created_at\nada@example.org,false,,false,2021-01-01T00:00:00Z\n"
    )
    told = daily("move-in", str(folder), "-p", "daily", "--consent", "By the form", "--json").json
    assert told["states"] == {"active": 1}
    assert (told["issues"]["archived"], told["issues"]["draft"], told["issues"]["changes"]["new"]) == (1, 1, 2)
    again = daily("move-in", str(folder), "-p", "daily", "--issues", "--json").json
    assert (again["lists"], again["issues"]["changes"]["unchanged"]) == ([], 2)
    assert "issues" not in daily("move-in", str(folder), "-p", "daily", "--no-issues", "--consent", "x", "--json").json


def test_ways_that_cannot_be_meant_are_refused(daily: Newsletter, kit: Path, tmp_path: Path) -> None:
    folder = _issues(tmp_path / "in")
    for words in (("--images", "all"), ("--site", "old.example.org")):
        done = daily("move-in", str(folder), "-p", "daily", *words)
        assert (done.code, words[0] in done.err) == (2, True)
    assert "no past issue" in daily("move-in", str(kit), "-p", "daily", "--issues").err


def test_posts_that_do_not_come_as_they_were_stand_in_the_folder_of_errors(daily: Newsletter, tmp_path: Path) -> None:
    folder = tmp_path / "posts"
    folder.mkdir()
    (folder / "good.md").write_text("---\ntitle: Good\ndate: 2021-05-06\n---\nDry flats.\n")
    (folder / "late.md").write_text("---\ntitle: =SUM(A1)\n---\nNo date.\n")
    (folder / "empty.md").write_text("---\ntitle: Empty\ndate: 2021-05-06\n---\n")
    (folder / "lost.md").write_text(
        "---\ntitle: Lost\ndate: 2021-05-06\n---\nSee <a href='javascript:void(0)'>there</a>.\n"
    )
    errors = tmp_path / "mend"
    assert daily("move-in", str(folder), "-p", "daily", "--issues", "--errors", str(errors)).code == 0
    rows = list(csv.DictReader(io.StringIO((errors / "past-issues.errors.csv").read_text())))
    assert {(row["title"], row["state"], row["reason"]) for row in rows} == {
        ("'=SUM(A1)", "draft", "no date tells when it was published"),
        ("Empty", "skipped", "its text is missing"),
        ("Lost", "archived", ""),
    }
    assert "leads nowhere" in next(row["told"] for row in rows if row["title"] == "Lost")
