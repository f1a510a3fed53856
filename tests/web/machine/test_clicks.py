"""Links and the pixel: to our own table only, counted, and never blocked."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.errors import InputError
from newsletter.feedback import links
from newsletter.feedback.event_journal import EventJournal, SeenEvent
from newsletter.feedback.flooding import MESSAGE_BURST, NETWORK_BURST
from newsletter.issues.addressing import issue_named
from newsletter.model import Delivery, Edition, EditionLink, Event, Publication
from newsletter.model.feedback import MACHINE, EventKind
from newsletter.model.states import DeliveryState
from newsletter.tokens import Purpose
from newsletter.web.app import create_app
from newsletter.web.machine.clicks import GIF
from tests.parts.actors import OPERATOR
from tests.web.places import Visitor

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
DELIVERY = 41


@pytest.fixture
def tracked(parts: Parts, orchard: Publication) -> Visitor:
    """A visitor of a service where the newest edition has two links and one delivery."""
    with parts.database.write() as session:
        edition = session.scalars(select(Edition).where(Edition.id == 3)).one()
        for number, url in ((1, "https://journal.test/1?a=1&b=ä#part"), (2, "https://journal.test/2\r\nX: y")):
            session.add(EditionLink(edition_id=edition.id, number=number, url=url))
        facts = {"issue_id": edition.issue_id, "edition_id": edition.id, "subscriber_id": 1}
        state = {"state": DeliveryState.SUBMITTED, "changed_at": parts.clock.now()}
        session.add(Delivery(id=DELIVERY, **facts, **state))
    return Visitor(create_app(parts))


def events(parts: Parts) -> list[Event]:
    parts.events.flush()
    with parts.database.read() as session:
        return list(session.scalars(select(Event).order_by(Event.id)))


def test_a_counted_link_leads_to_its_target(parts: Parts, tracked: Visitor) -> None:
    answer = tracked.get("/l/3/1", user_agent=FIREFOX)
    assert answer.status_code == 302
    assert answer.headers["location"] == "https://journal.test/1?a=1&b=%C3%A4#part"
    assert "no-store" in answer.headers["cache-control"]
    [event] = events(parts)
    assert (event.edition_id, event.link, event.delivery_id, event.score) == (3, 1, None, 0)


def test_a_tracked_link_leads_to_the_same(parts: Parts, tracked: Visitor) -> None:
    token = parts.signer.issue(Purpose.CLICK, DELIVERY)
    assert tracked.get(f"/c/{token}/1").headers["location"] == "https://journal.test/1?a=1&b=%C3%A4#part"
    [event] = events(parts)
    assert (event.edition_id, event.delivery_id) == (3, None)  # this reader has not agreed


def test_no_target_can_break_out_of_its_header(tracked: Visitor) -> None:
    answer = tracked.get("/l/3/2")
    assert answer.headers["location"] == "https://journal.test/2%0D%0AX:%20y"
    assert "x" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/l/3/7",
        "/l/99/1",
        "/l/3/x",
        "/l//1",
        "/l/3/1/2",
        "/l/3/https://evil.test",
        "/c/AAAA/1",
        "/o/x.gif",
        "/l/9999999999999999999999/1",
        "/l/3/1.5",
        "/c/" + "A" * 24 + "/1",
    ],
)
def test_what_is_unknown_or_forged_is_a_page_not_found(parts: Parts, tracked: Visitor, path: str) -> None:
    answer = tracked.get(path, accept="text/html")
    assert answer.status_code == 404
    assert "<h1>" in answer.text
    assert events(parts) == []


def test_a_token_for_another_purpose_leads_nowhere(parts: Parts, tracked: Visitor) -> None:
    for purpose in (Purpose.OPEN, Purpose.UNSUBSCRIBE):
        assert tracked.get(f"/c/{parts.signer.issue(purpose, DELIVERY)}/1").status_code == 404
    assert tracked.get(f"/o/{parts.signer.issue(Purpose.CLICK, DELIVERY)}.gif").status_code == 404


def test_a_head_is_answered_and_scored_as_a_machines(parts: Parts, tracked: Visitor) -> None:
    answer = tracked.ask("HEAD", "/l/3/1", headers={"User-Agent": FIREFOX})
    assert (answer.status_code, answer.content) == (302, b"")
    assert [event.score for event in events(parts)] == [100]


def test_the_link_no_person_sees_leads_home_and_gives_a_machine_away(parts: Parts, tracked: Visitor) -> None:
    assert tracked.get("/l/3/0", user_agent=FIREFOX).headers["location"] == "http://news.test/orchard"
    assert [event.score >= MACHINE for event in events(parts)] == [True]


def test_the_pixel_is_43_octets_and_not_kept(parts: Parts, tracked: Visitor) -> None:
    answer = tracked.get(f"/o/{parts.signer.issue(Purpose.OPEN, DELIVERY)}.gif")
    assert (answer.status_code, answer.content, len(GIF)) == (200, GIF, 43)
    assert answer.headers["content-type"] == "image/gif"
    assert "no-store" in answer.headers["cache-control"]


def test_a_link_may_be_changed_after_sending_and_leads_nowhere_but_to_the_web(parts: Parts, tracked: Visitor) -> None:
    def change(url: str) -> str:
        return links.change(
            parts.database,
            issue_id=issue_named(parts.database, "2026-03-03").id,
            number=1,
            url=url,
            by=OPERATOR,
            clock=parts.clock,
        )

    tracked.get("/l/3/1")
    assert change("https://journal.test/moved") == "https://journal.test/1?a=1&b=ä#part"
    parts.clock.advance(links.FRESH_SECONDS + 1)
    assert tracked.get("/l/3/1").headers["location"] == "https://journal.test/moved"
    for bad in ("javascript:alert(1)", "//evil.test", "https://", "https://a.test/\r\nx", "ftp://a.test"):
        with pytest.raises(InputError):
            change(bad)


def test_a_post_to_a_link_does_nothing(parts: Parts, tracked: Visitor) -> None:
    assert tracked.post("/l/3/1").status_code in (404, 405)
    assert events(parts) == []


def test_a_server_that_starts_again_writes_what_the_killed_one_had_noted(parts: Parts, tracked: Visitor) -> None:
    left = EventJournal(parts.settings.data_dir / "events")
    left.note(SeenEvent(parts.clock.now(), EventKind.CLICK, 3, None, 2))
    left.close(written=False)
    Visitor(create_app(parts)).get("/healthz")
    parts.events.close()  # waits for the thread that was begun
    assert [(event.edition_id, event.link) for event in events(parts)] == [(3, 2)]


def test_a_visitor_who_asks_four_hundred_times_is_led_on_each_time_and_leaves_fifty_rows(
    parts: Parts, tracked: Visitor
) -> None:
    answers = {tracked.get("/l/3/1", user_agent=FIREFOX).status_code for _ in range(400)}
    assert answers == {302}
    assert len(events(parts)) == NETWORK_BURST
    neighbour = Visitor(create_app(parts), ip="198.51.100.9")
    neighbour.get("/l/3/1", user_agent=FIREFOX)
    assert len(events(parts)) == NETWORK_BURST + 1


def test_addresses_of_one_ipv6_network_count_as_one(parts: Parts, tracked: Visitor) -> None:
    app = create_app(parts)
    for number in range(NETWORK_BURST + 5):
        Visitor(app, ip=f"2001:db8::{number:x}").get("/l/3/1", user_agent=FIREFOX)
    assert len(events(parts)) == NETWORK_BURST


def test_one_message_asked_for_again_and_again_leaves_few_rows(parts: Parts, tracked: Visitor) -> None:
    click, seen = parts.signer.issue(Purpose.CLICK, DELIVERY), parts.signer.issue(Purpose.OPEN, DELIVERY)
    for _ in range(3 * MESSAGE_BURST):
        assert tracked.get(f"/c/{click}/1", user_agent=FIREFOX).status_code == 302
        assert tracked.get(f"/o/{seen}.gif", user_agent=FIREFOX).status_code == 200
    assert len(events(parts)) == MESSAGE_BURST  # clicks alone: this reader has not agreed
