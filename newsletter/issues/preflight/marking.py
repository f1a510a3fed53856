"""The words of a line that a finding is about, so that an editor sees them underlined."""

from __future__ import annotations

import re

from newsletter.issues.preflight.finding import Finding

_QUOTED = re.compile("['\"\u201c\u2018`]([^'\"\u201c\u201d\u2018\u2019`]{1,300})['\"\u201d\u2019`]")
_BEHIND = re.compile(r"…$")


def columns_of(finding: Finding, line: str) -> tuple[int, int]:
    """Return the first column of the words on `line` that a finding is about and the one behind them, from 1; the whole line if none is named."""
    named = [finding.fix.old] if finding.fix is not None else []
    named += [_BEHIND.sub("", words) for words in _QUOTED.findall(finding.what)]
    for words in named:
        at = line.find(words) if words else -1
        if at >= 0:
            return at + 1, at + 1 + len(words)
    bare = line.strip()
    start = line.find(bare) + 1
    return start, start + len(bare)


def columns_at(line: str, column: int) -> tuple[int, int]:
    """Return the columns of the word that begins at `column`, from 1, or of the rest of the line where none does."""
    rest = line[column - 1 :]
    word = re.match(r"\S+", rest)
    return column, column + (len(word[0]) if word else len(rest))
