"""All public pages of the archive for search engines (https://www.sitemaps.org/protocol.html)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from xml.etree import ElementTree as ET

from newsletter.store.archive import published
from newsletter.store.database import Database

MOST = 50_000
"""Addresses that one file may hold."""
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


@dataclass(frozen=True)
class Sitemap:
    """Paths below the base URL, each with the moment of its last change, the newest issues first."""

    pages: tuple[tuple[str, datetime | None], ...]

    @property
    def digest(self) -> str:
        """Changes when a page does."""
        return sha256(repr(self.pages).encode()).hexdigest()


def sitemap(database: Database) -> Sitemap:
    """Return the addresses of publications, of their sections and of their published issues."""
    with database.read() as session:
        homes = published.homes(session)
        sections = published.section_addresses(session)
        issues = published.issue_addresses(session, limit=MOST - 1 - len(homes) - len(sections))
    pages: list[tuple[str, datetime | None]] = [("", None), *((f"/{slug}", None) for slug in homes)]
    pages += [(f"/{publication}/all/{section}", None) for publication, section in sections]
    pages += [(f"/{publication}/{slug}", changed) for publication, slug, changed in issues]
    return Sitemap(tuple(pages[:MOST]))


def write_sitemap(sitemap: Sitemap, *, base_url: str) -> bytes:
    """Return the file in UTF-8."""
    root = ET.Element("urlset", xmlns=_NAMESPACE)
    for path, changed in sitemap.pages:
        url = ET.SubElement(root, "url")
        ET.SubElement(url, "loc").text = f"{base_url}{path}" if path else f"{base_url}/"
        if changed is not None:
            ET.SubElement(url, "lastmod").text = f"{changed:%Y-%m-%d}"
    body: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'.encode()
