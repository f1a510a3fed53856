"""Repositories as GitHub's REST interface tells them: an answer of its search, a list of repositories, or one of them.

Stars are kept a day each by number, so that the next answer tells how many came: `newsletter.sources.stars`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from newsletter.rendering.written_text import as_words
from newsletter.sources.cutting import printable_line
from newsletter.sources.found import Attribute, BrokenAnswerError, FoundCandidate, LimitedAnswerError, Reading
from newsletter.sources.kinds import json_text
from newsletter.sources.kinds.octets import unpacked
from newsletter.sources.kinds.question import Question
from newsletter.sources.mapped_kinds import LEFT_OUT

MOST = 1_000
"""Repositories that are read of one answer: a search has no more in all its pages."""
_DESCRIPTION_CHARS = 1_000
_MOST_STARS = 10**12
_LIMITED = re.compile(r"rate limit|abuse detection|too many requests", re.IGNORECASE)
_SECONDARY = re.compile(r"secondary rate|abuse", re.IGNORECASE)
_WAIT = 60.0
"""Seconds to wait after a secondary limit that says nothing of them, as GitHub's guide asks."""


def sniff(content: bytes, address: str) -> bool:
    """Tell whether this looks like repositories of GitHub, or its word that there are none now."""
    head = content[:4096]
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        return False
    if b'"full_name"' in head and (b'"html_url"' in head or b'"stargazers_count"' in content):
        return True
    return _is_api(address) or b"docs.github.com" in head


def _is_api(address: str) -> bool:
    try:
        return urlsplit(address).hostname == "api.github.com"
    except ValueError:
        return False


def read(content: bytes, question: Question) -> Reading:
    """Return the repositories of an answer, in its order; archived ones, forks and the like are left out and counted.

    `question.mapping` may say `{"archived": true}` or `{"fork": true}` to have those, too. Raises BrokenAnswerError,
    LimitedAnswerError.
    """
    listed, told = _listed(_read_json(unpacked(content)))
    taken = {name for name in LEFT_OUT if question.mapping and question.mapping.get(name) is True}
    found: dict[str, FoundCandidate] = {}
    stars: dict[str, int] = {}
    counted: Counter[str] = Counter()
    for number, each in enumerate(listed[:MOST], start=1):
        if (why := _unreadable(each)) is not None:
            counted["unreadable"] += 1
            if counted["unreadable"] <= 5:
                told.append(f"repository {number} of the answer is left out: {why}")
            continue
        if left := next((name for name in LEFT_OUT if each.get(name) is True and name not in taken), ""):
            counted[left] += 1
            continue
        candidate = _candidate(each)
        if candidate.key in found:
            counted["twice"] += 1
            continue
        found[candidate.key] = candidate
        if (count := _count(each.get("stargazers_count"))) is not None:
            stars[str(each["id"])] = count
    told += _counted(counted, len(listed))
    if listed and not found and counted["unreadable"] == len(listed):
        raise BrokenAnswerError(
            f"none of the {len(listed)} entries is a repository: {told[0]}", Reading(told=tuple(told))
        )
    return Reading(tuple(found.values()), tuple(told), stars=stars)


def _read_json(content: bytes) -> Any:
    if content.lstrip()[:1] == b"<":
        raise BrokenAnswerError(
            "this is a page and not an answer of GitHub's interface; its address begins with https://api.github.com/"
        )
    try:
        return json_text.parsed(content)[0]
    except BrokenAnswerError:
        raise BrokenAnswerError("this is no JSON, and GitHub answers with it") from None


def _listed(answer: Any) -> tuple[list[Any], list[str]]:
    """Return the entries of an answer, and what it says of itself. Raises BrokenAnswerError, LimitedAnswerError."""
    if isinstance(answer, list):
        return answer, []
    if not isinstance(answer, dict):
        raise BrokenAnswerError("the answer is neither a search of repositories, nor a list of them, nor one")
    if isinstance(answer.get("items"), list):
        told = (
            ["GitHub's search ran out of time: its answer is not complete"]
            if answer.get("incomplete_results") is True
            else []
        )
        return answer["items"], told
    if "full_name" in answer:
        return [answer], []
    if isinstance(message := answer.get("message"), str):
        said = printable_line(message, 300)
        if _LIMITED.search(said):
            raise LimitedAnswerError(f"GitHub says: {said}", _WAIT if _SECONDARY.search(said) else None)
        details = ", ".join(printable_line(text, 200) for text in _details(answer.get("errors")))
        raise BrokenAnswerError(f"GitHub says: {said}" + (f" ({details})" if details else ""))
    raise BrokenAnswerError("the answer holds no repositories: neither `items`, nor a list, nor a `full_name`")


def _details(errors: Any) -> Iterator[str]:
    for each in errors[:5] if isinstance(errors, list) else ():
        text = each.get("message") or each.get("code") if isinstance(each, dict) else each
        if isinstance(text, str):
            yield text


def _unreadable(each: Any) -> str | None:
    """Say why an entry is no repository that can be offered, or None."""
    if not isinstance(each, dict):
        return "it is no object"
    if not isinstance(each.get("id"), int) or isinstance(each["id"], bool) or not 0 < each["id"] < 10**18:
        return "it has no number as its id"
    name = each.get("full_name")
    if not isinstance(name, str) or not re.fullmatch(r"[^\s/]{1,100}/[^\s/]{1,100}", name) or not name.isprintable():
        return "it has no full_name of owner and name"
    return None


def _candidate(each: dict[str, Any]) -> FoundCandidate:
    name = each["full_name"]
    return FoundCandidate(
        key=f"github:{each['id']}",
        title=name,
        url=_url(each.get("html_url"), name),
        text=as_words(_line(each.get("description"), _DESCRIPTION_CHARS)),
        attributes=_attributes(each),
    )


def _url(given: Any, name: str) -> str:
    """Return the page of a repository: as GitHub names it where that is a page of the web, else made of its name."""
    try:
        parts = urlsplit(given if isinstance(given, str) else "")
        plain = (
            parts.scheme == "https" and bool(parts.hostname) and given.isprintable() and not set(given) & set(' <>"\\')
        )
    except ValueError:
        plain = False
    return given[:2048] if plain else f"https://github.com/{name}"


def _attributes(each: dict[str, Any]) -> dict[str, Attribute]:
    """Return what is known of a repository; what nobody knows is left out."""
    found: dict[str, Attribute] = {}
    if language := _line(each.get("language"), 80):
        found["language"] = language
    for name, field in (("stars", "stargazers_count"), ("forks", "forks_count")):
        if (count := _count(each.get(field))) is not None:
            found[name] = count
    if topics := [line for topic in _list(each.get("topics"))[:20] if (line := _line(topic, 80))]:
        found["topics"] = topics
    for name, field in (("pushed", "pushed_at"), ("created", "created_at")):
        if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment := _line(each.get(field), 40), re.ASCII):
            found[name] = moment
    found |= {name: True for name in LEFT_OUT if each.get(name) is True}
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _line(value: Any, limit: int) -> str:
    return printable_line(value, limit) if isinstance(value, str) else ""


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_STARS else None


def _counted(counted: Counter[str], listed: int) -> list[str]:
    told = [f"{counted[name]} {_repositories(name, counted[name])} left out" for name in LEFT_OUT if counted[name]]
    if counted["unreadable"] > 5:
        told.append(f"{counted['unreadable'] - 5} more entries are left out like these")
    if counted["twice"]:
        told.append(f"{counted['twice']} named twice in the answer: the first is taken")
    if listed > MOST:
        told.append(f"only the first {MOST:,} of {listed:,} repositories are read")
    return told


def _repositories(name: str, count: int) -> str:
    if name == "fork":
        return "fork is" if count == 1 else "forks are"
    return f"{name} repository is" if count == 1 else f"{name} repositories are"
