"""What goes when its days are over, on both databases: no sooner, no more, and told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from newsletter.accounts import audit_trail
from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.feedback.intake import Intake
from newsletter.mail.address import address_hash
from newsletter.mail.report import Reason, ReportKind
from newsletter.model import (
    AppliedReport,
    Attempt,
    Batch,
    Delivery,
    Edition,
    Event,
    Invitation,
    Issue,
    RawContent,
    RawReport,
    Subscriber,
    Subscription,
)
from newsletter.model.feedback import Blame, EventKind, RawState
from newsletter.model.states import BatchState, DeliveryState, IssueState, SubscriptionState
from newsletter.queue import connect
from newsletter.service import retention
from newsletter.service.retention import JOBS, Retention
from newsletter.store.database import Database
from newsletter.store.feedback import reports
from newsletter.store.retention import details, identities, unconfirmed
from tests.accounts.test_audit_trail import write_down
from tests.parts.actors import OPERATOR
from tests.parts.ledger import add_issue, add_publication, add_readers
from tests.parts.looking import looking

DAY = timedelta(days=1).total_seconds()


def kept(database: Database, clock: SettableClock, **days: int) -> Retention:
    """Return the jobs with these days, and never for all others."""
    names = {job.days for job in JOBS}
    return Retention(database, clock, Settings(**{**dict.fromkeys(names, 0), **days}, _env_file=None))


def told(rounds: Retention) -> dict[str, str]:
    """What the doctor says, by job."""
    return {job.name: result.what for job, result in zip(JOBS, rounds.check(), strict=True)}


def number(database: Database, model: type, *where) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def pend(database: Database, *subscribers: int, publication: int | None = None) -> None:
    """Let these people's subscriptions wait for their confirmation."""
    with database.write() as session:
        theirs = update(Subscription).where(Subscription.subscriber_id.in_(subscribers))
        if publication is not None:
            theirs = theirs.where(Subscription.publication_id == publication)
        session.execute(theirs.values(state=SubscriptionState.PENDING))


def test_who_never_confirms_is_deleted_and_nobody_else(database: Database, clock: SettableClock) -> None:
    daily, weekly = add_publication(database, clock), add_publication(database, clock, "weekly")
    active, alone, elsewhere, asked = add_readers(database, clock, daily, 4)
    pend(database, alone, elsewhere, asked)
    with database.write() as session:
        facts = {"tracking": "unknown", "created_at": clock.now(), "changed_at": clock.now()}
        session.add(
            Subscription(publication_id=weekly.id, subscriber_id=elsewhere, state=SubscriptionState.ACTIVE, **facts)
        )
        waits = session.scalars(select(Subscription.id).where(Subscription.subscriber_id == asked)).one()
        invited = {"address_hash": address_hash("a@b.example"), "publication_id": daily.id, "queued_at": clock.now()}
        session.add(Invitation(subscription_id=waits, **invited))
        said = {"mark": "m", "kind": ReportKind.PERMANENT, "reason": Reason.USERUNKNOWN, "blame": Blame.READER}
        at = {"effect": "noted", "at": clock.now()}
        session.add(AppliedReport(subscriber_id=alone, diagnostic="550 <alone@readers.example>", **said, **at))
    rounds = kept(database, clock, unconfirmed_days=90)
    clock.advance(89 * DAY)
    rounds.run()
    assert number(database, Subscription) == 5
    clock.advance(2 * DAY)
    rounds.run()
    with database.read() as session:
        left = set(session.execute(select(Subscription.publication_id, Subscription.subscriber_id)))
        assert left == {(daily.id, active), (daily.id, asked), (weekly.id, elsewhere)}
        assert set(session.scalars(select(Subscriber.id))) == {active, elsewhere, asked}
        assert session.scalars(select(AppliedReport.diagnostic)).all() == [""]
    assert "2 went then and 2 in all" in told(rounds)["unconfirmed"]


def test_bytes_of_reports_go_unless_one_of_them_is_still_unread(database: Database, clock: SettableClock) -> None:
    intake = Intake(database, clock, connect(""))
    texts = ((b"read", "a@b.example"), (b"unread", "a@b.example"), (b"both", "c@b.example"), (b"both", "d@b.example"))
    ids = [intake.keep(text, source="smtp", sent_to=to).raw_report_id for text, to in texts]
    with database.write() as session:
        for done in (ids[0], ids[2]):
            reports.set_aside(session, done, "why")
    rounds = kept(database, clock, raw_report_days=30)
    clock.advance(30 * DAY - 1)
    rounds.run()
    assert number(database, RawContent) == 3
    clock.advance(2)
    rounds.run()
    with database.write() as session:
        assert [reports.content_of(session, each) for each in ids] == [b"", b"unread", b"both", b"both"]
        assert session.scalars(select(RawReport.sent_to).order_by(RawReport.id)).all()[0] == ""
        assert reports.counts(session)[RawState.SET_ASIDE] == 2
        reports.set_aside(session, ids[3], "why")
    rounds.run()
    with database.write() as session:
        assert reports.content_of(session, ids[3]) == b""
        assert not reports.read_again(session, ids[3], clock.now())


def test_old_entries_of_the_audit_trail_go(database: Database, clock: SettableClock) -> None:
    rounds = kept(database, clock, audit_days=10)
    write_down(database, clock, times=5)
    clock.advance(9 * DAY)
    write_down(database, clock)
    rounds.run()
    assert len(audit_trail.page(database, limit=10, by=OPERATOR)) == 6
    clock.advance(DAY + 1)
    rounds.run()
    assert len(audit_trail.page(database, limit=10, by=OPERATOR)) == 1


def ended_issue(database: Database, clock: SettableClock, slug: str, size: int = 4) -> Issue:
    """Store an issue that ended now, in batches of two deliveries with a reply, a try and a click each."""
    publication = add_publication(database, clock, slug)
    readers = add_readers(database, clock, publication, size, domain=f"{slug}.example")
    issue = add_issue(database, clock, publication, slug)
    now = clock.now()
    with database.write() as session:
        values = {"state": IssueState.SENT, "finished_at": now, "scheduled_at": None, "published_at": now}
        session.execute(update(Issue).where(Issue.id == issue.id).values(**values))
        edition = session.scalars(select(Edition.id).where(Edition.issue_id == issue.id)).one()
        first = issue.id * 1000
        of = {"issue_id": issue.id, "edition_id": edition}
        said = {"state": DeliveryState.REJECTED, "code": 550, "status": "5.1.1", "reply": "no <you>", "changed_at": now}
        rows = [{"id": first + n, "subscriber_id": reader, **of, **said} for n, reader in enumerate(readers)]
        session.execute(insert(Delivery), rows)
        tried = {"at": now, "outcome": "refused", "reply": "no <you>", "transport": "smtp"}
        session.execute(insert(Attempt), [{"delivery_id": row["id"], **tried} for row in rows])
        clicked = {"at": now, "kind": EventKind.CLICK, "edition_id": edition, "link": 1, "score": 0, "signs": ""}
        session.execute(insert(Event), [{"delivery_id": row["id"], **clicked} for row in rows for _ in range(2)])
        for low in range(0, size, 2):
            ends = {"first_delivery_id": first + low, "last_delivery_id": first + low + 1, "size": 2}
            whom = {"first_subscriber_id": readers[low], "last_subscriber_id": readers[low + 1], "due_at": now}
            session.add(Batch(**of, **ends, **whom, state=BatchState.DONE))
    return issue


def test_what_servers_said_goes_and_each_delivery_stays(database: Database, clock: SettableClock) -> None:
    ended_issue(database, clock, "old")
    clock.advance(100 * DAY)
    young = ended_issue(database, clock, "young")
    rounds = kept(database, clock, delivery_detail_days=90)
    rounds.run()
    with database.read() as session:
        rows = session.execute(select(Delivery.issue_id == young.id, Delivery.reply, Delivery.code)).all()
        assert {tuple(row) for row in rows} == {(False, None, 550), (True, "no <you>", 550)} and len(rows) == 8
    assert number(database, Attempt) == 4
    clock.advance(100 * DAY)
    rounds.run()
    rounds.run()
    assert number(database, Attempt) == 0 and number(database, Delivery, Delivery.reply.is_(None)) == 8
    assert "0 went then and 8 in all" in told(rounds)["delivery details"]


def test_clicks_of_ended_issues_keep_their_number_and_lose_their_readers(
    database: Database, clock: SettableClock
) -> None:
    ended_issue(database, clock, "old")
    clock.advance(100 * DAY)
    ended_issue(database, clock, "young")
    rounds = kept(database, clock, click_identity_days=90)
    rounds.run()
    with database.read() as session:
        per = func.count(func.distinct(Event.delivery_id)), func.count(), func.max(Event.delivery_id) > 0
        found = session.execute(select(*per).group_by(Event.edition_id).order_by(Event.edition_id)).all()
        assert [tuple(row) for row in found] == [(4, 8, False), (4, 8, True)]
        numbers = session.scalars(select(Event.delivery_id).where(Event.delivery_id < 0).distinct())
        assert "4 went then" in told(rounds)["click identities"] and len(set(numbers)) == 4
    rounds.run()
    assert "0 went then and 4 in all" in told(rounds)["click identities"]


def test_what_is_never_to_go_stays_and_is_told_so(database: Database, clock: SettableClock) -> None:
    ended_issue(database, clock, "old")
    pend(database, *range(1, 5))
    write_down(database, clock)
    rounds = kept(database, clock)
    clock.advance(40_000 * DAY)
    rounds.tick()
    assert number(database, Subscription) == 4 and number(database, Event, Event.delivery_id > 0) == 8
    assert number(database, Attempt) == 4 and len(audit_trail.page(database, limit=9, by=OPERATOR)) == 1
    assert all("kept for ever" in words and "went" not in words for words in told(rounds).values())


def test_it_stops_when_its_time_is_over_and_goes_on_where_it_was(
    database: Database, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        ended_issue(database, clock, name)
    clock.advance(100 * DAY)
    rounds = kept(database, clock, delivery_detail_days=90)
    monkeypatch.setattr(retention, "MOST_SECONDS", 0.0)
    left = []
    for _ in range(4):
        rounds.tick()
        left.append(number(database, Attempt))
        clock.advance(retention.LOOK_SECONDS + 1)
    assert left == [8, 4, 0, 0]
    rounds.tick()
    rounds.tick()
    assert "12 in all" in told(rounds)["delivery details"]


FEW, MANY = 300, 3000


def _pending(database: Database, clock: SettableClock, count: int) -> None:
    publication = add_publication(database, clock, f"p{count}")
    add_readers(database, clock, publication, count, domain=f"d{count}.example")


def _contents(database: Database, clock: SettableClock, count: int) -> None:
    rows = [
        {"digest": f"{count}-{n}".rjust(32).encode(), "content": b"x", "received_at": clock.now()} for n in range(count)
    ]
    with database.write() as session:
        session.execute(insert(RawContent), rows)


def _events(database: Database, clock: SettableClock, count: int) -> None:
    now = clock.now()
    row = {"at": now, "kind": EventKind.CLICK, "edition_id": 1, "delivery_id": -5, "link": 1, "score": 0, "signs": ""}
    with database.write() as session:
        session.execute(insert(Event), [row] * count)


COSTS: dict[str, tuple[Callable[..., None], str, Callable[..., object]]] = {
    "unconfirmed": (_pending, "subscriptions", lambda session, before: unconfirmed.forget(session, before, 200)),
    "raw reports": (_contents, "raw_contents", lambda session, before: reports.drop_bytes(session, before, limit=500)),
    "click identities": (_events, "events", lambda session, before: identities.forget(session, before, 500)),
    "delivery details": (_pending, "batches", lambda session, before: details.forget(session, before, 0, 2)),
}


@pytest.mark.parametrize("job", COSTS)
def test_a_look_costs_no_more_for_rows_that_stay(database: Database, clock: SettableClock, job: str) -> None:
    grow, table, look = COSTS[job]
    ended_issue(database, clock, "old")
    before = clock.now() + timedelta(days=1)
    with database.write() as session:  # what is old goes first: what is counted is the look that finds nothing
        for _ in range(3):
            look(session, before)
    clock.advance(10 * DAY)
    cost = []
    for count in (FEW, MANY):
        grow(database, clock, count)
        if database.is_postgresql:
            with database.write() as session:
                session.connection().exec_driver_sql("ANALYZE")
        with looking(database, table) as counted, database.write() as session:
            look(session, before)
        cost.append(counted[0])
    assert cost[1] <= cost[0] + 200, cost
