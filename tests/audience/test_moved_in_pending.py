"""Who was moved in and never confirmed has all the days of retention here, however long ago they came elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from newsletter.config import Settings
from newsletter.model import ConsentRecord, Invitation, Subscriber, Subscription
from newsletter.model.states import SubscriptionState
from newsletter.service.retention import JOBS, Retention
from tests.audience.conftest import Desk
from tests.audience.moving.test_moving_in import HEADS, move, written
from tests.audience.waiting_list import line_up, work

DAY = timedelta(days=1).total_seconds()
LONG_AGO = "2019-03-01T08:00:00+00:00"


def our_own(desk: Desk, _: Path) -> None:
    """Move in what another service of this program exported."""
    for who in ("ada", "bob"):
        desk.subscribe(f"{who}@example.org")
    rows = [{**row, "created_at": LONG_AGO, "changed_at": LONG_AGO} for row in desk.export()]
    empty(desk)
    desk.import_list(rows, place="own.csv")


def of_others(desk: Desk, folder: Path) -> None:
    """Move in a list of another service, whose people are asked."""
    lines = "".join(f"{who}@example.org,,,active,free,{LONG_AGO},\n" for who in ("ada", "bob"))
    move(desk, [written(folder, f"{HEADS['beehiiv']}\n{lines}")], ask=True)
    with desk.database.write() as session:
        session.execute(delete(Invitation))  # nobody's turn protects them: the days alone do


def empty(desk: Desk) -> None:
    with desk.database.write() as session:
        for rows in (ConsentRecord, Subscription, Subscriber):
            session.execute(delete(rows))


def days(desk: Desk) -> Retention:
    nothing = dict.fromkeys({job.days for job in JOBS}, 0)
    return Retention(desk.database, desk.clock, Settings(**{**nothing, "unconfirmed_days": 90}, _env_file=None))


def left_after(desk: Desk, rounds: Retention, steps: Iterable[int]) -> list[int]:
    found = []
    for step in steps:
        desk.clock.advance(step * DAY)
        rounds.run()
        found.append(desk.count(Subscription))
    return found


@pytest.mark.parametrize("bring", [our_own, of_others])
def test_the_days_count_from_when_they_came_here(
    desk: Desk, tmp_path: Path, bring: Callable[[Desk, Path], None]
) -> None:
    bring(desk, tmp_path)
    with desk.database.read() as session:
        rows = session.execute(select(Subscription.state, Subscription.created_at)).all()
    assert {(state, at.year) for state, at in rows} == {(SubscriptionState.PENDING, 2019)}
    assert left_after(desk, days(desk), (0, 89, 2)) == [2, 2, 0]


def test_a_mail_that_asked_them_counts_from_its_own_moment(desk: Desk, tmp_path: Path) -> None:
    our_own(desk, tmp_path)
    of_another = written(tmp_path, f"{HEADS['beehiiv']}\ncleo@example.org,,,active,free,{LONG_AGO},\n")
    move(desk, [of_another], ask=True)
    with desk.database.write() as session:
        session.execute(delete(Invitation))
    desk.clock.advance(80 * DAY)
    assert line_up(desk) == 1
    work(desk)
    assert left_after(desk, days(desk), (11, 78, 3)) == [1, 1, 0]
