"""Files of HTML or Markdown by themselves: what a post is called and when it appeared stands in its front matter, its head, or its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from newsletter.issues.moving.post_rows import text_of
from newsletter.issues.moving.post_table import TEXTS
from newsletter.issues.moving.posts import ForeignPost, PostBody, moment_of, path_of, site_of, told_words, words
from newsletter.model.keys import slugify
from newsletter.moved_files import MovedFile

_MARKDOWN = (".md", ".markdown")
_FRONT = re.compile(r"\A---[ \t]*\r?\n(.{0,65536}?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_DAY = re.compile(r"(?<!\d)(\d{4})[-_.]?(\d{2})[-_.]?(\d{2})(?!\d)")
_TITLE = re.compile(r"^# (.{1,300})$", re.MULTILINE)
_HTML_HEAD = 400_000
_DRAFT_WORDS = frozenset({"draft", "scheduled", "unsent", "private", "hidden"})
_PAID = frozenset({"premium", "paid", "only_paid"})
_DATES = ("publish_date", "published_at", "published", "date", "sent_at", "created")
_SUBJECTS, _PREHEADERS = ("subject",), ("preheader", "description", "subtitle", "excerpt", "summary", "preview_text")


def is_text(file: MovedFile) -> bool:
    """Tell whether a file may be a post."""
    return file.name.lower().endswith(TEXTS)


def post_of(file: MovedFile) -> ForeignPost:
    """Return a file as a post. Raises InputError for one that is too large."""
    text = text_of(file)
    return _of_markdown(file, text) if file.name.lower().endswith(_MARKDOWN) else _of_html(file, text)


def _of_markdown(file: MovedFile, text: str) -> ForeignPost:
    found = _FRONT.match(text)
    front = _read(found[1]) if found else {}
    body = text[found.end() :] if found and front else text
    own = not front.get("title") and (heading := _TITLE.search(body)) and _unclosed(heading[1])
    title = told_words(front.get("title") or front.get("subject") or own or "", most=300)
    status = str(front.get("status") or ("draft" if front.get("draft") is True else "")).casefold()
    return _post(file, title, front, body=PostBody(body, is_markdown=True), why="it was a draft there" if status in _DRAFT_WORDS else "")  # fmt: skip


def _unclosed(heading: str) -> str:
    """Return the words of a heading without the signs that may close it (CommonMark, 4.2)."""
    bare = heading.strip()
    opened = bare.rstrip("#")
    return opened.rstrip() if not opened or opened[-1] in " \t" else bare


def _read(front: str) -> Mapping[str, Any]:
    import yaml  # late, as below: a move of readers alone, of a million perhaps, has no use for it

    try:
        read = yaml.safe_load(front)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return {str(name).casefold().replace("-", "_"): value for name, value in read.items()} if isinstance(read, dict) else {}  # fmt: skip


def _of_html(file: MovedFile, text: str) -> ForeignPost:
    from lxml import etree  # type: ignore[import-untyped]
    from lxml import html as lxml_html

    front: dict[str, Any] = {}
    title = ""
    try:
        root = lxml_html.document_fromstring(text[:_HTML_HEAD])
    except (etree.ParserError, ValueError):
        return _post(file, "", front, body=PostBody(""), why="")
    named = {
        str(each.get("property") or each.get("name") or each.get("itemprop") or "").casefold(): each.get("content")
        or ""
        for each in root.iter("meta")
    }
    title = named.get("og:title") or " ".join(root.xpath("string(.//title)").split()) or root.xpath("string(.//h1)")
    times = [named.get("article:published_time"), named.get("date"), *root.xpath(".//time/@datetime")]
    front = {
        "date": next((each for each in times if each and moment_of(each)), None),
        "author": named.get("author"),
        "description": named.get("description") or named.get("og:description"),
        "url": next(iter(root.xpath(".//link[@rel='canonical']/@href")), "") or named.get("og:url"),
    }
    return _post(file, told_words(title, most=300), front, body=PostBody(text), why="")


def _post(file: MovedFile, title: str, front: Mapping[str, Any], *, body: PostBody, why: str) -> ForeignPost:
    stem = PurePosixPath(file.name).stem
    at = next((found for name in _DATES if (found := moment_of(front.get(name), utc=False))), None) or _day_in(stem)
    address = front.get("canonical_url") or front.get("url") or front.get("permalink")
    slug = str(front.get("slug") or path_of(address).rpartition("/")[2] or stem)
    aliases = front.get("aliases")
    paths = (path_of(each) for each in (address, *(aliases[:20] if isinstance(aliases, list) else ())))
    picture = front.get("image") or front.get("cover_image")
    return ForeignPost(
        product="plain",
        foreign_id=str(front.get("id") or file.name)[-300:],
        file=file.name,
        title=title or words(stem.replace("-", " ").replace("_", " ")) or "untitled",
        read=lambda: body,
        at=at,
        why_draft=why or ("" if at else "no date tells when it was published"),
        paid=str(front.get("email_type") or front.get("audience") or "").casefold() in _PAID,
        skipped="" if body.text.strip() else "its text is missing",
        subject=_first(front, _SUBJECTS)[:300],
        preheader=_first(front, _PREHEADERS),
        author=words(front.get("author") if isinstance(front.get("author"), str) else ""),
        slug=slugify(slug),
        paths=tuple(dict.fromkeys(filter(None, paths))),
        site=site_of(address),
        image=picture if isinstance(picture, str) else "",
        image_alt=words(front.get("image_alt")),
    )


def _first(front: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next(
        (told_words(front[name]) for name in names if isinstance(front.get(name), str) and front[name].strip()), ""
    )


def _day_in(stem: str) -> Any:
    found = _DAY.search(stem)
    return moment_of("-".join(found.groups())) if found else None
