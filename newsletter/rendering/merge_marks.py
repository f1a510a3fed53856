"""Merge fields in Markdown: read as `<data value="merge:name">there</data>`, which shows the fallback wherever nobody fills it.

Code and formulas keep what looks like one as it is written; an address is percent-encoded, so that nothing of a reader stands in it.
"""

from __future__ import annotations

import re
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markupsafe import Markup, escape

from newsletter.mail.merge_fields import MERGE_FIELD, MergeField, MergePlace, Merging, merge_field

PREFIX = "merge:"
OPENS = "<data"
_DATA = re.compile(rf'<data value="{PREFIX}([a-z0-9_]{{1,40}})">([^<]*)</data>')
_LEFT = re.compile(r"</?data\b[^<>]*>")


_TAG = re.compile(r"(<[^<>]*>)")
_KEPT = re.compile(r"<(/?)(?:pre|code|script|style)\b", re.IGNORECASE)


def merge_fields_plugin(parser: MarkdownIt) -> None:
    """Teach a Markdown parser merge fields."""
    parser.inline.ruler.before("emphasis", "merge_field", _read)
    parser.core.ruler.push("merge_fields_in_html", _read_html)


def _read_html(state: StateCore) -> None:
    """Find merge fields in blocks of HTML, too: between tags, and not in code."""
    for token in state.tokens:
        if token.type == "html_block" and "{{" in token.content:
            token.content = _in_html(token.content)


def _in_html(html: str) -> str:
    depth, pieces = 0, _TAG.split(html)
    for number, piece in enumerate(pieces):
        if number % 2:
            if kept := _KEPT.match(piece):
                depth = max(0, depth + (-1 if kept[1] else 1))
        elif not depth:
            pieces[number] = MERGE_FIELD.sub(_as_data, piece)
    return "".join(pieces)


def _as_data(found: re.Match[str]) -> str:
    field = merge_field(found)
    return f'<data value="{PREFIX}{field.key}">{escape(unescape(field.fallback))}</data>'


def _read(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("{{", state.pos):
        return False
    found = MERGE_FIELD.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        field = merge_field(found)
        state.push("merge_field_open", "data", 1).attrSet("value", f"{PREFIX}{field.key}")
        state.push("text", "", 0).content = field.fallback
        state.push("merge_field_close", "data", -1)
    state.pos = found.end()
    return True


def merged(html: Markup, merging: Merging, place: MergePlace = MergePlace.HTML) -> Markup:
    """Return content HTML with its merge fields filled; values are escaped."""
    if OPENS not in html:
        return html

    def filled(found: re.Match[str]) -> str:
        told = merging.told(MergeField(found[1], unescape(found[2])), place)
        return str(escape(told))

    return Markup(_LEFT.sub("", _DATA.sub(filled, str(html))))  # noqa: S704 - clean before, and what is new is escaped
