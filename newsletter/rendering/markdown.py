"""Markdown to sanitised HTML: CommonMark with what GitHub adds, HTML allowed and then cleaned, LaTeX softened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markupsafe import Markup, escape

from newsletter.errors import InputError
from newsletter.rendering.addresses import bare_addresses_plugin
from newsletter.rendering.callouts import LANGUAGE, callouts_plugin
from newsletter.rendering.footnotes import footnotes_plugin
from newsletter.rendering.furniture.fences import fences_plugin
from newsletter.rendering.furniture.marks import furnished
from newsletter.rendering.images import image_size_plugin
from newsletter.rendering.kept_work import KeptWork
from newsletter.rendering.language import ENGLISH, Language
from newsletter.rendering.latex import latex_plugin
from newsletter.rendering.losses import LOSSES, LinkDefinitions, Loss, of_markdown, of_references
from newsletter.rendering.merge_marks import merge_fields_plugin
from newsletter.rendering.raw_html import raw_html_plugin
from newsletter.rendering.sanitising import MAX_DEPTH, sanitise, too_deep
from newsletter.rendering.short_codes import short_codes_plugin
from newsletter.rendering.small_marks import small_marks_plugin

MAX_CHARS = 200_000
"""Length of one Markdown text."""
_ALONE: Mapping[str, Any] = {}
_PLAIN = re.compile(r"[^\\`*_~\[\]<>&$!:|={]*")
_HTML: KeptWork[Markup] = KeptWork()
_LOST: KeptWork[tuple[Loss, ...]] = KeptWork()
_MAY_LOSE = re.compile(r"[<\\${]|\]\(|\]:|\[\^|:[a-z0-9+-]")


def _parser() -> MarkdownIt:
    # past maxNesting markdown-it drops text without a word; at 100 levels the sanitiser has long refused
    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": MAX_DEPTH + 36})
    parser.enable(["table", "strikethrough"])
    image_size_plugin(parser)
    raw_html_plugin(parser)
    fences_plugin(parser)
    latex_plugin(parser)
    bare_addresses_plugin(parser)
    footnotes_plugin(parser)
    merge_fields_plugin(parser)
    small_marks_plugin(parser)
    callouts_plugin(parser)
    short_codes_plugin(parser)
    parser.core.ruler.push("table_alignment", _align_cells)
    return parser


def to_html(text: str, *, where: str = "", language: Language = ENGLISH, notes: Mapping[str, Any] = _ALONE) -> Markup:
    """Return Markdown as sanitised HTML. Raises InputError, naming `where`, for text too deep or too long.

    `language` is the one of the text: what we add to it, such as the title of a callout, is said in it. `notes` is what
    `shared_notes` made for the texts of one item.
    """
    if not text.strip():
        return Markup()

    def convert() -> Markup:
        return _convert(text, where=where, inline=False, environment={LANGUAGE: language, **notes})

    # notes hold numbers that go on from text to text; without them a text is the same wherever it stands
    return convert() if notes else _HTML.of((text, language.tag), convert, lambda html: len(text) + len(html))


def to_inline_html(text: str, *, where: str = "", notes: Mapping[str, Any] = _ALONE) -> Markup:
    """Return one line of Markdown as sanitised HTML without a paragraph around it. Raises InputError as `to_html`."""
    if _PLAIN.fullmatch(text):  # most table cells: no Markdown in them
        return escape(text.strip())
    return _convert(text, where=where, inline=True, environment=dict(notes))


def losses(text: str) -> list[Loss]:
    """Return what of a Markdown text no reader will see, in its order."""
    if not may_lose(text) or len(text) > MAX_CHARS:
        return []
    return list(_LOST.of(text, lambda: _losses(text), lambda lost: len(text) + sum(len(each.said) for each in lost)))


def _losses(text: str) -> tuple[Loss, ...]:
    references = LinkDefinitions()
    told: dict[str, Any] = {"references": references}
    tokens = _PARSER.parse(text, told)
    unnamed = of_references(references, told.get("duplicate_refs", ()))
    return tuple(sorted([*told.get(LOSSES, []), *of_markdown(tokens), *unnamed], key=lambda loss: loss.line))


def may_lose(text: str) -> bool:
    """Tell whether a text holds any sign that `losses` could have something to tell about."""
    return bool(_MAY_LOSE.search(text))


def _convert(text: str, *, where: str, inline: bool, environment: dict[str, Any]) -> Markup:
    if len(text) > MAX_CHARS:
        raise InputError(f"the text is longer than {MAX_CHARS:,} characters", where=where, remedy="shorten it")
    try:
        if inline:
            html = _PARSER.renderInline(text.strip(), environment)
            return Markup(sanitise(html).strip())  # noqa: S704 - sanitised in this line
        tokens = _PARSER.parse(text, environment)
        html = furnished(tokens, environment, _PARSER, sanitise, lambda line: to_inline_html(line, where=where))
        return Markup(html.strip())  # noqa: S704 - sanitised piece by piece
    except InputError as error:
        raise InputError(error.what, where=where, remedy=error.remedy) from None
    except RecursionError:
        deep = too_deep()
        raise InputError(deep.what, where=where, remedy=deep.remedy) from None


def _align_cells(state: StateCore) -> None:
    """Say alignment by attribute: styles do not pass the sanitiser."""
    for token in state.tokens:
        if token.type in {"th_open", "td_open"}:
            style = str(token.attrs.pop("style", ""))
            if style:
                token.attrs["align"] = style.removeprefix("text-align:")
            if token.type == "th_open":
                token.attrs["scope"] = "col"


_PARSER = _parser()  # holds rules, no state: safe to share between threads
