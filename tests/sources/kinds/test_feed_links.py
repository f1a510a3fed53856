"""Pages that name their feeds."""

from __future__ import annotations

import pytest

from newsletter.sources.found import BrokenAnswerError
from tests.sources.kinds.asking import read


def test_feeds_that_a_page_names_are_offered_in_its_order() -> None:
    page = b"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>Blog</title>
    <link rel="stylesheet alternate" type="text/css" href="/x.css">
    <link rel="alternate" type="application/rss+xml" title="Blog &amp; news" href="/feed/">
    <link rel="ALTERNATE" type="application/atom+xml; charset=utf-8" href="atom.xml"><link rel="alternate" type="application/feed+json" href="https://o.example/f.json">
    <link rel="alternate" hreflang="de" href="/de/"><link rel="alternate" type="application/json" href="https://b.example/wp-json/wp/v2/posts/1">
    <link rel="alternate" type="application/json+oembed" href="/oembed"><link rel="alternate" type="application/rss+xml" href="/feed/">
    <link rel="alternate" type="application/rss+xml" href="javascript:x"></head><body>Hello</body></html>"""
    reading = read(page, "https://b.example/blog/")
    assert reading.offered == (
        ("https://b.example/feed/", "Blog & news"),
        ("https://b.example/blog/atom.xml", ""),
        ("https://o.example/f.json", ""),
    )
    assert reading.candidates == ()
    assert "names 3 feeds" in reading.told[0] and "https://b.example/feed/" in reading.told[0]


def test_the_base_of_a_page_counts() -> None:
    page = b'<html><head><base href="/sub/"><link rel="alternate" type="application/rss+xml" href="f"></head></html>'
    assert read(page, "https://b.example/x/").offered == (("https://b.example/sub/f", ""),)


@pytest.mark.parametrize(
    "page", [b"<html><body>Log in</body></html>", b"<!doctype html><title>404</title>", b"<p>gone</p>"]
)
def test_a_page_that_names_no_feed_is_told(page: bytes) -> None:
    with pytest.raises(BrokenAnswerError, match="page and no feed"):
        read(page, "https://b.example/")
