from __future__ import annotations

from datetime import date
from xml.etree import ElementTree as ET

import pytest

from newsletter import resources
from newsletter.archive import feeds
from newsletter.errors import NotFoundError
from newsletter.model import Publication
from newsletter.rendering.renderer import Renderer
from newsletter.store.database import Database
from tests.web.places import add_publication, make_document, publish

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(resources.TEMPLATES)


def read(database: Database, renderer: Renderer) -> ET.Element:
    found = feeds.feed(database, publication="orchard")
    return ET.fromstring(feeds.write_feed(found, renderer=renderer, base_url="http://news.test"))


def test_feed_and_entries_have_what_rfc_4287_demands(database: Database, renderer: Renderer) -> None:
    publication = add_publication(database)
    for day in (1, 2):
        publish(database, publication, make_document(f"n{day}", date(2026, 3, day)))
    publish(database, publication, make_document("n9", date(2026, 3, 9)), shown=False)
    root = read(database, renderer)
    entries = root.findall(f"{ATOM}entry")
    # sections 4.1.1 and 4.1.2: exactly one id, title and updated; an author
    for element in (root, *entries):
        for name in ("id", "title", "updated", "author"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
    assert [e.findtext(f"{ATOM}title") for e in entries] == ["Letter n2", "Letter n1"]
    assert len({e.findtext(f"{ATOM}id") for e in (root, *entries)}) == 3
    assert root.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated") == "2026-03-02T06:30:00Z"
    links = {(link.get("rel"), link.get("type")): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links["self", "application/atom+xml"] == "http://news.test/orchard/feed.atom"
    assert links["alternate", "text/html"] == "http://news.test/orchard"


def test_an_entry_holds_the_whole_issue_as_html(database: Database, renderer: Renderer) -> None:
    publish(database, add_publication(database), make_document("n1", date(2026, 3, 1)))
    content = read(database, renderer).find(f"{ATOM}entry/{ATOM}content")
    assert content is not None and content.get("type") == "html"
    text = content.text or ""
    for part in ("<em>n1</em>", "Grafting number 2 of n1", "15.1"):
        assert part in text


def test_ids_outlive_a_move_to_another_host(database: Database, renderer: Renderer) -> None:
    publish(database, add_publication(database), make_document("n1", date(2026, 3, 1)))
    found = feeds.feed(database, publication="orchard")
    here, there = (
        ET.fromstring(feeds.write_feed(found, renderer=renderer, base_url=base)).findtext(f"{ATOM}entry/{ATOM}id")
        for base in ("http://news.test", "https://elsewhere.test")
    )
    assert here == there and str(here).startswith("tag:orchard.orchard.test,2026-03-04:")


def test_a_feed_without_issues_is_still_a_feed(database: Database, renderer: Renderer) -> None:
    add_publication(database)
    root = read(database, renderer)
    assert root.findall(f"{ATOM}entry") == []
    assert root.findtext(f"{ATOM}updated") == "2026-03-04T12:00:00Z"


def test_hostile_titles_stay_text(database: Database, renderer: Renderer) -> None:
    title = "</title><script>alert(1)</script>]]>"
    document = make_document("n1", date(2026, 3, 1)).model_copy(update={"title": title})
    publish(database, add_publication(database, name="A & <B>\x0b"), document)
    root = read(database, renderer)
    assert root.findtext(f"{ATOM}title") == "A & <B>"
    assert root.findtext(f"{ATOM}entry/{ATOM}title") == title


def test_an_unknown_publication_has_no_feed(database: Database) -> None:
    with pytest.raises(NotFoundError):
        feeds.feed(database, publication="orchard")


def test_an_entry_names_authors_and_shows_the_furniture(database: Database, renderer: Renderer) -> None:
    publication = add_publication(database)
    with database.write() as session:
        session.get_one(Publication, publication.id).authors = [
            {"slug": "ada", "name": "Ada Example", "bio": "Writes."}
        ]
    furniture = {"author": "ada", "image": "https://a.example/x.png", "image_alt": "A tree"}
    publish(
        database, publication, make_document("n1", date(2026, 3, 1), lead=":::quote Grace\nPulled.\n:::", **furniture)
    )
    entry = read(database, renderer).find(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Ada Example"
    content = entry.findtext(f"{ATOM}content")
    for shown in ('<img src="https://a.example/x.png" alt="A tree">', "<blockquote", "Pulled.", "— Grace", "Writes."):
        assert shown in content


def test_an_entry_has_the_notes_marks_and_pasted_words_of_the_page(database: Database, renderer: Renderer) -> None:
    lead = (
        "Old ~~$11.25~~ 10<sup>6</sup> ==marked== :rocket: x[^1] \\cite{gone}\n\n> [!TIP]\n> told\n\n- [x] done\n\n"
        "<details><summary>More</summary>Shown</details>\n\n<p>a<span hidden>unseen</span></p>\n\n[^1]: The note"
    )
    publish(database, add_publication(database), make_document("n1", date(2026, 3, 1), lead=lead))
    text = read(database, renderer).findtext(f"{ATOM}entry/{ATOM}content") or ""
    for part in (
        *("<s>$11.25</s>", "10<sup>6</sup>", "<mark>marked</mark>", "🚀", "<strong>Tip</strong>", "☑ done"),
        *("<div><strong>More</strong></div>Shown", "</a></sup> The note"),
    ):
        assert part in text
    assert "unseen" not in text and "gone" not in text
