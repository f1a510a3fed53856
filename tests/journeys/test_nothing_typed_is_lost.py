"""Signed out, the network cut, the server stopped, two tabs, in each state of the editor: not one typed character is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from newsletter.accounts import sessions
from newsletter.accounts.sessions import Brought, Visit
from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.issues.editing import Editing
from newsletter.model import Editor, Issue
from newsletter.model.actor import operator
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.store.issues import issues
from newsletter.web.app import create_app
from tests.issues.samples import add_publication, issue_text
from tests.journeys.serving import Served
from tests.parts.actors import OPERATOR
from tests.web.places import make_parts
from tests.web.seats import PASSWORD, add_editor

TYPED = "Sixteen words nobody shall lose."
"""What an editor adds at the end."""


@dataclass
class Room:
    """A served desk with one draft (id 1), and an editor's browser that is signed in."""

    parts: Parts
    app: FastAPI
    served: Served
    context: BrowserContext
    editor: Editor

    def sign_in(self) -> None:
        """Give the browser a session, as another tab that signed in would."""
        with self.parts.database.write() as session:
            visit, now = Visit("A test", "127.0.0.1"), self.parts.clock.now()
            opened = sessions.begin(session, self.editor.id, now=now, visit=visit, brought=Brought())
        self.context.add_cookies([{"name": "desk", "value": opened.session, "url": self.served.url}])

    def sign_out(self) -> None:
        """End every session of the editor."""
        sessions.end_all(self.parts.database, self.editor.id, clock=self.parts.clock, by=operator())

    def open(self) -> Page:
        """Open the issue in one more tab."""
        page = self.context.new_page()
        page.goto(f"{self.served.url}/desk/issues/1")
        return page

    def restart(self) -> None:
        """Serve again where it was stopped."""
        self.served = Served(self.served.port)
        self.served.start(self.app)

    def put(self, state: IssueState) -> None:
        """Move the issue, as somebody elsewhere would."""
        with self.parts.database.write() as session:
            issue = issues.by_id(session, 1)
            issue.state, issue.scheduled_at = state, self.parts.clock.now() + timedelta(days=1)

    @property
    def issue(self) -> Issue:
        """The issue as stored."""
        with self.parts.database.read() as session:
            return issues.by_id(session, 1)


@pytest.fixture
def room(browser: Browser, sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Room]:
    """A desk."""
    served = Served()
    parts = make_parts(sqlite_database, clock, tmp_path, base_url=served.url)
    add_publication(sqlite_database)
    Editing(sqlite_database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)
    app, context = create_app(parts), browser.new_context()
    context.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)
    served.start(app)
    made = Room(parts, app, served, context, add_editor(parts))
    made.sign_in()
    yield made
    context.close()
    made.served.stop()


def write(page: Page, words: str = TYPED) -> str:
    """Type at the end of the text, and return all of it."""
    page.locator("#text").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(words)
    return page.locator("#text").input_value()


def save(page: Page) -> None:
    """Press the keys that save."""
    page.locator("#text").press("Control+s")


def said(page: Page) -> Locator:
    """Return the line that says what came of it."""
    return page.locator(".done[role=status]")


def is_saved(page: Page) -> None:
    """Wait for the word."""
    expect(said(page)).to_have_text("Saved.")


def test_who_is_signed_out_signs_in_over_the_text_and_goes_on(room: Room) -> None:
    page = room.open()
    room.sign_out()
    typed = write(page)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()  # the preview was refused
    dialog.get_by_label("Password").fill("not the password")
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog.get_by_role("alert")).to_contain_text("do not belong together")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#currency")).to_be_hidden()
    assert page.locator("#text").input_value() == typed
    save(page)
    is_saved(page)
    assert room.issue.source == typed


def test_who_was_signed_out_and_presses_save_has_it_saved_after_signing_in(room: Room) -> None:
    page = room.open()
    typed = write(page)
    expect(page.locator("#currency")).to_be_hidden()
    room.context.clear_cookies()
    save(page)
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_label("Password").press("Enter")
    is_saved(page)
    assert room.issue.source == typed


def test_after_signing_in_again_in_a_second_tab_the_first_goes_on(room: Room) -> None:
    page = room.open()
    room.sign_out()
    room.sign_in()  # the cookie is a new one, the page's token an old one
    typed = write(page)
    save(page)
    is_saved(page)
    assert room.issue.source == typed
    room.sign_out()
    more = write(page, " And more.")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#currency")).to_contain_text("you are signed out")
    room.sign_in()
    expect(page.locator("#currency")).to_be_hidden()
    save(page)
    is_saved(page)
    assert room.issue.source == more


def test_a_form_of_any_page_of_the_desk_outlives_its_session(room: Room) -> None:
    page = room.context.new_page()
    page.goto(f"{room.served.url}/desk/issues/1/review")
    room.sign_out()
    page.get_by_label("Address of the test").fill("mara@elsewhere.example")
    page.get_by_role("button", name="Send test").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(said(page)).to_have_text("The test is on its way.")


def test_with_the_network_cut_the_preview_says_so_and_a_save_is_tried_again(room: Room) -> None:
    page = room.open()
    room.context.set_offline(True)
    typed = write(page)
    expect(page.locator("#currency")).to_contain_text("Not current, trying again: the service does not answer")
    save(page)
    expect(said(page)).to_contain_text("Not stored yet, trying again")
    room.context.set_offline(False)
    is_saved(page)
    expect(page.locator("#currency")).to_be_hidden()
    assert room.issue.source == typed


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_a_preview_that_is_refused_says_that_it_is_not_current(room: Room, status: int) -> None:
    page = room.open()
    page.route("**/preview", lambda asked: asked.fulfill(status=status))
    write(page)
    expect(page.locator("#currency")).to_contain_text("Not current, trying again")
    page.unroute("**/preview")
    expect(page.locator("#currency")).to_be_hidden()


def test_a_frame_that_could_not_be_loaded_is_not_current_and_is_loaded_again(room: Room) -> None:
    page = room.open()
    page.route("**/previews/**", lambda asked: asked.abort())
    page.locator("#tabs").get_by_text("Web", exact=True).click()
    expect(page.locator("#currency")).to_contain_text("Not current, trying again")
    page.unroute("**/previews/**")
    expect(page.locator("#currency")).to_be_hidden()
    expect(page.frame_locator("#frame").get_by_text("The Tide Table").first).to_be_visible()


def test_while_one_types_steadily_the_preview_follows(room: Room) -> None:
    page = room.open()
    answers: list[str] = []
    page.on("response", lambda answer: answers.append(answer.url) if answer.url.endswith("/preview") else None)
    page.locator("#text").focus()
    page.keyboard.press("Control+End")
    for _ in range(400):
        page.keyboard.type("w", delay=20)
        if len(answers) >= 2:
            break
    assert len(answers) >= 2


def test_with_the_server_stopped_and_the_tab_closed_the_text_is_offered_when_both_are_back(room: Room) -> None:
    page = room.open()
    room.served.stop()
    typed = write(page)
    page.close()
    room.restart()
    page = room.open()
    offer = page.locator("#kept .kept")
    expect(offer).to_contain_text("is kept in this browser")
    page.get_by_role("button", name="Take it back").click()
    assert page.locator("#text").input_value() == typed
    save(page)
    is_saved(page)
    assert room.issue.source == typed
    expect(room.open().locator("#kept .kept")).to_have_count(0)


def test_two_tabs_take_nothing_from_each_other_and_nothing_newer_is_written_over(room: Room) -> None:
    first, second = room.open(), room.open()
    mine, theirs = write(first, "Mine."), write(second, "Theirs.")
    save(second)
    is_saved(second)
    save(first)
    conflict = first.locator("#conflict")
    expect(conflict).to_contain_text("changed the same place")
    expect(conflict.locator(".mine")).to_contain_text("Mine.")
    expect(conflict.locator(".theirs")).to_contain_text("Theirs.")
    assert room.issue.source == theirs
    first.close()
    again = room.open()
    expect(again.locator("#kept .since")).to_contain_text("revision 2 was stored since")
    again.get_by_role("button", name="Take it back").click()
    save(again)
    expect(again.locator("#conflict .theirs")).to_contain_text("Theirs.")
    again.get_by_label("Keep").select_option("both, yours first")
    again.get_by_role("button", name="Save both in one").click()
    expect(said(again)).to_contain_text("Saved, together with")
    assert {*mine.split("\n"), *theirs.split("\n")} <= {*room.issue.source.split("\n")}
    assert again.locator("#text").input_value() == room.issue.source


@pytest.mark.parametrize("state", [state for state in IssueState if state is not IssueState.DRAFT])
def test_what_was_typed_while_the_issue_went_on_is_kept_and_shown_on_its_page(room: Room, state: IssueState) -> None:
    page = room.open()
    typed = write(page)
    room.put(state)
    save(page)
    expect(page.locator("#conflict")).to_contain_text(f"This issue is {state} now")
    assert page.locator("#text").input_value() == typed
    page.close()
    for place in ("/desk/issues/1", "/desk"):
        later = room.context.new_page()
        later.goto(f"{room.served.url}{place}")
        expect(later.locator("#kept textarea")).to_have_value(typed)
        later.close()


def test_a_new_issue_and_a_text_with_a_mistake_are_kept_too(room: Room) -> None:
    page = room.context.new_page()
    page.goto(f"{room.served.url}/desk")
    page.get_by_role("button", name="New issue").click()
    expect(page.locator(".cm-content")).to_be_visible()  # from now on a key saves
    page.locator("#text").fill("---\nno front matter at all")
    save(page)
    expect(said(page)).to_contain_text("Not stored")
    address = page.url
    page.close()
    page = room.context.new_page()
    page.goto(address)
    expect(page.locator("#kept textarea")).to_have_value("---\nno front matter at all")


def test_saving_keeps_place_caret_and_undo(room: Room) -> None:
    page = room.open()
    before = write(page, "x\n" * 60)
    page.keyboard.type("Last words")
    save(page)
    is_saved(page)
    seen = "[text.selectionStart, text.scrollTop, document.activeElement === text]"
    caret, top, there = page.evaluate(seen)
    assert (caret, top > 0, there) == (len(before) + len("Last words"), True, True)
    page.keyboard.press("Control+z")
    assert len(page.locator("#text").input_value()) < caret


def test_signing_out_lets_go_of_what_was_kept_after_asking(room: Room) -> None:
    page = room.open()
    write(page)
    page.once("dialog", lambda asked: asked.dismiss())
    page.get_by_role("button", name="Sign out").click()
    assert page.evaluate("Object.keys(localStorage).length") == 1
    page.once("dialog", lambda asked: asked.accept())
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).length") == 0
