"""A pasted link becomes an item: of arXiv and GitHub by their interfaces, of any other page by what its head says."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from newsletter.canonical_url import key_of
from newsletter.clock import SettableClock
from newsletter.errors import InputError, NewsletterError, UnavailableError
from newsletter.fetch import Fetcher
from newsletter.issues.parsing import parse_issue
from newsletter.model.document import SectionKind
from newsletter.model.states import IssueState
from newsletter.sources.guarded_reading import AnswerReaders
from newsletter.sources.page_facts import PageFacts, page_facts
from newsletter.sources.pasting_links import PastingLinks
from newsletter.store.database import Database
from newsletter.store.sources import used
from tests.issues.samples import add_publication, issue_text
from tests.parts.source_server import SourceServer, Stand
from tests.sources.gathering_rig import plain_fetcher
from tests.web.places import publish

PAGE = b"""<html><head><title>ignored</title><meta property="og:title" content="Seals &amp; &quot;tides&quot;">
<meta name='description' content='They rest on # stones.'><meta property="og:site_name" content="The Shore">
<meta property="article:published_time" content="2026-05-08T09:30:00Z"></head><body><p>words</p></body></html>"""
REPOSITORY = {
    "id": 7, "full_name": "shore/seals", "html_url": "https://github.com/shore/seals", "description": "Counts seals.",
    "language": "Python", "stargazers_count": 1234, "archived": False, "fork": False, "private": False,
}  # fmt: skip
PAPER = b"""<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">
<id>http://arxiv.org/api/x</id><title>ArXiv Query</title><updated>2026-05-08T00:00:00Z</updated>
<entry><id>http://arxiv.org/abs/2605.01234v2</id><updated>2026-05-08T00:00:00Z</updated><published>2026-05-07T17:00:00Z</published>
<title>Tides that learn</title><summary>We count seals.</summary><author><name>A. Author</name></author><author><name>B. Author</name></author>
<category term="cs.LG"/><arxiv:primary_category term="cs.LG"/></entry></feed>"""


@pytest.fixture
def server() -> Iterator[SourceServer]:
    with SourceServer() as made:
        yield made


@pytest.fixture
def links(server: SourceServer, clock: SettableClock, database: Database) -> Iterator[PastingLinks]:
    readers = AnswerReaders()
    api = {"arxiv": server.url("arxiv.example", "/api"), "github": server.url("hub.example", "/repos")}
    yield PastingLinks(database, clock, lambda: plain_fetcher(server, clock), lambda: readers, **api)
    readers.close()


def test_a_page_is_told_by_its_head(links: PastingLinks, server: SourceServer) -> None:
    server.put("shore.example", "/seals", Stand(PAGE, content_type="text/html"))
    url = server.url("shore.example", "/seals")
    item = links.item(1, url, SectionKind.LINKS).markdown
    assert item == f'### [Seals & "tides"]({url}) {{source="The Shore" published=2026-05-08}}\n\nThey rest on # stones.'


def test_a_paper_is_asked_of_arxiv(links: PastingLinks, server: SourceServer) -> None:
    server.put("arxiv.example", "/api", Stand(PAPER))
    for address in ("https://arxiv.org/abs/2605.01234", "https://www.arxiv.org/pdf/2605.01234v2.pdf"):
        item = links.item(1, address, SectionKind.PAPERS).markdown
        assert item.startswith("### [Tides that learn](https://arxiv.org/abs/2605.01234)")
        assert "category=cs.LG" in item and 'authors="A. Author, B. Author"' in item and "We count seals." in item


def test_a_repository_is_asked_of_github(links: PastingLinks, server: SourceServer) -> None:
    server.put(
        "hub.example", "/repos/shore/seals", Stand(json.dumps(REPOSITORY).encode(), content_type="application/json")
    )
    item = links.item(1, "https://github.com/shore/seals", SectionKind.REPOSITORIES).markdown
    assert item.startswith("### [shore/seals](https://github.com/shore/seals) {language=Python stars=1234}")
    assert "Counts seals." in item


@pytest.mark.parametrize("address", ["", "nowhere", "javascript:alert(1)", "file:///etc/passwd", "https://"])
def test_what_is_no_address_of_the_web_is_refused(links: PastingLinks, address: str) -> None:
    with pytest.raises(InputError):
        links.item(1, address, SectionKind.LINKS)


@pytest.mark.parametrize("pasted", ["?utm_source=x", "/", ""])
def test_it_says_which_issue_had_the_same_page_the_newest_first(
    links: PastingLinks, server: SourceServer, database: Database, pasted: str
) -> None:
    server.put("shore.example", "/seals", Stand(PAGE, content_type="text/html"))
    server.put("shore.example", "/seals/", Stand(PAGE, content_type="text/html"))
    url = server.url("shore.example", "/seals")
    home = add_publication(database)
    assert links.item(home.id, url + pasted, SectionKind.LINKS).before is None
    for day in ("2026-01-02", "2026-01-04", "2026-01-03"):
        text = issue_text(day).replace("2026-01-01", day).replace("https://pier.example.org/", url)
        publish(database, home, parse_issue(text), shown=day != "2026-01-04")
    with database.write() as session:
        keys = {item_id: key_of(address) for item_id, address in used.without_key(session, home.id)}
        used.give_keys(session, home.id, keys)
    before = links.item(home.id, url + pasted, SectionKind.LINKS).before
    assert before is not None
    assert (before.dated.isoformat(), before.state) == ("2026-01-04", IssueState.SCHEDULED)
    assert links.item(home.id + 1, url + pasted, SectionKind.LINKS).before is None


def test_a_table_is_made_of_no_link(links: PastingLinks, server: SourceServer) -> None:
    server.put("shore.example", "/seals", Stand(PAGE, content_type="text/html"))
    with pytest.raises(InputError, match="is not made of a link"):
        links.item(1, server.url("shore.example", "/seals"), SectionKind.TABLES)


def test_a_page_that_is_not_there_is_told(links: PastingLinks, server: SourceServer) -> None:
    server.put("shore.example", "/gone", Stand(b"", status=404))
    with pytest.raises(UnavailableError):
        links.item(1, server.url("shore.example", "/gone"), SectionKind.LINKS)


def test_an_address_of_this_machine_is_not_asked(
    clock: SettableClock, server: SourceServer, database: Database
) -> None:
    server.put("shore.example", "/seals", Stand(PAGE))
    guarded = PastingLinks(database, clock, lambda: Fetcher(clock=clock), lambda: pytest.fail("nothing is read"))
    with pytest.raises(NewsletterError):
        guarded.item(1, server.url("shore.example", "/seals").replace("shore.example", "127.0.0.1"), SectionKind.LINKS)


@pytest.mark.parametrize(
    ("page", "facts"),
    [
        (b"", PageFacts()),
        (b"<title> A\n title </title><p>Short.</p>", PageFacts(title="A title")),
        (b"<p>" + b"long words " * 10 + b"</p>", PageFacts(summary=("long words " * 10).strip())),
        (b"<META CONTENT='x' NAME='Description'>", PageFacts(summary="x")),
        (b"<meta name=description content=><title><script>", PageFacts()),
    ],
)
def test_what_a_page_does_not_say_is_empty(page: bytes, facts: PageFacts) -> None:
    assert page_facts(page) == facts
