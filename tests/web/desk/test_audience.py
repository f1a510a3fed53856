"""On the review page somebody chooses whom a draft goes to, and is told how many readers that is."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from newsletter.audience.keeping_fields import FieldWish
from newsletter.bootstrap import Parts
from newsletter.issues.editing import Editing
from newsletter.model import Issue, Publication, ReaderField
from newsletter.model.segment import AtDomain, FieldIs, NoneOf
from newsletter.model.states import IssueState
from tests.issues.samples import issue_text
from tests.parts.actors import OPERATOR
from tests.parts.ledger import add_readers
from tests.web.seats import Browser

AT = "/desk/tide/issues/1"


@pytest.fixture
def browser(parts: Parts, home: Publication, seated: Browser) -> Browser:
    """The browser of an owner, before a draft with five readers at one domain and two at another."""
    Editing(parts.database, parts.clock).import_issue(issue_text("first"), source="x.md", by=OPERATOR)
    for count, domain in ((5, "one.example"), (2, "two.example")):
        add_readers(parts.database, parts.clock, home, count, domain)
    return seated


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


def test_whoever_saw_another_audience_schedules_nothing_and_is_told(browser: Browser, parts: Parts) -> None:
    segment = parts.segmenting.add(1, "Two", AtDomain(domain="two.example"), by=OPERATOR)
    seen = {}
    for chosen in (str(segment.id), ""):
        browser.post(f"{AT}/audience", segment=chosen)
        page = browser.get(f"{AT}/review").text
        seen[chosen] = page.partition('name="audience" value="')[2].partition('"')[0]
    given = {"at": "2026-03-01T07:00", "despite": "other-date"}
    answer = browser.post(f"{AT}/schedule", audience=seen[str(segment.id)], **given)
    assert (answer.status_code, "it goes to everyone by now" in answer.text) == (409, True)
    with parts.database.read() as session:
        assert session.get_one(Issue, 1).state is IssueState.DRAFT
    assert browser.post(f"{AT}/schedule", audience=seen[""], **given).status_code == 303
    with parts.database.read() as session:
        assert session.get_one(Issue, 1).state is IssueState.SCHEDULED


@pytest.mark.parametrize("given", ["99", "x", "-1", "9" * 40, "²"])
def test_what_is_no_segment_changes_nothing(browser: Browser, parts: Parts, given: str) -> None:
    segment = parts.segmenting.add(1, "Two", AtDomain(domain="two.example"), by=OPERATOR)
    browser.post(f"{AT}/audience", segment=str(segment.id))
    assert browser.post(f"{AT}/audience", segment=given).status_code == 303
    assert "<dd>2</dd>" in browser.get(f"{AT}/review").text


def test_the_page_shows_what_the_draft_goes_to_whatever_became_of_its_segment(browser: Browser, parts: Parts) -> None:
    segment = parts.segmenting.add(1, "Two", AtDomain(domain="two.example"), by=OPERATOR)
    browser.post(f"{AT}/audience", segment=str(segment.id))
    parts.segmenting.change(segment.id, "One", AtDomain(domain="one.example"), by=OPERATOR)
    for _ in range(2):
        page = browser.get(f"{AT}/review").text
        assert "<dd>Two " in page and "as the segment was when it was chosen" in page and "<dd>2</dd>" in page
        if parts.segmenting.all_of(1, by=OPERATOR):
            parts.segmenting.remove(segment.id, by=OPERATOR)


def test_a_segment_that_names_a_field_that_is_gone_stops_the_draft(browser: Browser, parts: Parts) -> None:
    field = parts.keeping_fields.add(1, FieldWish("City"), by=OPERATOR)
    rule = NoneOf(of=(FieldIs(key="city", how="known"),))
    segment = parts.segmenting.add(1, "No city", rule, by=OPERATOR)
    browser.post(f"{AT}/audience", segment=str(segment.id))
    key = browser.get(f"{AT}/review").text.partition('name="audience" value="')[2].partition('"')[0]
    parts.segmenting.remove(segment.id, by=OPERATOR)
    assert "which goes to" in browser.post(f"/desk/tide/fields/{field.id}/remove").text
    with parts.database.write() as session:
        session.execute(delete(ReaderField))  # as a release before this one let it go
    page = browser.get(f"{AT}/review").text
    assert "names a field that is gone: city" in page and "<dd>0</dd>" in page
    given = {"at": "2026-03-01T07:00", "despite": "other-date"}
    assert browser.post(f"{AT}/schedule", audience=key, **given).status_code == 422


def test_a_segment_that_was_removed_stays_chosen_until_somebody_chooses_otherwise(
    browser: Browser, parts: Parts
) -> None:
    segment = parts.segmenting.add(1, "Two", AtDomain(domain="two.example"), by=OPERATOR)
    browser.post(f"{AT}/audience", segment=str(segment.id))
    parts.segmenting.remove(segment.id, by=OPERATOR)
    page = browser.get(f"{AT}/review").text
    assert f'<option value="{segment.id}" selected>Two, which is gone: as it was</option>' in page
    browser.post(f"{AT}/audience", segment=str(segment.id))
    assert "<dd>2</dd>" in browser.get(f"{AT}/review").text
    browser.post(f"{AT}/audience", segment="")
    page = browser.get(f"{AT}/review").text
    assert "<dd>7</dd>" in page and 'name="segment"' not in page
