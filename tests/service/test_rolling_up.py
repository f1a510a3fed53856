"""Old issues are rolled up, on both databases: no figure changes, links and bounces work on, nobody gets such an issue again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import event, func, select, update

from newsletter.audience.erasure import forget
from newsletter.audience.history import show
from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.delivery import kept as kept_counts
from newsletter.delivery.control import Control
from newsletter.delivery.progress import listing, progress
from newsletter.delivery.sending_later import SendingLater
from newsletter.errors import ConflictError
from newsletter.feedback.event_buffer import EventBuffer, SeenEvent
from newsletter.feedback.links import LinkCache
from newsletter.feedback.statistics import report
from newsletter.model import AppliedReport, Attempt, Batch, Delivery, Event, Issue, OldDelivery, RollUp
from newsletter.model.feedback import EventKind
from newsletter.model.states import BatchState, DeliveryState, IssueState
from newsletter.service import retention
from newsletter.store.database import Database
from newsletter.store.publications import removing
from newsletter.tokens import Signer
from tests.parts.actors import OPERATOR
from tests.parts.kept_counts import agree
from tests.parts.ledger import add_readers
from tests.service.old_issues import DAY, FATES, Sent, kept, send

NUMBERS = itertools.count()


@pytest.fixture
def sent(database: Database, clock: SettableClock, signer: Signer, tmp_path: Path) -> Sent:
    """An issue of a hundred days ago, of whose readers everything became."""
    found = send(database, clock, signer, tmp_path, [*FATES, "taken", "taken"])
    clock.advance(100 * DAY)
    return found


def number(database: Database, model: type, *where: Any) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def test_no_figure_changes_when_the_single_deliveries_go(sent: Sent, clock: SettableClock) -> None:
    before = sent.figures()
    shown, told, chosen = before
    assert (shown.planned, shown.rejected, shown.uncertain, shown.bounced) == (9, 1, 1, 1)
    assert (shown.unsubscribes, shown.clicks.people, shown.clicks.readers) == (1, 1, 1)
    assert [(row.code, row.reason, row.number) for row in shown.refusals] == [(550, "userunknown", 1)]
    assert told["state"] == "sent" and chosen == [5, 5, 1, 1]
    kept(sent.database, clock).run()
    assert sent.rows() == (0, 9) and number(sent.database, Attempt) == 0
    assert sent.figures() == before
    day = clock.now().date().isoformat()
    assert report(sent.database, issue_id=sent.issue.id).as_dict()["deliveries_gone_since"] == day
    assert progress(sent.database, clock=clock, issue_id=sent.issue.id).deliveries_gone_since == clock.now()
    assert listing(sent.database, issue_id=sent.issue.id) == []
    agree(sent.database)
    assert kept_counts.differing(sent.database) == []
    kept(sent.database, clock).run()
    assert sent.figures() == before


def test_what_is_young_under_way_or_open_stays_whole(
    sent: Sent, clock: SettableClock, signer: Signer, tmp_path: Path
) -> None:
    kept(sent.database, clock, 101).run()
    kept(sent.database, clock, 0).run()
    assert sent.rows() == (9, 0)
    young = send(sent.database, clock, signer, tmp_path / "young", ["taken"] * 3, "weekly")
    with sent.database.write() as session:
        session.execute(update(Issue).where(Issue.id == sent.issue.id).values(state=IssueState.PAUSED))
    kept(sent.database, clock).run()
    assert sent.rows() == (9, 0) and young.rows() == (3, 0)
    with sent.database.write() as session:
        session.execute(update(Issue).where(Issue.id == sent.issue.id).values(state=IssueState.CANCELLED))
        last = select(func.max(Batch.id)).where(Batch.issue_id == sent.issue.id).scalar_subquery()
        session.execute(update(Batch).where(Batch.id == last).values(state=BatchState.WAITING))
    kept(sent.database, clock).run()
    assert sent.rows() == (9, 0)


def test_a_delivery_that_is_not_settled_is_never_taken(sent: Sent, clock: SettableClock) -> None:
    with sent.database.write() as session:  # a ledger that is at odds with itself
        session.execute(
            update(Delivery).where(Delivery.id == sent.deliveries[4]).values(state=DeliveryState.SUBMITTING)
        )
    kept(sent.database, clock).run()
    assert sent.rows() == (1, 8)


def test_nothing_of_it_is_left_when_its_publication_is_removed(sent: Sent, clock: SettableClock) -> None:
    with stopped(sent.database, after=1):
        kept(sent.database, clock).run()
    assert sent.rows() == (5, 4)
    with sent.database.write() as session:
        while not removing.remove_some(session, sent.publication.id).is_last:
            pass
    tables = (Delivery, OldDelivery, RollUp, Event, AppliedReport)
    assert [number(sent.database, each) for each in tables] == [0] * len(tables)


def test_links_of_its_mail_work_for_ever(sent: Sent, clock: SettableClock, signer: Signer, tmp_path: Path) -> None:
    links = LinkCache(sent.database, clock, base_url="https://news.example")
    edition = links.edition(sent.deliveries[0])
    kept(sent.database, clock).run()
    clock.advance(5_000 * DAY)
    anew = LinkCache(sent.database, clock, base_url="https://news.example")
    assert anew.edition(sent.deliveries[0]) == anew.edition(sent.deliveries[8]) == edition
    assert anew.edition(10**9) is None
    assert anew.target(edition or 0, 1) == b"https://a.example/"
    sent.leave(0)
    buffer = EventBuffer(sent.database, clock, tmp_path / "late")
    for kind in (EventKind.CLICK, EventKind.OPEN):
        buffer.add(SeenEvent(clock.now(), kind, edition or 0, sent.deliveries[7], int(kind is EventKind.CLICK)))
    buffer.close()
    assert report(sent.database, issue_id=sent.issue.id).clicks.people == 2
    assert number(sent.database, Event, Event.delivery_id == sent.deliveries[7]) == 0


def test_a_bounce_that_comes_late_rules_the_reader_out_and_moves_no_count(sent: Sent, clock: SettableClock) -> None:
    kept(sent.database, clock).run()
    _, told, _ = sent.figures()
    sent.bounce(7)
    with sent.database.read() as session:
        late = session.scalars(select(AppliedReport).order_by(AppliedReport.id.desc())).first()
        assert late is not None
        assert (late.delivery_id, late.issue_id, late.proven) == (sent.deliveries[7], sent.issue.id, True)
        assert late.effect == "suppressed"
    sent.bounce(7)
    assert number(sent.database, AppliedReport, AppliedReport.delivery_id == sent.deliveries[7]) == 1
    assert sent.figures()[1] == told
    agree(sent.database)


ACTS: dict[str, Callable[[Sent], object]] = {
    "send to later": lambda sent: SendingLater(sent.database, sent.engine.clock, 4).send(sent.issue.id, by=OPERATOR),
    "resend": lambda sent: Control(sent.database, sent.engine.clock).resend(sent.issue.id, uncertain=True, by=OPERATOR),
    "recount": lambda sent: kept_counts.recount(sent.database, sent.engine.clock, issue_id=sent.issue.id, by=OPERATOR),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("steps", [1, 99])
def test_it_is_closed_for_good_from_the_first_step_on(sent: Sent, clock: SettableClock, act: str, steps: int) -> None:
    add_readers(sent.database, clock, sent.publication, 2, "joined.example")
    before = sent.figures()
    with stopped(sent.database, after=steps):
        kept(sent.database, clock).run()
    assert number(sent.database, RollUp) == 1
    with pytest.raises(ConflictError, match="its single deliveries are gone since"):
        ACTS[act](sent)
    assert sent.figures() == before


@contextmanager
def stopped(database: Database, after: int) -> Iterator[None]:
    """Let the looks of retention end after so many steps."""
    with pytest.MonkeyPatch.context() as patched:
        left, step = [after], retention.rolling_up.roll_up

        def some(*told: Any) -> tuple[int, bool]:
            left[0] -= 1
            gone, more = step(*told)
            return gone, more and left[0] > 0

        patched.setattr(retention.rolling_up, "roll_up", some)
        yield


class KilledError(Exception):
    """The process is gone: whatever the transaction wrote is, too."""


@contextmanager
def dying(database: Database, at: int) -> Iterator[None]:
    """Die before the statement of this number that writes."""
    left = [at]

    def count(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.lstrip().split(" ", 1)[0] in ("INSERT", "UPDATE", "DELETE"):
            left[0] -= 1
            if left[0] < 0:
                raise KilledError

    event.listen(database.engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", count)


def test_killed_before_any_write_it_ends_the_same_when_it_runs_again(sent: Sent, clock: SettableClock) -> None:
    before, deaths = sent.figures(), 0
    while True:
        try:
            with dying(sent.database, deaths % 17):
                kept(sent.database, clock).run()
            break
        except KilledError:
            deaths += 1
        assert sum(sent.rows()) == 9
        assert sent.figures() == before
        assert deaths < 100
    kept(sent.database, clock).run()
    assert deaths > 10 and sent.rows() == (0, 9) and sent.figures() == before
    with sent.database.read() as session:
        rolled_up = session.scalars(select(RollUp)).one()
        assert rolled_up.deliveries == 9 and rolled_up.ended_at is not None
        states = dict(iter(session.execute(select(OldDelivery.id, OldDelivery.state))))
    assert states[sent.deliveries[1]] is DeliveryState.REJECTED
    assert states[sent.deliveries[3]] is DeliveryState.BOUNCED


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fates=st.lists(st.sampled_from(FATES), min_size=1, max_size=9), steps=st.integers(1, 6))
def test_whatever_became_of_it_each_figure_stays_at_each_step(
    database: Database, clock: SettableClock, signer: Signer, tmp_path: Path, fates: list[str], steps: int
) -> None:
    name = f"p{next(NUMBERS)}"
    sent = send(database, clock, signer, tmp_path / name, fates, name)
    clock.advance(100 * DAY)
    before = sent.figures()
    with stopped(database, steps):
        kept(database, clock).run()
    assert sent.figures() == before and sum(sent.rows()) == len(fates)
    kept(database, clock).run()
    assert sent.figures() == before and sent.rows() == (0, len(fates))


def test_a_reader_is_told_that_details_are_gone_and_erasing_them_still_takes_their_clicks(
    sent: Sent, clock: SettableClock
) -> None:
    address = "reader5@daily.example"
    assert FATES[5] == "clicked"
    kept(sent.database, clock).run()
    known = show(sent.database, address=address)
    [row] = known["deliveries"]
    assert (row["state"], row["reply"], row["gone_since"]) == ("submitted", None, clock.now().isoformat())
    assert [each["url"] for each in known["events"]] == ["https://a.example/"]
    before = sent.figures()
    forget(sent.database, clock=clock, address=address, by=OPERATOR)
    assert number(sent.database, Event, Event.delivery_id.is_not(None)) == 0
    assert sent.figures()[1] == before[1]


def test_the_doctor_says_what_goes_next_and_days_are_not_too_few(sent: Sent, clock: SettableClock) -> None:
    rounds = kept(sent.database, clock)
    assert "9 of one issue go next" in next(each.what for each in rounds.check())
    rounds.run()
    [told] = [each.what for each in rounds.check()]
    assert "none goes next" in told and "9 went then and 9 in all" in told
    assert "kept for ever" in next(each.what for each in kept(sent.database, clock, 0).check())
    with pytest.raises(ValidationError, match="30 days at least"):
        Settings(delivery_days=29, _env_file=None)
