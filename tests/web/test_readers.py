"""A reader at the desk: found by address, shown whole, and the address in no page's own address."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from newsletter.audience import erasure
from newsletter.audience.suppressing import Suppressing
from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.feedback import reading
from newsletter.feedback.handling import Handler
from newsletter.model import EditionLink, Event, Subscription
from newsletter.model.feedback import EventKind
from newsletter.model.states import Consent
from newsletter.web.app import create_app
from newsletter.web.desk import one_reader
from tests.feedback.mailing import Mailing, dsn, send_issue
from tests.parts.actors import OPERATOR
from tests.web.seats import Browser, add_editor

READER = "reader0@readers.example"


@pytest.fixture
def mailing(parts: Parts, clock: SettableClock) -> Mailing:
    """An issue that bounced at its first reader, who had clicked before."""
    made = send_issue(parts.database, clock, parts.signer)
    with parts.database.write() as session:
        session.execute(update(Subscription).values(tracking=Consent.GRANTED))
        session.add(EditionLink(edition_id=1, number=1, url="https://journal.test/<1>"))
        facts = {"at": clock.now(), "kind": EventKind.CLICK, "edition_id": 1, "delivery_id": made.deliveries[0]}
        session.add(Event(**facts, link=1, score=90, signs="scanner"))
    handler = Handler(parts.database, clock, parts.signer, read=reading.read)
    said = "452 4.2.2 <mailbox> is full"
    handler.handle(made.keep(dsn(READER, status="4.2.2", said=said), sent_to=made.path()))
    Suppressing(parts.database, clock).suppress(READER, publication_id=1, reason="by letter", by=OPERATOR)
    return made


@pytest.fixture
def browser(parts: Parts, mailing: Mailing) -> Browser:
    made = Browser(create_app(parts))
    made.take_seat(parts, add_editor(parts))
    made.get("/desk/daily/readers")
    return made


def test_a_reader_is_found_by_address_and_shown_whole(browser: Browser) -> None:
    found = browser.post("/desk/daily/readers", address=READER.upper())
    assert (found.status_code, found.headers["location"]) == (303, "/desk/daily/readers/1")
    page = browser.get("/desk/daily/readers/1").text
    for told in (READER, "by letter", "bounced", "mailboxfull", "452 4.2.2 &lt;mailbox&gt; is full", "0.4 of 5"):
        assert told in page
    for told in ("a machine", "scanner", "https://journal.test/&lt;1&gt;", 'href="/desk/daily/issues/1"'):
        assert told in page
    assert browser.get("/desk/daily/readers/1.json").json()["reports"][0]["reason"] == "mailboxfull"


def test_deliveries_lead_to_their_reader(browser: Browser) -> None:
    assert 'href="/desk/daily/readers/1"' in browser.get("/desk/daily/issues/1/deliveries").text


def test_who_is_not_known_is_said_beside_the_field(browser: Browser) -> None:
    answer = browser.post("/desk/daily/readers", address="nobody@one.example")
    assert answer.status_code == 404
    assert 'id="mistake"' in answer.text
    assert 'value="nobody@one.example"' in answer.text


def test_the_beginning_of_an_address_lists_those_who_begin_so(browser: Browser) -> None:
    answer = browser.post("/desk/daily/readers", address="Reader0@")
    assert answer.status_code == 200
    assert "1 reader<" in answer.text
    assert READER in answer.text
    assert "Nobody matches this" in browser.post("/desk/daily/readers", address="nobody").text
    assert browser.post("/desk/daily/readers", state="dead").status_code == 422
    assert browser.post("/desk/daily/readers", after="yesterday").status_code == 422


def test_an_address_that_is_only_suppressed_is_shown_at_once(parts: Parts, browser: Browser) -> None:
    Suppressing(parts.database, parts.clock).suppress("out@one.example", reason="imported", by=OPERATOR)
    answer = browser.post("/desk/daily/readers", address="out@one.example")
    assert answer.status_code == 200
    assert "imported" in answer.text
    assert "only suppressed" in answer.text


def test_of_an_erased_reader_nothing_tells_who_they_were(parts: Parts, browser: Browser) -> None:
    erasure.forget(parts.database, clock=parts.clock, address=READER, by=OPERATOR)
    page = browser.get("/desk/daily/readers/1").text
    assert "(forgotten)" in page
    assert "reader0" not in page
    assert "&lt;mailbox&gt;" not in page
    assert browser.get("/desk/daily/readers/99").status_code == 404


def test_a_long_history_is_cut_and_the_json_holds_all(
    parts: Parts, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with parts.database.write() as session:
        first = session.scalars(select(Event)).one()
        facts = {"at": first.at, "kind": first.kind, "edition_id": 1, "delivery_id": first.delivery_id}
        session.add(Event(**facts, link=1))
    assert "Only the newest" not in browser.get("/desk/daily/readers/1").text
    monkeypatch.setattr(one_reader, "MOST_SHOWN", 1)
    page = browser.get("/desk/daily/readers/1").text
    assert "Only the newest" in page
    assert page.count("journal.test") == 1
    assert len(browser.get("/desk/daily/readers/1.json").json()["events"]) == 2


@pytest.mark.parametrize("path", ["/desk/daily/readers", "/desk/daily/readers/1", "/desk/daily/readers/1.json"])
def test_nobody_else_sees_them(parts: Parts, browser: Browser, path: str) -> None:
    assert Browser(create_app(parts)).get(path).status_code == 303
    assert browser.post("/desk/daily/readers", csrf="forged", address=READER).status_code == 403
