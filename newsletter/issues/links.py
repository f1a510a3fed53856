"""Links in the Markdown of an issue: each leads to http, https or mailto, or the file is refused with the place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from newsletter.errors import DocumentError
from newsletter.issues.source_text import SourceText
from newsletter.rendering.footnotes import footnotes_plugin

MAX_BRACKET_WORK = 1_000_000
"""Brackets of a paragraph times the deepest they nest, over the file: inline parsing takes about a microsecond each."""
_OPENABLE = re.compile(r"https?://[^/?#\s]|mailto:\S", re.IGNORECASE)
_PICTURE = re.compile(r"https?://[^/?#\s]", re.IGNORECASE)
_REMEDY = "links begin with https://, http:// or mailto:, pictures with https:// or http://"


class _LinkFinder(MarkdownIt):
    """Makes a link of everything that looks like one, so that a bad one is seen instead of becoming text."""

    def validateLink(self, url: str) -> bool:  # noqa: N802
        return True


_MARKDOWN = _LinkFinder("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])
footnotes_plugin(_MARKDOWN)  # else `[^1]: Smith` would define a link to Smith


def read_blocks(text: str) -> tuple[list[Token], dict[str, Any]]:
    """Return the block tokens of `text` and its reference definitions; inline content is left unread."""
    environment: dict[str, Any] = {}
    tokens: list[Token] = []
    _MARKDOWN.block.parse(text, _MARKDOWN, environment, tokens)
    return tokens, environment


def check_links(source: SourceText, tokens: list[Token], environment: dict[str, Any], offset: int) -> None:
    """Raise DocumentError for the first link, picture or reference that a reader must not or cannot open."""
    for reference in environment.get("references", {}).values():
        if not _OPENABLE.match(reference["href"]):
            raise _refused(source, reference["href"], [line + offset for line in reference["map"]])
    for token in tokens:
        if token.type == "inline" and token.map:
            _check_inline(source, token, environment, [line + offset for line in token.map])


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


def _check_inline(source: SourceText, token: Token, environment: dict[str, Any], lines: list[int]) -> None:
    if "[" not in token.content and "<" not in token.content:
        return
    children: list[Token] = []
    _MARKDOWN.inline.parse(token.content, _MARKDOWN, environment, children)
    for href, pattern in _addresses(children):
        if not pattern.match(href):
            raise _refused(source, href, lines)


def _addresses(tokens: list[Token]) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield each address with the pattern it must match; a picture's description is Markdown of its own."""
    for token in tokens:
        if token.type == "link_open":
            yield str(token.attrs.get("href", "")), _OPENABLE
        elif token.type == "image":
            yield str(token.attrs.get("src", "")), _PICTURE
            yield from _addresses(token.children or [])


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
