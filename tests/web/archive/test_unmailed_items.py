"""An item that is not mailed stands in the archive's page of its section, at its own address and in the file, and nowhere else."""

from __future__ import annotations

from datetime import date

import pytest

from newsletter.bootstrap import Parts
from newsletter.model import Publication
from newsletter.model.document import Document
from newsletter.store.archive import published
from tests.web.places import Visitor, make_document, publish

KEPT = "Grafting number 2 of kept"
ALL_KEPT = "One that nobody was mailed"


def _document() -> Document:
    document = make_document("kept", date(2026, 3, 8))
    content = document.model_dump(mode="json")
    content["sections"][1]["items"][1]["mailed"] = False
    content["sections"][0]["items"] = [{"kind": "links", "title": ALL_KEPT, "mailed": False}]
    return Document.model_validate(content)


@pytest.fixture(autouse=True)
def _kept(parts: Parts, orchard: Publication) -> None:
    publish(parts.database, orchard, _document())


@pytest.mark.parametrize("path", ["/orchard/kept", "/orchard/feed.atom", "/orchard/feed.json", "/sitemap.xml"])
def test_it_stands_in_no_page_of_the_issue_and_no_feed(visitor: Visitor, path: str) -> None:
    shown = visitor.get(path)
    assert shown.status_code == 200
    assert "kept" in shown.text
    assert KEPT not in shown.text and ALL_KEPT not in shown.text


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/orchard/all/papers", KEPT),
        ("/orchard/kept/papers/grafting-2", KEPT),
        ("/orchard/all/wire", ALL_KEPT),
        ("/orchard/kept/wire/one-that-nobody-was-mailed", ALL_KEPT),
        ("/orchard/kept.md", KEPT),
    ],
)
def test_it_stands_in_the_page_of_its_section_at_its_own_address_and_in_the_file(
    visitor: Visitor, path: str, title: str
) -> None:
    shown = visitor.get(path)
    assert shown.status_code == 200
    assert title in shown.text


def test_a_section_of_such_items_alone_leads_to_its_page(visitor: Visitor) -> None:
    assert "/orchard/all/wire" in visitor.get("/orchard/kept").text
    assert "/orchard/all/wire" in visitor.get("/sitemap.xml").text


def test_before_it_goes_out_the_mail_leads_there_too(parts: Parts, orchard: Publication) -> None:
    with parts.database.read() as session:
        around = published.surroundings(session, orchard.id, _document())
    assert "wire" in around.filled
