"""The report at the desk: numbers, JSON, CSV, links, and what could not be read."""

from __future__ import annotations

import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.feedback.consequences import BURST
from newsletter.feedback.intake import Intake
from newsletter.model import Delivery, EditionLink, Publication
from newsletter.model.feedback import RawState
from newsletter.model.states import DeliveryState
from newsletter.store.feedback import events, reports, unproven
from newsletter.web.app import create_app
from tests.parts.kept_counts import planned
from tests.web.seats import Browser, add_editor

AT = "/desk/orchard/issues/1"


@pytest.fixture
def browser(parts: Parts, orchard: Publication, clock: SettableClock) -> Browser:
    """An editor at the desk of an issue with two deliveries and one link."""
    with parts.database.write() as session:
        session.add(EditionLink(edition_id=1, number=1, url="https://journal.test/1"))
        for number, state in enumerate((DeliveryState.SUBMITTED, DeliveryState.BOUNCED), 1):
            facts = {"issue_id": 1, "edition_id": 1, "subscriber_id": number, "changed_at": clock.now()}
            session.add(Delivery(id=number, state=state, **facts))
    planned(parts.database, 1)
    made = Browser(create_app(parts))
    made.take_seat(parts, add_editor(parts))
    return made


def test_the_page_shows_the_numbers_and_links_to_json_and_csv(browser: Browser) -> None:
    page = browser.get(f"{AT}/report")
    assert page.status_code == 200
    assert "50.0 %" in page.text
    assert browser.get(f"{AT}/report.json").json()["bounced"] == 1
    answer = browser.get(f"{AT}/report.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "bounced,,1" in answer.text


def test_the_report_says_why_by_domain_and_shows_the_clicks_on_the_mail(browser: Browser) -> None:
    assert "Why, by domain" in browser.get(f"{AT}/report?beside=2").text
    reasons = browser.get(f"{AT}/report.json").json()["reasons"]
    assert [(row["state"], row["number"]) for row in reasons] == [("bounced", 1)]
    assert "/clicks/mail" in browser.get(f"{AT}/clicks").text
    mail = browser.get(f"{AT}/clicks/mail")
    assert "sandbox" in mail.headers["content-security-policy"]
    assert "script-src" not in mail.headers["content-security-policy"]


@pytest.mark.parametrize("ending", ["report", "report.json", "report.csv", "clicks", "clicks/mail"])
def test_nobody_else_sees_them(parts: Parts, browser: Browser, ending: str) -> None:
    assert Browser(create_app(parts)).get(f"{AT}/{ending}").status_code in (303, 401)


def test_a_link_is_changed_at_the_desk(parts: Parts, browser: Browser) -> None:
    browser.get(f"{AT}/report")
    assert browser.post(f"{AT}/links/1", url="https://journal.test/moved").status_code == 303
    refused = browser.post(f"{AT}/links/1", url="javascript:alert(1)")
    assert refused.status_code == 422
    assert "not an address on the web" in refused.text
    with parts.database.read() as session:
        assert events.links_of(session, 1) == {1: "https://journal.test/moved"}


def test_a_report_that_was_set_aside_is_shown_with_its_reason(parts: Parts, browser: Browser) -> None:
    database = parts.database
    kept = Intake(database, parts.clock, parts.queue).keep(b"poison", source="smtp")
    with database.write() as session:
        reports.set_aside(session, kept.raw_report_id, "RecursionError: <b>too deep</b>")
    page = browser.get("/desk/reports").text
    assert "RecursionError: &lt;b&gt;too deep&lt;/b&gt;" in page
    assert "1 set-aside" in page


def test_unproven_reports_are_told_on_the_page_and_a_burst_of_them_plainly(parts: Parts, browser: Browser) -> None:
    assert "nothing proves" not in browser.get("/desk/reports").text
    for number, words in (
        (1, "1 reports of today"),
        (BURST - 1, f"{BURST} unproven reports came today: that is a burst"),
    ):
        with parts.database.write() as session:
            unproven.count(session, parts.clock.now().date(), number)
        page = browser.get("/desk/reports").text
        assert words in page
        assert "nothing proves that they are true" in page
    metrics = at_home(parts).get("/metrics").text
    assert f"newsletter_unproven_reports_today {BURST}.0" in metrics


def at_home(parts: Parts) -> Browser:
    """A program on the machine of the service: nobody else is told the metrics."""
    return Browser(create_app(parts), host="127.0.0.1:8025", ip="127.0.0.1")


def test_metrics_tell_the_ledgers_tallies(parts: Parts) -> None:
    with parts.database.write() as session:
        reports.count(session, "forged return path", parts.clock.now(), 3)
    assert 'newsletter_tallies{name="forged return path"} 3.0' in at_home(parts).get("/metrics").text


@pytest.mark.parametrize(("act", "state"), [("retry", RawState.UNREAD), ("discard", RawState.DROPPED)])
def test_a_report_that_was_set_aside_is_read_again_or_let_be(
    parts: Parts, browser: Browser, act: str, state: RawState
) -> None:
    database = parts.database
    kept = Intake(database, parts.clock, parts.queue).keep(b"poison", source="smtp").raw_report_id
    with database.write() as session:
        reports.set_aside(session, kept, "too deep")
    assert browser.post(f"/desk/reports/{kept}/{act}", csrf="forged").status_code == 403
    browser.get("/desk/reports")
    assert browser.post(f"/desk/reports/{kept}/{act}").headers["location"].startswith("/desk/reports?done=")
    with database.read() as session:
        assert reports.get_raw(session, kept).state is state
    assert "too deep" not in browser.get("/desk/reports").text
    assert browser.post(f"/desk/reports/{kept}/discard").status_code == 409
    assert browser.post(f"/desk/reports/99/{act}").status_code == 404
