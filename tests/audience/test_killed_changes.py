"""A change of many readers that is killed at any moment, again and again, ends as one that nobody disturbed; so does its undoing."""

from __future__ import annotations

import random
import subprocess
import sys
import time

import pytest
from sqlalchemy import func, insert, select

from newsletter.audience.changing_readers import ChangingReaders, WantedChange
from newsletter.clock import SystemClock
from newsletter.mail.address import address_hash
from newsletter.model import ChangedReader, ConsentRecord, Publication, ReaderChange, Subscriber, Subscription
from newsletter.model.reader_change import ReaderChangeKind, ReaderChangeState
from newsletter.model.reader_filter import ReaderFilter
from newsletter.model.states import SubscriptionState
from newsletter.store.audience import reader_changes
from newsletter.store.database import Database
from tests.parts.actors import OPERATOR
from tests.parts.long_form import often

KILLS = often(6, 20)
READERS, LENGTH = 3_000, 20
STATES = (SubscriptionState.ACTIVE, SubscriptionState.ACTIVE, SubscriptionState.PENDING, SubscriptionState.UNSUBSCRIBED)


def fill(database: Database) -> int:
    """Store a publication with its readers in all states; return its id."""
    now = SystemClock().now()
    people = [f"r{n}@pear.example" for n in range(READERS)]
    with database.write() as session:
        home = Publication(slug="weekly", name="The Weekly", from_name="W", from_address="news@weekly.example")
        home.list_id, home.created_at = "news.weekly.example", now
        session.add(home)
        session.flush()
        known = [
            {
                "address": each,
                "address_hash": address_hash(each),
                "domain": "pear.example",
                "name": "",
                "created_at": now,
            }
            for each in people
        ]
        session.connection().execute(insert(Subscriber.__table__), known)  # type: ignore[arg-type]
        ids = session.scalars(select(Subscriber.id).order_by(Subscriber.id)).all()
        own = {"publication_id": home.id, "tracking": "unknown", "created_at": now, "changed_at": now}
        rows = [own | {"subscriber_id": each, "state": STATES[n % 4].value} for n, each in enumerate(ids)]
        session.connection().execute(insert(Subscription.__table__), rows)  # type: ignore[arg-type]
        return home.id


def kill_again_and_again(database: Database, change_id: int, dice: random.Random, times: int) -> int:
    """Begin to work at it and kill that, so many times; then let it end. Return how often it was still at work."""
    words = [sys.executable, "-m", "tests.audience.changing_child", database.url, str(change_id), str(LENGTH)]
    killed = 0
    for _ in range(times):
        child = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(dice.uniform(0.0, 0.08))
        killed += child.poll() is None
        child.kill()
        child.wait()
        child.stdout.close()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return killed


def standing(database: Database) -> list[tuple[object, ...]]:
    """Return how each reader stands, with how many records of consent."""
    with database.read() as session:
        told = select(func.count()).where(ConsentRecord.subscription_id == Subscription.id).scalar_subquery()
        rows = session.execute(select(Subscription.id, Subscription.state, told).order_by(Subscription.id))
        return [tuple(row) for row in rows]


@pytest.mark.timeout(600)
def test_a_change_killed_at_random_moments_ends_the_same_and_is_undone_exactly(
    database: Database, monkeypatch: pytest.MonkeyPatch, record_property: pytest.RecordProperty
) -> None:
    monkeypatch.setattr(reader_changes, "RANGE", LENGTH)
    home, dice = fill(database), random.Random(20)
    before = standing(database)
    gone = SubscriptionState.UNSUBSCRIBED
    meant = [row for row in before if row[1] is not gone]
    changing = ChangingReaders(database, SystemClock())
    change = changing.begin(home, WantedChange(ReaderChangeKind.UNSUBSCRIBE, ReaderFilter()), by=OPERATOR)
    record_property("kills of a change at work", kill_again_and_again(database, change.id, dice, KILLS))
    done = changing.show(home, change.id, by=OPERATOR)
    assert (done.state, done.matched, done.changed) == (ReaderChangeState.DONE, READERS, len(meant))
    assert standing(database) == [(row[0], gone, int(row[1] is not gone)) for row in before]
    changing.undo(home, change.id, by=OPERATOR)
    kill_again_and_again(database, change.id, dice, KILLS // 3)
    with database.read() as session:
        undone = session.get_one(ReaderChange, change.id)
        assert session.scalar(select(func.count()).select_from(ChangedReader)) == len(meant)
    assert (undone.state, undone.undone, undone.left_alone) == (ReaderChangeState.UNDONE, len(meant), 0)
    assert standing(database) == [(row[0], row[1], 2 * int(row[1] is not gone)) for row in before]
