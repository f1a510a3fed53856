"""Lists of feeds as OPML 2.0 (http://opml.org/spec2.opml), the form in which feed readers hand them on: read and write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from lxml import etree  # type: ignore[import-untyped]

from newsletter.errors import InputError
from newsletter.model import Source
from newsletter.model.section_plan import SectionPlan
from newsletter.model.sources import SourceKind
from newsletter.sources.checking import kind_by_address
from newsletter.sources.keeping import NewSource

MOST_OCTETS = 2_000_000
MOST_FEEDS = 5_000
MOST_TAG = 64 * 1024
"""Octets from one `<` to the next: libxml2 takes a time that grows with the square of the attributes of an element."""
MOST_DEPTH = 64
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ListedFeed:
    """One feed of a list: its title and address, and the titles of the folders around it, the outermost first."""

    title: str
    address: str
    folders: tuple[str, ...] = ()
    kind: str = ""
    """Of a list that this service wrote: the kind of source."""


def read(content: bytes) -> tuple[ListedFeed, ...]:
    """Return the feeds of a list, in its order. Raises InputError for what is none, or too large."""
    root = _parsed(content)
    if not isinstance(root.tag, str) or etree.QName(root).localname.lower() != "opml":
        raise InputError("this is no list of feeds (OPML)", where="file", remedy="export one from your feed reader")
    feeds = []
    for feed in _feeds(root):
        feeds.append(feed)
        if len(feeds) > MOST_FEEDS:
            raise InputError(
                f"the list has more than {MOST_FEEDS:,} feeds", where="file", remedy="part it into several"
            )
    return tuple(feeds)


def section_of(feed: ListedFeed, plan: Sequence[SectionPlan], otherwise: str) -> str:
    """Return the slug of the section that a folder of a list is called after, the innermost first; else `otherwise`."""
    by_name = {each.slug.casefold(): each.slug for each in plan} | {
        each.title.casefold(): each.slug for each in reversed(plan)
    }
    for folder in reversed(feed.folders):
        slug = by_name.get(folder.strip().casefold()) or by_name.get(_as_slug(folder))
        if slug is not None:
            return slug
    return otherwise


def wanted(
    feeds: Sequence[ListedFeed], plan: Sequence[SectionPlan], *, otherwise: str, plain_http: bool
) -> list[NewSource]:
    """Return the sources that a list asks for; those by `http:` may be asked so where `plain_http` says it."""
    return [
        NewSource(
            section=section_of(feed, plan, otherwise),
            kind=feed.kind if feed.kind in list(SourceKind) else kind_by_address(feed.address),
            address=feed.address,
            name=feed.title,
            plain_http=plain_http and feed.address.lower().startswith("http:"),
        )
        for feed in feeds
    ]


def write(title: str, plan: Sequence[SectionPlan], sources: Iterable[Source], now: datetime) -> bytes:
    """Return the sources of a publication as a list, a folder for each section; those without an address are left out."""
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = title
    etree.SubElement(head, "dateCreated").text = format_datetime(now)
    body = etree.SubElement(root, "body")
    folders = {each.slug: etree.Element("outline", text=each.slug, title=each.title) for each in plan}
    for source in sources:
        if not source.address:
            continue
        folder = folders.setdefault(source.section, etree.Element("outline", text=source.section))
        kind = "rss" if source.kind is SourceKind.FEED else source.kind.value
        etree.SubElement(folder, "outline", text=source.name, type=kind, xmlUrl=source.address)
    body.extend(folder for folder in folders.values() if len(folder))
    written: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return written


def _parsed(content: bytes) -> etree._Element:
    if len(content) > MOST_OCTETS:
        raise InputError(f"the list is larger than {MOST_OCTETS:,} octets", where="file", remedy="part it into several")
    if _DOCTYPE.search(content) or b"\0" in content:
        raise InputError(
            "a list that declares a document type, or is not written in ASCII's letters, is not read",
            where="file",
            remedy="take the line <!DOCTYPE ...> out, and save it as UTF-8",
        )
    if any(len(tag) > MOST_TAG for tag in content.split(b"<")):
        raise InputError("an element of the list is too large", where="file", remedy="is it the right file?")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(content.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InputError(
            f"this is no XML: {error}"[:300], where="file", remedy="export the list anew from your feed reader"
        ) from None


def _feeds(root: etree._Element) -> Iterator[ListedFeed]:
    """Walk the outlines without recursion, however deep they lie."""
    waiting: list[tuple[etree._Element, tuple[str, ...]]] = [(root, ())]
    while waiting:
        element, folders = waiting.pop()
        if element is not root and _local(element) == "outline":
            found = {name.lower(): " ".join(value.split()) for name, value in element.attrib.items()}
            title = found.get("title") or found.get("text") or ""
            if found.get("xmlurl"):
                yield ListedFeed(title[:200], found["xmlurl"], folders, found.get("type", "").lower())
            if len(folders) < MOST_DEPTH:
                names = dict.fromkeys(name for name in (found.get("title", ""), found.get("text", "")) if name)
                folders = (*folders, *names)
        waiting.extend((child, folders) for child in reversed(element) if isinstance(child.tag, str))


def _local(element: etree._Element) -> str:
    return str(etree.QName(element).localname).lower()


def _as_slug(folder: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", folder.strip().casefold()[:200]).strip("-")
