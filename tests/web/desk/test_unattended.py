"""The desk says calmly that nobody works on what is due: on its front page and on the page of the issue."""

from __future__ import annotations

import re

import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.store.accounts import editors
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR
from tests.parts.beating import add_sign, make_older
from tests.web.seats import ADDRESS, Browser

AT = "/desk/tide/issues/1"


@pytest.fixture
def editor(desk_parts: Parts, browser: Browser, clock: SettableClock) -> Browser:
    """A browser that has signed in, at a desk with an issue that was sent a minute ago and that no scheduler took up."""
    add_publication(desk_parts.database)
    desk_parts.editing.import_issue(issue_text(), source="x.md", by=OPERATOR)
    with desk_parts.database.read() as session:
        found = editors.find(session, ADDRESS)
    assert found is not None
    browser.take_seat(desk_parts, found)
    browser.get(f"{AT}/review")
    assert browser.post(f"{AT}/schedule", now="yes").status_code == 303
    add_sign(desk_parts.database, clock, "worker", "mail1:1:0:0.1")
    add_sign(desk_parts.database, clock, "scheduler", "mail1:2:0:0.1")
    clock.advance(35)
    return browser


def text_of(editor: Browser, path: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", editor.get(path).text).split())


@pytest.mark.parametrize("path", ["/desk", AT])
def test_nobody_at_work_is_said_with_the_remedy_and_that_nothing_is_lost(
    editor: Browser, desk_parts: Parts, clock: SettableClock, path: str
) -> None:
    if not desk_parts.database.is_postgresql:
        make_older(desk_parts.database, -35)
    assert "Nobody is sending." not in text_of(editor, path)
    make_older(desk_parts.database, 60)
    said = text_of(editor, path)
    assert "Nobody is sending." in said
    assert "is due, and no scheduler is at work; the last was mail1:2, no sign since 20" in said
    assert "see that newsletter scheduler runs" in said
    assert "Nothing is lost: readers keep their place." in said
    add_sign(desk_parts.database, clock, "scheduler", "mail1:3:0:0.1")
    assert "Nobody is sending." not in text_of(editor, path)


def test_trouble_is_shown_as_text_and_not_as_markup(editor: Browser, desk_parts: Parts, clock: SettableClock) -> None:
    make_older(desk_parts.database, 60)
    add_sign(desk_parts.database, clock, "scheduler", "mail1:3:0:0.1", trouble="<script>alert(1)</script>")
    for path in ("/desk", AT):
        page = editor.get(path).text
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page
