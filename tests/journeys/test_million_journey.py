"""The numbers of an issue that went to a million readers, in a real browser: each page says what SQL counts of the rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model import Edition, EditionLink, Issue, IssueItem
from newsletter.model.base import Moment
from newsletter.store.database import Database
from newsletter.store.delivery import kept_counts
from newsletter.web.app import create_app
from tests.journeys.pictures import picture
from tests.journeys.serving import Served
from tests.web.places import add_publication, make_document, make_parts, publish
from tests.web.seats import ADDRESS, PASSWORD, add_editor

READERS = 1_000_000
BATCH = 500
NUMBERS = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < :readers)"
PEOPLE = f"""
    INSERT INTO subscribers (id, address, address_hash, domain, name, created_at)
    {NUMBERS}
    SELECT id, 'r' || id || '@x.example', CAST(printf('%032d', id) AS BLOB),
           CASE WHEN id % 10 < 5 THEN 'gmail.example' WHEN id % 10 < 8 THEN 'yahoo.example' ELSE 'd' || id % 30 || '.example' END,
           '', :now FROM n
"""
DELIVERIES = f"""
    INSERT INTO deliveries (id, issue_id, edition_id, subscriber_id, state, fence, attempts, code, status, changed_at)
    {NUMBERS}
    SELECT id, :issue, :edition, id, CASE WHEN id % 100 = 1 THEN 'rejected' WHEN id % 100 = 2 THEN 'bounced' WHEN id % 200 = 3 THEN 'deferred'
                  WHEN id % 1000 = 4 THEN 'complained' WHEN id % 1000 = 5 THEN 'skipped' ELSE 'submitted' END, 1, 1,
           CASE WHEN id % 100 = 1 THEN 550 WHEN id % 100 = 2 THEN 552 WHEN id % 200 = 3 THEN 451 ELSE 250 END,
           CASE WHEN id % 100 = 1 THEN '5.1.1' WHEN id % 100 = 2 THEN '5.2.2' WHEN id % 200 = 3 THEN '4.7.1' ELSE '2.0.0' END, :now FROM n
"""
BATCHES = f"""
    INSERT INTO batches (edition_id, issue_id, first_delivery_id, last_delivery_id, first_subscriber_id, last_subscriber_id, size, state,
                         fence, holder, due_at)
    {NUMBERS}
    SELECT :edition, :issue, id, id + {BATCH} - 1, id, id + {BATCH} - 1, {BATCH}, 'done', 1, '', :now FROM n WHERE id % {BATCH} = 1
"""
PLAN = """
    INSERT INTO plan_records (issue_id, edition_id, candidates, planned, excluded_standing, excluded_suppressed, planned_at)
    VALUES (:issue, :edition, :readers, :readers, 0, 0, :now)
"""
REPORTS = """
    INSERT INTO applied_reports (mark, delivery_id, issue_id, subscriber_id, kind, reason, status, code, diagnostic, reported_by,
                                 dialect, blame, weight, effect, at)
    SELECT 'report ' || id, id, issue_id, subscriber_id, CASE WHEN state = 'bounced' THEN 'permanent' ELSE 'complaint' END,
           CASE WHEN state = 'bounced' THEN 'mailbox full' ELSE 'feedback' END, status, code, '', '', 'postfix', 'reader', 0, 'noted', :now
      FROM deliveries WHERE issue_id = :issue AND state IN ('bounced', 'complained')
"""
CLICKS = """
    INSERT INTO events (at, kind, edition_id, delivery_id, link, score, signs)
    SELECT :now, 'click', edition_id, id, 1 + id % :links, CASE WHEN id % 3 = 0 THEN 90 ELSE 0 END, ''
      FROM deliveries WHERE issue_id = :issue AND id % 25 = 0
"""


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Parts]:
    """A served application whose only issue went to all."""
    served = Served()
    made = make_parts(sqlite_database, clock, tmp_path, base_url=served.url)
    publish(sqlite_database, add_publication(sqlite_database), make_document("2026-03-01", date(2026, 3, 1)))
    add_editor(made)
    with sqlite_database.write() as session:
        fill(session, clock)
    served.start(create_app(made))
    yield made
    served.stop()


def fill(session: Session, clock: SettableClock) -> None:
    """Let the issue have gone to a million readers; a statement for each table."""
    issue = session.scalars(select(Issue)).one()
    edition = session.scalars(select(Edition).where(Edition.issue_id == issue.id)).one()
    items = session.scalars(select(IssueItem).where(IssueItem.issue_id == issue.id, IssueItem.url != "")).all()
    for number, item in enumerate(items, 1):
        session.add(EditionLink(edition_id=edition.id, number=number, url=item.url, item_key=item.key))
    session.flush()
    given = {"readers": READERS, "now": clock.now(), "issue": issue.id, "edition": edition.id, "links": len(items)}
    for statement in (PEOPLE, DELIVERIES, BATCHES, PLAN, REPORTS, CLICKS):
        named = set(re.findall(r":([a-z]+)", statement))
        moments = [bindparam("now", type_=Moment())] if "now" in named else []
        session.execute(text(statement).bindparams(*moments), {name: given[name] for name in named})
    kept_counts.recount(session, issue.id)


def counted(parts: Parts, statement: str) -> int:
    """What SQL counts of the rows."""
    with parts.database.read() as session:
        return int(session.scalar(text(statement)) or 0)


def row_of(page: Page, heading: str, name: str) -> list[str]:
    """The cells of the row of this name in the table below a heading, without their shares."""
    section = page.locator("section", has=page.get_by_role("heading", name=heading, exact=True))
    row = section.locator("tr", has=page.get_by_text(name, exact=True)).first
    return [cell.split()[0] for cell in row.locator("td.number").all_inner_texts()]


def signed_in(browser: Browser, parts: Parts) -> Page:
    page = browser.new_page()
    page.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    page.goto(f"{parts.settings.base_url}/desk")
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()
    return page


@pytest.mark.pictures
def test_each_page_of_a_million_deliveries_says_what_the_rows_say(browser: Browser, parts: Parts) -> None:
    page = signed_in(browser, parts)
    issue = counted(parts, "SELECT id FROM issues")
    at = f"{parts.settings.base_url}/desk/orchard/issues/{issue}"
    for place in ("", "/report", "/deliveries?state=deferred", "/clicks"):  # the first one is its progress
        page.goto(f"{at}{place}")
        assert [each["id"] for each in Axe().run(page).response["violations"]] == [], place
    page.goto(at)
    expect(page.locator("main")).to_contain_text("1,000,000")
    picture(page, "desk-million-progress")
    page.goto(f"{at}/report")
    said = dict(re.findall(r"<dt>([^<]*)</dt><dd>([\d,]+)", page.locator("dl.facts").first.inner_html()))
    rows = {
        "Planned": "true",
        "Deferred": "state = 'deferred'",
        "Rejected": "state = 'rejected'",
        "Bounced": "state = 'bounced'",
    }
    rows |= {"Complaints": "state = 'complained'"}
    rows |= {"Accepted": "state IN ('submitted', 'delivered', 'bounced', 'complained')"}
    for name, which in rows.items():
        assert said[name] == f"{counted(parts, f'SELECT count(*) FROM deliveries WHERE {which}'):,}", name
    for domain in ("gmail.example", "yahoo.example"):
        of = f"SELECT count(*) FROM deliveries AS d JOIN subscribers AS s ON s.id = d.subscriber_id WHERE +s.domain = '{domain}'"  # by delivery: not by the index on domains
        every, refused = counted(parts, of), counted(parts, f"{of} AND d.state = 'rejected'")
        cells = row_of(page, "By domain", domain)
        assert (cells[0], cells[3]) == (f"{every:,}", f"{refused:,}"), domain
    ours = "SELECT count(*) FROM events AS e JOIN edition_links AS l ON l.edition_id = e.edition_id AND l.number = e.link WHERE e.score < 50"
    with parts.database.read() as session:
        first = session.scalars(select(IssueItem).where(IssueItem.url != "").order_by(IssueItem.position)).first()
    assert first is not None
    people = counted(parts, f"{ours} AND l.item_key = '{first.key}'")
    assert row_of(page, "Sections and items by clicks", first.title)[0] == f"{people:,}"
    picture(page, "desk-million-report")
    page.close()
