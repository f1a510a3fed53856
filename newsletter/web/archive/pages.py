"""The archive's pages: anyone may read them, any cache may keep them."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from newsletter.archive import board_history, feeds, pages, sections, sitemap
from newsletter.archive.course_lines import line_of, plain
from newsletter.archive.json_feed import MEDIA_TYPE, write_json_feed
from newsletter.archive.pages import IssuePage
from newsletter.archive.structured_data import description, first_image, issue_data, item_data
from newsletter.model import Publication
from newsletter.model.brand import brand_of
from newsletter.model.images import with_host
from newsletter.rendering.language import language_of
from newsletter.rendering.markdown_file import write_markdown
from newsletter.rendering.reading_time import minutes_of
from newsletter.web.archive.reads import note_read
from newsletter.web.caching import cache_headers, etag, unchanged
from newsletter.web.parts import PartsOf
from newsletter.web.public.subscribe import blank_form
from newsletter.web.reader_language import language_among
from newsletter.web.templating import page, readers_page

router = APIRouter()

_ROBOTS = "User-agent: *\nDisallow: /u/\nDisallow: /v/\nDisallow: /confirm/\nDisallow: /desk\nDisallow: /inbox\n"


@router.get("/robots.txt")
def robots(parts: PartsOf) -> Response:
    """Tell crawlers to leave token pages and the desk alone (RFC 9309), and where the sitemap is."""
    text = f"{_ROBOTS}\nSitemap: {parts.settings.base_url}/sitemap.xml\n"
    return Response(text, media_type="text/plain", headers={"Cache-Control": "public, max-age=86400"})


@router.get("/sitemap.xml")
def all_pages(request: Request, parts: PartsOf) -> Response:
    """List all public pages for search engines."""
    found = sitemap.sitemap(parts.database)
    tag = etag("sitemap", found.digest)
    return unchanged(request, tag) or Response(
        sitemap.write_sitemap(found, base_url=parts.settings.base_url),
        media_type="application/xml",
        headers=cache_headers(tag),
    )


@router.get("/")
def publications(request: Request, parts: PartsOf) -> Response:
    """List the publications of this service."""
    shelves = pages.shelves(parts.database)
    words = language_among(request, [shelf.publication for shelf in shelves])
    tag = etag(words.tag, *(f"{_facts(s.publication)} {s.newest.slug if s.newest else ''}" for s in shelves))
    answer = unchanged(request, tag) or page(
        request, "archive/publications.html", headers=cache_headers(tag), words=words, shelves=shelves
    )
    answer.headers["Vary"] = "Accept-Language"
    return answer


@router.get("/{pub}")
def index(pub: str, request: Request, parts: PartsOf, before: str = "") -> Response:
    """List a publication's issues, newest first, with the subscribe form."""
    found = pages.index(parts.database, publication=pub, before=before)
    # The form's token grows old: a kept copy is good for the hour it was made in.
    hour = f"{parts.clock.now():%Y-%m-%dT%H}"
    shown = [(i.slug, i.title, i.dated) for i in found.issues]
    tag = etag(_facts(found.publication), hour, before, shown, [(s.slug, s.title, s.all_title) for s in found.sections])
    return unchanged(request, tag) or readers_page(
        request,
        "archive/index.html",
        brand_of(found.publication, parts.settings.base_url),
        headers=cache_headers(tag),
        index=found,
        form=None if found.publication.closed_at else blank_form(parts, found.publication),
    )


@router.get("/{pub}/feed.atom")
def feed(pub: str, request: Request, parts: PartsOf) -> Response:
    """Return the Atom feed."""
    found = feeds.feed(parts.database, publication=pub)
    tag = etag(_facts(found.publication), found.digest)
    return unchanged(request, tag, found.updated) or Response(
        feeds.write_feed(found, renderer=parts.renderer, base_url=parts.settings.base_url),
        media_type="application/atom+xml",
        headers=cache_headers(tag, found.updated),
    )


@router.get("/{pub}/feed.json")
def json_feed(pub: str, request: Request, parts: PartsOf) -> Response:
    """Return the JSON feed."""
    found = feeds.feed(parts.database, publication=pub)
    tag = etag("json", _facts(found.publication), found.digest)
    return unchanged(request, tag, found.updated) or Response(
        write_json_feed(found, renderer=parts.renderer, base_url=parts.settings.base_url),
        media_type=MEDIA_TYPE,
        headers=cache_headers(tag, found.updated),
    )


@router.get("/{pub}/all/{section}")
def section(
    pub: str, section: str, request: Request, parts: PartsOf, *, category: str = "", before: str = ""
) -> Response:
    """List one section's items across all issues ("All papers")."""
    found = sections.section_page(parts.database, publication=pub, section=section, category=category, before=before)
    tag = etag(
        _facts(found.publication),
        found.title,
        category,
        before,
        found.categories,
        [(f.item.id, f.issue_slug) for f in found.items],
    )
    if answer := unchanged(request, tag):
        return answer
    brand = brand_of(found.publication, parts.settings.base_url)
    return readers_page(
        request,
        "archive/section.html",
        brand,
        headers=cache_headers(tag),
        page=found,
        groups=sections.render_groups(found, renderer=parts.renderer, brand=brand),
    )


@router.get("/{pub}/all/{section}/{key}")
def board(pub: str, section: str, key: str, request: Request, parts: PartsOf) -> Response:
    """Show the course of a board over the issues ("Full tables")."""
    found = board_history.board_history(parts.database, publication=pub, section=section, key=key)
    tag = etag(
        "board",
        _facts(found.publication),
        found.section_title,
        found.title,
        [(table.item_id, table.issue_slug) for table in found.tables],
    )
    language = language_of(found.publication.language)
    return unchanged(request, tag) or readers_page(
        request,
        "archive/board.html",
        brand_of(found.publication, parts.settings.base_url),
        headers=cache_headers(tag),
        board=found,
        courses=[(course, line_of(course, language)) for course in found.courses],
        plain=plain,
        most_columns=board_history.MOST_COLUMNS,
    )


@router.get("/{pub}/{issue}.md")
def markdown(pub: str, issue: str, request: Request, parts: PartsOf) -> Response:
    """Return the issue as the Markdown file it can be imported from again."""
    found = pages.issue_page(parts.database, publication=pub, slug=issue)
    tag = etag("markdown", found.edition.digest)
    headers = cache_headers(tag, found.published)
    headers["Link"] = f'<{brand_of(found.publication, parts.settings.base_url).issue_url(issue)}>; rel="canonical"'
    return unchanged(request, tag, found.published) or Response(
        with_host(write_markdown(found.document), parts.settings.base_url),
        media_type="text/markdown; charset=utf-8",
        headers=headers,
    )


@router.get("/{pub}/{issue}")
def issue(pub: str, issue: str, request: Request, parts: PartsOf) -> Response:
    """Show a published issue."""
    found = pages.issue_page(parts.database, publication=pub, slug=issue)
    note_read(request, parts, found.edition.id)
    tag = _issue_tag(found)
    if answer := unchanged(request, tag):
        return answer
    brand = brand_of(found.publication, parts.settings.base_url)
    body = parts.renderer.web(found.document, brand, found.surroundings)
    image = first_image(body)
    return readers_page(
        request,
        "archive/issue.html",
        brand,
        headers=cache_headers(tag),
        found=found,
        document=found.document,
        body=body,
        image=image,
        minutes=minutes_of(Markup(body).striptags()),  # noqa: S704 - clean, and about to lose its tags
        data=issue_data(found, brand, image),
    )


@router.get("/{pub}/{issue}/{section}/{key}")
def item(pub: str, issue: str, section: str, key: str, *, request: Request, parts: PartsOf) -> Response:
    """Show one item of an issue at its permalink."""
    found = pages.issue_page(parts.database, publication=pub, slug=issue)
    its_section, its_item = found.item(section, key)
    tag = _issue_tag(found)
    if answer := unchanged(request, tag):
        return answer
    brand = brand_of(found.publication, parts.settings.base_url)
    body = parts.renderer.web_item(found.document, section, key, brand, level=1)
    return readers_page(
        request,
        "archive/item.html",
        brand,
        headers=cache_headers(tag),
        found=found,
        document=found.document,
        section=its_section,
        item=its_item,
        body=body,
        image=first_image(body),
        description=description(its_item, f"{section}/{key}"),
        data=item_data(found, its_section, its_item, brand),
    )


def _issue_tag(found: IssuePage) -> str:
    around = [(i.slug, i.title) if i else None for i in (found.previous, found.next)]
    return etag(_facts(found.publication), found.edition.digest, around, sorted(found.filled))


def _facts(publication: Publication) -> str:
    p = publication
    shown = (p.closed_at, p.slug, p.name, p.description, p.language, p.accent, p.postal_address, p.from_name, p.authors)
    return repr((*shown, brand_of(p, "").look))
