"""Sources by command: kept, tried, asked, and handed on as OPML."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsletter.bootstrap.sources import SourceParts
from newsletter.cli import kinds
from newsletter.clock import SystemClock
from newsletter.model.sources import SourceKind
from newsletter.sources.section_keeping import FILLED
from tests.cli.conftest import Newsletter
from tests.parts.source_server import SourceServer, Stand, refusal
from tests.sources.gathering_rig import plain_fetcher


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SourceServer]:
    """A server that the commands reach, and nothing else."""
    with SourceServer() as made:
        fetcher = plain_fetcher(made, SystemClock())
        monkeypatch.setattr(SourceParts, "source_fetcher", property(lambda _: fetcher))
        yield made


def feed(*titles: str) -> Stand:
    day = format(datetime.now(UTC) - timedelta(hours=2), "%a, %d %b %Y %H:%M:%S +0000")
    items = "".join(
        f"<item><title>{title}</title><link>https://a.example/{n}</link><pubDate>{day}</pubDate></item>"
        for n, title in enumerate(titles)
    )
    return Stand(f'<rss version="2.0"><channel><title>A</title>{items}</channel></rss>'.encode())


def test_a_source_is_added_listed_shown_changed_switched_and_removed(daily: Newsletter) -> None:
    added = daily("source", "add", "https://a.example/feed", "--section", "wire", "--weight", "5", "--json")
    assert (added.code, added.json["name"], added.json["kind"], added.json["weight"]) == (0, "a.example", "feed", 5)
    assert daily("source", "add", "https://rss.arxiv.org/rss/cs.CL", "--section", "papers").code == 0
    [first, second] = daily("source", "list", "--json").json
    assert (first["address"], second["kind"]) == ("https://a.example/feed", "arxiv")
    assert "a.example" in daily("source", "list").out
    changed = daily("source", "change", "a.example", "--weight", "9", "--name", "A Lab", "--wished", "cs.CL", "--json")
    assert (changed.json["weight"], changed.json["name"], changed.json["wished"]) == (9, "A Lab", ["cs.CL"])
    assert daily("source", "off", "A Lab").out == "A Lab is off.\n"
    assert daily("source", "off", "A Lab").code == 4
    assert daily("source", "on", str(first["id"]), "--json").json["state"] == "active"
    assert daily("source", "accept", "A Lab").code == 4
    shown = daily("source", "show", "A Lab")
    assert "A Lab" in shown.out and "It was never asked." in shown.out
    assert daily("source", "remove", "A Lab").out == "A Lab is removed, with its history.\n"
    assert daily("source", "show", "A Lab").code == 3
    assert "source.remove" in daily("audit").out or daily("audit", "list").code == 0


def test_what_will_not_do_is_told_with_its_field_and_remedy(daily: Newsletter, folder: Path) -> None:
    for address in ("http://a.example/", "a.example", "ftp://a.example/"):
        said = daily("source", "add", address, "--section", "wire")
        assert said.code == 2 and "address" in said.err and "→" in said.err
    (folder / "m.json").write_text("[1]")
    said = daily("source", "add", "https://a.example/b.csv", "--section", "benchmarks", "--mapping", "m.json")
    assert said.code == 2 and "m.json" in said.err
    assert daily("source", "list", "--json").json == []


def test_sources_are_asked_by_hand_with_a_line_each_and_the_missing_ones_named(
    daily: Newsletter, server: SourceServer
) -> None:
    for host, stand in (("a.example", feed("One", "Two")), ("b.example", refusal(404))):
        address = server.put(host, "/feed", stand)
        assert daily("source", "add", address, "--section", "wire", "--name", host, "--plain-http").code == 0
    said = daily("source", "gather", "daily")
    assert said.code == 1
    assert "1 of 2 sources; missing: b.example (refused: the answer is 404)" in said.out
    told = daily("source", "gather", "daily", "--source", "a.example", "--json")
    assert told.code == 0
    assert [line["result"] for line in told.json["sources"]] == ["unchanged"]
    history = daily("source", "show", "a.example", "--json").json["history"]
    assert [line["result"] for line in history] == ["unchanged", "new"]
    assert daily("source", "gather", "nobody").code == 3


def test_an_address_is_tried_and_nothing_is_stored(daily: Newsletter, server: SourceServer, folder: Path) -> None:
    address = server.put("a.example", "/feed", feed(*(f"Number {n}" for n in range(9))))
    tried = daily("source", "try", address, "--plain-http", "--json")
    assert (tried.code, tried.json["kind"], tried.json["found"], len(tried.json["candidates"])) == (0, "feed", 9, 5)
    assert "1. Number 0" in daily("source", "try", address, "--plain-http").out
    page = b"<html><head><link rel=alternate type=application/rss+xml href=/feed title=News></head><p>Hello</p></html>"
    said = daily("source", "try", server.put("a.example", "/", Stand(page, content_type="text/html")), "--plain-http")
    assert said.code == 1 and "/feed" in said.out
    rows = json.dumps({"data": [{"id": "m1", "name": "Model", "s": 9.5}, {"id": "m2", "name": "Other", "s": 7}]})
    columns = [{"title": "Model", "path": "name"}, {"title": "Score", "path": "s", "type": "number"}]
    (folder / "m.json").write_text(json.dumps({"rows": "data", "key": "id", "columns": columns}))
    board = server.put("b.example", "/data.json", Stand(rows.encode(), content_type="application/json"))
    tried = daily("source", "try", board, "--plain-http", "--mapping", "m.json", "--json")
    assert tried.code == 0 and tried.json["kind"] == "table"
    assert tried.json["table"]["rows"][0] == {"key": "m1", "cells": ["Model", 9.5]}
    assert daily("source", "try", server.url("gone.example"), "--plain-http").code == 1
    assert daily("source", "try", "http://a.example/").code == 2
    assert daily("source", "list", "--json").json == []


def test_a_secret_is_in_no_answer_and_goes_to_no_other_host(
    daily: Newsletter, server: SourceServer, folder: Path
) -> None:
    secret = "a-secret-that-nobody-shall-read"
    (folder / "data" / "source-secrets").mkdir(mode=0o700)
    file = folder / "data" / "source-secrets" / "board"
    file.write_text(f"{secret}\nelsewhere.example\n")
    file.chmod(0o600)
    options = ("--section", "wire", "--header", "x-api-key", "--secret", "board")
    assert daily("source", "add", f"https://a.example:{server.port}/feed", *options).code == 0
    said = daily("source", "gather", "daily")
    shown = daily("source", "show", "a.example", "--json")
    assert said.code == 1 and "does not go to a.example" in said.out
    assert server.asks == []
    for text in (said.out, said.err, shown.out, daily("doctor").out):
        assert secret not in text


def test_lists_of_feeds_come_in_and_go_out(daily: Newsletter, folder: Path) -> None:
    (folder / "in.opml").write_text(
        '<opml version="2.0"><body><outline text="AI Labs"><outline text="One" xmlUrl="https://one.example/feed"/></outline>'
        '<outline text="Two" xmlUrl="https://two.example/feed"/><outline text="Old" xmlUrl="http://old.example/"/></body></opml>'
    )
    came = daily("source", "import-opml", "in.opml")
    assert came.code == 0 and "2 of 3 feeds were added." in came.out and "Old" in came.err
    again = daily("source", "import-opml", "in.opml", "--plain-http", "--json").json
    assert [source["name"] for source in again["added"]] == ["Old"] and len(again["told"]) == 2
    sections = {source["name"]: source["section"] for source in daily("source", "list", "--json").json}
    assert sections == {"One": "labs", "Two": "wire", "Old": "wire"}
    assert daily("source", "export-opml", "out.opml").code == 0
    assert "https://one.example/feed" in (folder / "out.opml").read_text()
    assert daily("source", "export-opml", "--json").json["sources"] == 3
    (folder / "bad.opml").write_text("<!DOCTYPE o [<!ENTITY a 'b'>]><opml>&a;</opml>")
    assert daily("source", "import-opml", "bad.opml").code == 2
    assert daily("source", "import-opml", "none.opml").code == 3


def test_a_board_without_an_address_is_uploaded(daily: Newsletter, folder: Path) -> None:
    board = ("--name", "Coding board", "--section", "benchmarks", "--kind", "table")
    assert daily("source", "add", "", *board).code == 0
    (folder / "board.csv").write_text("Model,Score\nOne,12.5\nTwo,11\n")
    said = daily("source", "upload", "Coding board", "board.csv", "--json")
    assert (said.code, said.json["found"]) == (0, 2)
    assert daily("source", "show", "Coding board", "--json").json["last_result"] == "new"
    (folder / "none.csv").write_bytes(b"\x00\x01\x02")
    assert daily("source", "upload", "Coding board", "none.csv").code == 2
    assert daily("source", "gather", "daily").code == 0, "it is asked nowhere"


def test_sections_are_planned_by_command(daily: Newsletter) -> None:
    assert daily("source", "sections", "list", "--json").json[0]["slug"] == "labs"
    put = daily("source", "sections", "set", "videos", "--title", "To watch", "--mailed", "3", "--json").json
    assert (put[-1]["slug"], put[-1]["title"], put[-1]["mailed"]) == ("videos", "To watch", 3)
    order = ["videos", "labs", "wire", "papers", "benchmarks", "repositories"]
    assert [row["slug"] for row in daily("source", "sections", "order", *order, "--json").json] == order
    assert daily("source", "sections", "drop", "videos").code == 0
    assert daily("source", "sections", "drop", "videos").code == 3
    assert daily("source", "sections", "order", "labs").code == 2


def test_the_hour_of_gathering_is_set_and_taken_away(daily: Newsletter) -> None:
    assert daily("publication", "change", "daily", "--gather-at", "5:30", "--json").json["gather_at"] == "05:30"
    assert daily("publication", "change", "daily", "--gather-at", "25:00").code == 2
    assert daily("publication", "change", "daily", "--gather-at", "", "--json").json["gather_at"] == ""


def test_the_choices_of_options_are_those_of_the_room() -> None:
    assert [each.value for each in kinds.SourceKind] == [each.value for each in SourceKind]
    assert [each.value for each in kinds.FilledSection] == [each.value for each in FILLED]
