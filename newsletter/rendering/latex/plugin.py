"""LaTeX in Markdown: a rule of markdown-it that comes before those of code spans and escapes."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from newsletter.rendering.latex.words import BEGINNINGS, CODE, EMPHASIS, STRONG, Piece, piece

_WEB = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


def latex_plugin(parser: MarkdownIt) -> None:
    """Teach a Markdown parser to soften LaTeX outside code and addresses."""
    parser.inline.ruler.before("escape", "latex", _rule)
    parser.inline.ruler.at("text", _text)


def _text(state: StateInline, silent: bool) -> bool:
    """Read text as markdown-it does, but no further than to the end of an argument: a quote ends with no special sign."""
    found = state.md.inline.terminator_re.search(state.src, state.pos, state.posMax)
    end = found.start() if found else state.posMax
    if end == state.pos:
        return False
    if not silent:
        state.append_pending(state.src[state.pos : end])
    state.pos = end
    return True


def _rule(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in BEGINNINGS or state.level >= state.md.options.maxNesting:
        return False
    found = piece(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        _push(state, found)
    state.pos = found.end
    return True


def _push(state: StateInline, found: Piece) -> None:
    state.append_pending(found.before)
    if found.stop:
        opening, attributes = _tag(state, found)
        if opening:
            kind = "link" if opening == "a" else opening
            state.push(f"{kind}_open", opening, 1).attrs = attributes
        if found.command == "url":
            state.append_pending(state.src[found.start : found.stop])
        else:
            _tokenize(state, found)
        if opening:
            state.push(f"{kind}_close", opening, -1)
    state.append_pending(found.after)


def _tag(state: StateInline, found: Piece) -> tuple[str, dict[str, str | int | float]]:
    if found.href and _WEB.fullmatch(found.href) and not state.linkLevel:
        return "a", {"href": found.href}
    names = ((STRONG, "strong"), (EMPHASIS, "em"), (CODE, "code"))
    return next((tag for commands, tag in names if found.command in commands), ""), {}


def _tokenize(state: StateInline, found: Piece) -> None:
    outer = state.posMax
    state.pos, state.posMax = found.start, found.stop
    state.md.inline.tokenize(state)
    state.posMax = outer
