r"""Where a formula begins and ends, and what between two dollars is none: prices, variables of shells and PHP, placeholders.

A command that is known, or an index after nothing (`CO$_2$`), makes a formula, whatever it touches. Else the span must look
like one from end to end: its brackets have partners, no sign waits for its right side, no prose stands in it.
"""

# ruff: noqa: RUF001 - Greek letters
from __future__ import annotations

import re
from dataclasses import dataclass

from newsletter.rendering.latex.formulas import KNOWN, NotUnderstood, soften_formula

MAX_FORMULA = 400
"""Characters between two dollars."""
MAX_DISPLAY = 2000
"""Characters of a displayed formula, between `$$`."""
_COMMAND = re.compile(r"\\([A-Za-z]+|[{}|,;:!])")
_INDEX_ALONE = re.compile(r"(?:\{\})?(?:[\^_](?:\{[^{}$]*(?:\{[^{}$]*\}[^{}$]*)*\}|\\[A-Za-z]+|[^\s\\{}$]))+")
_SIGN_ALONE = re.compile(r"[<>=+~±×≈≤≥≠∼\-]{1,2}")
_COMPARED = re.compile(r"[<>=~≤≥]{1,2}\s?[-+−]?\d+(?:\.\d+)?(?:\\?%)?")
_ESCAPE_ALONE = re.compile(r"\\[%$#&_]")
_OPEN_ANGLE = re.compile(r"\$<\$/?[\w|:./ -]{1,30}\Z")
_ARGUMENT = re.compile(
    r"\((?:\d{0,4}[^\W\d_]|\d{1,4})(?:\s?[\^_,+\-|/;]\s?(?:\d{0,4}[^\W\d_]|\d{1,4})){0,6}\)(?:[\^_](?:\w|\{[^{}$]{1,20}\}))*"
)
_NUMBERED = re.compile(r"(?:^|[^A-Za-z])[A-Z]\Z")
_VALUE_AFTER = re.compile(r"\s?[-+−]?\.?\d")
_GAP = re.compile(r"(?:\\[,;: ]|~)+")
_SPACE_FIRST, _SPACE_LAST = re.compile(r"\\[,;: ]|~"), re.compile(r"(?:\\[,;: ]|~)$")
_WEAK = re.compile(r"(?:[^\W_]|[\s.,;:!?'()\[\]{}|+\-*/=<>^_~@%°]|[^\x00-\u036f]|\\[%&#_$])+")
_EVIDENCE = re.compile(
    r"[\^_=<>+*|']|\\[%$#&_]|\w~[^\W_]|[Ͱ-Ͽ∀-⋿]|[^\W\d_][(/,\d]|/[^\W\d_]|\d[^\W\d_]|[\])}]|^[-+−]\d|!$|^[-+−]?[^\W\d_]$|[^\W\d_]\s?-\s?\d|\d\s?[:/]\s?\d"
)
_NUMBER = re.compile(r"[-+−]?\d+(?:[.,]\d+)*")
_INCOMPLETE = re.compile(r"[=<>+\-/:,;.(\[{^_&~]$|^[=/,;:.)\]}]")
_PROSE = re.compile(
    r"[^\W\d_]{3}\s{1,8}[^\W\d_]{2}|\b(?:to|of|in|a|and|or|is|for|the|by|per|vs|at|on)\s"
    r"|\s(?!(?:mod|max|min|log|exp|sin|cos|tan|iff?)\s)[^\W\d_]{2,40}\s"
)
_WORDS_INSIDE = re.compile(r"\\(?:text[a-z]{0,8}|mbox|mathrm|operatorname)\s{0,4}\{[^{}\\]{0,200}\}|\\[A-Za-z]+")
_PLACEHOLDER = re.compile(r"[A-Za-z]{2,}|[A-Za-z]{3,}+\w*+|[a-z](?>(?:[A-Za-z0-9]|_(?![A-Za-z]{2}))*)_[A-Za-z]{2}\w*+")
_TWICE = re.compile(r"([A-Za-z])\1")  # `$pp$` collisions; a placeholder is hardly ever called so
_VARIABLE = re.compile(
    r"^[A-Za-z_]{2}\w{0,40}=|^_[A-Za-z]{2}|^\{\w{1,40}\}|[A-Za-z]\w{1,40}(?:->|::)|[A-Za-z]{2}_[A-Za-z]{2}"
)
_MEASURED = re.compile(r"[A-Z][A-Za-z]{1,9}\s?[<>=]\s?[-+−]?(?:\d+(?:\.\d+)?|\.\d+)(?:\\?%)?")  # `$SD=0.8$`
_CURRENCY = re.compile(r"(?:^|[^A-Za-z])(?:US|C|CA|A|AU|NZ|HK|S|SG|NT|R|MX)$")
_SUFFIX = re.compile(r"(?:th|st|nd|rd|s|D|x|X|fold)\b|[^\w{($]|\Z")
_COUNTED = re.compile(r"(?:[kKMBTG]B?|bn|[kcmnμ]m|[mnμ]s|[kMGT]?(?:eV|Hz)|[kM]?pc|dB|K)(?![\w$])")
_ACRONYM = re.compile(r"[A-Z]{2,5}(?![\w$])")
_PRICE_AFTER = re.compile(r"\s?\d")
_PAIRS = {")": "([", "]": "([", "}": "{"}  # half-open intervals mix the first two


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that begins where it was asked for: where it ends and what it says, or what was written where it is not understood."""

    end: int
    text: str
    understood: bool = True


def formula(source: str, pos: int, end: int) -> Formula | None:
    """Return the formula that begins with the dollar at `pos`, or None where that is a dollar and nothing else."""
    if source.startswith("$$", pos):
        return _display(source, pos, end)
    if pos > 0 and (source[pos - 1] == "\\" or (source[pos - 1] == "$" and not _may_follow_dollar(source, pos))):
        return None
    close = _closing(source, pos + 1, min(end, pos + MAX_FORMULA))
    if close < 0:
        return None
    span, before, after = source[pos + 1 : close], source[pos - 1 : pos], source[close + 1 : min(end, close + 8)]
    if (
        _is_strong(span)
        or (_GAP.fullmatch(span) and before.isalnum())
        or _INDEX_ALONE.fullmatch(span)
        or _ESCAPE_ALONE.fullmatch(span)
        or _is_sign(span, source[max(0, pos - 40) : pos], after)
        or _belongs_to_word(span, source[max(0, pos - 4) : pos], after)
    ):
        return _spaced(said(source, pos, close + 1, span), span, before, after)
    if (
        not (_SUFFIX.match(after) or _touches(span, after))
        or before.isalpha()
        or before == "_"
        or (before.isdigit() and span[:1].isdigit())
    ):
        return None
    if _PLACEHOLDER.fullmatch(span) and not _TWICE.fullmatch(span):
        return Formula(close + 1, source[pos : close + 1], understood=False)
    if (looks_mathematical(span) or _TWICE.fullmatch(span)) and not _is_money(span, after):
        return said(source, pos, close + 1, span)
    return None


def said(source: str, pos: int, end: int, span: str) -> Formula:
    """Return the formula `span`, which stands with its signs from `pos` to `end`."""
    if _GAP.fullmatch(span):
        return Formula(end, "\u00a0")
    try:
        words = soften_formula(span)
    except NotUnderstood:
        words = ""
    return Formula(end, words) if words else Formula(end, source[pos:end], understood=False)


def has_command(span: str) -> bool:
    """Tell whether a command that is known stands in a span, or it begins with one that is not."""
    return any(name in KNOWN for name in _COMMAND.findall(span)) or bool(re.match(r"\\[A-Za-z]", span))


def looks_mathematical(span: str) -> bool:
    """Tell whether a span without commands is a formula from end to end."""
    if span != span.strip() or "\n" in span or not _WEAK.fullmatch(span) or not _is_balanced(span):
        return False
    if _INCOMPLETE.search(span) or _PROSE.search(span) or (_VARIABLE.search(span) and not _MEASURED.fullmatch(span)):
        return False
    return bool(_EVIDENCE.search(span) or _NUMBER.fullmatch(span))


def _display(source: str, pos: int, end: int) -> Formula | None:
    close = source.find("$$", pos + 2, min(end, pos + MAX_DISPLAY))
    span = source[pos + 2 : close].strip() if close >= 0 else ""
    if (
        not span
        or "$" in span
        or _is_parted(span)
        or not (has_command(span) or looks_mathematical(" ".join(span.split()).rstrip(".,;")))
    ):
        return None
    return said(source, pos, close + 2, span)


def _closing(source: str, start: int, end: int) -> int:
    close = source.find("$", start, end)
    while close > start and source[close - 1] == "\\":
        close = source.find("$", close + 1, end)
    return close


def _is_strong(span: str) -> bool:
    if not has_command(span) or _is_parted(span):
        return False
    tight = span == span.strip()
    if not tight and (span.lstrip()[:1].isdigit() or not re.search(r"\\[A-Za-z]", span)):
        return False
    return not (_PROSE.search(_WORDS_INSIDE.sub("", span)) and (not tight or span[:1].isdigit()))


def _touches(span: str, after: str) -> bool:
    """Tell whether what stands right behind a formula belongs to it: `$100$K tokens`, `$k$NN`, `$w$CDM`."""
    if _NUMBER.fullmatch(span):
        return bool(_COUNTED.match(after))
    return len(span) == 1 and (bool(_ACRONYM.match(after)) or (span.isalpha() and after.startswith("(")))


def _belongs_to_word(span: str, before: str, after: str) -> bool:
    r"""Tell whether a span goes on with the word before it: `SU$(2)$`, `O$(n^2)$`, `D$p$-branes`, `K$3$ surfaces`."""
    if not before[-1:].isalpha() or not _SUFFIX.match(after):
        return False
    if _ARGUMENT.fullmatch(span):
        return True
    if not _NUMBERED.search(before) or _CURRENCY.search(before):
        return False
    return (span.isdigit() and len(span) <= 2) or (len(span) == 1 and span.islower() and after.startswith("-"))


def _may_follow_dollar(source: str, pos: int) -> bool:
    r"""Tell whether the dollar before `pos` is a price's (`\$$5$`), or ends a formula: `$\sim$$10^4$`."""
    if source[max(0, pos - 2) : pos - 1] == "\\":
        return True
    opening = source.rfind("$", max(0, pos - MAX_FORMULA), pos - 1)
    span = source[opening + 1 : pos - 1]
    return opening >= 0 and source[max(0, opening - 1) : opening] not in {"$", "\\"} and bool(span) and _is_strong(span)


def _spaced(found: Formula, span: str, before: str, after: str) -> Formula:
    r"""Keep the space at the end of a formula that parts it from what it touches: `5$\,\mu$m`, `$\Omega\,$cm`."""
    if not found.understood or _GAP.fullmatch(span):
        return found
    left = "\u00a0" if _SPACE_FIRST.match(span) and before.isalnum() else ""
    right = "\u00a0" if _SPACE_LAST.search(span) and after[:1].isalnum() else ""
    return Formula(found.end, left + found.text + right)


def _is_sign(span: str, before: str, after: str) -> bool:
    r"""Tell whether a span is a sign between what it compares: `5$\pm$3`, `p$<$0.05`, `[Fe/H]$=-2.5$`, `long$-$range`, `$<$think$>$`."""
    index = _INDEX_ALONE.match(span)
    if _COMPARED.fullmatch(span, index.end() if index else 0):
        return bool(_SUFFIX.match(after)) and (index is not None or not _CURRENCY.search(before))
    if not _SIGN_ALONE.fullmatch(span):
        return False
    touches = before[-1:].isalpha() or before[-1:] in {")", "]"}
    compares = bool(_VALUE_AFTER.match(after)) or after[:1].isalpha()
    return (
        not touches or (compares and not _CURRENCY.search(before)) or (span == ">" and bool(_OPEN_ANGLE.search(before)))
    )


def _is_money(span: str, after: str) -> bool:
    return span[:1].isdigit() and bool(_PRICE_AFTER.match(after) or _CURRENCY.search(span))


def _is_parted(span: str) -> bool:
    return "\n" in span and bool(re.search(r"\n[ \t]*\n", span))


def _is_balanced(span: str) -> bool:
    opened: list[str] = []
    for sign in span:
        if sign in "([{":
            opened.append(sign)
        elif sign in _PAIRS and (not opened or opened.pop() not in _PAIRS[sign]):
            return False
    return not opened and not (span.count("|") == 1 and "|" in {span[0], span[-1]})
