"""The numbers of a publication: growth and issues, for those who may see numbers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.feedback import counting_figures
from newsletter.model import Delivery, Event, Issue, Publication
from newsletter.model.feedback import EventKind
from newsletter.model.states import DeliveryState
from newsletter.web.app import create_app
from tests.parts.kept_counts import planned
from tests.web.places import Visitor
from tests.web.public.test_subscribe import confirm_path, soup
from tests.web.seats import Browser, add_editor

AT = "/desk/orchard/numbers"


@pytest.fixture
def browser(parts: Parts, orchard: Publication, clock: SettableClock) -> Browser:
    """An editor, and an issue with two deliveries that was counted."""
    with parts.database.write() as session:
        for number, state in enumerate((DeliveryState.SUBMITTED, DeliveryState.BOUNCED), 1):
            facts = {"issue_id": 1, "edition_id": 1, "subscriber_id": number, "changed_at": clock.now()}
            session.add(Delivery(id=number, state=state, **facts))
    planned(parts.database, 1)
    counting_figures.count(parts.database, clock=clock)
    made = Browser(create_app(parts))
    made.take_seat(parts, add_editor(parts))
    return made


def test_the_page_shows_issues_side_by_side_with_a_table_beside_each_chart(browser: Browser) -> None:
    page = browser.get(f"{AT}?first=2025-12-01&last=2026-06-01")
    assert page.status_code == 200
    assert 'id="growth-table"' in page.text
    assert "<style" not in page.text and " style=" not in page.text


def test_the_same_comes_as_json_and_csv(browser: Browser) -> None:
    found = browser.get(f"{AT}.json?first=2025-12-01&last=2026-06-01").json()
    assert found["publication"] == "orchard"
    assert [each["bounced"] for each in found["issues"]] == [1, 0, 0]
    assert browser.get(f"{AT}/growth.csv?days=30").text.startswith("day,signed up,imported,")
    assert browser.get(f"{AT}/issues.csv?first=2025-12-01&last=2026-06-01").text.count("\r\n") == 4
    assert browser.get(f"{AT}/lost.csv").status_code == 422


@pytest.mark.parametrize(
    "asked",
    [
        "first=yesterday",
        "first=2026-05-02&last=2026-05-01",
        "first=1900-01-01",
        "last=0001-01-01",
        "last=9999-12-31",
        "first=0001-01-01&last=0001-01-02",
        "first=9999-12-30&last=9999-12-31",
    ],
)
def test_a_range_that_cannot_be_shown_is_told(browser: Browser, asked: str) -> None:
    assert browser.get(f"{AT}?{asked}").status_code == 422


def test_nobody_else_sees_them(parts: Parts, browser: Browser, clock: SettableClock) -> None:
    clock.advance(timedelta(days=60).total_seconds())
    for ending in ("", ".json", "/issues.csv"):
        assert browser.get(f"{AT}{ending}").status_code in (303, 401, 403)


def test_readings_on_the_web_are_counted_without_who_and_machines_apart(parts: Parts, browser: Browser) -> None:
    page = "/orchard/2026-03-01"
    for agent in ("Mozilla/5.0 Firefox/140", "Mozilla/5.0 Firefox/140", "", "Googlebot/2.1"):
        answer = browser.get(page, **{"user-agent": agent})
        assert answer.status_code == 200 and "set-cookie" not in answer.headers
    browser.get("/orchard/2026-03-01/papers/grafting-1", **{"user-agent": "Mozilla/5.0 Firefox/140"})
    parts.events.flush()
    with parts.database.read() as session:
        seen = session.scalars(select(Event)).all()
    assert [(each.kind, each.delivery_id) for each in seen] == [(EventKind.READ, None)] * 4
    of_issue = f"/desk/orchard/issues/{_issue_of(parts, '2026-03-01')}/report"
    reads = browser.get(f"{of_issue}.json").json()["reads"]
    assert (reads["people"], reads["machines"]) == (2, 2)
    assert "reads,people,2" in browser.get(f"{of_issue}.csv").text
    assert "without keeping who" in browser.get(of_issue).text


def test_the_comparison_of_issues_stands_in_json_and_csv_too(parts: Parts, browser: Browser) -> None:
    last, first = _issue_of(parts, "2026-03-03"), _issue_of(parts, "2026-03-01")
    at = f"/desk/orchard/issues/{last}/report"
    compared = browser.get(f"{at}.json?beside={first}").json()["compared"]
    assert compared["median_of"] == 2 and compared["chosen"]["slug"] == "2026-03-01"
    lines = browser.get(f"{at}.csv?beside={first}").text.splitlines()
    assert "in 2026-03-01,planned,2" in lines and "median of the last 2,planned,1.0" in lines
    assert browser.get(f"{at}.json").json()["compared"]["chosen"] is None


def test_sign_ups_are_told_by_the_form_they_came_from(
    parts: Parts, browser: Browser, visitor: Visitor, clock: SettableClock
) -> None:
    for place in ("/orchard/subscribe?from=podcast", "/orchard", "/orchard/subscribe?from=<b>"):
        form = soup(visitor.get(place))
        clock.sleep(5)
        fields = {name: str(form.select_one(f"input[name={name}]")["value"]) for name in ("token", "source")}
        visitor.post("/orchard/subscribe", address=f"{fields['source']}@pear.test", **fields)
        visitor.post(confirm_path(parts))
    clock.sleep(120)
    counting_figures.count(parts.database, clock=clock)
    found = browser.get(f"{AT}.json?days=30").json()["growth"][-1]
    assert {name: number for name, number in found.items() if name.startswith("form:")} == {
        "form:archive": 1, "form:podcast": 1, "form:subscribe": 1,
    }  # fmt: skip
    assert found["signed up"] == 3
    assert "form:podcast" in browser.get(f"{AT}/growth.csv?days=30").text.splitlines()[0]
    assert '<th scope="row">podcast</th>' in browser.get(f"{AT}?days=30").text


def _issue_of(parts: Parts, slug: str) -> int:
    with parts.database.read() as session:
        return session.scalars(select(Issue.id).where(Issue.slug == slug)).one()
