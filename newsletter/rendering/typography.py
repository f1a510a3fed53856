"""Quotes, dashes and dots as a printer sets them, for publications that wish it: in running text, never in code, addresses or titles.

Titles stay as they were typed, because lists, feeds and subjects show them, too.
"""

# ruff: noqa: RUF001 - quotes and dashes as printers set them
from __future__ import annotations

import re
from dataclasses import replace

from markupsafe import Markup

from newsletter.rendering.content import IssueContent, ItemContent, SectionContent
from newsletter.rendering.language import Language

_TAG = re.compile(r"(<[a-zA-Z/!](?:[^<>\"]|\"[^\"]*\")*>)")
_NAME = re.compile(r"<(/?)([a-z0-9]+)")
_AS_TYPED = frozenset({"code", "pre", "kbd", "samp", "var", "tt"})
_BLOCKS = frozenset({"p", "li", "td", "th", "div", "blockquote", "h4", "h5", "h6", "dd", "dt", "br", "table", "tr"})
_ADDRESS = re.compile(r"(?:https?://|mailto:|www\.)[^\s<]*")
_DASHES = (
    (re.compile(r"(?<=\s)---(?=\s)|(?<=\w)---(?=\w)"), "—"),
    (re.compile(r"(?<=\s)--(?=\s)|(?<=\w)--(?=\w)"), "–"),
    (re.compile(r"(?<![.])\.\.\.(?![.])"), "…"),
)
_OPENS_AFTER = frozenset(" \t\n\u00a0\u202f([{—–-/“„«‘‚‹\0")
_QUOTES = {
    "en": "“”‘’",
    "de": "„“‚‘",
    "fr": "«\u00a0|\u00a0»‹›",
    "es": "«»“”",
    "it": "«»“”",
    "ru": "«»„“",
    "uk": "«»„“",
    "pl": "„”‚’",
    "cs": "„“‚‘",
    "sv": "””’’",
    "fi": "””’’",
    "da": "””’’",
    "nb": "«»‘’",
    "ja": "「」『』",
    "zh": "“”‘’",
}
"""Outer and inner marks (CLDR, delimiters); languages that are not here take the English ones."""


def typeset(issue: IssueContent) -> IssueContent:
    """Return an issue whose running text is set as printers of its language set it."""

    def item(each: ItemContent) -> ItemContent:
        return replace(each, body=typeset_html(each.body, language), short=typeset_html(each.short, language))

    def section(each: SectionContent) -> SectionContent:
        return replace(each, intro=typeset_html(each.intro, language), items=tuple(map(item, each.items)))

    language = issue.language
    return replace(issue, lead=typeset_html(issue.lead, language), sections=tuple(map(section, issue.sections)))


def typeset_html(html: str, language: Language) -> Markup:
    """Return clean HTML with its text typeset; tags, code and addresses are as they were."""
    setter, pieces = _Setter(language), _TAG.split(html)
    done = [setter.piece(piece, following) for piece, following in zip(pieces, _following(pieces), strict=True)]
    return Markup("".join(done))  # noqa: S704 - clean before, and no mark is markup


def _following(pieces: list[str]) -> list[str]:
    """Return for each piece the sign that is read next to it, across tags within a line: `"<b>so</b>"`; nothing at the end of a block."""
    sign, signs = "", []
    for piece in reversed(pieces):
        signs.append(sign)
        tag = _NAME.match(piece)
        if tag is None:
            sign = piece[:1] or sign
        elif tag[2] in _BLOCKS:
            sign = ""
    return signs[::-1]


class _Setter:
    """Goes through a text from left to right and knows which quotes are open."""

    def __init__(self, language: Language) -> None:
        marks = _QUOTES.get(language.locale.language, _QUOTES["en"])
        opening, closing = (marks[:2], marks[3:5]) if "|" in marks else (marks[0], marks[1])
        self._outer, self._inner = (opening, closing), (marks[-2], marks[-1])
        self._before = "\0"
        self._open: list[str] = []
        self._as_typed = 0

    def piece(self, piece: str, following: str) -> str:
        """Return a tag, or the text between two, typeset; `following` is what is read next to it."""
        if tag := _NAME.match(piece):
            self._tag(tag[2], closes=bool(tag[1]))
            return piece
        if self._as_typed or not piece:
            self._before = piece[-1:] or self._before
            return piece
        return self._text(piece, following)

    def _tag(self, name: str, *, closes: bool) -> None:
        if name in _AS_TYPED:
            self._as_typed = max(0, self._as_typed + (-1 if closes else 1))
        if name in _BLOCKS:
            self._before, self._open = "\0", []

    def _text(self, text: str, following: str) -> str:
        done, kept = 0, []
        for address in _ADDRESS.finditer(text):
            kept += [self._words(text[done : address.start()], address[0][0]), address[0]]
            self._before, done = address[0][-1], address.end()
        return "".join([*kept, self._words(text[done:], following)])

    def _words(self, text: str, behind: str) -> str:
        for pattern, sign in _DASHES:
            text = pattern.sub(sign, text)
        signs = []
        for place, sign in enumerate(text):
            following = text[place + 1 : place + 2] or behind
            signs.append(self._quote(sign, following) if sign in "\"'" else sign)
            self._before = sign
        return "".join(signs)

    def _is_apostrophe(self, following: str) -> bool:
        ends_a_quote = "'" in self._open and not following.isalnum()
        return (self._before.isalnum() and not ends_a_quote) or (self._before in _OPENS_AFTER and following.isdigit())

    def _quote(self, sign: str, following: str) -> str:
        opening, closing = self._outer if sign == '"' else self._inner
        if sign == "'" and self._is_apostrophe(following):
            return "’"
        if self._before in _OPENS_AFTER and following.strip():
            self._open.append(sign)
            return opening
        if sign in self._open:
            del self._open[self._open.index(sign) :]
            return closing
        return sign  # inches, minutes, or a mark without its partner: as it was typed
