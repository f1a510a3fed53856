"""Find what a writer left to be done: TK, TODO, lorem ipsum, and merge tags of other products that nothing here fills.

Whole words only, and never in code or formulas. TK counts in capitals alone, and not as part of a name (TK-421, example.tk,
TK Maxx); TODO in capitals, or in any case before a colon, so that a todo app may be written about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from newsletter.issues.preflight.inspected import Inspected, Line
from newsletter.issues.preflight.prose import prose_of
from newsletter.model.document import ItemBase

_ALONE = r"(?<![\w.@/#-])"
_ENDS = r"(?![\w@/-]|\.\w)"
PATTERNS: dict[str, re.Pattern[str]] = {
    "TK": re.compile(rf"{_ALONE}(?:TK)+{_ENDS}(?! (?:Maxx|Elevator)\b)"),
    "TODO": re.compile(rf"{_ALONE}(?:(?:TODO|FIXME){_ENDS}|(?i:todo|fixme)(?=:(?!//)))"),
    "lorem": re.compile(rf"{_ALONE}(?i:lorem\s+ipsum|dolor\s+sit\s+amet){_ENDS}"),
    "merge-tag": re.compile(
        r"\{\{[^{}\n]{1,200}\}\}|\{%[^%\n]{1,200}%\}|\*\|[A-Z][A-Z0-9_:,. -]{0,80}\|\*|%%[A-Za-z_][\w. -]{0,60}%%"
        r"|%recipient\.\w{1,60}%|(?<![\w%])%(?![0-9A-Fa-f]{2}\w)[a-z][a-z_]{2,40}%(?!\w)"
        r"|\[\[[A-Za-z_][\w .:|\"'-]{0,80}\]\](?!\()"
    ),
}
"""By the name of the rule; merge tags are those of Handlebars, Liquid, Mailchimp, ExactTarget, Mailgun, Mailjet and Brevo."""
_CHARS = 40
MOST_OF_A_LINE = 20
"""Merge tags of one line that are told."""


class Unfinished(NamedTuple):
    """Words that a writer left: the rule they break, where they stand, and on which line."""

    rule: str
    where: str
    line: int
    words: str


def unfinished(issue: Inspected) -> Iterator[Unfinished]:
    """Yield what was left to be done: each rule once for each line, and each merge tag of a line once."""
    for plain in _plain(issue):
        for rule, pattern in PATTERNS.items():
            for words in _told(rule, pattern.finditer(prose_of(plain.text))):
                yield Unfinished(rule, plain.where, plain.line, words)
    for where, at, item in issue.items():
        for words in _told("merge-tag", PATTERNS["merge-tag"].finditer(item.url)):
            yield Unfinished("merge-tag", where, at, words)
    for passage in issue.passages:
        for rule, pattern in PATTERNS.items():
            line, position = passage.line, 0
            by_line: dict[int, list[re.Match[str]]] = {}
            for match in pattern.finditer(passage.prose):
                line += passage.text.count("\n", position, match.start())
                position = match.start()
                by_line.setdefault(line, []).append(match)
            for at, matches in by_line.items():
                for words in _told(rule, matches):
                    yield Unfinished(rule, passage.where, at, words)


def _told(rule: str, matches: Iterable[re.Match[str]]) -> list[str]:
    """Return what is told of the matches on one line: of merge tags each different one, for each has its own remedy."""
    words = dict.fromkeys(match[0][:_CHARS] for match in matches)
    return list(words)[: MOST_OF_A_LINE if rule == "merge-tag" else 1]


def _plain(issue: Inspected) -> Iterator[Line]:
    document, places = issue.document, issue.places
    for name in ("title", "subject", "author", "preheader"):
        if name != "subject" or document.subject != document.title or "subject" in places.fields:
            yield Line(name, places.of_field(name), getattr(document, name))
    for section, placed in zip(document.sections, places.sections, strict=True):
        yield Line(section.slug, placed.heading, f"{section.title}\n{section.all_title}")
    for where, line, item in issue.items():
        yield Line(where, line, "\n".join(_said(item)))


def _said(item: ItemBase) -> Iterator[str]:
    """The words of an item's heading."""
    yield item.title
    values = (getattr(item, field) for field in item.heading_attributes.values())
    yield from (str(value) for value in values if value and not isinstance(value, bool))
