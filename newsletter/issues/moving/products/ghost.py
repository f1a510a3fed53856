"""Ghost: one JSON file of all tables; of each post the HTML that Ghost rendered is read, else what its editor wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from newsletter.errors import InputError
from newsletter.issues.moving.lexical import html_of_lexical, is_lexical
from newsletter.issues.moving.mobiledoc import html_of_mobiledoc, is_mobiledoc
from newsletter.issues.moving.post_rows import text_of
from newsletter.issues.moving.posts import ForeignPost, PostBody, moment_of, path_of, told_words, words
from newsletter.model.keys import slugify
from newsletter.moved_files import MovedFile

HOME = "__GHOST_URL__"
"""Stands in the file for the address of the site."""
_PUBLIC = frozenset({"published", "sent"})
_PAID = frozenset({"paid", "tiers"})
_SIGN = b'"posts"'
_HEAD = 1 << 16


def is_export(file: MovedFile) -> bool:
    """Tell whether a file looks like an export of Ghost."""
    if not file.name.lower().endswith(".json"):
        return False
    with file.open() as opened:
        head = opened.read(_HEAD)
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and (b'"db"' in head or _SIGN in head)


def posts_of(file: MovedFile) -> Iterator[ForeignPost]:
    """Yield the posts of an export, pages among them. Raises InputError for a file that is none."""
    try:
        tables = _tables(json.loads(text_of(file)))
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        raise InputError("this is no export of Ghost", where=file.name, remedy="export the content anew") from None
    meta = {str(row.get("post_id")): row for row in _rows(tables, "posts_meta")}
    authors = _authors(tables)
    for row in _rows(tables, "posts"):
        yield _post(file, row, meta.get(str(row.get("id")), {}), authors.get(str(row.get("id")), ""))


def _tables(read: Any) -> Mapping[str, Any]:
    if "db" in read:
        read = read["db"][0]
    tables: Mapping[str, Any] = read.get("data", read)
    _ = tables["posts"]
    return tables


def _rows(tables: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    rows = tables.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _authors(tables: Mapping[str, Any]) -> dict[str, str]:
    names = {str(row.get("id")): words(row.get("name")) for row in _rows(tables, "users")}
    found: dict[str, list[str]] = {}
    for row in sorted(_rows(tables, "posts_authors"), key=lambda row: str(row.get("sort_order") or 0).zfill(9)):
        if name := names.get(str(row.get("author_id")), ""):
            found.setdefault(str(row.get("post_id")), []).append(name.replace(",", " "))
    return {post: ", ".join(these) for post, these in found.items()}


def _post(file: MovedFile, row: Mapping[str, Any], meta: Mapping[str, Any], author: str) -> ForeignPost:
    title, slug = words(row.get("title"), most=300), str(row.get("slug") or "")
    html, status = str(row.get("html") or ""), str(row.get("status") or "draft")
    is_page = row.get("type") == "page" or bool(row.get("page") or 0)
    lexical, mobiledoc = str(row.get("lexical") or ""), str(row.get("mobiledoc") or "")
    has_text = bool(html.strip()) or is_lexical(lexical) or is_mobiledoc(mobiledoc)
    canonical = path_of(str(row.get("canonical_url") or "").replace(HOME, ""))
    paths = (path_of(f"/{slug}"), canonical, path_of(f"/email/{row.get('uuid') or ''}"))
    return ForeignPost(
        product="ghost",
        foreign_id=str(row.get("id") or row.get("uuid") or slug)[:300],
        file=file.name,
        title=title or "untitled",
        read=lambda: PostBody(html) if html.strip() else _of_editor(lexical, mobiledoc),
        at=moment_of(row.get("published_at")),
        why_draft="" if status in _PUBLIC else f"it was {'a draft' if status == 'draft' else words(status)} there",
        paid=row.get("visibility") in _PAID,
        for_members=row.get("visibility") == "members",
        skipped="it is a page" if is_page else "" if has_text else "its text is missing",
        subject=told_words(meta.get("email_subject") or row.get("email_subject"), most=300),
        preheader=words(row.get("custom_excerpt") or meta.get("meta_description")),
        author=author,
        slug=slugify(slug or title),
        paths=tuple(dict.fromkeys(filter(None, paths))),
        image=str(row.get("feature_image") or ""),
        image_alt=words(meta.get("feature_image_alt")),
        image_caption=words(meta.get("feature_image_caption")),
    )


def _of_editor(lexical: str, mobiledoc: str) -> PostBody:
    html, told = html_of_lexical(lexical) if is_lexical(lexical) else html_of_mobiledoc(mobiledoc)
    return PostBody(html, told=told)
