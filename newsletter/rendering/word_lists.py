"""Lists as Word puts them on the clipboard: paragraphs that say their list and level in a style, with the mark as text before their words."""

from __future__ import annotations

import re

from lxml import html as lxml_html  # type: ignore[import-untyped]
from lxml.html import HtmlElement  # type: ignore[import-untyped]

from newsletter.rendering.sanitising import MAX_DEPTH, depth
from newsletter.rendering.tag_order import check_order

_SAYS = "mso-list:"
_ENTRY = re.compile(r"mso-list:\s{0,3}l\d{1,6}\s{1,3}level(\d)")
_MARK = re.compile(r"mso-list:\s{0,3}ignore", re.IGNORECASE)
_COUNTS = re.compile(r"\(?(\d{1,3}|[a-zA-Z]{1,5})[.)]")


def with_lists(html: str) -> str:
    """Return HTML in which such paragraphs are lists, one in another by their levels; all else as it came.

    Raises InputError for what `sanitise` refuses to parse.
    """
    if _SAYS not in html or depth(html, lenient=True) > MAX_DEPTH:
        return html
    check_order(html)
    root = lxml_html.fragment_fromstring(html, create_parent="div")
    run = _Run()
    for paragraph in [each for each in root.iter("p") if _ENTRY.search(each.get("style", ""))]:
        run.take(paragraph)
    whole: str = lxml_html.tostring(root, encoding="unicode")
    return whole


class _Run:
    """The lists that are open: paragraphs that follow each other are entries of one."""

    def __init__(self) -> None:
        self._open: list[tuple[int, HtmlElement]] = []

    def take(self, paragraph: HtmlElement) -> None:
        """Make an entry of a paragraph, in the list that is open at its level, or in a new one."""
        found = _ENTRY.search(paragraph.get("style", ""))
        level = int(found[1]) if found else 1
        counted = _COUNTS.match(_taken_mark(paragraph))
        if not self._open or paragraph.getprevious() is not self._open[0][1] or (self._open[0][1].tail or "").strip():
            self._open = []
        while self._open and self._open[-1][0] > max(level, self._open[0][0]):
            self._open.pop()
        if self._open and self._open[-1][0] >= level and self._open[-1][1].tag != ("ol" if counted else "ul"):
            self._open.pop()
        if not self._open or self._open[-1][0] < level:
            self._begin(level, counted, paragraph)
        outermost, paragraph.tag = self._open[0][1], "li"
        outermost.tail, paragraph.tail = paragraph.tail, None
        self._open[-1][1].append(paragraph)

    def _begin(self, level: int, counted: re.Match[str] | None, paragraph: HtmlElement) -> None:
        """Open a list: within the last entry of the one above, else where the paragraph stands."""
        begun = lxml_html.Element("ol" if counted else "ul")
        if counted and counted[1].isdecimal():
            begun.set("start", counted[1])
        if self._open:
            self._open[-1][1][-1].append(begun)
        else:
            paragraph.addprevious(begun)
        self._open.append((level, begun))


def _taken_mark(paragraph: HtmlElement) -> str:
    """Take the mark of an entry out of its words, and return it."""
    for span in paragraph.iter("span"):
        if _MARK.search(span.get("style", "")):
            mark = str(span.text_content()).strip()
            span.drop_tree()
            return mark
    return ""
