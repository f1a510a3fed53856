"""Find what a writer left to be done: TK, TODO, lorem ipsum, and what looks like a merge tag and is filled by nothing here.

Whole words only, and never in code or formulas. TK counts in capitals alone, and not as part of a name (TK-421, example.tk,
TK Maxx); TODO in capitals, or in any case before a colon, so that a todo app may be written about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from newsletter.issues.preflight.inspected import Inspected, Line
from newsletter.issues.preflight.prose import prose_of
from newsletter.mail.merge_fields import MERGE_FIELD, in_address
from newsletter.model.document import ItemBase
from newsletter.rendering.kept_work import KeptWork

_ALONE = r"(?<![\w.@/#-])"
_ENDS = r"(?![\w@/-]|\.\w)"
_SAID_IN_CAPITALS = (
    r"(?:FNAME|LNAME|FIRST_?NAME|LAST_?NAME|FULL_?NAME|E?MAIL|EMAIL_?ADDRESS|SUBSCRIBER_?ID"
    r"|UNSUBSCRIBE(?:_?URL|_?LINK|D)?|PREFERENCES(?:URL)?|WEB_?COPY|WEB_?VERSION|ONLINE_?VERSION|FORWARD(?:2FRIEND)?|SENDER-INFO(?:-SINGLELINE)?|Sender_[A-Z][a-z]{1,20})"
)
_TAGS_OF_SERVICES = (
    r"\{\{[^{}\n]{1,200}\}\}",  # Handlebars
    r"\{%[^%\n]{1,200}%\}",  # Liquid
    r"\*\|[A-Z][A-Z0-9_:,. -]{0,80}\|\*",  # Mailchimp
    r"%%[A-Za-z_][\w. |-]{0,60}%%|%%=[^%\n]{1,100}=%%|%%\[[^\]\n]{1,100}\]%%",  # Marketing Cloud, Pardot
    r"%recipient\.\w{1,60}%",  # Mailgun
    r"(?<![\w%])%(?![0-9A-Fa-f]{2}\w)[a-z][a-z_]{2,40}%(?!\w)",
    rf"(?<![\w%])%{_SAID_IN_CAPITALS}%(?!\w)",  # SendGrid and others
    rf"\{{{_SAID_IN_CAPITALS}\}}|\[{_SAID_IN_CAPITALS}\](?!\()|(?<!\w)@{_SAID_IN_CAPITALS}@",  # CleverReach, phpList, Dotdigital
    r"\[\[[A-Za-z_][\w .:|\"'-]{0,80}\]\](?!\()",  # Mailjet, Brevo, GetResponse
    r"\[[A-Za-z_]{2,40},\s?fallback=[^\]\n]{0,80}\]|<(?:unsubscribe|webversion|preferences|forwardtoafriend)>",  # CM, Sendy
    r"\[(?:unsubscribe|webversion)\](?![(\[:])",  # Sendy
    r"\[(?:subscriber|newsletter|link|contact_attribute):\w[^\]\n]{0,80}\](?!\()",  # MailPoet, Benchmark
    r"(?<!\$)\{\$[a-z][\w.]{1,40}\}",  # MailerLite
    r"\{![A-Za-z][\w.]{1,60}\}",  # AWeber, Salesforce
    r"\{[a-z_]{2,40},\s?\"[^\"\n]{0,80}\"\}",  # Ghost
    r"\{contactfield=\w{1,40}[^}\n]{0,80}\}|\{(?:unsubscribe|webview)_(?:text|url)\}",  # Mautic
    r"\[%[^%\n]{1,100}%\]|<%=?\s?[\w. |:-]{2,80}%>",  # Emma, Inxmail, SendGrid
    r"(?<![\w~])~[A-Z]\w{1,40}\.[A-Z]\w{1,40}~",  # Keap
)
"""What other services fill in, by the form that each gives it; single braces around a word stand in ordinary texts as well."""
PATTERNS: dict[str, re.Pattern[str]] = {
    "TK": re.compile(rf"{_ALONE}(?:TK)+{_ENDS}(?! (?:Maxx|Elevator)\b)"),
    "TODO": re.compile(rf"{_ALONE}(?:(?:TODO|FIXME){_ENDS}|(?i:todo|fixme)(?=:(?!//)))"),
    "lorem": re.compile(rf"{_ALONE}(?i:lorem\s+ipsum|dolor\s+sit\s+amet){_ENDS}"),
    "merge-tag": re.compile("|".join(_TAGS_OF_SERVICES)),
}
"""By the name of the rule."""
_CHARS = 40
_Left: TypeAlias = tuple[tuple[str, tuple[tuple[int, str], ...]], ...]
_LEFT: KeptWork[_Left] = KeptWork()
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
        for rule, found in _left_in(prose_of(plain.text), merges=plain.where == "subject"):
            for words in _told(rule, (words for _, words in found)):
                yield Unfinished(rule, plain.where, plain.line, words)
    for where, at, item in issue.items():
        for words in _told("merge-tag", (found[0][:_CHARS] for found in PATTERNS["merge-tag"].finditer(item.url))):
            yield Unfinished("merge-tag", where, at, words)
    for passage in issue.passages:
        for rule, found in _left_in(passage.prose, merges=True):
            for line, of_line in groupby(found, key=itemgetter(0)):
                for words in _told(rule, (words for _, words in of_line)):
                    yield Unfinished(rule, passage.where, passage.line + line, words)


def _left_in(prose: str, *, merges: bool) -> _Left:
    """Return the rules that some prose breaks, each with the lines, from 0, and the words that break it; `merges`: merge fields are filled."""
    return _LEFT.of(
        (prose, merges),
        lambda: tuple(_searched(prose, merges=merges)),
        lambda left: len(prose) + _CHARS * sum(len(each) for _, each in left),
    )


def _searched(prose: str, *, merges: bool) -> Iterator[tuple[str, tuple[tuple[int, str], ...]]]:
    for rule, pattern in PATTERNS.items():
        line = position = 0
        found: list[tuple[int, str]] = []
        for match in pattern.finditer(prose):
            if merges and MERGE_FIELD.fullmatch(match[0]) and not in_address(prose, match.start()):
                continue
            line += prose.count("\n", position, match.start())
            position = match.start()
            found.append((line, match[0][:_CHARS]))
        if found:
            yield rule, tuple(found)


def _told(rule: str, words: Iterable[str]) -> list[str]:
    """Return what is told of the words on one line: of merge tags each different one, for each has its own remedy."""
    return list(dict.fromkeys(words))[: MOST_OF_A_LINE if rule == "merge-tag" else 1]


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
