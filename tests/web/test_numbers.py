"""The numbers of a publication: growth and issues, for those who may see numbers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.feedback import counting_figures
from newsletter.model import Delivery, Publication
from newsletter.model.states import DeliveryState
from newsletter.web.app import create_app
from tests.parts.kept_counts import planned
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


@pytest.mark.parametrize("asked", ["first=yesterday", "first=2026-05-02&last=2026-05-01", "first=1900-01-01"])
def test_a_range_that_cannot_be_shown_is_told(browser: Browser, asked: str) -> None:
    assert browser.get(f"{AT}?{asked}").status_code == 422


def test_nobody_else_sees_them(parts: Parts, browser: Browser, clock: SettableClock) -> None:
    clock.advance(timedelta(days=60).total_seconds())
    for ending in ("", ".json", "/issues.csv"):
        assert browser.get(f"{AT}{ending}").status_code in (303, 401, 403)
