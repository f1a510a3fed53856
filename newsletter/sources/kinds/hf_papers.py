"""Daily papers of Hugging Face: papers of arXiv with the votes that they got there. They rank what arXiv announces, rather than doubling it."""

from __future__ import annotations

import re
from typing import Any

from newsletter.sources.found import Attribute, BrokenAnswerError, FoundCandidate, LimitedAnswerError, Reading
from newsletter.sources.kinds import json_text, moments, texts, titles
from newsletter.sources.kinds.addresses import absolute
from newsletter.sources.kinds.feed_items import apart, credible
from newsletter.sources.kinds.question import Question
from newsletter.sources.kinds.telling import Told
from newsletter.sources.kinds.xml_text import MOST_ITEMS

_ID = re.compile(r"(\d{4}\.\d{4,5}|[a-z-]{2,12}(?:\.[A-Z]{2})?/\d{7})(?:v\d{1,3})?")
_HOST = re.compile(r"https?://huggingface\.co/api/(?:daily_)?papers", re.IGNORECASE)


def sniff(content: bytes, address: str) -> bool:
    """Tell whether this is a list of papers with votes."""
    head = json_text.looks_like(content)
    return bool(head) and (bool(_HOST.match(address)) or (head[:1] == b"[" and b'"paper"' in head and b'"id"' in head))


def read(content: bytes, question: Question) -> Reading:
    """Return the papers. Raises BrokenAnswerError, LimitedAnswerError."""
    given, told_of_charset = json_text.parsed(content)
    if isinstance(given, dict):
        words = titles.one_line(json_text.text(given.get("error") or given.get("message"))) or "no list of papers"
        if re.search(r"rate.?limit|too many", words, re.IGNORECASE):
            raise LimitedAnswerError(f"Hugging Face is at its limit: “{words}”")
        raise BrokenAnswerError(f"Hugging Face says: {words}")
    if not isinstance(given, list):
        raise BrokenAnswerError("it is no list of papers")
    told = Told(told_of_charset)
    found = [paper for each in json_text.objects(given)[:MOST_ITEMS] if (paper := _paper(each, question, told))]
    if lost := len(given[:MOST_ITEMS]) - len(json_text.objects(given[:MOST_ITEMS])):
        told.say(f"{lost} of its entries are no objects, left out")
    if not given:
        told.say("no papers were picked on this day")
    reading = Reading(candidates=apart(found, told), told=told.sentences())
    if given and not found:
        raise BrokenAnswerError("none of it is a paper", reading)
    return reading


def _paper(entry: dict[str, Any], question: Question, told: Told) -> FoundCandidate | None:
    paper = entry.get("paper")
    paper = paper if isinstance(paper, dict) else {}
    title = titles.one_line(json_text.text(paper.get("title")) or json_text.text(entry.get("title")))
    given = paper.get("id")  # a number would have lost the zeros at its end
    number = _ID.fullmatch(given.strip()) if isinstance(given, str) else None
    if number is None or not title:
        told.of(title, "without title or number of arXiv, left out")
        return None
    upvotes = json_text.count(paper.get("upvotes"))
    written = json_text.text(paper.get("publishedAt")) or json_text.text(entry.get("publishedAt"))
    return FoundCandidate(
        key=f"arxiv:{number[1]}",
        title=title,
        url=f"https://arxiv.org/abs/{number[1]}",
        text=texts.from_plain(json_text.text(paper.get("summary")) or json_text.text(entry.get("summary")), latex=True),
        published=credible(moments.read(written), question.now, title, told) if written else None,
        attributes=_attributes(entry, paper, upvotes),
        guid=f"hf:{number[1]}",
        points=upvotes,
    )


def _attributes(entry: dict[str, Any], paper: dict[str, Any], upvotes: int | None) -> dict[str, Attribute]:
    found: dict[str, Attribute] = {}
    people = [person for person in json_text.objects(paper.get("authors")) if not person.get("hidden")]
    if authors := [name for person in people if (name := titles.one_line(json_text.text(person.get("name"))))]:
        found["authors"] = authors
    figures = (("upvotes", upvotes), ("comments", json_text.count(entry.get("numComments"))))
    found |= {name: value for name, value in figures if value is not None}
    if repository := absolute(json_text.text(paper.get("githubRepo"))):
        found["github"] = repository
    if (stars := json_text.count(paper.get("githubStars"))) is not None:
        found["github-stars"] = stars
    return found
