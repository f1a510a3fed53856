"""Papers of arXiv: its RSS of announcements, and its API. Which of the two it is, its content says.

News is what is announced as `new`; a mapping of `{"announce": ["new", "cross"]}` says otherwise. Replacements are counted, withdrawn papers told.
Of several versions of one paper the newest words are taken. That the service is at its limit it says with any status, 200 among them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.sources.found import Attribute, BrokenAnswerError, FoundCandidate, LimitedAnswerError, Reading
from newsletter.sources.kinds import feed, moments, octets, texts, titles
from newsletter.sources.kinds.feed_items import credible
from newsletter.sources.kinds.feed_xml import FeedParts, parsed
from newsletter.sources.kinds.question import Question
from newsletter.sources.kinds.telling import Told

NEWS = ("new",)
"""Types of announcement that are news unless a mapping says otherwise (`newsletter.sources.mapped_kinds`)."""
_MARKS = (b"arxiv.org/schemas/atom", b"oai:arXiv.org:", b"updates on arXiv.org", b"arxiv.org/api/")
_HOST = re.compile(r"https?://(?:[a-z]+\.)?arxiv\.org/(?:rss|atom|api)", re.IGNORECASE)
_LIMITED = re.compile(rb"rate\s+exceeded|too\s+many\s+requests|rate\s+limit", re.IGNORECASE)
_WAIT = re.compile(rb"(?:retry|try again|wait)\D{0,20}(\d{1,5})\s?s", re.IGNORECASE)
_ID = re.compile(
    r"(?:arXiv[.:]|arxiv\.org[:/](?:abs/|pdf/|html/)?)(?:org:)?(\d{4}\.\d{4,5}|[a-z-]{2,12}(?:\.[A-Z]{2})?/\d{7})(?:v(\d{1,3}))?",
    re.IGNORECASE,
)
_CLASS = re.compile(r"\.[A-Za-z]{2}(?=/)")
"""The class of a subject in an old number: `math.GT/0309136` and `math/0309136` are one paper."""
_ANNOUNCED = re.compile(r"\s*arXiv:\S{1,40}\s+Announce Type:\s*(\S{1,20})\s*(?:Abstract:)?\s*", re.IGNORECASE)
_CATEGORY = re.compile(r"[a-z]{1,8}(?:-[a-z]{2,5})?(?:\.[A-Za-z]{2}(?:[a-z-]{0,8}))?")
_WITHDRAWN = re.compile(
    r"(?:^|[.;!]\s+)\W{0,3}(?:(?:this|the|our)\s+(?:\w+\s+)?(?:paper|article|submission|manuscript|preprint|work|version)\s+)?"
    r"(?:(?:has|have|had)\s+been\s+|is\s+|was\s+)?(?:temporarily\s+|now\s+)?withdrawn\b",
    re.IGNORECASE,
)
_FORMER = re.compile(r"\s\(arXiv:\S{4,40} \[[\w.-]{2,30}\](?: ([A-Z ]{2,20}))?\)$")
_FORMER_WORDS = {None: "new", "UPDATED": "replace", "CROSS LISTED": "cross"}
"""How arXiv's RSS told types of announcement until 2024, behind each title; mirrors still do."""
_EASTERN = ZoneInfo("America/New_York")
_SUFFIXES = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv"})
_MOST_AUTHORS = 100


def sniff(content: bytes, address: str) -> bool:
    """Tell whether this is a feed of arXiv, or what arXiv answers in its place."""
    head = content[:8192].replace(b"\0", b"")
    return bool(_HOST.match(address)) or (feed.is_xml(content) and any(mark in head for mark in _MARKS))


def read(content: bytes, question: Question) -> Reading:
    """Return the papers that are news. Raises LimitedAnswerError where arXiv is at its limit, BrokenAnswerError for what is no feed of papers."""
    content = octets.unpacked(content)
    if not feed.is_xml(content):
        if _LIMITED.search(content[:8192]):
            wait = _WAIT.search(content[:8192])
            raise LimitedAnswerError("arXiv is at its limit: “Rate exceeded”", float(wait[1]) if wait else None)
        raise BrokenAnswerError("it is no feed of arXiv" if content.strip() else "the answer is empty")
    parts = parsed(content, question.address)
    _refuse_errors(parts)
    told = Told(parts.told)
    found = [paper for entry in parts.entries if (paper := _paper(entry, question, told))]
    newest: dict[str, FoundCandidate] = {}
    for paper in _news(found, question, told):
        known = newest.setdefault(paper.key, paper)
        if known is not paper:
            told.of(paper.title, "that stood there before in this or another version, of which the newest is taken")
            newest[paper.key] = max(known, paper, key=_version)
    if parts.entries and not found:
        raise BrokenAnswerError("none of its items is a paper of arXiv", Reading(told=told.sentences()))
    kept = tuple(paper for paper in newest.values() if not _is_withdrawn(paper, told))
    if not parts.entries:
        told.say(_why_empty(parts, question.now))
    reading = Reading(candidates=kept, told=told.sentences())
    if parts.claimed and len(found) * 2 < parts.claimed and parts.is_broken:
        raise BrokenAnswerError(f"only {len(found)} of {parts.claimed} papers could be read: {parts.problem}", reading)
    return reading


def _refuse_errors(parts: FeedParts) -> None:
    """Raise for what arXiv says with status 200 in the shape of a feed."""
    for entry in parts.entries:
        guid = str(entry.get("id", ""))
        is_alone = len(parts.entries) == 1 and str(entry.get("title", "")).strip() == "Error"
        if "/api/errors" in guid or (is_alone and not _ID.search(guid)):
            words = titles.one_line(str(entry.get("summary", ""))) or "an error without words"
            if _LIMITED.search(words.encode()):
                raise LimitedAnswerError(f"arXiv is at its limit: “{words}”")
            raise BrokenAnswerError(f"arXiv says: {words}")
    total, start = (_number(parts.feed.get(f"opensearch_{name}")) for name in ("totalresults", "startindex"))
    if not parts.entries and total > start:
        raise BrokenAnswerError(f"arXiv says that it has {total:,} papers, and sent none of them")
    if parts.problem and not parts.entries:
        raise BrokenAnswerError(f"it is no whole feed: {parts.problem}")


def _paper(entry: dict[str, Any], question: Question, told: Told) -> FoundCandidate | None:
    named = " ".join(str(dict.get(entry, name, "")) for name in ("id", "link", "summary"))
    title = titles.one_line(str((dict.get(entry, "title_detail") or {}).get("value") or dict.get(entry, "title", "")))
    former = _FORMER.search(title)
    found = _ID.search(former[0] if former else named)
    title = title[: former.start()].rstrip(" .") if former else title
    if found is None or not title:
        told.of(title, "without title or number of arXiv, left out")
        return None
    number = _CLASS.sub("", found[1]).lower()
    version = int(found[2]) if found[2] else None
    abstract = str(dict.get(entry, "summary", ""))
    announced = _ANNOUNCED.match(abstract)
    announce = titles.one_line(
        str(dict.get(entry, "arxiv_announce_type", "")) or (announced[1] if announced else "")
    ).lower()
    announce = _FORMER_WORDS.get(former[1], announce) if former else announce
    abstract = abstract[announced.end() :] if announced else titles.from_html(abstract) if former else abstract
    attributes: dict[str, Attribute] = dict(_attributes(entry))
    if version is not None:
        attributes["version"] = version
    if announce:
        attributes["announce"] = announce
    written = str(dict.get(entry, "published") or dict.get(entry, "updated") or "")
    return FoundCandidate(
        key=f"arxiv:{number}",
        title=title,
        url=f"https://arxiv.org/abs/{number}",
        text=texts.from_plain(abstract, latex=True),
        published=credible(moments.read(written), question.now, title, told) if written else None,
        attributes=attributes,
        guid=str(dict.get(entry, "id", "")).strip(),
    )


def _attributes(entry: dict[str, Any]) -> Iterator[tuple[str, Attribute]]:
    if authors := _authors(entry):
        yield "authors", authors
    terms = [str(tag.get("term") or "") for tag in dict.get(entry, "tags") or ()]
    primary = dict.get(entry, "arxiv_primary_category") or {}
    first = str(primary.get("term") or "") if isinstance(primary, dict) else ""
    categories = [term for term in dict.fromkeys([first, *terms]) if _CATEGORY.fullmatch(term)]
    if categories:
        yield "category", categories[0]
        yield "categories", categories
    for name, written in (
        ("comment", "arxiv_comment"),
        ("doi", "arxiv_doi"),
        ("journal", "arxiv_journal_ref"),
        ("journal", "arxiv_journal_reference"),
    ):
        if words := titles.one_line(str(dict.get(entry, written) or "")):
            yield name, words


def _authors(entry: dict[str, Any]) -> list[str]:
    """Return names, one each: the API gives a list, the RSS one text with commas."""
    names: list[str] = []
    is_listed = "arxiv_primary_category" in entry  # of the API, where a name may have a comma of its own
    for author in dict.get(entry, "authors") or ():
        written = titles.from_html(str(author.get("name") or ""))
        for name in [written] if is_listed else re.split(r",\s{0,9}", _without_institutes(written)):
            name = name.strip()  # noqa: PLW2901 - a space is left where a bracket was
            if name.lower() in _SUFFIXES and names:
                names[-1] += f", {name}"
            elif name:
                names.append(name)
    return names[:_MOST_AUTHORS]


def _without_institutes(written: str) -> str:
    """Return names without what stands in brackets behind them, `(1)` or `(Institute, City)`; as it came where a bracket is not closed."""
    kept: list[str] = []
    depth = 0
    for sign in written:
        depth += sign == "("
        if not depth:
            kept.append(sign)
        depth -= sign == ")" and depth > 0
    return written if depth else " ".join("".join(kept).split())


def _news(papers: list[FoundCandidate], question: Question, told: Told) -> Iterator[FoundCandidate]:
    """Yield what is news; tell of the rest by numbers."""
    wished = (question.mapping or {}).get("announce", NEWS)
    news = wished if isinstance(wished, list | tuple) else NEWS
    left = Counter[str]()
    for paper in papers:
        announce = str(paper.attributes.get("announce", ""))
        if announce and announce not in news:
            left[announce] += 1
        else:
            yield paper
    for announce, count in sorted(left.items()):
        told.say(f"{count} announced as “{announce}”, which is no news here: left out")


def _is_withdrawn(paper: FoundCandidate, told: Told) -> bool:
    withdrawn = _WITHDRAWN.search(str(paper.attributes.get("comment", ""))) or _WITHDRAWN.match(paper.text)
    if withdrawn:
        told.of(paper.title, "withdrawn by the authors, left out")
    return bool(withdrawn)


def _why_empty(parts: FeedParts, now: datetime) -> str:
    if "opensearch_totalresults" in parts.feed:
        return "arXiv has no papers of what was asked for"
    if now.astimezone(_EASTERN).weekday() >= 5:
        return "no announcement today: arXiv announces from Sunday to Thursday at 20:00 Eastern, and not on Friday and Saturday evenings"
    return "no announcement: nothing new in these categories, or a holiday of arXiv's"


def _version(paper: FoundCandidate) -> int:
    version = paper.attributes.get("version", 0)
    return version if isinstance(version, int) else 0


def _number(written: Any) -> int:
    text = str(written or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else 0
