"""Lists of Lobsters (`/hottest.json`, `/newest.json`): stories with points. One without an address is known by its own page."""

from __future__ import annotations

from typing import Any

from newsletter.canonical_url import key_of
from newsletter.sources.found import Attribute, FoundCandidate, Reading
from newsletter.sources.kinds import json_text, moments, texts, titles
from newsletter.sources.kinds.addresses import absolute
from newsletter.sources.kinds.feed_items import apart, credible
from newsletter.sources.kinds.question import Question
from newsletter.sources.kinds.telling import Told
from newsletter.sources.kinds.xml_text import MOST_ITEMS


def sniff(content: bytes) -> bool:
    """Tell whether this is such a list."""
    head = json_text.looks_like(content)
    return head[:1] == b"[" and b'"short_id"' in head and b'"title"' in head


def read(content: bytes, question: Question) -> Reading:
    """Return the stories. Raises BrokenAnswerError."""
    given, told_of_charset = json_text.parsed(content)
    told = Told(told_of_charset)
    found = [
        candidate for each in json_text.objects(given)[:MOST_ITEMS] if (candidate := _candidate(each, question, told))
    ]
    return Reading(candidates=apart(found, told), told=told.sentences())


def _candidate(story: dict[str, Any], question: Question, told: Told) -> FoundCandidate | None:
    title, number = titles.one_line(json_text.text(story.get("title"))), json_text.text(story.get("short_id"))
    page = absolute(
        json_text.text(story.get("comments_url")) or json_text.text(story.get("short_id_url")), question.address
    )
    url = absolute(json_text.text(story.get("url")), question.address) or page
    if not title or not url:
        told.of(title or number, "without title or address, left out")
        return None
    points, comments = json_text.count(story.get("score")), json_text.count(story.get("comment_count"))
    figures = {"points": points, "comments": comments}
    attributes: dict[str, Attribute] = {name: value for name, value in figures.items() if value is not None}
    user = story.get("submitter_user")
    if submitter := titles.one_line(json_text.text(user.get("username") if isinstance(user, dict) else user)):
        attributes["submitter"] = submitter
    tags = story.get("tags")
    if categories := [titles.one_line(json_text.text(tag)) for tag in (tags if isinstance(tags, list) else []) if tag]:
        attributes["categories"] = categories
    if page and page != url:
        attributes["discussion"] = page
    return FoundCandidate(
        key=key_of(url),
        title=title,
        url=url,
        text=texts.from_html(json_text.text(story.get("description")), page),
        published=credible(moments.read(json_text.text(story.get("created_at"))), question.now, title, told),
        attributes=attributes,
        guid=f"lobsters:{number}" if number else "",
        points=points,
    )
