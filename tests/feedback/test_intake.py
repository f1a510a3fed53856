"""Reports are in the ledger before anything of them is read."""

from __future__ import annotations

import pytest

from newsletter.clock import SettableClock
from newsletter.errors import InputError, QueueError
from newsletter.feedback.intake import MAX_OCTETS, keep
from newsletter.feedback.rounds import KEEP_BYTES, forget_old_bytes, ring_reports
from newsletter.model.feedback import RawState
from newsletter.queue import QUEUES, Job, Queue, connect
from newsletter.store import reports
from newsletter.store.database import Database


class DeadQueue(Queue):
    """A broker nobody can reach."""

    def __init__(self) -> None:
        pass

    def ring(self, job: Job, subject: int) -> None:
        """Fail."""
        raise QueueError("gone")


def waiting(queue: Queue) -> int:
    return queue.broker.queues[QUEUES[Job.READ_REPORT]].qsize()


def test_the_same_bytes_are_kept_once_and_rung_once(database: Database, clock: SettableClock) -> None:
    queue = connect("")
    first = keep(database, clock=clock, queue=queue, content=b"a report", source="smtp", sent_to="A@b.example")
    again = keep(database, clock=clock, queue=queue, content=b"a report", source="imap", sent_to="a@b.example")
    other = keep(database, clock=clock, queue=queue, content=b"a report", source="smtp", sent_to="c@b.example")
    assert (first.new, again.new, other.new) == (True, False, True)
    assert first.raw_report_id == again.raw_report_id != other.raw_report_id
    assert waiting(queue) == 2


@pytest.mark.parametrize("content", [b" \r\n", b"x" * (MAX_OCTETS + 1)], ids=["empty", "too large"])
def test_what_is_no_report_is_refused(database: Database, clock: SettableClock, content: bytes) -> None:
    with pytest.raises(InputError):
        keep(database, clock=clock, queue=connect(""), content=content, source="post")


def test_a_report_is_kept_while_the_broker_is_down_and_rung_later(database: Database, clock: SettableClock) -> None:
    keep(database, clock=clock, queue=DeadQueue(), content=b"a report", source="smtp")
    queue = connect("")
    assert ring_reports(database, clock=clock, queue=queue) == 0  # whoever took it in may still be at it
    clock.advance(11)
    assert ring_reports(database, clock=clock, queue=DeadQueue()) == 0
    assert ring_reports(database, clock=clock, queue=queue) == 1
    assert ring_reports(database, clock=clock, queue=queue) == 0
    clock.advance(31)
    assert ring_reports(database, clock=clock, queue=queue) == 1


def test_old_bytes_are_forgotten_unless_they_are_still_unread(database: Database, clock: SettableClock) -> None:
    queue = connect("")
    read, unread = (
        keep(database, clock=clock, queue=queue, content=text, source="smtp", sent_to="a@b.example").raw_report_id
        for text in (b"read", b"unread")
    )
    with database.write() as session:
        reports.set_aside(session, read, "why")
    clock.advance(KEEP_BYTES.total_seconds() + 1)
    assert forget_old_bytes(database, clock=clock) == 1
    with database.read() as session:
        assert reports.get_raw(session, read).content == b""
        assert reports.get_raw(session, unread).content == b"unread"
        assert reports.counts(session)[RawState.SET_ASIDE] == 1
