"""Every field of every page of the desk has a label, and a sentence that says what it is for; a page that has nothing says what to do."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from newsletter.clock import SettableClock
from newsletter.store.database import Database
from tests.web.route import Who
from tests.web.routes import ROUTES
from tests.web.scene import Scene
from tests.web.test_every_route import ask, who_may

SENTENCES_THEMSELVES = {"checkbox", "radio"}
"""Fields whose label says it all."""
BESIDE = {
    "/desk/{publication}/issues/{issue_id}": "the text, with what was found in it",
    "/desk/{publication}/issues/{issue_id}/review": "a moment and an address, each with its sentence below",
}
"""Pages whose fields are told of in their own way."""


class Fields(HTMLParser):
    """The visible fields of a page, its labels, and the words that stand under each id."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []
        self.labels: set[str] = set()
        self.words: dict[str, str] = {}
        self._inside: list[tuple[str, str]] = []
        self._in_label = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        is_field = tag in {"input", "select", "textarea"} and given.get("type") not in {"hidden", "submit"}
        if is_field and not {"hidden", "readonly"} & set(given):
            self.found.append(given | {"tag": tag, "within": "label" if self._in_label else ""})
        if tag == "label":
            self._in_label += 1
            self.labels.add(given.get("for", ""))
        if tag not in {"input", "br", "img", "meta", "link", "source", "hr", "polyline", "rect"}:
            self._inside.append((tag, given.get("id", "")))

    def handle_endtag(self, tag: str) -> None:
        self._in_label -= tag == "label"
        while self._inside and self._inside.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        for _, name in self._inside:
            if name:
                self.words[name] = self.words.get(name, "") + data


def wanting(page: str) -> list[str]:
    """Return what fields of a page lack."""
    fields = Fields()
    fields.feed(page)
    lacking = []
    for each in fields.found:
        name = f"{each['tag']} {each.get('name', '')}"
        labelled = (
            each.get("id", "-") in fields.labels or each["within"] or {"aria-label", "aria-labelledby"} & set(each)
        )
        if not labelled:
            lacking.append(f"{name}: no label")
        if each.get("type") not in SENTENCES_THEMSELVES:
            ids = each.get("aria-describedby", "").split()
            if not ids or not all(fields.words.get(one, "").strip() for one in ids):
                lacking.append(f"{name}: no sentence, but {ids}")
    return lacking


@pytest.fixture
def scene(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Scene:
    """A service on SQLite."""
    return Scene(sqlite_database, clock, tmp_path)


def test_every_field_of_every_page_of_the_desk_has_its_label_and_its_sentence(scene: Scene) -> None:
    lacking: dict[str, list[str]] = {}
    asked = [route for route in ROUTES if route.method == "GET" and route.path.startswith("/desk")]
    for route in asked:
        caller = who_may(scene, route) if route.who is Who.EDITOR else scene.stranger()
        answer = ask(scene, route, caller)
        is_page = answer.headers.get("content-type", "").startswith("text/html") and route.path not in BESIDE
        if is_page and (found := wanting(answer.text)):
            lacking[route.path] = found
    assert lacking == {}
    assert len(asked) > 40


def test_a_field_without_a_sentence_is_found() -> None:
    page = '<label for="a">A</label><input id="a" name="a" aria-describedby="h"><p id="h">Words.</p>'
    assert wanting(page) == []
    assert wanting(page.replace("Words.", " ")) == ["input a: no sentence, but ['h']"]
    assert wanting('<input type="checkbox" name="b">') == ["input b: no label"]
    assert wanting('<label>B <select name="b"></select></label>') == ["select b: no sentence, but []"]
