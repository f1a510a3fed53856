"""Events stand in a file before they are answered, and are read from it as they were."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from newsletter.feedback.bot_detection import WEIGHTS
from newsletter.feedback.event_journal import EventJournal, SeenEvent
from newsletter.journal import Lines
from newsletter.model.feedback import EventKind

NOON = datetime(2026, 3, 4, 12, 0, 0, 123456, tzinfo=UTC)
IDS = st.integers(0, 2**56 - 1)
SEEN = st.builds(
    SeenEvent,
    st.integers(0, 10**15).map(lambda n: datetime.fromtimestamp(n // 10**6, UTC).replace(microsecond=n % 10**6)),
    st.sampled_from(EventKind),
    IDS,
    st.none() | IDS,
    st.integers(-1, 10**15),
    st.lists(st.sampled_from(sorted(WEIGHTS)), unique=True, max_size=4),
)


@given(st.lists(SEEN, max_size=5))
def test_an_event_comes_back_as_it_was(tmp_path_factory, seen: list[SeenEvent]) -> None:
    folder = tmp_path_factory.mktemp("events")
    journal = EventJournal(folder)
    for each in seen:
        journal.note(each)
    journal.close(written=False)
    assert [found for left in EventJournal(folder).left() for found in left.seen] == seen
    assert not EventJournal(folder).has_left()


def test_files_of_a_process_that_lives_are_left_alone(tmp_path: Path) -> None:
    journal = EventJournal(tmp_path)
    journal.note(SeenEvent(NOON, EventKind.CLICK, 1, None, 1))
    assert list(EventJournal(tmp_path).left()) == []
    journal.turn()
    journal.note(SeenEvent(NOON, EventKind.CLICK, 1, None, 2))
    journal.forget()
    journal.close(written=False)
    assert [seen.link for left in EventJournal(tmp_path).left() for seen in left.seen if seen] == [2]


def test_no_files_pile_up_while_nothing_can_be_written(tmp_path: Path) -> None:
    journal = EventJournal(tmp_path)
    for link in range(50):
        journal.note(SeenEvent(NOON, EventKind.CLICK, 1, None, link))
        journal.turn()
    assert len(list(tmp_path.iterdir())) == 2
    journal.close(written=True)
    assert list(tmp_path.iterdir()) == []


def test_a_process_killed_in_the_middle_leaves_every_whole_line(tmp_path: Path) -> None:
    script = f"""
import os, signal
from datetime import UTC, datetime
from pathlib import Path
from newsletter.feedback.event_journal import EventJournal, SeenEvent
from newsletter.model.feedback import EventKind
journal = EventJournal(Path({str(tmp_path)!r}))
for link in range(3000):
    journal.note(SeenEvent(datetime.now(UTC), EventKind.CLICK, 1, 7, link, ["head", "scanner"]))
lines = journal._present.lines
lines._mapping[lines._end : lines._end + 10] = b"17 click 1"
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -signal.SIGKILL
    [left] = EventJournal(tmp_path).left()
    assert [each.link for each in left.seen if each] == list(range(3000))


def test_a_line_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    file = Lines(tmp_path / "1-1.events")
    for line in (b"nonsense", b"1 click 1 -1 2 -", b"1 party 1 -1 2 -", b"1 click 1 -1 3 -"):
        file.append(line)
    file.let_go(remove=False)
    octets = (tmp_path / "1-1.events").read_bytes()
    (tmp_path / "1-1.events").write_bytes(octets.replace(b"-1 3", b"-1 7"))
    [left] = EventJournal(tmp_path).left()
    assert [each and each.link for each in left.seen] == [None, 2, None, None]
