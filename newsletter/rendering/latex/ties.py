r"""Quotes, ties and spaces of TeX in running text, where the same characters mean code, ranges, home folders or escapes to others."""

from __future__ import annotations

import re

MAX_QUOTE = 300
"""Characters of what stands in quotes."""
_QUOTE = re.compile(r"(`{1,2})(?=[^\s`])")
_NAMES_BEFORE = re.compile(
    r"\b(?:Figs?|Figures?|Eqs?|Equations?|Secs?|Sections?|Tabs?|Tables?|Theorems?|Lemmas?|Algorithms?|Alg|Chapters?|Appendix|Appendices|"
    r"Propositions?|Corollary|Definitions?|Examples?|Remarks?|Refs?|Vol|No|pp?|Part|Steps?|Table|Assumptions?|et|NGC|IC|SN|GRB|GW|HD|PSR|HIP|Abell|Sgr|Cyg|Cen|Cas"
    r"|Type|Class|Phase|Model|Group|Stage|Level|Layer|Task|Case|Category|Grade|Prof|Dr|Mr|Ms|St)\.?\Z",
    re.IGNORECASE,
)
_COUNT_BEFORE = re.compile(r"\((?:[ivx]{1,5}|[a-h]|\d{1,2})\)\Z")
_UNITS = re.compile(
    r"(?:[kMGT]?eV|[kMGTm]?Hz|[kcmnμ]?m|[mnμ]?s|[kmμ]?g|[KMGT]i?B|[kMGT]?b|K|h|d|W|kW|V|A|mW|pc|kpc|Mpc|dB|fb|GPUs?|hours?|years?|days?|million|billion)\b"
)
_SPACED = re.compile(r"\\(?:([,;:])|( )|(quad|qquad|enspace|thinspace)(?![A-Za-z]) ?)")
_CLOSES = re.compile(r"[\w.!?,;:)%\]}$]")


def quoted(source: str, pos: int, end: int) -> tuple[int, int, int, str] | None:
    """Return how many marks open the quote at `pos`, where its words begin and end, and what closes it; None for code."""
    opening = _QUOTE.match(source, pos, end)
    if opening is None or source[max(0, pos - 1) : pos] in {"`", "\\"} or source[max(0, pos - 1) : pos].isalnum():
        return None
    marks, start, last = opening[1], opening.end(), min(end, opening.end() + MAX_QUOTE)
    closing = _closing(source, start, last, "''" if len(marks) == 2 else "'", marks)
    if closing < 0 or "\n\n" in source[start:closing]:
        return None
    return len(marks), start, closing, "''" if len(marks) == 2 else "'"


def _closing(source: str, start: int, end: int, mark: str, opening: str) -> int:
    """Return where the quote is closed, or -1 where a code span is: its end comes first, or looks like an end."""
    place = source.find(mark, start, end)
    while place >= 0 and not _ends_quote(source, place, end, len(mark)):
        place = source.find(mark, place + 1, end)
    tick = source.find("`", start, end)
    if place < 0 or (0 <= tick < place and mark == "'"):
        return -1
    if 0 <= tick < place and source.startswith(opening, tick):
        return -1
    after = source.find("`", place, end)
    return -1 if after >= 0 and _ends_code(source, after, opening) else place


def _ends_quote(source: str, place: int, end: int, length: int) -> bool:
    following = source[place + length : min(end, place + length + 1)]
    return bool(_CLOSES.match(source[place - 1 : place])) and not following.isalnum() and following not in {"`", "'"}


def _ends_code(source: str, tick: int, opening: str) -> bool:
    """Tell whether the tick after a quote ends a code span rather than beginning the next quote."""
    after = source[tick + len(opening) : tick + len(opening) + 1]
    before = source[tick - 1 : tick]
    return (
        source.startswith(opening, tick) and not (after.isalnum() and not before.isalnum()) and after not in {"\\", "$"}
    )


def tie(source: str, pos: int, end: int) -> bool:
    """Tell whether the tilde at `pos` is a space that does not break: `Fig.~1`, `et~al.`, `5~km`, `of~$x$`."""
    before, after = source[max(0, pos - 1) : pos], source[pos + 1 : min(end, pos + 2)]
    if not before or not after or before.isspace() or after.isspace() or "~" in {before, after} or before in "/\\([":
        return False
    if after in "\\$" or before in "}$":
        return True
    words = source[max(0, pos - 16) : pos]
    if before == ")" and _COUNT_BEFORE.search(words):
        return after.isalnum() or after == "$"
    if before == "." or _NAMES_BEFORE.search(words):
        return after.isalnum() or after in "(["
    return before.isdigit() and bool(_UNITS.match(source, pos + 1, end))


def space(source: str, pos: int, end: int) -> tuple[str, int] | None:
    r"""Return the space that a command such as `\,` makes between two words, and where it ends; None for an escape."""
    found = _SPACED.match(source, pos, end)
    if found is None:
        return None
    before, after = source[max(0, pos - 1) : pos], source[found.end() : min(end, found.end() + 1)]
    if found[3]:
        return " ", found.end()
    if found[2]:
        return (" ", found.end()) if before in {".", "}", ")"} and after and not after.isspace() else None
    touching = before and after and (before.isalnum() or before in ".)}%$") and (after.isalnum() or after in "\\$({[")
    if not touching or (found[1] == ":" and before.isdigit() and not _UNITS.match(source, found.end(), end)):
        return None
    return "\u00a0", found.end()
