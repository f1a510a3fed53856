"""The same newest issues as the Atom feed, as JSON (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from typing import Any

from newsletter.archive.feeds import Feed, feed_id, last_change, rfc_3339
from newsletter.archive.pages import read_document
from newsletter.model import Edition, Issue
from newsletter.model.brand import Brand, brand_of
from newsletter.rendering.headlines import headline
from newsletter.rendering.latex import soften_line
from newsletter.rendering.renderer import Renderer

MEDIA_TYPE = "application/feed+json"


def write_json_feed(feed: Feed, *, renderer: Renderer, base_url: str) -> bytes:
    """Return the feed document in UTF-8."""
    owner, brand = feed.publication, brand_of(feed.publication, base_url)
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": owner.name,
        "home_page_url": brand.home,
        "feed_url": brand.json_feed_url,
        **({"description": owner.description} if owner.description else {}),
        "language": owner.language,
        "authors": [{"name": owner.from_name or owner.name}],
        "items": [_item(feed, issue, edition, renderer, brand) for issue, edition in feed.issues],
    }
    return json.dumps(document, ensure_ascii=False).encode()


def _item(feed: Feed, issue: Issue, edition: Edition, renderer: Renderer, brand: Brand) -> dict[str, Any]:
    document = read_document(edition.content)
    author = soften_line(document.author) or feed.publication.from_name or feed.publication.name
    return {
        "id": f"{feed_id(feed.publication)}/{issue.slug}",
        "url": brand.issue_url(issue.slug),
        "title": headline(document, brand.name),
        **({"summary": soften_line(document.preheader)} if document.preheader else {}),
        "content_html": renderer.web(document, brand),
        "date_published": rfc_3339(issue.published_at or edition.created_at),
        "date_modified": rfc_3339(last_change(issue, edition)),
        "authors": [{"name": author}],
        "tags": [soften_line(section.title) for section in document.sections],
        "language": document.language,
    }
