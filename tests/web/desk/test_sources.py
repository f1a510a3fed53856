"""The desk's pages of sources: a trial before one is added, history, the switch, lists of feeds, files in the place of answers."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model import Candidate, Publication, Snapshot, Source
from newsletter.model.sources import SourceKind
from newsletter.model.states import SourceState
from newsletter.store.database import Database
from newsletter.store.sources import snapshots
from tests.issues.samples import add_publication
from tests.parts.source_server import SourceServer, Stand
from tests.sources.gathering_rig import plain_fetcher
from tests.sources.rows import add_source
from tests.web.places import make_parts
from tests.web.seats import Browser

PAGE = "/desk/tide/sources"
OURS = {"origin": "http://news.test", "sec-fetch-site": "same-origin"}
FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Lab</title><link>https://lab.example/</link>
<item><title>Nets &amp; floats</title><link>https://lab.example/1</link><pubDate>Sat, 02 May 2026 09:00:00 GMT</pubDate></item>
</channel></rss>"""
BOARD = b"id,Model,Score\n1,Heron,61.5\n2,Teal,58\n"
MAPPING = '{"key": "id", "columns": [{"title": "Model"}, {"title": "Score", "type": "number", "decimals": 1}], "sort": "Score"}'


@pytest.fixture
def server() -> Iterator[SourceServer]:
    with SourceServer() as made:
        yield made


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path, server: SourceServer) -> Iterator[Parts]:
    made = make_parts(sqlite_database, clock, tmp_path)
    made.__dict__["source_fetcher"] = plain_fetcher(server, clock)
    yield made
    made.source_reader.close()


def rows(parts: Parts) -> list[Source]:
    with parts.database.read() as session:
        return list(session.scalars(select(Source).order_by(Source.id)))


def send(seated: Browser, page: str, *, words: dict[str, str] | None = None, **files: Any) -> httpx.Response:
    cookies = "; ".join(f"{name}={value}" for name, value in seated.cookies.items())
    data = {"csrf": seated.csrf} | (words or {})
    return seated._ask("POST", page, headers=OURS | {"cookie": cookies}, data=data, files=files)


def test_an_address_is_tried_and_nothing_is_stored(parts: Parts, seated: Browser, server: SourceServer) -> None:
    server.put("lab.example", "/feed", Stand(FEED))
    typed = {"address": server.url("lab.example", "/feed"), "section": "wire", "plain_http": "yes", "act": "try"}
    page = unescape(seated.post(PAGE, **typed).text)
    assert "Read as feed: 1 found." in page
    assert "Nets & floats" in page
    assert rows(parts) == []
    assert f'value="{typed["address"]}"' in page


def test_a_page_names_its_feeds_and_one_is_taken(seated: Browser, server: SourceServer) -> None:
    feed = server.url("lab.example", "/feed")
    html = f'<!doctype html><title>Lab</title><link rel="alternate" type="application/rss+xml" title="All" href="{feed}"><p>Hello'
    server.put("lab.example", "/", Stand(html.encode(), content_type="text/html"))
    server.put("lab.example", "/feed", Stand(FEED))
    typed = {"address": server.url("lab.example", "/"), "section": "wire", "plain_http": "yes"}
    assert f'name="choose" value="{feed}"' in seated.post(PAGE, **(typed | {"act": "try"})).text
    page = unescape(seated.post(PAGE, **(typed | {"choose": feed})).text)
    assert "Nets & floats" in page
    assert (
        f'name="address" type="text" inputmode="url" maxlength="2048" autocapitalize="none" spellcheck="false" placeholder="https://example.org/feed.xml" value="{feed}"'
        in page
    )


def test_what_does_not_answer_is_told_in_the_trial(seated: Browser, server: SourceServer) -> None:
    server.put("lab.example", "/feed", Stand(b"no", status=404))
    typed = {"address": server.url("lab.example", "/feed"), "section": "wire", "plain_http": "yes", "act": "try"}
    assert "Refused: the answer is 404." in seated.post(PAGE, **typed).text


def test_a_source_is_added_changed_switched_off_and_removed(parts: Parts, seated: Browser) -> None:
    answer = seated.post(PAGE, address="https://lab.example/feed", section="wire", act="add")
    [source] = rows(parts)
    assert answer.headers["location"] == f"{PAGE}/{source.id}?done=source-added"
    at = f"{PAGE}/{source.id}"
    changed = {
        "address": source.address,
        "section": "labs",
        "kind": "feed",
        "name": "Lab",
        "weight": "7",
        "wished": "nets, tide",
    }
    assert seated.post(at, **changed).headers["location"] == f"{at}?done=saved"
    [source] = rows(parts)
    assert (source.name, source.section, source.weight, source.wished) == ("Lab", "labs", 7, ["nets", "tide"])
    seated.post(f"{at}/moves", act="off")
    assert rows(parts)[0].state is SourceState.OFF
    assert "Switch on" in seated.get(at).text
    assert seated.post(f"{at}/moves", act="remove").headers["location"] == f"{PAGE}?done=source-removed"
    assert rows(parts) == []


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"address": "lab.example/feed"}, "no address that can be asked"),
        ({"address": "https://lab.example/feed", "weight": "eleven"}, "is no number"),
        ({"address": "https://lab.example/feed", "weight": "11"}, "too little or too much"),
        ({"address": "https://lab.example/feed", "kind": "table", "mapping": "{"}, "no JSON"),
        ({"address": "https://lab.example/feed", "kind": "ouija"}, "no kind of source"),
        ({"address": "https://lab.example/feed", "header": "x-api-key"}, "go together"),
        ({"address": ""}, "either an address nor a name is given"),
    ],
)
def test_a_mistake_is_told_beside_what_was_typed(
    parts: Parts, seated: Browser, typed: dict[str, str], told: str
) -> None:
    answer = seated.post(PAGE, **({"section": "wire", "act": "add"} | typed))
    assert answer.status_code == 422
    assert told in unescape(answer.text)
    assert f'value="{typed["address"]}"' in unescape(answer.text)
    assert rows(parts) == []


def test_a_list_of_feeds_comes_in_and_goes_out(parts: Parts, seated: Browser) -> None:
    opml = b"""<opml version="2.0"><body><outline text="AI Labs"><outline text="Lab" xmlUrl="https://lab.example/feed"/></outline>
<outline text="Pier" xmlUrl="https://pier.example/feed"/><outline text="Bad" xmlUrl="ftp://x"/></body></opml>"""
    page = unescape(send(seated, f"{PAGE}/list", words={"section": "wire"}, list_file=("feeds.opml", opml)).text)
    assert "<strong>2</strong> added. Left out:" in page
    assert [(row.name, row.section) for row in rows(parts)] == [("Lab", "labs"), ("Pier", "wire")]
    written = seated.get(f"{PAGE}/list.opml")
    assert written.headers["content-disposition"] == 'attachment; filename="tide.opml"'
    assert 'xmlUrl="https://pier.example/feed"' in written.text
    refused = send(seated, f"{PAGE}/list", list_file=("feeds.opml", b"<html>"))
    assert refused.status_code == 422


def test_a_list_that_is_longer_than_a_publication_takes_is_told_in_few_lines(parts: Parts, seated: Browser) -> None:
    feeds = "".join(f'<outline text="Feed {n}" xmlUrl="https://f{n}.example/"/>' for n in range(1_100))
    opml = f'<opml version="2.0"><body>{feeds}</body></opml>'.encode()
    page = unescape(send(seated, f"{PAGE}/list", words={"section": "wire"}, list_file=("feeds.opml", opml)).text)
    assert "<strong>1000</strong> added. Left out:" in page
    assert page.count("at most 1,000 sources") == 50
    assert "<li>and 50 more</li>" in page
    assert page.count('<td class="main">') == 100
    assert len(rows(parts)) == 1_000


def test_what_nobody_said_of_a_source_is_chosen_by_its_address(parts: Parts, seated: Browser) -> None:
    for address, section in (("https://rss.arxiv.org/rss/cs.CL", "papers"), ("https://b.example/b.csv", "benchmarks")):
        assert seated.post(PAGE, address=address, section=section, act="add").status_code == 303
    assert [source.kind.value for source in rows(parts)] == ["arxiv", "table"]


def test_a_mapping_that_is_emptied_is_gone(parts: Parts, seated: Browser, home: Publication) -> None:
    more = {"section": "benchmarks", "kind": SourceKind.TABLE, "mapping": {"key": "id"}}
    source = add_source(parts.database, parts.clock, home, "birds", **more)
    typed = {"address": source.address, "section": source.section, "kind": "table", "name": "birds", "mapping": " "}
    assert seated.post(f"{PAGE}/{source.id}", **typed).status_code == 303
    assert rows(parts)[0].mapping is None


def test_what_is_lost_with_a_source_is_told_before_it_is_removed(
    parts: Parts, seated: Browser, home: Publication
) -> None:
    board = add_source(parts.database, parts.clock, home, "birds", section="benchmarks", kind=SourceKind.TABLE)
    feed = add_source(parts.database, parts.clock, home, "lab")
    told = "and with them every day that was kept of it"
    assert [told in seated.get(f"{PAGE}/{source.id}").text for source in (board, feed)] == [True, False]
    assert "What it offered stays, without its name." in seated.get(f"{PAGE}/{feed.id}").text


def test_an_address_is_called_moved_when_enough_runs_agree(parts: Parts, seated: Browser, home: Publication) -> None:
    moved = {"proposed_address": "https://new.example/feed"}
    add_source(parts.database, parts.clock, home, "once", proposed_runs=1, **moved)
    assert ">moved<" not in seated.get(PAGE).text
    add_source(parts.database, parts.clock, home, "thrice", proposed_runs=3, **moved)
    assert seated.get(PAGE).text.count(">moved<") == 1


def test_a_board_is_brought_as_a_file(parts: Parts, seated: Browser) -> None:
    typed = {"section": "benchmarks", "kind": "table", "name": "Birds", "mapping": MAPPING, "act": "add"}
    assert seated.post(PAGE, **typed).status_code == 303
    [source] = rows(parts)
    assert (
        "<strong>2</strong> found in birds.csv."
        in send(seated, f"{PAGE}/{source.id}/file", file=("birds.csv", BOARD)).text
    )
    with parts.database.read() as session:
        [snapshot] = session.scalars(select(Snapshot))
    assert "Heron" in str(snapshot.rows)
    refused = send(seated, f"{PAGE}/{source.id}/file", file=("birds.csv", b"a,b\n1,2\n"))
    assert refused.status_code == 422
    assert "Heron" in str(snapshot.rows)


def test_a_board_that_is_held_is_told_and_shown_when_an_editor_says_so(
    parts: Parts, seated: Browser, home: Publication
) -> None:
    more = {"section": "benchmarks", "kind": SourceKind.TABLE, "address": "", "mapping": {"key": "id"}}
    source = add_source(parts.database, parts.clock, home, "birds", **more)
    now = parts.clock.now()
    with parts.database.write() as session:
        snapshots.keep(session, source.id, now.date(), {}, digest="", taken_at=now, held="half of the rows are gone")
    at = f"{PAGE}/{source.id}"
    assert "Held for you, and in no draft until you say so: half of the rows are gone." in seated.get(at).text
    assert seated.post(f"{at}/moves", act="release").status_code == 303
    assert "Held for you" not in seated.get(at).text
    assert seated.post(f"{at}/moves", act="release").status_code == 409


def test_a_run_is_wished_for_and_a_worker_does_it(
    parts: Parts, seated: Browser, home: Publication, server: SourceServer
) -> None:
    server.put("lab.example", "/feed", Stand(FEED))
    address = server.url("lab.example", "/feed")
    add_source(parts.database, parts.clock, home, "lab", address=address, plain_http=True, keep_days=365)
    assert seated.post(f"{PAGE}/gather").headers["location"] == f"{PAGE}?done=gathering"
    assert parts.gathering_rounds.due() == [home.id]
    report = parts.gathering_by_clock.gather(home.id)
    assert report is not None
    assert report.sentence == "1 of 1 sources"
    assert parts.gathering_rounds.due() == []
    assert "1 of 1 sources" in seated.get(PAGE).text
    with parts.database.read() as session:
        assert [row.title for row in session.scalars(select(Candidate))] == ["Nets & floats"]


def test_a_source_of_another_publication_is_not_there(parts: Parts, seated: Browser) -> None:
    other = add_publication(parts.database, "harbour")
    foreign = add_source(parts.database, parts.clock, other, "far")
    assert seated.get(f"{PAGE}/{foreign.id}").status_code == 404
    assert seated.post(f"{PAGE}/{foreign.id}/moves", act="remove").status_code == 404
    assert len(rows(parts)) == 1
