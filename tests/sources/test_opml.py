"""Lists of feeds: what other programs write is read, hostile ones are refused in words, and what we write is read again."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.model import Source
from newsletter.model.section_plan import USUAL_PLAN
from newsletter.model.sources import SourceKind
from newsletter.sources import opml

NOW = datetime(2026, 5, 8, 5, 30, tzinfo=UTC)
LIST = b"""<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.0"><head><title>Mine</title></head><body>
  <outline text="AI Labs"><outline text="One &amp; only" xmlUrl="https://one.example/feed" type="rss"/>
    <outline text="deeper"><outline title="Two" text="x" XMLURL="https://two.example/feed"/></outline></outline>
  <outline text="wire" xmlUrl="https://three.example/feed"/>
  <outline text="Elsewhere"><outline text="Four" xmlUrl="http://four.example/feed"/></outline>
</body></opml>"""


def test_nested_folders_and_every_spelling_of_names_are_read() -> None:
    feeds = opml.read(LIST)
    assert [(feed.title, feed.address, feed.folders) for feed in feeds] == [
        ("One & only", "https://one.example/feed", ("AI Labs",)),
        ("Two", "https://two.example/feed", ("AI Labs", "deeper")),
        ("wire", "https://three.example/feed", ()),
        ("Four", "http://four.example/feed", ("Elsewhere",)),
    ]
    sections = [opml.section_of(feed, USUAL_PLAN, "wire") for feed in feeds]
    assert sections == ["labs", "labs", "wire", "wire"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no xml",
        b"<rss/>",
        b"<opml><body>",
        b"<!DOCTYPE o [<!ENTITY a 'b'>]><opml>&a;</opml>",
        b"<!DOCTYPE o SYSTEM 'file:///etc/passwd'><opml/>",
        b"<opml " + b" ".join(b"a%d=''" % n for n in range(20_000)) + b"/>",
        LIST.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        b"<opml>" + b" " * opml.MOST_OCTETS + b"</opml>",
        b"<opml><body>" + b"<outline xmlUrl='https://a.example'/>" * (opml.MOST_FEEDS + 1) + b"</body></opml>",
        b"<opml>" + b"<outline>" * 5000 + b"</outline>" * 5000 + b"</opml>",
    ],
)
def test_what_is_no_list_is_told(content: bytes) -> None:
    with pytest.raises(InputError) as caught:
        opml.read(content)
    assert caught.value.remedy and len(str(caught.value)) < 600


def sources(*names: str) -> list[Source]:
    return [
        Source(name=name, address=f"https://h{n}.example/", section="wire", kind=SourceKind.FEED)
        for n, name in enumerate(names)
    ]


def test_what_is_written_is_read_again_into_the_same_sections() -> None:
    listed = [
        *sources("A & B <c>"),
        Source(name="P", address="https://rss.arxiv.org/rss/cs.CL", section="papers", kind=SourceKind.ARXIV),
    ]
    listed.append(Source(name="Uploaded", address="", section="benchmarks", kind=SourceKind.TABLE))
    content = opml.write("The Daily", USUAL_PLAN, listed, NOW)
    assert b'<opml version="2.0">' in content
    feeds = opml.read(content)
    wanted = opml.wanted(feeds, USUAL_PLAN, otherwise="labs", plain_http=False)
    assert [(each.name, each.address, each.section, each.kind) for each in wanted] == [
        ("A & B <c>", "https://h0.example/", "wire", SourceKind.FEED),
        ("P", "https://rss.arxiv.org/rss/cs.CL", "papers", "arxiv"),
    ]


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"]), min_size=1, max_size=40), max_size=5)
)
def test_any_name_comes_back(names: list[str]) -> None:
    feeds = opml.read(opml.write("T", USUAL_PLAN, sources(*names), NOW))
    assert [feed.title for feed in feeds] == [" ".join(name.split())[:200] for name in names]


@given(st.binary(max_size=300))
def test_any_octets_are_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(InputError):
        opml.read(content)
