"""The words between the tags of a block of HTML, in which Markdown reads nothing: what only looks like a tag is text, and LaTeX is softened
as it is in a paragraph, for whoever pastes an abstract pastes its `<p>` along.
"""

# ruff: noqa: SIM905 - a list of names reads best as words
from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from html import escape, unescape
from typing import Protocol

from newsletter.rendering.latex import line_losses, soften_line
from newsletter.rendering.losses import Loss

_AS_TYPED = frozenset("code pre kbd samp var tt script style".split())
CONDITION = re.compile(r"<!\[(?:if [^\]<>]{1,80}|endif)\]>", re.IGNORECASE)
"""Word's own, `<![if !supportLists]>` and `<![endif]>`: what stands between them is shown."""
_LOOKS_LIKE_A_TAG = re.compile(r"<(?=[a-zA-Z/!?])")
_MAY_BE_LATEX = re.compile(r"[\\$]")


class _Tag(Protocol):
    """Where a tag stands in a block, and what it is."""

    start: int
    end: int
    name: str
    closing: bool
    is_html: bool


def words_of_block(content: str, tags: Iterable[_Tag], line: int) -> tuple[str, list[Loss]]:
    """Return a block of HTML that begins on `line`, from 1, with its words made ready; and what of its LaTeX is lost."""
    pieces: list[str] = []
    losses: list[Loss] = []
    end = typed = 0
    for tag in (*(tag for tag in tags if tag.is_html), None):
        words = content[end : tag.start if tag else len(content)]
        if typed or not _MAY_BE_LATEX.search(words):
            pieces.append(_as_text(words))
        else:
            losses += _lost(words, line + content.count("\n", 0, end))
            pieces.append(escape(soften_line(unescape(CONDITION.sub("", words))), quote=False))
        if tag:
            pieces.append(content[tag.start : tag.end])
            end = tag.end
            typed = max(0, typed + (-1 if tag.closing else 1)) if tag.name in _AS_TYPED else typed
    return "".join(pieces), losses


def _as_text(words: str) -> str:
    return _LOOKS_LIKE_A_TAG.sub("&lt;", CONDITION.sub("", words))


def _lost(words: str, line: int) -> list[Loss]:
    lines = enumerate(words.split("\n"), start=line)
    return [replace(loss, line=number) for number, text in lines for loss in line_losses(unescape(text))]
