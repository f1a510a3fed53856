"""What an entry of a feed says of its address and its text, from feedparser's dicts: which of several, in which order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from newsletter.sources.kinds.addresses import is_absolute

HTML = frozenset({"text/html", "application/xhtml+xml"})
IS_ADDRESS = "guid-is-address"
"""What `feed_xml` notes of an entry whose guid is its address, too (RSS 2.0: unless `isPermaLink` is false)."""
_MAIL = re.compile(r"(?:mailto:)?[^\s@<>()]{1,64}@[^\s@<>()]{1,255}")
_NAMED = re.compile(
    r"(?:mailto:)?[^\s@<>()]{1,64}@[^\s@<>()]{1,255}\s{0,9}\(([^()]{1,200})\)"
    r"|([^<>()@]{1,200})[<(](?:mailto:)?[^\s@<>()]{1,64}@[^\s@<>()]{1,255}[>)]"
)
_OTHER_THAN_TEXT = re.compile(r"(?:image|audio|video|application|multipart)/(?!xhtml\+xml)")


@dataclass(frozen=True, slots=True)
class WrittenText:
    """A text of an entry as it stands there: `base` is where its relative addresses begin, or empty."""

    value: str
    is_html: bool
    base: str


def addresses(entry: dict[str, Any]) -> Iterator[str]:
    """Yield the addresses of an entry as written, the one that is meant first: its own before one that counts, pages before files."""
    guid = str(dict.get(entry, "id", ""))
    for name in ("feedburner_origlink", "pheedo_origlink"):
        if address := dict.get(entry, name):
            yield str(address)
    alternates = [link for link in _links(entry) if link.get("rel") == "alternate" and link.get("href")]
    alternates.sort(key=lambda link: link.get("type") not in HTML)
    yield from (link["href"] for link in alternates)
    if address := str(dict.get(entry, "link") or ""):
        yield address
    if entry.get(IS_ADDRESS, True) and (is_absolute(guid) or guid.startswith("/")):
        yield guid
    yield from (content["src"] for content in dict.get(entry, "content") or () if content.get("src"))
    yield from linked(entry, "enclosure")


def person(written: str) -> str:
    """Return the name of somebody as RSS writes them, `ada@example.org (Ada)` or `Ada <ada@example.org>`; "" for an address alone."""
    if found := _NAMED.fullmatch(written.strip()):
        return (found[1] or found[2]).strip(" \"'")
    return "" if _MAIL.fullmatch(written.strip()) else written.strip()


def linked(entry: dict[str, Any], rel: str) -> Iterator[str]:
    """Yield the addresses that an entry links in this way."""
    yield from (link["href"] for link in _links(entry) if link.get("rel") == rel and link.get("href"))


def texts(entry: dict[str, Any]) -> list[WrittenText]:
    """Return the texts of an entry, its summary before the whole of it; pictures and the like are none."""
    details = [dict.get(entry, "summary_detail"), *(dict.get(entry, "content") or ())]
    if dict.get(entry, "summary") and not any(details):
        details = [{"value": entry["summary"], "type": "text/html"}]
    found = []
    for detail in details:
        if detail and (value := str(detail.get("value") or "")).strip():
            kind = str(detail.get("type") or "")
            if not _OTHER_THAN_TEXT.match(kind):
                found.append(WrittenText(value, kind in HTML, str(detail.get("base") or "")))
    return found


def _links(entry: dict[str, Any]) -> list[dict[str, Any]]:
    return dict.get(entry, "links") or []
