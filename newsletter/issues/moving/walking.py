"""How a tree of HTML is walked when it is converted: as `markdownify` does it, with what it asks of each node asked once.

Half of the time of a conversion went there: for each element all of its ancestors, and for each text three patterns and its neighbours four
times. A test compares the two on trees of any shape.
"""

from __future__ import annotations

import re
from functools import cache

from bs4.element import Comment, Doctype, PageElement, Tag
from markdownify import MarkdownConverter

_HEADING = re.compile(r"h(\d+)")
_BLANKS = re.compile(r"[\t \r\n]+")
_BLOCKS = frozenset(
    {"p", "blockquote", "article", "div", "section", "ol", "ul", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tfoot", "tr", "td", "th"}
)  # fmt: skip
_LITERAL = frozenset({"pre", "code", "kbd", "samp"})
_CELLS = frozenset({"td", "th"})


class LeanWalking(MarkdownConverter):
    """Walks a tree, and leaves to its children how each element is written."""

    def process_element(self, node: PageElement, parent_tags: set[str]) -> str:
        """Return a node as Markdown."""
        return self.process_tag(node, parent_tags) if isinstance(node, Tag) else self.process_text(node, parent_tags)

    def process_tag(self, node: Tag, parent_tags: set[str]) -> str:
        """Return an element as Markdown."""
        name = node.name
        around = {*parent_tags, name}
        if name in _CELLS or _is_heading(name):
            around.add("_inline")
        if name in _LITERAL:
            around.add("_noformat")
        inside = _is_block(name)
        children = [each for each in node.contents if isinstance(each, Tag) or not _is_idle(each, inside=inside)]
        written = [words for each in children if (words := self.process_element(each, around))]
        text = "".join(written if "pre" in around else _joined(written))
        convert = self.get_conv_fn_cached(name)  # type: ignore[attr-defined]  # its stubs leave it out
        return str(convert(node, text, parent_tags=parent_tags)) if convert is not None else text

    def process_text(self, el: PageElement, parent_tags: set[str]) -> str:
        """Return a text as Markdown."""
        text = str(el)
        if "_noformat" not in parent_tags:
            text = self.escape(text, parent_tags)  # type: ignore[attr-defined]  # as below; it makes one blank of several
            if text.endswith("!") and _begins_link(el.next_element):
                text = f"{text[:-1]}\\!"
        elif "pre" not in parent_tags:
            text = _BLANKS.sub(lambda run: " " if run[0].strip("\t ") == "" else "\n", text)
        before, after, inside = el.previous_sibling, el.next_sibling, _is_block(el.parent.name if el.parent else "")
        if (not before and inside) or _ends_a_line(before):
            text = text.lstrip(" \t\r\n")
        if (not after and inside) or _ends_a_line(after):
            text = text.rstrip()
        return text


def _begins_link(node: PageElement | None) -> bool:
    """Tell whether a link comes next: behind an exclamation mark it would be an image."""
    while isinstance(node, Tag) and node.name != "a":
        node = node.next_element
    return isinstance(node, Tag)


@cache
def _is_heading(name: str) -> bool:
    return _HEADING.match(name) is not None


@cache
def _is_block(name: str) -> bool:
    return name in _BLOCKS or _is_heading(name)


def _ends_a_line(node: PageElement | None) -> bool:
    return isinstance(node, Tag) and (node.name == "pre" or _is_block(node.name))


def _is_idle(node: PageElement, *, inside: bool) -> bool:
    """Tell whether a text that is no word can be passed over: it stands at the edge of a block, or is a comment."""
    if isinstance(node, (Comment, Doctype)):
        return True
    if str(node).strip():
        return False
    before, after = node.previous_sibling, node.next_sibling
    return (inside and (not before or not after)) or _ends_a_line(before) or _ends_a_line(after)


def _joined(written: list[str]) -> list[str]:
    """Return pieces with as many line ends between two as the one of them that has more, two at most."""
    joined = [""]
    for each in written:
        bare = each.lstrip("\n")
        words = bare.rstrip("\n")
        lead, trail = each[: len(each) - len(bare)], bare[len(words) :]
        if joined[-1] and lead:
            lead = "\n" * min(2, max(len(joined.pop()), len(lead)))
        joined += [lead, words, trail]
    return joined
