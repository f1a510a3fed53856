"""What goes to standard error, and how often."""

from __future__ import annotations

import logging

import pytest

from newsletter.logs import SELDOM, Seldom, log_to_stderr


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
