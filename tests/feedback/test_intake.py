"""Reports are in the ledger before anything of them is read."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from newsletter.clock import SettableClock
from newsletter.errors import InputError, QueueError
from newsletter.feedback.intake import MAX_OCTETS, Intake
from newsletter.feedback.periodic import ring_reports
from newsletter.model import RawContent
from newsletter.queue import QUEUES, Job, Queue, connect
from newsletter.store.database import Database
from newsletter.store.feedback import reports


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
    first = Intake(database, clock, queue).keep(b"a report", source="smtp", sent_to="A@b.example")
    again = Intake(database, clock, queue).keep(b"a report", source="imap", sent_to="a@b.example")
    other = Intake(database, clock, queue).keep(b"a report", source="smtp", sent_to="c@b.example")
    assert (first.new, again.new, other.new) == (True, False, True)
    assert first.raw_report_id == again.raw_report_id != other.raw_report_id
    assert waiting(queue) == 2


def test_bytes_that_came_to_several_addresses_are_stored_once(database: Database, clock: SettableClock) -> None:
    queue, content = connect(""), b"a report" * 1000
    ids = [
        Intake(database, clock, queue).keep(content, source="smtp", sent_to=f"{n}@b.example").raw_report_id
        for n in range(20)
    ]
    with database.read() as session:
        assert session.scalars(select(func.length(RawContent.content))).all() == [len(content)]
        assert {reports.content_of(session, raw_id) for raw_id in ids} == {content}


@pytest.mark.parametrize("content", [b" \r\n", b"x" * (MAX_OCTETS + 1)], ids=["empty", "too large"])
def test_what_is_no_report_is_refused(database: Database, clock: SettableClock, content: bytes) -> None:
    with pytest.raises(InputError):
        Intake(database, clock, connect("")).keep(content, source="post")


def test_a_report_is_kept_while_the_broker_is_down_and_rung_later(database: Database, clock: SettableClock) -> None:
    Intake(database, clock, DeadQueue()).keep(b"a report", source="smtp")
    queue = connect("")
    assert ring_reports(database, clock=clock, queue=queue) == 0  # whoever took it in may still be at it
    clock.advance(11)
    assert ring_reports(database, clock=clock, queue=DeadQueue()) == 0
    assert ring_reports(database, clock=clock, queue=queue) == 1
    assert ring_reports(database, clock=clock, queue=queue) == 0
    clock.advance(31)
    assert ring_reports(database, clock=clock, queue=queue) == 1
