"""Stories of Hacker News with their points: the search of Algolia (`hits`), or items as its own interface has them. Lists of Lobsters are read, too.

A story without an address is known by its own page.
"""

from __future__ import annotations

import re
from typing import Any

from newsletter.canonical_url import key_of
from newsletter.sources.found import Attribute, BrokenAnswerError, FoundCandidate, Reading
from newsletter.sources.kinds import json_text, lobsters, moments, octets, texts, titles
from newsletter.sources.kinds.addresses import absolute
from newsletter.sources.kinds.feed_items import apart, credible
from newsletter.sources.kinds.question import Question
from newsletter.sources.kinds.telling import Told
from newsletter.sources.kinds.xml_text import MOST_ITEMS

_PAGE = "https://news.ycombinator.com/item?id="
_HOST = re.compile(r"https?://(?:hn\.algolia\.com|hacker-news\.firebaseio\.com)/", re.IGNORECASE)
_SEARCH = "https://hn.algolia.com/api/v1/search?tags=front_page"


def sniff(content: bytes, address: str) -> bool:
    """Tell whether this is a list of stories with points."""
    head = json_text.looks_like(content)
    if not head:
        return False
    is_search = b'"hits"' in head and b'"objectID"' in content[:200_000]
    is_items = head[:1] == b"[" and all(name in head for name in (b'"by"', b'"score"', b'"type"'))
    return bool(_HOST.match(address)) or is_search or is_items


def read(content: bytes, question: Question) -> Reading:
    """Return the stories. Raises BrokenAnswerError."""
    content = octets.unpacked(content)
    if lobsters.sniff(content):
        return lobsters.read(content, question)
    given, told_of_charset = json_text.parsed(content)
    told = Told(told_of_charset)
    stories = _stories(given)
    found = [story for each in stories[:MOST_ITEMS] if (story := _story(each, question, told))]
    if not stories:
        told.say("there are no stories")
    return Reading(candidates=apart(found, told), told=told.sentences())


def _stories(given: Any) -> list[dict[str, Any]]:
    """Return the stories of an answer, whichever of the interfaces it comes from. Raises BrokenAnswerError."""
    if isinstance(given, dict) and isinstance(given.get("hits"), list):
        return json_text.objects(given["hits"])
    if isinstance(given, dict) and "title" in given and "id" in given:
        return [given]
    if isinstance(given, list) and given and all(isinstance(each, int) for each in given):
        raise BrokenAnswerError(f"it has the numbers of stories and not the stories: ask {_SEARCH}")
    if isinstance(given, list) and (not given or json_text.objects(given)):
        return json_text.objects(given)
    words = (
        titles.one_line(json_text.text(given.get("message") or given.get("error"))) if isinstance(given, dict) else ""
    )
    raise BrokenAnswerError(f"Hacker News says: {words}" if words else "it is no list of stories")


def _story(story: dict[str, Any], question: Question, told: Told) -> FoundCandidate | None:
    number = json_text.text(story.get("objectID")) or json_text.text(story.get("id"))
    title = titles.one_line(json_text.text(story.get("title")))
    if story.get("dead") or story.get("deleted"):
        told.of(title, "taken down there, left out")
        return None
    if not title or not re.fullmatch(r"\d{1,12}", number) or story.get("type") == "comment":
        told.of(title, "that are no stories, left out")
        return None
    page = _PAGE + number
    written = json_text.text(story.get("url")).strip()
    url = absolute(written)
    if written and not url:
        told.of(title, "with an address that is none of the web, which is dropped")
    points = json_text.count(story.get("points")) if "points" in story else json_text.count(story.get("score"))
    moment = (
        json_text.text(story.get("created_at"))
        or json_text.text(story.get("created_at_i"))
        or json_text.text(story.get("time"))
    )
    return FoundCandidate(
        key=key_of(url or page),
        title=title,
        url=url or page,
        text=texts.from_html(json_text.text(story.get("story_text")) or json_text.text(story.get("text")), page),
        published=credible(moments.read(moment), question.now, title, told),
        attributes=_attributes(story, page if url else "", points),
        guid=f"hn:{number}",
        points=points,
    )


def _attributes(story: dict[str, Any], discussion: str, points: int | None) -> dict[str, Attribute]:
    found: dict[str, Attribute] = {}
    if submitter := titles.one_line(json_text.text(story.get("author")) or json_text.text(story.get("by"))):
        found["submitter"] = submitter
    comments = json_text.count(story.get("num_comments", story.get("descendants")))
    found |= {name: value for name, value in (("points", points), ("comments", comments)) if value is not None}
    if discussion:
        found["discussion"] = discussion
    return found
