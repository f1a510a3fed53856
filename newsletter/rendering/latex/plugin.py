"""LaTeX in Markdown: a rule of markdown-it that comes before those of code spans and escapes."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

from newsletter.rendering.latex.words import (
    BEGINNINGS,
    CODE,
    EMPHASIS,
    MOST_TOLD,
    STRONG,
    UNKNOWN,
    Piece,
    closes_gap,
    is_lost,
    piece,
)
from newsletter.rendering.losses import LOSSES, Loss, line_breaks

_LOST = "latex_lost"
_WEB = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


def latex_plugin(parser: MarkdownIt) -> None:
    """Teach a Markdown parser to soften LaTeX outside code and addresses."""
    parser.inline.ruler.before("escape", "latex", _rule)
    parser.inline.ruler.at("text", _text)
    parser.core.ruler.push("latex_losses", _tell)  # when texts are joined: a backslash was one of its own


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
        if closes_gap(found, state.src[found.end : found.end + 1]):
            state.pending = state.pending.rstrip(" ")
        _push(state, found)
    state.pos = found.end
    return True


def _tell(state: StateCore) -> None:
    """Take the marks of losses out again, and put the losses into the environment with their lines; also commands that nobody knows."""
    losses = state.env.setdefault(LOSSES, [])
    line = 0
    for token in state.tokens:
        line = token.map[0] if token.map else line
        if not token.children or not ("\\" in token.content or "$" in token.content):
            continue
        within, kept = line + 1, []
        told = " ".join(child.content for child in token.children if child.type == _LOST)
        for child in token.children:
            if child.type == _LOST:
                losses.append(Loss(within, f"“{child.content}”", as_typed=bool(child.meta)))
            else:
                kept.append(child)
                unknown = UNKNOWN.finditer(child.content) if child.type == "text" else ()
                losses += [Loss(within, f"“{one[0]}…}}”", as_typed=True) for one in unknown if one[0] not in told]
            within += line_breaks(child)
        token.children = kept


def _lose(state: StateInline, found: Piece) -> None:
    """Note what vanishes, and what stays as it was written though it is LaTeX."""
    if not is_lost(found):
        return
    state.push(_LOST, "", 0).content = state.src[state.pos : found.end].lstrip("~")[:MOST_TOLD]
    state.tokens[-1].meta = {} if found.understood else {"as typed": True}


def _push(state: StateInline, found: Piece) -> None:
    _lose(state, found)
    state.append_pending(found.before)
    if found.stop:
        opening, attributes = _tag(state, found)
        if opening:
            kind = "link" if opening == "a" else opening
            state.push(f"{kind}_open", opening, 1).attrs = attributes
        if found.command == "url":
            state.append_pending(found.href)
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
