"""The Atom feed of a publication (RFC 4287): the newest issues, whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from hashlib import sha256
from xml.etree import ElementTree as ET

from newsletter.archive.pages import find_publication, read_document
from newsletter.model import Edition, Issue, Publication
from newsletter.model.brand import Brand, brand_of
from newsletter.rendering.furniture.bylines import byline
from newsletter.rendering.headlines import headline
from newsletter.rendering.latex import soften_line
from newsletter.rendering.renderer import Renderer
from newsletter.store.archive import published
from newsletter.store.database import Database

NEWEST = 20
"""Issues in the feed."""
_ATOM = "http://www.w3.org/2005/Atom"
_XML = "http://www.w3.org/XML/1998/namespace"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Outside the Char production: https://www.w3.org/TR/xml/#charsets"""

ET.register_namespace("", _ATOM)


@dataclass(frozen=True)
class Feed:
    """What a feed is made of, cheap to find: `updated` and `digest` tell whether it has to be written at all."""

    publication: Publication
    issues: tuple[tuple[Issue, Edition], ...]

    @property
    def updated(self) -> datetime:
        """When anything in it last changed (RFC 4287 section 4.2.15)."""
        return max((last_change(*pair) for pair in self.issues), default=self.publication.created_at)

    @property
    def digest(self) -> str:
        """Changes when an edition does."""
        return sha256("".join(f"{issue.id} {edition.digest} " for issue, edition in self.issues).encode()).hexdigest()


def feed(database: Database, *, publication: str) -> Feed:
    """Return the newest published issues. Raises NotFoundError."""
    with database.read() as session:
        owner = find_publication(session, publication)
        return Feed(owner, tuple(published.newest(session, owner.id, limit=NEWEST)))


def write_feed(feed: Feed, *, renderer: Renderer, base_url: str) -> bytes:
    """Return the feed document in UTF-8."""
    owner, brand = feed.publication, brand_of(feed.publication, base_url)
    root = ET.Element(_tag("feed"), {f"{{{_XML}}}lang": owner.language})
    _add(root, "id", feed_id(owner))
    _add(root, "title", owner.name)
    if owner.description:
        _add(root, "subtitle", owner.description)
    _add(root, "updated", rfc_3339(feed.updated))
    _add(root, "link", rel="self", type="application/atom+xml", href=brand.feed_url)
    _add(root, "link", rel="alternate", type="text/html", href=brand.home)
    _add(_add(root, "author"), "name", owner.from_name or owner.name)
    for issue, edition in feed.issues:
        root.append(_entry(owner, issue, edition, renderer, brand))
    body: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'.encode()


def _entry(owner: Publication, issue: Issue, edition: Edition, renderer: Renderer, brand: Brand) -> ET.Element:
    document = read_document(edition.content)
    url = brand.issue_url(issue.slug)
    entry = ET.Element(_tag("entry"), {f"{{{_XML}}}lang": document.language})
    _add(entry, "id", f"{feed_id(owner)}/{issue.slug}")
    _add(entry, "title", headline(document, owner.name))
    _add(entry, "published", rfc_3339(issue.published_at or edition.created_at))
    _add(entry, "updated", rfc_3339(last_change(issue, edition)))
    _add(entry, "link", rel="alternate", type="text/html", href=url)
    _add(entry, "link", rel="alternate", type="text/markdown", href=f"{url}.md")
    _add(_add(entry, "author"), "name", byline(document.author, brand) or owner.from_name or owner.name)
    for section in document.sections:
        _add(entry, "category", term=section.slug, label=soften_line(section.title))
    if document.preheader:
        _add(entry, "summary", soften_line(document.preheader))
    content = _add(entry, "content", renderer.web(document, brand), type="html")  # section 4.1.3.3: escaped markup
    content.set(f"{{{_XML}}}base", url)
    return entry


def feed_id(owner: Publication) -> str:
    """Return what names a feed for ever."""
    # Section 4.2.6: an id never changes, though the archive may move to another host; so a tag URI (RFC 4151) of the List-Id.
    return f"tag:{owner.list_id},{owner.created_at:%Y-%m-%d}:{owner.slug}"


def last_change(issue: Issue, edition: Edition) -> datetime:
    """Return when an issue last changed for its readers."""
    return max(issue.published_at or edition.created_at, edition.created_at)


def rfc_3339(moment: datetime | date) -> str:
    """Return a moment as feeds write it, in UTC."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(), UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _tag(name: str) -> str:
    return f"{{{_ATOM}}}{name}"


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, _tag(name), attributes)
    child.text = _NOT_XML.sub("", text) or None
    return child
