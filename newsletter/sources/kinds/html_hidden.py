"""What of a page nobody sees: hidden by an attribute, a style, a class that everybody knows, or a rule of the page's own style sheets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from selectolax.lexbor import LexborNode

MOST_SHEETS = 500_000
"""Signs of style sheets that are looked at."""
_HIDES = re.compile(r"display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}collapse", re.IGNORECASE)
_BLANK = re.compile(r"visibility\s{0,9}:\s{0,9}hidden", re.IGNORECASE)
_SHOWS = re.compile(r"display\s{0,9}:\s{0,9}(?!none)[a-z]", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_SIMPLE = re.compile(r"[a-z]{0,10}([.#][A-Za-z_][\w-]{0,60})", re.IGNORECASE)
_BRACE = re.compile(r"[{}]")
_CLASSES = frozenset({"d-none", "hidden", "is-hidden"})
_UNSEEN_CLASSES = frozenset({"invisible"})


class Hidden:
    """Tells which elements of one page are not shown. Of its style sheets only the plain rules count: a class, an id, none of them in `@media`."""

    def __init__(self, sheets: Iterable[str] = ()) -> None:
        self._names: set[str] = set()
        for names, body in _rules("\n".join(sheets)[:MOST_SHEETS]):
            if _HIDES.search(body):
                self._names |= names
            elif _SHOWS.search(body):
                self._names -= names

    def __call__(self, node: LexborNode) -> bool:
        """Tell whether an element is not there for a reader, and takes no place."""
        said = node.attributes
        if "hidden" in said or _HIDES.search(said.get("style") or ""):
            return True
        classes = classes_of(node)
        if self._names and (
            f"#{said.get('id') or ''}" in self._names or any(f".{name}" in self._names for name in classes)
        ):
            return True
        shown_on_wide_screens = any(":" in name or name.startswith("d-") for name in classes - {"d-none"})
        return bool(classes & _CLASSES) and not shown_on_wide_screens

    @staticmethod
    def is_blank(node: LexborNode) -> bool:
        """Tell whether an element takes its place and shows nothing there."""
        return bool(_BLANK.search(node.attributes.get("style") or "") or classes_of(node) & _UNSEEN_CLASSES)


def classes_of(node: LexborNode) -> set[str]:
    """Return the classes of an element, in lower case."""
    return set((node.attributes.get("class") or "").lower().split()[:20])


def _rules(sheet: str) -> Iterator[tuple[set[str], str]]:
    """Yield the plain classes and ids of each rule, and what it says of them; what stands in a block of `@media` and the like is left out."""
    sheet = _COMMENT.sub(" ", sheet)
    depth, begins, prelude = 0, 0, ""
    for brace in _BRACE.finditer(sheet):
        if brace[0] == "{":
            prelude = sheet[begins : brace.start()] if depth == 0 else prelude
            depth, begins = depth + 1, brace.end()
            continue
        depth = max(depth - 1, 0)
        if depth == 0 and not prelude.lstrip().startswith("@"):
            found = [_SIMPLE.fullmatch(each.strip()) for each in prelude.rpartition(";")[2].split(",")[:200]]
            yield {each[1].lower() for each in found if each}, sheet[begins : brace.start()]
        begins = brace.end()
