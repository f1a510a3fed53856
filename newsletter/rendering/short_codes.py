"""Short codes of emoji, `:rocket:`, as GitHub and Slack write them. The names are those that rich knows; another stays as typed and is told."""

from __future__ import annotations

import re
from functools import partial

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from wcwidth import wcwidth

from newsletter.rendering.losses import LOSSES, Loss, line_breaks

SHORT_CODES = re.compile(r"(?<![\w:/.])(?::(?:[a-z+-][a-z0-9_+-]{0,40}|100):)+(?![\w:/])")
"""One, or several without a space between them: `:tada::rocket:`."""
_CODE = re.compile(r":([^:]+):")
_FORBIDS = re.compile(r"[\w:/.]")
_AS_EMOJI = "\ufe0f"


def short_codes_plugin(parser: MarkdownIt) -> None:
    """Teach a Markdown parser short codes. Losses are put into the environment under `LOSSES`."""
    # Before signs that were escaped become text as others are: `\\:rocket:` and `&#58;rocket:` are no code.
    parser.core.ruler.before("text_join", "short_codes", _read)


def _read(state: StateCore) -> None:
    losses = state.env.setdefault(LOSSES, [])
    line = 0
    if not SHORT_CODES.search(state.src):
        return
    for token in state.tokens:
        line = token.map[0] if token.map else line
        within = line + 1
        children = [*(token.children or ())] if ":" in token.content else []
        for before, child, after in zip([None, *children], children, [*children[1:], None], strict=False):
            if child.type == "text" and ":" in child.content:
                sides = _side(before, -1), _side(after, 0)
                child.content = SHORT_CODES.sub(partial(_signs, within, losses), child.content.join(sides))[1:-1]
            within += line_breaks(child)


def _side(beside: Token | None, at: int) -> str:
    """Return what stands beside a text where a sign was escaped: one that is never part of a code, but may forbid one."""
    return "x" if beside is not None and beside.type == "text_special" and _FORBIDS.match(beside.content[at:]) else " "


def _signs(line: int, losses: list[Loss], found: re.Match[str]) -> str:
    return _CODE.sub(partial(_sign, line, losses), found[0])


def _sign(line: int, losses: list[Loss], found: re.Match[str]) -> str:
    from rich.emoji import Emoji, NoEmoji  # late: a table of 3,600 names, for the few texts with a code

    try:
        sign = str(Emoji(found[1]))
    except NoEmoji:
        losses.append(Loss(line, f"the short code “{found[0]}”", as_typed=True))
        return found[0]
    # What is one column wide is a letter to most programs, and an emoji when asked (UTS 51, "emoji presentation").
    return sign + _AS_EMOJI if len(sign) == 1 and wcwidth(sign) == 1 else sign
