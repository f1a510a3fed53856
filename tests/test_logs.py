"""What goes to standard error, and how often."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import structlog

from newsletter import logs
from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.errors import ConflictError, NewsletterError, QueueError, StoreError, TransportError
from newsletter.logs import SELDOM, Outages, Seldom, log_to_stderr, outage
from newsletter.queue import Job
from workers import actors


@pytest.fixture(autouse=True)
def _nothing_said_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Outages that an earlier test met are over."""
    monkeypatch.setattr(logs, "_OURS", (Outages(), logs.without_addresses))


def line(words: str, at: float, *args: object) -> logging.LogRecord:
    record = logging.LogRecord("dramatiq.worker", logging.CRITICAL, "worker.py", 1, words, args, None)
    record.created = at
    return record


def test_the_same_is_said_again_only_after_a_while_and_something_else_at_once() -> None:
    seldom = Seldom(60)
    said = [seldom.filter(line("no connection: %s", at, at)) for at in (0, 1, 59, 60, 61, 120)]
    assert said == [True, False, False, True, False, True]
    assert seldom.filter(line("a message for nobody", 61))


def test_dramatiq_speaks_once_however_many_threads_complain(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        log_to_stderr("warning")
    for number in range(6):
        logging.getLogger(f"dramatiq.worker.ConsumerThread({number})").critical("no connection: %s", number)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert f"no connection: 0 (said at most every {SELDOM:.0f} s)" in said[0]


def test_an_outage_is_one_line_a_minute_whoever_meets_it_and_of_whatever(capsys: pytest.CaptureFixture[str]) -> None:
    seconds = [0.0]
    limit = Outages(60, lambda: seconds[0])

    def passes(error: NewsletterError, event: str) -> dict[str, object] | None:
        try:
            return dict(limit(None, "warning", {"event": event, **outage(error)}))
        except structlog.DropEvent:
            return None

    gone, unreachable = StoreError("gone"), QueueError("unreachable")
    assert passes(gone, "job failed") == {"event": "job failed", "outage": "database"}
    assert [passes(gone, event) for event in ("job failed", "scheduler step failed", "cannot sweep")] == [None] * 3
    assert passes(unreachable, "cannot ring"), "another part is another outage"
    assert passes(TransportError("down"), "way out is down")
    assert passes(StoreError("no space left", where="journal"), "job failed"), "a full disk is not the database"
    assert (
        passes(ConflictError("no"), "job failed")
        == passes(ConflictError("no"), "job failed")
        == {"event": "job failed"}
    )
    seconds[0] = 59.9
    assert passes(gone, "cannot sweep") is None
    seconds[0] = 60.0
    assert passes(gone, "cannot sweep") == {"event": "cannot sweep", "outage": "database", "unsaid": 4}


def test_a_database_that_is_away_makes_one_line_however_many_rounds_and_jobs_meet_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, clock: SettableClock
) -> None:
    log_to_stderr("info")
    url = "postgresql+psycopg://nobody@127.0.0.1:9/none"
    parts = Parts(Settings(data_dir=tmp_path, database_url=url, smtp_url="memory:", _env_file=None), clock)
    actors.declare(parts)
    for number in range(5):
        actor = parts.queue.broker.get_actor(Job.SEND_BATCH.value)
        actor(number)
        with pytest.raises(StoreError):
            parts.engine.tick()
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 and "job failed" in said[0] and "database" in said[0]
    parts.close()


def test_no_address_passes_into_a_log_line_whatever_a_server_or_a_person_wrote(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log_to_stderr("info")
    words = [
        "550 5.7.1 <ada@example.org>: denied",
        "postgresql://me:p@db/x",
        "Ada=ada+x@xn--e1afmkfd.example;",
        "ädä@例え.jp!",
    ]
    for each in words:
        structlog.get_logger("test").info("said", why=each, number=3)
    said = capsys.readouterr().err
    assert said.count("(an address)") == len(words)
    assert "@" not in said and "550 5.7.1 <" in said


def test_to_configure_twice_is_to_configure_once(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr("info")
    before = structlog.get_config()["processors"]
    log_to_stderr("info")
    assert structlog.get_config()["processors"] == before
    structlog.get_logger("test").info("once", by="editor 3")
    assert len(capsys.readouterr().err.splitlines()) == 1
