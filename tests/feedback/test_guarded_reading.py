"""Reading in a child process that may be killed."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from newsletter.errors import InputError
from newsletter.feedback import reading
from newsletter.feedback.guarded_reading import GuardedReader, ReaderDownError
from tests.feedback.mailing import dsn

CHILD = """
import sys, time
out, source = sys.stdout.buffer, sys.stdin.buffer
out.write(b"ready\\n"); out.flush()
while head := source.read(8):
    content = source.read(int.from_bytes(head[:4], "big"))
    source.read(int.from_bytes(head[4:], "big"))
    if content == b"die":
        sys.exit("no more memory")
    while content == b"run away":
        pass
    out.write((2).to_bytes(4, "big") + b"[]"); out.flush()
"""


@pytest.fixture
def reader() -> Iterator[GuardedReader]:
    made = GuardedReader(seconds=0.2, command=(sys.executable, "-c", CHILD))
    yield made
    made.close()


def test_the_child_reads_as_this_process_would() -> None:
    guarded, content = GuardedReader(seconds=20), dsn("reader@readers.example")
    try:
        assert guarded.read(content) == reading.read(content) != []
        assert guarded.read(b"") == reading.read(b"")
    finally:
        guarded.close()


def test_what_runs_away_is_killed_and_the_next_report_is_read(reader: GuardedReader) -> None:
    assert reader.read(b"fine") == []
    with pytest.raises(InputError, match=r"more than 0\.2 seconds"):
        reader.read(b"run away")
    assert reader.read(b"fine") == []


def test_what_ends_the_child_is_told_and_the_next_report_is_read(reader: GuardedReader) -> None:
    with pytest.raises(InputError, match="ended the reader"):
        reader.read(b"die")
    assert reader.read(b"fine") == []


def test_a_child_that_does_not_start_is_told() -> None:
    with pytest.raises(ReaderDownError, match="does not start"):
        GuardedReader(command=(sys.executable, "-c", "")).read(b"x")


def test_what_a_child_that_does_not_start_says_is_told() -> None:
    broken = (sys.executable, "-c", "import sys; sys.exit('the library lacks a thing')")
    with pytest.raises(ReaderDownError, match="the library lacks a thing"):
        GuardedReader(command=broken).read(b"x")


def test_what_the_child_said_before_it_died_is_told_with_the_report(reader: GuardedReader) -> None:
    with pytest.raises(InputError, match="ended the reader: no more memory"):
        reader.read(b"die")


def test_a_child_that_says_much_never_waits_for_somebody_to_hear_it() -> None:
    talkative = CHILD.replace(
        "    out.write((2)", "    sys.stderr.write('x' * 60_000); sys.stderr.flush()\n    out.write((2)"
    )
    made = GuardedReader(seconds=20, command=(sys.executable, "-c", talkative))
    try:
        assert [made.read(b"fine") for _ in range(5)] == [[]] * 5
    finally:
        made.close()
