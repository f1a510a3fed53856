r"""Displayed formulas between `\begin{equation}` and `\end{equation}`: one line, or the rows of an alignment one after the other.

Those that are no line, such as matrices and cases, stay as they were written, whole.
"""

from __future__ import annotations

import re

from newsletter.rendering.latex.dollars import MAX_DISPLAY, Formula, said
from newsletter.rendering.latex.formulas import NotUnderstood, soften_formula

_BEGINNING = re.compile(r"\\begin\{([a-z]{1,20}\*?)\}")
_ONE = frozenset({"equation", "displaymath", "math", "multline"})
_ROWS = frozenset({"align", "gather", "eqnarray", "flalign", "alignat"})
_OTHERS = frozenset("aligned split cases array matrix pmatrix bmatrix vmatrix smallmatrix subequations".split())  # noqa: SIM905
_UNSAID = re.compile(r"\\(?:label|tag\*?)\s?\{[^{}]{0,200}\}|\\(?:nonumber|notag)(?![A-Za-z])")
_ROW = re.compile(r"\\\\(?:\[[^\[\]]{0,20}\])?")
_INSIDE = re.compile(r"\\(?:begin|end)\{(?:aligned|split)\}")


def environment(source: str, pos: int, end: int) -> Formula | None:
    r"""Return the formula that begins with the `\begin` at `pos`, or None where that is no formula's."""
    opening = _BEGINNING.match(source, pos, end)
    if opening is None:
        return None
    name = opening[1].rstrip("*")
    if name not in _ONE | _ROWS | _OTHERS:
        return None
    closing = "\\end{" + opening[1] + "}"
    close = source.find(closing, opening.end(), min(end, pos + MAX_DISPLAY))
    span = source[opening.end() : close] if close >= 0 else ""
    if not span.strip() or re.search(r"\n[ \t]*\n", span):
        return None
    last = close + len(closing)
    bare = _INSIDE.sub("", _UNSAID.sub("", span)).strip()
    if name in _OTHERS:
        return Formula(last, source[pos:last], understood=False)
    if name in _ONE and "&" not in bare and not _ROW.search(bare):
        return said(source, pos, last, bare)
    return _rows(source, pos, last, bare)


def _rows(source: str, pos: int, last: int, span: str) -> Formula:
    try:
        rows = [
            soften_formula(row.replace(r"\&", "\0").replace("&", "").replace("\0", r"\&")) for row in _ROW.split(span)
        ]
    except NotUnderstood:
        return Formula(last, source[pos:last], understood=False)
    words = ""
    for row in filter(None, rows):
        words += ("" if not words else " " if words[-1] in ",;." else "; ") + row
    return Formula(last, words) if words else Formula(last, source[pos:last], understood=False)
