"""Editors name sections and items, and their names become ids of a page: no id of the page's own may be one of them."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest
from bs4 import BeautifulSoup

from newsletter.bootstrap import Parts
from newsletter.model import Publication
from newsletter.model.texts import SLUG
from newsletter.resources import TEMPLATES
from tests.web.places import Visitor, make_document, publish

WITH_CONTENT = ("issue", "web/base", "web/archive")
"""Templates of pages that show what editors write."""
OF_EDITORS = {"{{ section.slug }}", "{{ item.anchor }}"}
BESIDE = {"p-{{ publication.slug }}"}
"""On the list of publications, which shows no issue."""
_ID = re.compile(r"\bid=\"((?:\{\{[^}]*\}\}|[^\"{])*)\"")


def ids() -> list[tuple[str, str]]:
    """Return each id of those templates, as written, with its file."""
    files = [path for folder in WITH_CONTENT for path in sorted((TEMPLATES / folder).rglob("*")) if path.is_file()]
    return [(path.name, found[1]) for path in files for found in _ID.finditer(path.read_text(encoding="utf-8"))]


def test_no_id_of_a_page_with_content_could_be_a_name_of_an_editor() -> None:
    own = [(name, each) for name, each in ids() if each not in OF_EDITORS | BESIDE]
    assert ("page.html", "page.main") in own
    assert [(name, each) for name, each in own if re.fullmatch(SLUG, re.sub(r"\{\{[^}]*\}\}", "x", each))] == []


def test_every_link_to_a_place_of_the_page_itself_leads_somewhere() -> None:
    known = {each for _, each in ids()}
    for folder in WITH_CONTENT:
        for path in (TEMPLATES / folder).rglob("*.html*"):
            for target in re.findall(r"href=\"#([^\"]+)\"", path.read_text(encoding="utf-8")):
                assert target in known, path.name


WORDS = ("main", "page", "address", "consent", "ref-1")


@pytest.mark.parametrize("word", WORDS)
def test_a_section_and_an_item_may_have_any_name(
    visitor: Visitor, parts: Parts, orchard: Publication, word: str
) -> None:
    document = make_document("2026-04-01", date(2026, 4, 1))
    empty, first, *others = document.sections
    item = first.items[0].model_copy(
        update={"key": word, "explicit_key": True, "body": "A mark[^1].\n\n[^1]: Its note."}
    )
    section = first.model_copy(update={"slug": word, "items": (item, *first.items[1:])})
    publish(parts.database, orchard, document.model_copy(update={"sections": (empty, section, *others)}))
    for path in ("/orchard/2026-04-01", f"/orchard/2026-04-01/{word}/{word}", f"/orchard/all/{word}"):
        page = BeautifulSoup(visitor.get(path).text, "html.parser")
        counted = Counter(element["id"] for element in page.select("[id]"))
        assert [name for name, count in counted.items() if count > 1] == [], path
        for link in page.select('a[href^="#"]'):
            assert link["href"][1:] in counted, (path, link)
