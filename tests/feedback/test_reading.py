"""The pipeline from bytes to reports, and its score on labelled real messages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.feedback import reading
from newsletter.mail.report import ReportKind
from tests.conftest import SHARED
from tests.mail.dialects.samples import notification, status_report, verdicts

REPORT = status_report(
    "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; anna@example.org\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown"
)
QUOTED = "<anna@example.org>: host mx.example.org said: 550 5.1.1 User unknown (in reply to RCPT TO command)\n\nFinal-Recipient: rfc822; anna@example.org\nAction: failed\nStatus: 5.1.1\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"From: mailer-daemon@example.org\nSubject: failure notice\n\n",
        b"From: Anna <anna@example.org>\nTo: news@example.com\nSubject: Thank you\n\nI read every issue.\n",
        f"From: Weekly <postmaster@weekly.example>\nSubject: Delivery failures explained\nList-Id: <weekly.example>\n\n{QUOTED}".encode(),
        f"From: Anna <anna@example.org>\nSubject: Re: Undelivered Mail\nIn-Reply-To: <1@x>\n\nLook:\n{QUOTED}".encode(),
        b"From: no-reply@tickets.example\nSubject: [Ticket 5] Delivery problem received\nAuto-Submitted: auto-generated\n\nYour message could not be delivered to anna@example.org, you wrote.\n",
        b"From: Mailman <mailman-bounces@lists.example>\nSubject: Bounce action notification\nList-Id: <x.lists.example>\n\nanna@example.org was removed: 550 5.1.1 User unknown\n",
        b"From: root@server.example\nSubject: cron output\n\nerror: could not send to anna@example.org\n",
        b"From: noreply@guard.example\nSubject: Quarantine summary\n\nThese messages were blocked: anna@example.org, spam\n",
        b"From: =?\nContent-Type: multipart/report; boundary=\n\n--",
    ],
)
def test_what_is_no_feedback_gives_nothing(raw: bytes) -> None:
    assert reading.read(raw) == []


def test_the_address_the_report_was_sent_to_names_the_delivery() -> None:
    raw = REPORT.replace(
        b"To: news@example.com", b"Delivered-To: b-abc123@bounces.example.com\nTo: News <news@example.com>", 1
    )
    assert reading.read(raw)[0].sent_to == "b-abc123@bounces.example.com"


def test_flufl_bounce_is_the_last_resort() -> None:
    raw = notification(
        "MAILER-DAEMON@example.net",
        "Returned mail: Error During Delivery",
        "------ Failed Recipients ------\n  <anna@example.net>: None.\n    -------- Returned Mail --------\n",
    )
    assert [recipient for recipient, _, _ in verdicts(raw)] == ["anna@example.net"]


def test_what_a_stranger_wrote_is_bounded_and_storable() -> None:
    words = "550 \0 user unknown " + "x" * 10000
    raw = status_report(
        f"Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; anna@example.org\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; {words}"
    )
    (report,) = reading.read(raw)
    assert len(report.diagnostic) <= reading.MAX_WORDS
    assert "\0" not in report.diagnostic


@pytest.mark.parametrize("end", range(0, len(REPORT), 37))
def test_a_truncated_report_is_borne(end: int) -> None:
    for report in reading.read(REPORT[:end]):
        assert report.recipient == "anna@example.org"


@settings(max_examples=150)
@given(st.binary(max_size=400), st.integers(0, len(REPORT)))
def test_random_bytes_in_a_report_are_borne(noise: bytes, at: int) -> None:
    for report in reading.read(REPORT[:at] + noise + REPORT[at:]):
        report.diagnostic.encode()
        assert isinstance(report.kind, ReportKind)


HEAD = b"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nSubject: failure notice\n"


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "unit",
    [
        b"a@a.a",
        b"<a@b.cc>:\n",
        b"-",
        b" ",
        b"\n",
        b">>> RCPT TO:<a@b.cc>\n",
        b"Final-Recipient: rfc822;a@b.cc\n\n",
        b"error message below: \n",
        b"<style>",
        b"not user ",
        b"550 5.1.1 ",
        b"=?utf-8?Q?",
        b'{"notificationType":"',
        b"Recipient: a@b.cc\n",
        b"undelivered\n-\n",
        b"a@b.cc (x\n",
    ],
)
def test_ten_megabytes_of_one_thing_are_read_quickly(unit: bytes) -> None:
    for head in (HEAD, HEAD + b"Content-Type: message/delivery-status\n", HEAD + b"Content-Type: text/html\n"):
        reading.read(head + b"\n" + unit * (10 * 2**20 // len(unit)))


@pytest.fixture
def labelled() -> Path:
    folder = SHARED / "bounces"
    if not (folder / "score.py").exists():
        pytest.skip("the labelled bounces are not beside this checkout")
    return folder


def score(folder: Path, *options: str) -> dict[str, float]:
    command = [
        sys.executable,
        str(folder / "score.py"),
        str(folder / "expected.jsonl"),
        str(folder / "train"),
        "--",
        sys.executable,
        "-m",
        "newsletter.cli.commands.feedback",
        *options,
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.splitlines()
    words = said[-1].split()
    right, all_of_them = said[-2].split()[2].split("/")
    return dict(zip(words[::2], map(float, words[1::2]), strict=True)) | {"negatives": int(right) / int(all_of_them)}


def test_the_score_on_labelled_messages(labelled: Path, record_property: Callable[[str, object], None]) -> None:
    found = score(labelled)
    record_property("score on labelled bounces", found)
    assert found["negatives"] == 1
    assert found["recipient"] >= 0.98
    assert found["class"] >= 0.97
    assert found["reason"] >= 0.93


def test_a_delay_is_no_bounce_where_it_counts(labelled: Path) -> None:
    """The labels call seven delays transient; RFC 3464 calls them delays, and so does what the service applies."""
    strict = score(labelled, "--no-count-delays")
    assert strict["negatives"] == 1
    assert 0.95 <= strict["class"] < 0.97
