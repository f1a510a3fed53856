"""Links in the Markdown of an issue: each leads to http, https or mailto, or the file is refused with the place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from newsletter.errors import DocumentError
from newsletter.issues.named_images import NamedImage
from newsletter.issues.source_text import SourceText
from newsletter.model.images import digest_in
from newsletter.rendering.footnotes import footnotes_plugin

MAX_BRACKET_WORK = 1_000_000
"""Brackets of a paragraph times the deepest they nest, over the file: inline parsing takes about a microsecond each."""
_OPENABLE = re.compile(r"https?://[^/?#\s]|mailto:\S", re.IGNORECASE)
_PICTURE = re.compile(r"https?://[^/?#\s]", re.IGNORECASE)
_REMEDY = "links begin with https://, http:// or mailto:, pictures with https:// or http://; a file comes along by `newsletter issue import`"


_Judge = Callable[[str], bool]


class _LinkFinder(MarkdownIt):
    """Makes a link of everything that looks like one, so that a bad one is seen instead of becoming text."""

    def validateLink(self, url: str) -> bool:  # noqa: N802
        return True


_MARKDOWN = _LinkFinder("commonmark", {"maxNesting": 100}).enable(["table"]).disable("emphasis")  # which ends no link
footnotes_plugin(_MARKDOWN)  # else `[^1]: Smith` would define a link to Smith


def read_blocks(text: str) -> tuple[list[Token], dict[str, Any]]:
    """Return the block tokens of `text` and its reference definitions; inline content is left unread."""
    environment: dict[str, Any] = {}
    tokens: list[Token] = []
    _MARKDOWN.block.parse(text, _MARKDOWN, environment, tokens)
    return tokens, environment


def check_links(
    source: SourceText, tokens: list[Token], environment: dict[str, Any], offset: int, *, names_files: bool = False
) -> None:
    """Raise DocumentError for the first link, picture or reference that a reader must not or cannot open.

    Where the text `names_files`, a picture may be one of these.
    """
    picture = _is_picture_or_file if names_files else _is_picture
    for reference in environment.get("references", {}).values():
        if not (_is_openable(reference["href"]) or picture(reference["href"])):
            raise _refused(source, reference["href"], [line + offset for line in reference["map"]])
    for token in tokens:
        if token.type == "inline" and token.map:
            _check_inline(source, token, environment, [line + offset for line in token.map], picture)


def check_brackets(source: SourceText, tokens: list[Token], offset: int) -> None:
    """Raise DocumentError when brackets nest so deep or so often that reading them would take long."""
    work = 0
    for token in tokens:
        if token.type != "inline" or "[" not in token.content:
            continue
        deepest, count = _bracket_depth(token.content)
        work += deepest * count
        if deepest > 64 or work > MAX_BRACKET_WORK:
            what = "square brackets are nested deeper than 64" if deepest > 64 else "too many nested square brackets"
            line = (token.map or [0])[0] + offset
            raise source.error(what, line=line, remedy="close each [ with ], or write \\[")


def _bracket_depth(text: str) -> tuple[int, int]:
    deepest = depth = count = 0
    for sign in re.findall(r"\\.|[\[\]]", text, re.DOTALL):
        if sign == "[":
            depth, count = depth + 1, count + 1
            deepest = max(deepest, depth)
        elif sign == "]":
            depth = max(depth - 1, 0)
    return deepest, count


def _check_inline(
    source: SourceText, token: Token, environment: dict[str, Any], lines: list[int], picture: _Judge
) -> None:
    if "[" not in token.content and "<" not in token.content:
        return
    children: list[Token] = []
    _MARKDOWN.inline.parse(token.content, _MARKDOWN, environment, children)
    for href, judge in _addresses(children, picture):
        if not judge(href):
            raise _refused(source, href, lines)


def _addresses(tokens: list[Token], picture: _Judge) -> Iterator[tuple[str, _Judge]]:
    """Yield each address with what must be true of it; a picture's description is Markdown of its own."""
    for token in tokens:
        if token.type == "link_open":
            yield str(token.attrs.get("href", "")), _is_openable
        elif token.type == "image":
            yield str(token.attrs.get("src", "")), picture
            yield from _addresses(token.children or [], picture)


def _is_openable(address: str) -> bool:
    return bool(_OPENABLE.match(address))


def _is_picture(address: str) -> bool:
    return bool(_PICTURE.match(address) or digest_in(address))


def _is_picture_or_file(address: str) -> bool:
    return _is_picture(address) or NamedImage(address, 0).is_file


def _refused(source: SourceText, href: str, lines: list[int]) -> DocumentError:
    """Return the error for `href`, at its place within `lines` if it stands there as written."""
    line, column = next(
        (
            (number, column)
            for written in (href, unquote(href), href.partition(":")[0] + ":")
            if written
            for number in range(lines[0], lines[1])
            if (column := source.lines[number].lower().find(written.lower())) >= 0
        ),
        (lines[0], 0),
    )
    what = f"{unquote(href)[:80]!r} is not an address a reader can open"
    return source.error(what, line=line, column=column, remedy=_REMEDY)
