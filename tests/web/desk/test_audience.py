"""On the review page somebody chooses whom a draft goes to, and is told how many readers that is."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.issues.editing import Editing
from newsletter.model.segment import AtDomain
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR
from tests.parts.ledger import add_readers
from tests.web.places import make_parts
from tests.web.seats import Browser, add_editor

AT = "/desk/tide/issues/1"


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    """Parts with a draft, five readers at one domain and two at another."""
    home = add_publication(sqlite_database)
    Editing(sqlite_database, clock).import_issue(issue_text("first"), source="x.md", by=OPERATOR)
    add_readers(sqlite_database, clock, home, 5, "one.example")
    add_readers(sqlite_database, clock, home, 2, "two.example")
    return make_parts(sqlite_database, clock, tmp_path)


@pytest.fixture
def browser(parts: Parts) -> Browser:
    """A browser that has signed in."""
    made = Browser(create_app(parts))
    made.take_seat(parts, add_editor(parts))
    return made


def test_there_is_nothing_to_choose_where_there_is_no_segment(browser: Browser) -> None:
    page = browser.get(f"{AT}/review").text
    assert "<dd>everyone</dd>" in page
    assert 'name="segment"' not in page


def test_a_segment_is_chosen_counted_and_given_up_again(browser: Browser, parts: Parts) -> None:
    segment = parts.segmenting.add(1, "Readers at <two>", AtDomain(domain="two.example"), by=OPERATOR)
    assert "<dd>7</dd>" in browser.get(f"{AT}/review").text
    browser.post(f"{AT}/audience", segment=str(segment.id))
    page = browser.get(f"{AT}/review").text
    assert f'<option value="{segment.id}" selected>Readers at &lt;two&gt;</option>' in page
    assert "<dd>2</dd>" in page
    browser.post(f"{AT}/audience", segment="")
    page = browser.get(f"{AT}/review").text
    assert "<dd>7</dd>" in page
    assert "selected" not in page.partition('name="segment"')[2].partition("</select>")[0]


@pytest.mark.parametrize("given", ["99", "x", "-1", "9" * 40, "²"])
def test_what_is_no_segment_changes_nothing(browser: Browser, parts: Parts, given: str) -> None:
    segment = parts.segmenting.add(1, "Two", AtDomain(domain="two.example"), by=OPERATOR)
    browser.post(f"{AT}/audience", segment=str(segment.id))
    assert browser.post(f"{AT}/audience", segment=given).status_code == 303
    assert "<dd>2</dd>" in browser.get(f"{AT}/review").text
