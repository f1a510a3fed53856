"""At the review findings stand by level with the way to their lines; it looks outside and mends when somebody presses."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock, SystemClock
from newsletter.fetch import Fetcher, FetchLimits
from newsletter.issues import looking_outside
from newsletter.issues.editing import Editing
from newsletter.issues.link_checking import LinkChecker
from newsletter.model import Issue
from newsletter.store.database import Database
from newsletter.store.issues import issues
from newsletter.web.app import create_app
from tests.issues.preflight.looks import with_words
from tests.issues.samples import add_publication
from tests.parts.actors import OPERATOR
from tests.parts.site import LinkSite, status
from tests.web.places import make_parts
from tests.web.seats import Browser, add_editor

REVIEW = "/desk/tide/issues/1/review"
TEXT = with_words("It opens in TK, as [they say](https://a.example/b?utm_source=tide).").replace("first", "first")


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    """Parts with a draft that holds something to stop it and something to mend."""
    add_publication(sqlite_database)
    Editing(sqlite_database, clock).import_issue(TEXT, source="x.md", by=OPERATOR)
    return make_parts(sqlite_database, clock, tmp_path)


@pytest.fixture
def browser(parts: Parts) -> Browser:
    """A browser that has signed in."""
    made = Browser(create_app(parts))
    made.take_seat(parts, add_editor(parts))
    return made


@pytest.fixture
def site() -> Iterator[LinkSite]:
    """A server on loopback."""
    made = LinkSite()
    made.pages["/good"] = status(200)
    yield made
    made.close()


def _issue(parts: Parts) -> Issue:
    with parts.database.read() as session:
        return issues.by_id(session, 1)


def _fixes(page: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(r"name=\"fix\" value='([^']+)'", page)]


def test_findings_stand_by_level_with_the_way_to_their_line(browser: Browser) -> None:
    page = browser.get(REVIEW).text
    line = next(number for number, each in enumerate(TEXT.split("\n"), 1) if "TK" in each)
    assert page.index("Stops it") < page.index("Advice")
    assert f'href="/desk/tide/issues/1#line-{line}"' in page
    assert re.search(r'is-stop">Stops it <span class="count">1<', page)
    assert re.search(r'is-advise">Advice <span class="count">1<', page)
    written = browser.post("/desk/tide/issues/1/preview", text=TEXT, revision="1").text
    assert "1 stop, 1 piece of advice" in written
    assert f'data-line="{line}"' in written


def test_what_can_be_mended_is_mended_by_a_button(browser: Browser, parts: Parts) -> None:
    page = browser.get(REVIEW).text
    assert "Mend 1 address<" in page
    [fix] = _fixes(page)
    assert json.loads(fix)[1:] == ["https://a.example/b?utm_source=tide", "https://a.example/b"]
    answer = browser.post("/desk/tide/issues/1/mend", revision="1", fix=fix)
    assert answer.status_code == 303
    assert (_issue(parts).revision, "(https://a.example/b)" in _issue(parts).source) == (2, True)
    assert "Mend 1" not in browser.get(REVIEW).text
    assert browser.post("/desk/tide/issues/1/mend", revision="1", fix=fix).status_code in {303, 409}
    assert _issue(parts).revision == 2


@pytest.mark.parametrize("fix", ["", "no json", "[1]", "[1, 2, 3]", '{"a": 1}', "[" * 5_000, '["1", "a", "b"]'])
def test_what_is_no_fix_is_told(browser: Browser, parts: Parts, fix: str) -> None:
    assert browser.post("/desk/tide/issues/1/mend", revision="1", fix=fix).status_code == 422
    assert _issue(parts).revision == 1


def test_it_looks_outside_when_somebody_presses(
    browser: Browser, parts: Parts, site: LinkSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetcher = Fetcher(FetchLimits(schemes=("https", "http")), allowed=lambda _: True)
    looking = replace(parts.looking_outside, checker=LinkChecker(fetcher.glance, SystemClock()))
    monkeypatch.setitem(parts.__dict__, "looking_outside", looking)
    monkeypatch.setattr(looking_outside, "is_local", lambda url: ".example" in url)
    text = TEXT.replace("https://a.example/b?utm_source=tide", site.url("/gone"))
    browser.post("/desk/tide/issues/1", text=text, revision="1")
    assert site.methods == {}
    page = browser.post("/desk/tide/issues/1/outside")
    assert page.status_code == 200
    assert "is dead: its server answers 404" in page.text
    assert "To be answered" in page.text
    assert "1 link tried, all answered." in page.text
    assert "No spam score: NEWSLETTER_SPAM_SCORER names nobody." in page.text
    forms = re.findall(r'<form[^>]*findings/accept".*?</form>', page.text, re.DOTALL)
    [form] = [each for each in forms if 'value="dead-link"' in each]
    fields = {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}
    del fields["csrf"]
    accepted = browser.post("/desk/tide/issues/1/findings/accept", **fields, reason="Back on Monday.")
    assert accepted.status_code == 303
    asked = dict(site.methods)
    shown = browser.get("/desk/tide/issues/1/review").text
    assert site.methods == asked, "what was answered is shown and not asked again"
    for again in (shown, browser.post("/desk/tide/issues/1/outside").text):
        assert "Back on Monday." in again and "To be answered" not in again
        assert "1 link tried, all answered." in again
    for wrong in ({"rule": "todo"}, {"what": "another"}, {"key": "0"}):
        refused = browser.post("/desk/tide/issues/1/findings/accept", **{**fields, **wrong}, reason="No.")
        assert refused.status_code == 409
    browser.post("/desk/tide/issues/1", text=f"{text}\nOne line more.\n", revision="2")
    assert "1 link tried" not in browser.get("/desk/tide/issues/1/review").text, "of another text nothing is known"
    assert 'name="despite" value="dead-link"' not in page.text, "what others answer keeps nothing from going out"
