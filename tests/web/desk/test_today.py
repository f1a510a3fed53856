"""The first page of a publication: today's issue with its next step, and what waits for somebody."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model import (
    ApprovalRequest,
    Batch,
    Delivery,
    Edition,
    GrowthDay,
    Issue,
    PlanRecord,
    Publication,
    SlotTurn,
    Subscriber,
)
from newsletter.model.rights import Role
from newsletter.model.states import BatchState, DeliveryState, IssueState
from newsletter.store.delivery import kept_counts
from newsletter.web.app import create_app
from newsletter.zones import day_of
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR
from tests.web.places import make_document, publish
from tests.web.seats import Browser, add_editor


@pytest.fixture
def home(desk_parts: Parts) -> Publication:
    """A publication on each database."""
    return add_publication(desk_parts.database)


@pytest.fixture
def seat(desk_parts: Parts, home: Publication) -> Browser:
    """The browser of an owner who sits at the desk, on each database."""
    made = Browser(create_app(desk_parts))
    made.take_seat(desk_parts, add_editor(desk_parts, "owner@tide.example.org"))
    return made


def add_draft(parts: Parts, day: date, *, subject: str = "Springs and neaps", slug: str = "") -> Issue:
    text = issue_text(slug or day.isoformat(), subject).replace("date: 2026-01-01", f"date: {day}")
    return parts.editing.import_issue(text, source="x.md", by=OPERATOR)


def today(parts: Parts) -> date:
    return day_of(parts.clock.now(), "UTC")


def test_an_empty_publication_says_what_to_do_next(seat: Browser) -> None:
    page = seat.get("/desk/tide").text
    assert "There is no issue dated today." in page
    assert "Begin today" in page
    assert "/desk/tide/first-send" in page
    assert "Nothing waits" in page


def test_the_issue_of_today_stands_there_with_its_next_step(desk_parts: Parts, seat: Browser) -> None:
    issue = add_draft(desk_parts, today(desk_parts))
    add_draft(desk_parts, today(desk_parts) + timedelta(days=1), subject="Of tomorrow")
    page = seat.get("/desk/tide").text
    assert "Springs and neaps" in page and "Of tomorrow" in page
    assert f'href="/desk/tide/issues/{issue.id}/review">Look it over and send' in page


def test_whoever_may_only_write_is_led_to_the_text(desk_parts: Parts, home: Publication) -> None:
    issue = add_draft(desk_parts, today(desk_parts))
    writer = Browser(create_app(desk_parts))
    writer.take_seat(desk_parts, add_editor(desk_parts, "writer@tide.example.org", role=Role.WRITER))
    page = writer.get("/desk/tide").text
    assert f'href="/desk/tide/issues/{issue.id}">Write on' in page
    assert "Settings" not in page and "Audience" not in page


def test_a_draft_of_four_eyes_waits_once_it_was_changed_until_somebody_approved_it(
    desk_parts: Parts, home: Publication, seat: Browser
) -> None:
    with desk_parts.database.write() as session:
        session.get_one(Publication, home.id).four_eyes = True
    issue = add_draft(desk_parts, today(desk_parts))
    assert "To approve." not in seat.get("/desk/tide").text
    changed = issue.source.replace("close to the earth", "far from it")
    desk_parts.editing.save(issue.id, text=changed, revision=1, by=OPERATOR)
    page = seat.get("/desk/tide").text
    assert "To approve." in page and "Look it over and approve" in page
    assert "Springs and neaps" in seat.get("/desk/tide/issues?tab=waiting").text
    assert seat.post(f"/desk/tide/issues/{issue.id}/approve", revision="2").status_code == 303
    assert "To approve." not in seat.get("/desk/tide").text
    assert "Nothing waits for approval" in seat.get("/desk/tide/issues?tab=waiting").text


def test_uncertain_deliveries_of_the_last_issues_wait(
    desk_parts: Parts, home: Publication, seat: Browser, clock: SettableClock
) -> None:
    sent = publish(desk_parts.database, home, make_document("2026-03-01", date(2026, 3, 1)))
    now = clock.now()
    with desk_parts.database.write() as session:
        session.get_one(Issue, sent.id).state = IssueState.SENT
        edition = session.scalars(select(Edition.id).where(Edition.issue_id == sent.id)).one()
        reader = Subscriber(address="a@pear.example", address_hash=b"x" * 32, domain="pear.example", created_at=now)
        session.add(reader)
        session.flush()
        facts = {"issue_id": sent.id, "edition_id": edition}
        for number in (1, 2):
            session.add(
                Delivery(
                    id=number, subscriber_id=reader.id + number, state=DeliveryState.UNCERTAIN, changed_at=now, **facts
                )
            )
        ends = {"first_delivery_id": 1, "last_delivery_id": 2, "first_subscriber_id": 1, "last_subscriber_id": 2}
        session.add(Batch(size=2, state=BatchState.DONE, due_at=now, **ends, **facts))
        counts = {"candidates": 2, "planned": 2, "excluded_standing": 0, "excluded_suppressed": 0}
        session.add(PlanRecord(planned_at=now, **facts, **counts))
        session.flush()
        kept_counts.recount(session, sent.id)
    page = seat.get("/desk/tide").text
    assert "2 deliveries of" in page
    assert '<td class="number" data-is="readers">2</td>' in page


def test_growth_is_who_came_and_who_went(desk_parts: Parts, home: Publication, seat: Browser) -> None:
    day, long_ago = today(desk_parts), today(desk_parts) - timedelta(days=40)
    with desk_parts.database.write() as session:
        for when, source, count in (
            (long_ago, "signed up", 900), (day - timedelta(days=3), "signed up", 12), (day, "imported", 5),
            (day, "form:podcast", 4), (day, "unsubscribed", 2), (day, "bounced", 1),
        ):  # fmt: skip
            session.add(GrowthDay(publication_id=home.id, day=when, source=source, count=count))
    page = seat.get("/desk/tide").text
    assert "<strong>+14</strong>" in page and "17 came, 2 left, 1 bounced" in page


def test_what_somebody_asked_for_waits_where_nobody_must_be_asked_too(desk_parts: Parts, seat: Browser) -> None:
    issue = add_draft(desk_parts, today(desk_parts))
    assert "To approve." not in seat.get("/desk/tide").text
    asked = {"issue_id": issue.id, "revision": 1, "person": "editor 9", "name": "Bea", "at": desk_parts.clock.now()}
    with desk_parts.database.write() as session:
        session.add(ApprovalRequest(**asked))
    assert "To approve." in seat.get("/desk/tide").text
    assert "Springs and neaps" in seat.get("/desk/tide/issues?tab=waiting").text


def test_it_is_told_why_nothing_goes_by_itself_today(desk_parts: Parts, home: Publication, seat: Browser) -> None:
    day, now = today(desk_parts), desk_parts.clock.now()
    with desk_parts.database.write() as session:
        session.add(SlotTurn(publication_id=home.id, day=day, due_at=now, trouble="no draft is dated this day"))
    page = seat.get("/desk/tide").text
    assert "No draft is dated this day." in page and "/desk/tide/slot" in page
