"""Kinds that answer in JSON: JSON Feed, Lobsters, Hacker News, the daily papers of Hugging Face."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sources.found import BrokenAnswerError, FoundCandidate, LimitedAnswerError, Reading
from newsletter.sources.kinds import KINDS, feed, hacker_news, hf_papers
from tests.sources.kinds.asking import question

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def json_feed(*items: Any, **more: Any) -> bytes:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "L", "items": items, **more}).encode()


def read(*items: Any, **more: Any) -> Reading:
    return feed.read(json_feed(*items, **more), question())


def only(**fields: Any) -> FoundCandidate:
    (found,) = read(fields, home_page_url="https://l.example/").candidates
    return found


def test_a_link_post_is_known_by_the_story_that_it_links() -> None:
    found = only(
        id="https://l.example/1",
        url="https://l.example/1",
        external_url="https://o.example/s?fbclid=x",
        title="S",
        tags=["a", 7, ""],
    )
    assert (found.key, found.url, found.guid) == ("o.example/s", "https://o.example/s?fbclid=x", "https://l.example/1")
    assert found.attributes == {"categories": ["a", "7"], "via": "https://l.example/1"}


def test_an_item_of_json_without_title_is_named_by_its_text() -> None:
    found = only(
        id=42, url="/42", content_html="<p>No title, <b>only</b> text: <a href='x'>agents</a> &amp; tests. More.</p>"
    )
    assert (found.title, found.url, found.guid) == ("No title, only text: agents & tests", "https://l.example/42", "42")
    assert found.text == "No title, **only** text: [agents](https://l.example/x) & tests. More."


def test_texts_of_json_are_what_their_names_say() -> None:
    assert (
        only(id="1", url="/1", title="A &amp; <b>B</b>", content_text="1 < 2 *x*\n\n# no head").text
        == "1 < 2 \\*x\\*\n\n\\# no head"
    )
    assert only(id="1", url="/1", title="A &amp; <b>B</b>").title == "A &amp; <b>B</b>"
    assert only(id="1", url="/1", title="T", summary="Short", content_html="<p>Long</p>").text == "Short"


def test_people_files_and_moments_of_json_are_read() -> None:
    found = only(
        id="1",
        url="https://l.example:443/1",
        title="T",
        author={"name": "Old"},
        authors=[{"name": "Kim"}, {"url": "x"}],
        attachments=[{"url": "https://l.example/a.mp3"}],
        date_modified="2026-05-07T22:15:00-05:00",
    )
    assert found.attributes == {"authors": ["Kim", "Old"], "enclosure": "https://l.example/a.mp3"}
    assert found.published == datetime(2026, 5, 8, 3, 15, tzinfo=UTC)
    assert found.key == "l.example/1"


def test_one_id_for_two_addresses_keeps_both() -> None:
    reading = read(
        {"id": "43", "url": "https://l.example/43", "title": "A"},
        {"id": "43", "url": "https://l.example/43-again", "title": "B"},
    )
    assert [each.key for each in reading.candidates] == ["l.example/43", "l.example/43-again"]


@pytest.mark.parametrize(
    "content",
    [
        b'{"version": "https://jsonfeed.org/version/1"}',
        b'{"version": "https://jsonfeed.org/version/1", "items": [1]}',
        b'{"version": "https://jsonfeed.org/version/1", ',
    ],
)
def test_a_broken_json_feed_is_told(content: bytes) -> None:
    with pytest.raises(BrokenAnswerError):
        feed.read(content, question())


def test_an_empty_json_feed_is_no_error() -> None:
    assert read().told == ("the feed has no items",)


def test_a_list_of_lobsters_is_read_as_a_feed_and_as_stories() -> None:
    stories = [
        {"short_id": "abc", "title": "S", "url": "https://x.example/s", "score": 50, "comment_count": 7, "created_at": "2026-05-08T04:00:00.000-05:00",
         "comments_url": "https://lobste.rs/s/abc/s", "submitter_user": "ada", "tags": ["ai"], "description": ""},
        {"short_id": "def", "title": "Ask", "url": "", "score": 3, "comments_url": "https://lobste.rs/s/def/ask", "created_at": "2026-05-08T04:00:00.000-05:00",
         "submitter_user": {"username": "ben"}, "description": "<p>What of <b>it</b>?</p>"},
    ]  # fmt: skip
    for kind in (feed, hacker_news):
        first, second = kind.read(json.dumps(stories).encode(), question()).candidates
        assert (first.url, first.points, first.guid) == ("https://x.example/s", 50, "lobsters:abc")
        assert first.attributes == {
            "points": 50,
            "comments": 7,
            "submitter": "ada",
            "categories": ["ai"],
            "discussion": "https://lobste.rs/s/abc/s",
        }
        assert (second.url, second.text) == ("https://lobste.rs/s/def/ask", "What of **it**?")


def stories(*hits: Any) -> Reading:
    return hacker_news.read(json.dumps({"hits": hits, "nbHits": len(hits)}).encode(), question())


def test_stories_have_points_and_one_without_address_has_its_own_page() -> None:
    first, second = stories(
        {"objectID": "1", "title": "A <b> & B", "url": "https://www.x.example/s/", "points": 812, "num_comments": 0, "author": "a", "created_at": "2026-05-08T16:40:00Z"},
        {"objectID": "2", "title": "Ask HN: How?", "url": None, "points": None, "story_text": "I&#x27;d <i>like</i>", "created_at_i": 1778241600},
    ).candidates  # fmt: skip
    assert (first.key, first.points, first.title, first.guid) == ("x.example/s", 812, "A <b> & B", "hn:1")
    assert first.attributes == {
        "submitter": "a",
        "points": 812,
        "comments": 0,
        "discussion": "https://news.ycombinator.com/item?id=1",
    }
    assert (second.url, second.text) == ("https://news.ycombinator.com/item?id=2", "I'd *like*")
    assert second.points is None and "points" not in second.attributes  # what nobody knows is left out
    assert second.published == datetime(2026, 5, 8, 12, tzinfo=UTC)


def test_items_of_its_own_interface_are_read() -> None:
    items = [
        {
            "id": 8863,
            "type": "story",
            "by": "d",
            "title": "S",
            "url": "https://x.example/s",
            "score": 111,
            "descendants": 71,
            "time": 1778241600,
        },
        {"id": 2, "type": "comment", "by": "e", "text": "no"},
        {"id": 3, "type": "story", "dead": True, "title": "gone"},
        None,
    ]
    reading = hacker_news.read(json.dumps(items).encode(), question())
    assert [(each.guid, each.points, each.attributes["comments"]) for each in reading.candidates] == [
        ("hn:8863", 111, 71)
    ]
    assert len(reading.told) == 2


@pytest.mark.parametrize("content", [b"[1, 2, 3]", b'{"message": "bad query"}', b"<html>", b"7", b""])
def test_what_is_no_list_of_stories_is_told(content: bytes) -> None:
    with pytest.raises(BrokenAnswerError):
        hacker_news.read(content, question())


def papers(*entries: Any) -> Reading:
    return hf_papers.read(json.dumps(entries).encode(), question())


def test_a_daily_paper_ranks_a_paper_of_arxiv() -> None:
    (found,) = papers(
        {
            "paper": {
                "id": "2605.01234",
                "title": "A\n title",
                "summary": "Gains 3\\%\nof *it*.",
                "upvotes": 41,
                "publishedAt": "2026-05-07T17:00:00.000Z",
                "authors": [{"name": "Ada"}, {"name": "Hid", "hidden": True}],
                "githubRepo": "https://github.com/o/n",
            },
            "numComments": 2,
        }
    ).candidates
    assert (found.key, found.url, found.points) == ("arxiv:2605.01234", "https://arxiv.org/abs/2605.01234", 41)
    assert (found.title, found.text) == ("A title", r"Gains 3\% of \*it\*.")
    assert found.attributes == {"authors": ["Ada"], "upvotes": 41, "comments": 2, "github": "https://github.com/o/n"}


def test_a_paper_without_votes_has_none_rather_than_zero() -> None:
    (found,) = papers({"paper": {"id": "2605.01234v2", "title": "A"}}).candidates
    assert (found.points, found.attributes) == (None, {})


def test_what_is_no_list_of_papers_is_told() -> None:
    with pytest.raises(LimitedAnswerError):
        hf_papers.read(b'{"error": "Rate limit reached"}', question())
    for content in (b'{"error": "Invalid date"}', b"7", b'[{"paper": 1}]', b"<html>"):
        with pytest.raises(BrokenAnswerError):
            hf_papers.read(content, question())
    assert papers().told == ("no papers were picked on this day",)


@given(ANYTHING, ANYTHING, ANYTHING)
def test_no_json_ends_a_reader(first: Any, second: Any, third: Any) -> None:
    strange = {
        "id": first,
        "objectID": second,
        "title": third,
        "url": first,
        "points": second,
        "paper": {"id": third, "title": first, "authors": second},
    }
    strange |= {
        "short_id": "x",
        "tags": first,
        "authors": second,
        "content_html": third,
        "date_published": second,
        "score": first,
        "external_url": third,
    }
    for content in (
        json_feed(strange, first),
        *(json.dumps(each).encode() for each in ([strange], {"hits": [strange, first]}, first, [first, second])),
    ):
        for kind in KINDS.values():
            try:
                reading = kind.read(content, question())
            except (BrokenAnswerError, LimitedAnswerError):
                continue
            assert all(each.title and each.key for each in reading.candidates)


def test_an_item_of_nobody_is_by_those_who_write_the_feed() -> None:
    items = (
        {"id": "1", "url": "https://l.example/1", "title": "T"},
        {"id": "2", "url": "https://l.example/2", "title": "U", "author": {"name": "Own"}},
    )
    for by in ({"author": {"name": "Ada"}}, {"authors": [{"name": "Ada"}]}):
        assert [each.attributes["authors"] for each in read(*items, **by).candidates] == [["Ada"], ["Own"]]


def test_what_stands_between_items_and_is_none_is_counted() -> None:
    assert "2 of its items are no objects, left out" in read({"id": "1", "url": "https://l.example/1"}, None, "x").told
    papers = json.dumps([{"paper": {"id": "2605.00001", "title": "T"}}, None]).encode()
    assert hf_papers.read(papers, question()).told == ("1 of its entries are no objects, left out",)


def test_a_number_of_a_paper_that_has_lost_its_zeros_is_no_number() -> None:
    with pytest.raises(BrokenAnswerError, match="none of it is a paper"):
        hf_papers.read(b'[{"paper": {"id": 2605.00010, "title": "T"}}]', question())
