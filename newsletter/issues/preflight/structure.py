"""Rules about how an issue is built: sections without items, headings inside texts, attributes that nothing reads."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator

from newsletter.issues.preflight.finding import Finding, Rule, short
from newsletter.issues.preflight.inspected import Inspected, Passage

EMPTY_SECTION = Rule("empty-section", "advise", "a section without intro and items")
EMPTY_HEADING = Rule("empty-heading", "advise", "a heading inside a text that says nothing")
JUMP = Rule("heading-jump", "advise", "a heading inside a text that leaves out a level")
TITLE = Rule("heading-too-high", "advise", "a heading `#` inside a text: the issue's title is the only one")
UNKNOWN = Rule(
    "unknown-attribute", "advise", "an attribute that nothing reads and that is near one that something does"
)
RULES = (EMPTY_SECTION, EMPTY_HEADING, JUMP, TITLE, UNKNOWN)
_HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+([^\n]*))?$", re.MULTILINE)
_CLOSING = re.compile(r"(?:^|[ \t])#+[ \t]*$")
SECTION_ATTRIBUTES = ("kind", "all", "all-url", "abstract")
"""Attributes of a section's heading that something reads."""
_OF_EVERY_ITEM = ("tldr", "as-of", "updated")
"""Attributes of an item's heading that are read and have no field of their own."""
_NEAR = 0.7  # of 1: `al` is near `all`, `alt` is not


def look(issue: Inspected) -> Iterator[Finding]:
    """Look at sections, and at the headings inside texts."""
    for section, placed in zip(issue.document.sections, issue.places.sections, strict=True):
        if not section.mailed_items and not section.intro.strip():
            what = f"the section “{short(section.title)}” has no items{' that are mailed' if section.items else ''}"
            remedy = "write one, or take its heading out"
            yield EMPTY_SECTION.found(what, section.slug, remedy, line=placed.heading)
        yield from _unknown(section.slug, placed.heading, section.attributes, SECTION_ATTRIBUTES)
    for where, line, item in issue.items():
        yield from _unknown(where, line, item.attributes, (*item.heading_attributes, *_OF_EVERY_ITEM))
    for passage in issue.passages:
        if passage.is_block and "#" in passage.text:
            yield from _headings(passage)


def _unknown(where: str, line: int, attributes: Iterable[str], known: Collection[str]) -> Iterator[Finding]:
    for name in attributes:
        if name not in known and (near := difflib.get_close_matches(name, known, n=1, cutoff=_NEAR)):
            what = f"nothing reads the attribute {name}"
            yield UNKNOWN.found(what, where, f"did you mean `{near[0]}`?", line=line)


def _headings(passage: Passage) -> Iterator[Finding]:
    above = (
        2 if passage.where == "lead" else 3
    )  # of the mail's own headings: h1 above the lead, h3 above the text of an item
    line, position = passage.line, 0
    for found in _HEADING.finditer(passage.prose):
        line += passage.text.count("\n", position, found.start())
        position = found.start()
        level, words = len(found[1]), _CLOSING.sub("", found[2] or "").strip()
        if not words:
            what = "a heading has no words"
            yield EMPTY_HEADING.found(what, passage.where, "write some, or take the # out", line=line)
        if level == 1:
            what = f"“# {short(words)}” is a heading of the highest level, which only the issue's title has"
            yield TITLE.found(what, passage.where, "begin it with #### instead", line=line)
        elif level > above + 1:
            what = f"the heading “{short(words)}” has level {level} below one of level {above}"
            yield JUMP.found(what, passage.where, f"begin it with {'#' * (above + 1)}", line=line)
        above = level if level > 1 else above
