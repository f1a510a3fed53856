"""Who may do what, in a real browser: a writer who may not send, and two people who send what neither could alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from newsletter.bootstrap import Parts
from newsletter.clock import SystemClock
from newsletter.issues.editing import Editing
from newsletter.model import Issue, Publication
from newsletter.model.rights import Role
from newsletter.model.states import IssueState
from newsletter.publications.creating import PublicationChange
from newsletter.store.accounts import audit, grants
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.issues.samples import add_publication, issue_text
from tests.journeys.serving import Served, served_settings
from tests.parts.actors import OPERATOR
from tests.parts.named import id_of_publication
from tests.web.seats import PASSWORD, add_editor

WRITER, EDITOR, PUBLISHER = "wanda@tide.example.org", "ed@tide.example.org", "pat@tide.example.org"
ANALYST = "ana@tide.example.org"
ROLES = {WRITER: Role.WRITER, EDITOR: Role.EDITOR, PUBLISHER: Role.PUBLISHER, ANALYST: Role.ANALYST}


@pytest.fixture
def tide(database: Database) -> Publication:
    """A publication on each database."""
    return add_publication(database)


@pytest.fixture
def parts(database: Database, tide: Publication, tmp_path: Path) -> Iterator[Parts]:
    """A desk with a draft (id 1) of `tide`, and three people with a role there."""
    served, clock = Served(), SystemClock()
    settings = served_settings(served, tmp_path, database)
    made = Parts(settings, clock)
    for address, role in ROLES.items():
        somebody = add_editor(made, address, address.partition("@")[0].title(), role=None)
        with database.write() as session:
            grants.give(session, somebody.id, tide.id, role, clock.now())
    text = issue_text().replace("date: 2026-01-01", f"date: {clock.now().date()}")
    Editing(database, clock).import_issue(text, source="x.md", by=OPERATOR)
    served.start(create_app(made))
    yield made
    served.stop()
    made.close()


def seated(browser: Browser, parts: Parts, address: str) -> tuple[BrowserContext, Page]:
    """Return a browser of its own for somebody who has just signed in."""
    context = browser.new_context(base_url=parts.settings.base_url)
    page = context.new_page()
    page.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    page.goto("/desk")
    page.get_by_label("Email address").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Issues")).to_be_visible()
    return context, page


def test_a_writer_sees_no_way_to_send_and_is_refused_when_posting_anyway(browser: Browser, parts: Parts) -> None:
    context, page = seated(browser, parts, WRITER)
    for absent in ("Readers", "Returned", "Audit"):
        expect(page.get_by_role("link", name=absent)).to_have_count(0)
    page.get_by_role("link", name="Springs and neaps").click()
    page.get_by_label("The issue, in Markdown").fill(issue_text(subject="Neaps and springs"))
    page.get_by_role("button", name="Review…").click()
    expect(page.get_by_role("heading", name="Neaps and springs")).to_be_visible()
    expect(page.get_by_text("Somebody with the right to send")).to_be_visible()
    for offer in ("Schedule", "now", "Approve"):
        expect(page.get_by_role("button", name=offer)).to_have_count(0)
    csrf = page.locator('input[name="csrf"]').first.input_value()
    for way, form in (("schedule", {"now": "yes"}), ("approve", {"revision": "2"}), ("pause", {}), ("cancel", {})):
        answer = context.request.post(
            f"/desk/tide/issues/1/{way}",
            form={"csrf": csrf, **form},
            headers={"origin": parts.settings.base_url, "sec-fetch-site": "same-origin"},
            max_redirects=0,
        )
        assert answer.status == 403, way
    page.goto("/desk/audit")
    expect(page.get_by_text("it takes the right to see audit")).to_be_visible()
    context.close()
    assert stands(parts) is IssueState.DRAFT


def test_whoever_may_only_read_sees_a_draft_each_way_and_no_script_trips_over_it(
    browser: Browser, parts: Parts
) -> None:
    context, page = seated(browser, parts, ANALYST)
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    expect(page.get_by_role("button", name="New issue")).to_have_count(0)
    page.get_by_role("link", name="Springs and neaps").click()
    expect(page.get_by_label("The issue, in Markdown")).not_to_be_editable()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    for way in ("text", "web page", "email"):
        page.get_by_role("link", name=way, exact=True).click()
        expect(page.frame_locator("#frame").get_by_text("A new pier").first).to_be_visible()
    page.keyboard.press("Control+s")
    context.close()
    assert trouble == []


def test_two_people_send_what_neither_could_alone(browser: Browser, parts: Parts) -> None:
    parts.creating.change(id_of_publication(parts.database, "tide"), PublicationChange(four_eyes=True), by=OPERATOR)
    theirs, sender = seated(browser, parts, PUBLISHER)
    sender.goto("/desk/tide/issues/1/review")
    expect(sender.get_by_text("once somebody else has approved it")).to_be_visible()
    expect(sender.get_by_role("button", name="Schedule")).to_have_count(0)
    sender.get_by_role("button", name="Approve").click()
    expect(sender.get_by_text("once somebody else has approved it")).to_be_visible()
    others, second = seated(browser, parts, EDITOR)
    second.goto("/desk/tide/issues/1/review")
    expect(second.get_by_text("Pat approved revision 1")).to_be_visible()
    second.get_by_role("button", name="Approve").click()
    expect(second.get_by_role("status")).to_contain_text("Approved as it stands")
    sender.goto("/desk/tide/issues/1")
    sender.get_by_label("The issue, in Markdown").press("Control+End")
    sender.get_by_label("The issue, in Markdown").press_sequentially("\nA last word.\n")
    sender.get_by_role("button", name="Review and send…").click()
    expect(sender.get_by_text("Nobody has approved revision 2 yet.")).to_be_visible()
    second.goto("/desk/tide/issues/1/review")
    second.get_by_role("button", name="Approve").click()
    expect(second.get_by_text("Ed approved revision 2")).to_be_visible()
    sender.reload()
    expect(sender.get_by_text("Ed approved revision 2")).to_be_visible()
    sender.get_by_role("button", name="Schedule").click()
    expect(sender.get_by_role("status")).to_contain_text("Scheduled")
    for context in (theirs, others):
        context.close()
    assert stands(parts) is IssueState.SCHEDULED
    with parts.database.read() as session:
        done = [(entry.action, entry.actor_name) for entry in audit.page(session, limit=3)]
    assert done == [("issue.schedule", PUBLISHER), ("issue.approve", EDITOR), ("issue.change", PUBLISHER)]


def stands(parts: Parts) -> IssueState:
    with parts.database.read() as session:
        return session.get_one(Issue, 1).state
