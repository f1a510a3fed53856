"""In a real browser: the mark of a drafted paragraph goes with the save that changes it, and the caret stays where it was."""

from __future__ import annotations

from playwright.sync_api import expect

from newsletter.issues.preflight.drafted_marks import MARK
from tests.issues.samples import issue_text
from tests.journeys.test_nothing_typed_is_lost import Room, is_saved, room, save
from tests.parts.actors import OPERATOR

LEAD = "The **moon** stands close to the earth this week."

__all__ = ["room"]  # a fixture


def test_a_mark_goes_with_the_save_that_changes_its_words_and_the_caret_stays(room: Room) -> None:
    drafted = issue_text().replace(LEAD, f"{MARK}\nOak holds.\n\n{MARK}\nSwells cross.")
    room.parts.editing.save(1, text=drafted, revision=1, by=OPERATOR)
    page = room.open()
    text = page.locator("#text")
    at = drafted.index("holds.") + len("holds")
    text.evaluate("(box, at) => { box.focus(); box.setSelectionRange(at, at); }", at)
    page.keyboard.type(" well")
    save(page)
    is_saved(page)
    expect(text).to_have_value(drafted.replace(f"{MARK}\nOak holds", "Oak holds well"))
    page.keyboard.type(" and long")
    save(page)
    expect(page.locator("#revision")).to_have_text("revision 4")
    assert f"Oak holds well and long.\n\n{MARK}\nSwells cross." in room.issue.source
    assert text.input_value() == room.issue.source
