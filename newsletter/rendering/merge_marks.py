"""Merge fields in Markdown: read as `<data value="merge:name">there</data>`, which shows the fallback wherever nobody fills it.

Code and formulas keep what looks like one as it is written; an address is percent-encoded, so that nothing of a reader stands in it.
"""

from __future__ import annotations

import re
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markupsafe import Markup, escape

from newsletter.mail.merge_fields import MERGE_FIELD, MergeField, MergePlace, Merging, merge_field

PREFIX = "merge:"
OPENS = "<data"
_DATA = re.compile(rf'<data value="{PREFIX}([a-z0-9_]{{1,40}})">([^<]*)</data>')
_LEFT = re.compile(r"</?data\b[^<>]*>")


def merge_fields_plugin(parser: MarkdownIt) -> None:
    """Teach a Markdown parser merge fields."""
    parser.inline.ruler.before("emphasis", "merge_field", _read)


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
