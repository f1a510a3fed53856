"""Without JavaScript: a session that ended takes nothing of what was typed with it, whatever button was pressed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from newsletter.model.states import IssueState
from tests.issues.samples import issue_text
from tests.journeys.test_nothing_typed_is_lost import TYPED, Room, room, write
from tests.parts.actors import OPERATOR
from tests.web.seats import ADDRESS, PASSWORD, add_editor

__all__ = ("room",)


@pytest.fixture
def plain(room: Room, browser: Browser) -> Room:
    """The same desk, and a browser that runs no scripts."""
    room.context.close()
    room.context = browser.new_context(java_script_enabled=False)
    room.context.set_default_timeout(15_000)
    room.sign_in()
    return room


def sign_in(page: Page, address: str = ADDRESS, password: str = PASSWORD) -> None:
    """Fill in the form that stands over the text."""
    page.get_by_label("Email address").fill(address)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("button", ["Save", "Review and send…", "Preview"])
def test_whatever_was_pressed_the_text_is_in_the_editor_again_after_signing_in(plain: Room, button: str) -> None:
    page = plain.open()
    typed = write(page)
    plain.sign_out()
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("heading", name="Sign in again")).to_be_visible()
    assert page.get_by_label("What you typed").input_value() == typed
    sign_in(page, password="not the password")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    assert page.get_by_label("What you typed").input_value() == typed
    sign_in(page)
    expect(page.get_by_role("status")).to_contain_text("is not stored")
    assert page.locator("#text").input_value() == typed
    assert plain.issue.source == issue_text()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    assert plain.issue.source == typed


def test_a_new_issue_that_nobody_saved_yet_is_carried_too(plain: Room) -> None:
    page = plain.context.new_page()
    page.goto(f"{plain.served.url}/desk")
    page.get_by_role("button", name="New issue").click()
    typed = write(page)
    plain.sign_out()
    page.get_by_role("button", name="Save", exact=True).click()
    sign_in(page)
    assert page.locator("#text").input_value() == typed


def test_after_signing_in_again_in_another_tab_the_first_shows_its_text_and_goes_on(plain: Room) -> None:
    page = plain.open()
    typed = write(page)
    plain.sign_out()
    plain.sign_in()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Your session is another one")
    assert page.locator("#text").input_value() == typed
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    assert plain.issue.source == typed


def test_what_somebody_else_stored_meanwhile_is_not_written_over(plain: Room) -> None:
    page = plain.open()
    typed = write(page)
    plain.sign_out()
    newer = issue_text(subject="Theirs")
    plain.parts.editing.save(1, text=newer, revision=1, by=OPERATOR)
    page.get_by_role("button", name="Save", exact=True).click()
    sign_in(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Saved, together with what somebody else stored meanwhile")
    both = (
        typed.replace("subject: Springs and neaps", "subject: Theirs") + "\n"
    )  # what is put together ends its last line
    assert page.locator("#text").input_value() == both
    assert plain.issue.source == both


def test_another_editor_is_told_that_the_text_was_typed_before_they_signed_in(plain: Room) -> None:
    add_editor(plain.parts, "bea@tide.example.org", "Bea")
    page = plain.open()
    typed = write(page)
    plain.sign_out()
    page.get_by_role("button", name="Save", exact=True).click()
    sign_in(page, "bea@tide.example.org")
    expect(page.get_by_role("status")).to_contain_text("signed in as bea@tide.example.org")
    assert page.locator("#text").input_value() == typed
    assert plain.issue.source == issue_text()


@pytest.mark.parametrize(
    ("label", "typed", "button"),
    [
        ("Address of the test", "someone@elsewhere.example", "Send test"),
        ("When, in UTC", "2031-05-09T06:30", "Schedule"),
    ],
)
def test_at_the_review_what_was_filled_in_is_there_again_and_nothing_goes_out(
    plain: Room, label: str, typed: str, button: str
) -> None:
    page = plain.context.new_page()
    page.goto(f"{plain.served.url}/desk/issues/1/review")
    page.get_by_label(label).fill(typed)
    plain.sign_out()
    page.get_by_role("button", name=button, exact=True).click()
    sign_in(page)
    expect(page.get_by_label(label)).to_have_value(typed)
    assert plain.issue.state is IssueState.DRAFT


def test_a_form_of_another_site_plants_no_text(plain: Room) -> None:
    plain.sign_out()
    page = plain.context.new_page()
    page.goto(
        f"data:text/html,<form method=post action='{plain.served.url}/desk/tide/issues/1'>"
        f"<input name=text value='{TYPED}'><input name=revision value=1><button>Win</button></form>"
    )
    page.get_by_role("button", name="Win").click()
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    assert TYPED not in page.content()
