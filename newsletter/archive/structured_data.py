"""What search engines read of an issue and its items: schema.org as JSON-LD (https://www.w3.org/TR/json-ld11/#embedding-json-ld-in-html-documents)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from typing import Any

from newsletter.archive.pages import IssuePage
from newsletter.model.brand import Brand
from newsletter.model.charts import DIGEST_CHARS, ChartForm
from newsletter.model.document import Document, ItemBase, LinkItem, PaperItem, RepositoryItem, Section, TableItem
from newsletter.rendering.headlines import headline
from newsletter.rendering.latex import soften_line
from newsletter.rendering.markdown import to_html

DESCRIPTION_CHARS = 160
"""What search engines show of a description."""
MOST_ITEMS = 200
"""Items of an issue that are listed."""
_IMAGE = re.compile(r"<img(?: [a-z-]+=\"[^\"]*\")*? src=\"(https?://[^\"]*)\"")
_CHART = re.compile(rf"(.*\.[0-9a-f]{{{DIGEST_CHARS}}})\.{ChartForm.WIDE}\.png")
_CONTEXT = "https://schema.org"


def first_image(html: str) -> str:
    """Return the address of the first image in clean HTML, or nothing: a chart, in the form for cards, only where no other is."""
    charts: list[str] = []
    for found in _IMAGE.finditer(html):
        address = unescape(found[1])
        if not (chart := _CHART.fullmatch(address)):
            return address
        charts.append(f"{chart[1]}.{ChartForm.CARD}.png")
    return charts[0] if charts else ""


def description(item: ItemBase, where: str) -> str:
    """Return the first words of an item as text: its `tldr`, or how its body begins; nothing for one without words."""
    said = soften_line(item.attributes.get("tldr", "")) or to_html(item.body, where=where).striptags()
    words = " ".join(said.split())
    return words if len(words) <= DESCRIPTION_CHARS else words[: DESCRIPTION_CHARS - 1].rsplit(" ", 1)[0] + "…"


def issue_data(page: IssuePage, brand: Brand, image: str) -> dict[str, Any]:
    """Return an issue as a NewsArticle whose items are an ItemList."""
    document, url = page.document, brand.issue_url(page.document.slug)
    items = [(section, item) for section in document.sections for item in section.mailed_items][:MOST_ITEMS]
    return _without_empty(
        {
            "@context": _CONTEXT,
            "@type": "NewsArticle",
            "headline": headline(document, brand.name),
            "description": soften_line(document.preheader),
            "url": url,
            "mainEntityOfPage": url,
            "image": [image] if image else [],
            "inLanguage": document.language,
            "datePublished": page.published.isoformat(),
            "dateModified": max(page.published, page.edition.created_at).isoformat(),
            "author": _author(document, brand),
            "publisher": _publisher(brand),
            "mainEntity": _list(items, document, brand) if items else None,
        }
    )


def item_data(page: IssuePage, section: Section, item: ItemBase, brand: Brand) -> dict[str, Any]:
    """Return one item by its kind: a paper is a ScholarlyArticle."""
    document = page.document
    return _without_empty(
        {
            "@context": _CONTEXT,
            **_kind(item),
            "name": soften_line(item.title),
            "headline": soften_line(item.title),
            "description": description(item, f"{section.slug}/{item.key}"),
            "url": brand.item_url(document.slug, section.slug, item.key),
            "sameAs": item.url if item.url.lower().startswith("http") else "",
            "inLanguage": document.language,
            "isPartOf": {
                "@type": "NewsArticle",
                "headline": headline(document, brand.name),
                "url": brand.issue_url(document.slug),
            },
        }
    )


def _kind(item: ItemBase) -> dict[str, Any]:
    match item:
        case PaperItem():
            authors = [name.strip() for name in soften_line(item.authors).split(",") if name.strip()]
            return {
                "@type": "ScholarlyArticle",
                "author": [{"@type": "Person", "name": name} for name in authors if name.rstrip(".") != "et al"],
                "datePublished": item.published.isoformat() if item.published else "",
                "about": item.category,
            }
        case RepositoryItem():
            return {"@type": "SoftwareSourceCode", "codeRepository": item.url, "programmingLanguage": item.language}
        case TableItem():
            return {"@type": "Table"}
        case LinkItem():
            published = item.published.isoformat() if item.published else ""
            return {"@type": "Article", "datePublished": published, "sourceOrganization": soften_line(item.source)}
        case _:
            return {"@type": "Article"}


def _list(items: Sequence[tuple[Section, ItemBase]], document: Document, brand: Brand) -> dict[str, Any]:
    elements = [
        {
            "@type": "ListItem",
            "position": position,
            "name": soften_line(item.title),
            "url": brand.item_url(document.slug, section.slug, item.key),
        }
        for position, (section, item) in enumerate(items, start=1)
    ]
    return {"@type": "ItemList", "numberOfItems": len(elements), "itemListElement": elements}


def _author(document: Document, brand: Brand) -> dict[str, Any]:
    name = soften_line(document.author)
    return {"@type": "Person", "name": name} if name else {"@type": "Organization", "name": brand.name}


def _publisher(brand: Brand) -> dict[str, Any]:
    logo = brand.look.logo
    picture = {"@type": "ImageObject", "url": logo.url, "width": logo.width, "height": logo.height} if logo else None
    return _without_empty({"@type": "Organization", "name": brand.name, "url": brand.home, "logo": picture})


def _without_empty(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value not in ("", None, [])}
