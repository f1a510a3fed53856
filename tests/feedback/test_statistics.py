"""The numbers of an issue, on both databases."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, update

from newsletter.audience import erasure
from newsletter.clock import SettableClock
from newsletter.errors import NotFoundError
from newsletter.feedback import statistics
from newsletter.feedback.event_buffer import EventBuffer
from newsletter.feedback.event_journal import SeenEvent
from newsletter.feedback.handling import Handler
from newsletter.feedback.statistics import Looks, report
from newsletter.model import EditionLink, Issue, Subscriber, Subscription
from newsletter.model.feedback import EventKind
from newsletter.model.states import Consent, DeliveryState, IssueState
from newsletter.store.database import Database
from newsletter.store.delivery import circuit_breaker, kept_counts
from newsletter.store.delivery.circuit_breaker import Answers
from newsletter.store.feedback import events
from newsletter.store.retention import identities
from newsletter.tokens import Purpose
from tests.feedback.conftest import LEAVE
from tests.feedback.mailing import Mailing, complaint, dsn
from tests.parts.actors import OPERATOR


@pytest.fixture
def busy(mailing: Mailing, handler: Handler, clock: SettableClock, tmp_path: Path) -> Mailing:
    """One reader bounced, one complained, one clicked and left; machines clicked too."""
    with mailing.database.write() as session:
        session.execute(update(Issue).values(published_at=clock.now()))
        session.execute(update(Subscription).values(tracking=Consent.GRANTED))
        for number, url in ((1, "https://a.example/"), (2, "https://b.example/")):
            session.add(EditionLink(edition_id=1, number=number, url=url, paid=number == 2))
    clock.advance(60)
    token = mailing.signer.issue(Purpose.UNSUBSCRIBE, mailing.deliveries[2])
    for raw in (
        mailing.keep(dsn("reader0@readers.example"), sent_to=mailing.path(0)),
        mailing.keep(complaint(mailing.name(1))),
        mailing.keep(f"To: {LEAVE}\r\nSubject: {token}\r\n\r\n".encode(), sent_to=LEAVE),
    ):
        handler.handle(raw)
    buffer, now = EventBuffer(mailing.database, clock, tmp_path), clock.now()
    reader = mailing.deliveries[2]
    buffer.add(SeenEvent(now, EventKind.OPEN, 1, reader, 0))
    for number, signs in ((2, []), (2, []), (1, []), (1, ["head"]), (2, ["scanner"])):
        buffer.add(SeenEvent(now, EventKind.CLICK, 1, reader, number, signs))
    buffer.close()
    return mailing


def test_every_number_is_what_happened(busy: Mailing) -> None:
    found = report(busy.database, issue_id=busy.issue.id)
    assert (found.planned, found.accepted, found.bounced, found.complaints, found.unsubscribes) == (3, 3, 1, 1, 1)
    assert (found.opens, found.clicks) == (Looks(1, 1, 0), Looks(3, 1, 2))
    assert found.sponsor_clicks == Looks(2, 1, 1)
    assert [(row.kind, row.reason, row.blame, row.number) for row in found.bounces] == [
        ("permanent", "userunknown", "reader", 1)
    ]
    assert [tuple(row) for row in found.links] == [
        (2, "https://b.example/", 2, 1, 0, True),
        (1, "https://a.example/", 1, 1, 0, False),
    ]
    assert [tuple(row) for row in found.domains] == [("readers.example", 3, 3, 0, 0, 1, 1)]


def test_no_number_changes_when_clicks_no_longer_say_whose_they_were(busy: Mailing, clock: SettableClock) -> None:
    with busy.database.write() as session:
        session.execute(update(Issue).values(finished_at=clock.now(), state=IssueState.SENT))
    before = report(busy.database, issue_id=busy.issue.id)
    with busy.database.write() as session:
        assert identities.forget(session, clock.now() + timedelta(seconds=1), 100) == 1
        assert identities.forget(session, clock.now() + timedelta(seconds=1), 100) == 0
    assert not before.readers_forgotten
    assert report(busy.database, issue_id=busy.issue.id) == replace(before, readers_forgotten=True)


def test_json_and_csv_hold_the_same_numbers(busy: Mailing) -> None:
    found = report(busy.database, issue_id=busy.issue.id)
    as_json = json.loads(json.dumps(found.as_dict()))
    rows = {(r["measure"], r["detail"]): int(r["count"]) for r in csv.DictReader(io.StringIO(found.as_csv()))}
    assert rows["accepted", ""] == as_json["accepted"] == 3
    assert rows["clicks", "machines"] == as_json["clicks"]["machines"] == 2
    assert rows["clicks on", "https://b.example/"] == as_json["links"][0]["people"] == 2
    assert rows["permanent", "userunknown, against reader"] == as_json["bounces"][0]["number"] == 1


def test_an_alert_stands_in_every_form(busy: Mailing, clock: SettableClock) -> None:
    with busy.database.write() as session:
        circuit_breaker.warn(session, busy.issue.id, clock.now(), "2 of 3 readers complained", Answers())
    found = report(busy.database, issue_id=busy.issue.id)
    assert found.as_dict()["alerts"] == ["2 of 3 readers complained"]
    assert "alert,2 of 3 readers complained,1" in found.as_csv()


def test_domains_are_rated_and_the_small_ones_are_summed(
    busy: Mailing, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with busy.database.write() as session:
        session.execute(update(Subscriber).where(Subscriber.address.startswith("reader0")).values(domain="big.example"))
        session.execute(update(Subscriber).where(Subscriber.address.startswith("reader1")).values(domain="big.example"))
        kept_counts.recount(session, busy.issue.id)
    erasure.forget(busy.database, clock=clock, address="reader2@readers.example", by=OPERATOR)
    monkeypatch.setattr(statistics, "TOP", 1)
    found = report(busy.database, issue_id=busy.issue.id)
    assert [tuple(row) for row in found.domains] == [("big.example", 2, 2, 0, 0, 1, 1), ("(other)", 1, 1, 0, 0, 0, 0)]
    big = found.as_dict()["domains"][0]
    assert (big["accepted_rate"], big["bounced_rate"], big["complained_rate"]) == (1.0, 0.5, 0.5)
    assert "bounced at,(other),0" in found.as_csv()


def test_what_a_spreadsheet_would_run_is_text(busy: Mailing) -> None:
    with busy.database.write() as session:
        events.set_link(session, 1, 2, "=cmd|calc")
    assert "clicks on,'=cmd|calc,2" in report(busy.database, issue_id=busy.issue.id).as_csv()


def test_refusals_in_the_session_are_counted_by_code(mailing: Mailing) -> None:
    mailing.put(DeliveryState.REJECTED)
    found = report(mailing.database, issue_id=mailing.issue.id)
    assert (found.rejected, found.accepted) == (1, 2)
    assert [tuple(row) for row in found.refusals] == [(None, None, "", 1)]


def test_an_unknown_issue_is_told(mailing: Mailing) -> None:
    with pytest.raises(NotFoundError):
        report(mailing.database, issue_id=99)


def test_history_tells_what_came_back_and_erasure_forgets_it(busy: Mailing) -> None:
    from newsletter.audience import history

    told = history.show(busy.database, address="reader2@readers.example")
    assert [(r["kind"], r["effect"]) for r in told["reports"]] == [("unsubscribe", "unsubscribed")]
    assert len(told["events"]) == 6
    erasure.forget(busy.database, clock=busy.clock, address="reader0@readers.example", by=OPERATOR)
    erasure.forget(busy.database, clock=busy.clock, address="reader2@readers.example", by=OPERATOR)
    assert busy.applied()[0].diagnostic == ""
    found = report(busy.database, issue_id=busy.issue.id)
    assert (found.bounced, found.clicks) == (1, Looks(3, 0, 2))


def test_a_report_reads_indexes_and_no_rows_of_clicks_and_of_what_came_back(busy: Mailing) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        asked.append((statement, parameters))

    event.listen(busy.database.engine, "before_cursor_execute", note)
    report(busy.database, issue_id=busy.issue.id)
    event.remove(busy.database.engine, "before_cursor_execute", note)
    plans = [plan_of(busy.database, *each) for each in asked]
    looks = [
        step for plan in plans for step in plan if re.search(r"(SEARCH|SCAN|Scan) .*\b(events|applied_reports)\b", step)
    ]
    assert len(looks) >= 4
    assert [look for look in looks if "USING COVERING INDEX" not in look and "Index Only Scan" not in look] == []
    if not busy.database.is_postgresql:  # which hashes instead
        [by_reader] = [plan for plan in plans if "ix_events_counted" in str(plan) and "anon_1" in str(plan)]
        assert "TEMP B-TREE" not in str(by_reader), "nothing is sorted: the index is in order"


def plan_of(database: Database, statement: str, parameters: Any) -> list[str]:
    """Return the steps of a statement, as they would be if there were many rows."""
    with database.read() as session:
        connection = session.connection()
        if not database.is_postgresql:
            return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        for word in ("enable_seqscan", "enable_bitmapscan", "enable_hashagg"):
            connection.exec_driver_sql(f"SET LOCAL {word} = off")
        return [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)]
