"""What a reader makes of an answer, by command: nothing asked of anybody, nothing stored."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.cli.conftest import Newsletter
from tests.conftest import SHARED
from tests.sources.kinds.asking import item, rss

NOW = ("--now", "2026-05-08T21:00:00Z")
FEED = rss(
    item(
        "A & B",
        "/a",
        "<pubDate>Fri, 08 May 2026 09:30:00 PDT</pubDate><description>Words</description><category>c</category>",
    )
    + item("Undated", "/b"),
    channel="",
)


def test_a_feed_is_read_and_printed_for_programs(newsletter: Newsletter, folder: Path) -> None:
    (folder / "feed.xml").write_bytes(FEED)
    said = newsletter("source", "read", "feed", "feed.xml", "--address", "https://lab.example/feed.xml", *NOW, "--json")
    assert (said.code, said.err) == (0, "")
    assert said.json == {
        "candidates": [
            {
                "key": "lab.example/a",
                "title": "A & B",
                "url": "https://lab.example/a",
                "published": "2026-05-08T16:30:00Z",
                "text": "Words",
                "attributes": {"categories": ["c"]},
            },
            {
                "key": "lab.example/b",
                "title": "Undated",
                "url": "https://lab.example/b",
                "published": None,
                "text": "",
                "attributes": {},
            },
        ],
        "told": ["1 item without a date: “Undated”"],
    }
    assert not (folder / "data").exists()


def test_a_feed_is_read_and_printed_for_people(newsletter: Newsletter, folder: Path) -> None:
    (folder / "feed.xml").write_bytes(FEED)
    said = newsletter("source", "read", "auto", "feed.xml", "--address", "https://lab.example/feed.xml", *NOW)
    assert said.code == 0
    assert said.out.splitlines()[1].split() == ["2026-05-08", "16:30", "A", "&", "B", "https://lab.example/a"]
    assert "without a date" in said.err


def test_standard_input_is_read(newsletter: Newsletter, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(FEED)))
    said = newsletter("source", "read", "feed", "-", "--address", "https://lab.example/", *NOW, "--json")
    assert len(said.json["candidates"]) == 2


def test_feeds_that_a_page_offers_are_told(newsletter: Newsletter, folder: Path) -> None:
    (folder / "page.html").write_text('<html><link rel="alternate" type="application/rss+xml" title="News" href="/f">')
    said = newsletter("source", "read", "feed", "page.html", "--address", "https://lab.example/")
    assert said.code == 0
    assert "feed: https://lab.example/f (News)" in said.out
    assert newsletter("source", "read", "feed", "page.html", "--address", "https://lab.example/", "--json").json["told"]


def test_a_mapping_says_what_is_wished(newsletter: Newsletter, folder: Path) -> None:
    one = "<item><title>T</title><link>https://arxiv.org/abs/2605.00001</link><description>arXiv:2605.00001v1 Announce Type: cross \nAbstract: A</description></item>"
    (folder / "a.xml").write_bytes(rss(one))
    (folder / "m.json").write_text(json.dumps({"announce": ["cross"]}))
    assert newsletter("source", "read", "arxiv", "a.xml", *NOW, "--json").json["candidates"] == []
    said = newsletter("source", "read", "arxiv", "a.xml", "--mapping", "m.json", *NOW, "--json")
    assert [each["key"] for each in said.json["candidates"]] == ["arxiv:2605.00001"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("gopher", "feed.xml"), 2, "no kind of source"),
        (("feed", "missing.xml"), 3, "no such file"),
        (("feed", "text.txt"), 2, "no feed"),
        (("auto", "text.txt"), 2, "nothing that a source"),
        (("feed", "feed.xml", "--address", "lab.example"), 2, "no web address"),
        (("feed", "feed.xml", "--now", "yesterday"), 2, "no"),
        (("feed", "feed.xml", "--mapping", "text.txt"), 2, "no JSON"),
        (("arxiv", "limit.txt"), 5, "limit"),
        (("feed", "long.xml"), 2, "larger"),
    ],
)
def test_what_cannot_be_read_is_told_in_words(
    newsletter: Newsletter, folder: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    (folder / "feed.xml").write_bytes(FEED)
    (folder / "text.txt").write_text("hello")
    (folder / "limit.txt").write_text("Rate exceeded.")
    (folder / "long.xml").write_bytes(b" " * (5 << 20))
    said = newsletter("source", "read", *words)
    assert said.code == code
    assert told in said.err and "→" in said.err and "Traceback" not in said.err


def test_what_could_be_read_of_a_broken_answer_is_printed_all_the_same(newsletter: Newsletter, folder: Path) -> None:
    (folder / "text.txt").write_text("hello")
    said = newsletter("source", "read", "feed", "text.txt", "--json")
    assert (said.code, said.json) == (2, {"candidates": [], "told": ["it is no feed"]})


@pytest.mark.skipif(not (SHARED / "sources").is_dir(), reason="the shared samples are not there")
@pytest.mark.parametrize(
    ("kind", "file", "count"),
    [("feed", "lab.rss.xml", 5), ("feed", "wire.atom.xml", 4), ("feed", "wire.feed.json", 4), ("feed", "blog.rdf", 2), ("arxiv", "arxiv-api.xml", 6),
     ("arxiv", "arxiv-rss.xml", 1), ("hf-papers", "hf-daily-papers.json", 2), ("hacker-news", "hacker-news.json", 3)],
)  # fmt: skip
def test_the_shared_samples_are_read(newsletter: Newsletter, folder: Path, kind: str, file: str, count: int) -> None:
    said = newsletter("source", "read", kind, str(SHARED / "sources" / file), *NOW, "--json")
    assert (said.code, len(said.json["candidates"])) == (0, count)
