"""Callouts, as GitHub and Obsidian write them: a quote that begins with `[!NOTE]`, and the words after it on the line as its title."""

from __future__ import annotations

import re
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from newsletter.rendering.language import ENGLISH, Language
from newsletter.sentences import sentence

LANGUAGE = "language"
"""Under which the environment holds the language that a title is said in."""
_TITLE = "title"
_KIND = re.compile(r"\[!([A-Za-z]{2,20})\](?![(\[])[+-]?[ \t]*")
_TITLES = {
    "note": sentence("Note"),
    "tip": sentence("Tip"),
    "important": sentence("Important"),
    "warning": sentence("Warning"),
    "caution": sentence("Caution"),
}


def callouts_plugin(parser: MarkdownIt) -> None:
    """Teach a Markdown parser callouts."""
    parser.core.ruler.before("inline", "callouts", _entitle)
    parser.core.ruler.after("inline", "callout_titles", _strengthen)


def _entitle(state: StateCore) -> None:
    language: Language = state.env.get(LANGUAGE, ENGLISH)
    tokens: list[Token] = []
    for before, token in pairwise([Token("", "", 0), *state.tokens]):
        if (
            token.type == "inline"
            and len(tokens) > 1
            and before.type == "paragraph_open"
            and tokens[-2].type == "blockquote_open"
        ):
            found = _KIND.match(token.content)
            if found is not None:
                tokens[-2].attrSet("class", "callout")
                tokens += _title(token, found, tokens.pop(), language)
                continue
        tokens.append(token)
    state.tokens = tokens


def _title(token: Token, found: re.Match[str], paragraph: Token, language: Language) -> list[Token]:
    """Return the title as a paragraph of its own, and the rest of the words as the paragraph that they were."""
    title, _, rest = token.content[found.end() :].partition("\n")
    kind = found[1].lower()
    said = language.say(_TITLES[kind]) if kind in _TITLES else found[1].capitalize()
    line = (token.map or [0, 0])[0]
    inline = Token("inline", "", 0, content=title.strip() or said, children=[], map=[line, line + 1], block=True)
    own = {} if title.strip() or kind not in _TITLES or language.spoken is language else _own(language.spoken)
    inline.level, inline.meta = token.level, {_TITLE: own}
    begun = [Token("paragraph_open", "p", 1, map=[line, line + 1], level=paragraph.level, block=True), inline]
    if not rest.strip():
        return begun
    token.content, token.map = rest, [line + 1, (token.map or [0, line + 2])[1]]
    return [*begun, Token("paragraph_close", "p", -1, level=paragraph.level, block=True), paragraph, token]


def _own(words: Language) -> dict[str, str | int | float]:
    return {"lang": words.tag, "dir": words.direction}


def _strengthen(state: StateCore) -> None:
    for token in state.tokens:
        if _TITLE in token.meta:
            opening = Token("strong_open", "strong", 1, attrs=token.meta[_TITLE])
            token.children = [opening, *(token.children or []), Token("strong_close", "strong", -1)]
