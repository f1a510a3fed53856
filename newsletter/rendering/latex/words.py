r"""LaTeX in running text: accents, quotes, fonts, references, spaces, and formulas, each recognised where it begins.

`piece` is the one place that says what is LaTeX: lines (titles, subjects, names), Markdown and the reader of headings all
ask it, so that they cannot differ. Whatever it does not know stays as it was written.
"""

# ruff: noqa: RUF001 - signs of formulas
from __future__ import annotations

import re
from dataclasses import dataclass

from newsletter.rendering.latex.accents import accented, named
from newsletter.rendering.latex.displays import environment
from newsletter.rendering.latex.dollars import Formula, formula, has_command, looks_mathematical, said
from newsletter.rendering.latex.indices import index
from newsletter.rendering.latex.symbols import FONTS, FUNCTIONS, SIGNS
from newsletter.rendering.latex.ties import quoted, space, tie

BEGINNINGS = "$\\`{~"
"""The characters that LaTeX begins with."""
STRONG = frozenset({"textbf", "mathbf", "boldsymbol", "bm", "bf", "bfseries"})
EMPHASIS = frozenset({"emph", "textit", "textsl", "em", "it", "sl", "itshape", "slshape"})
CODE = frozenset({"texttt", "tt", "ttfamily"})
GONE = frozenset(
    {
        "cite",
        "citep",
        "citet",
        "citealp",
        "citeauthor",
        "citeyear",
        "ref",
        "cref",
        "Cref",
        "autoref",
        "label",
        "eqref",
        "pageref",
        "vspace",
        "hspace",
    }
)
_SPACES_GONE = frozenset({"vspace", "hspace"})
"""Those that hold no words."""
_NOTHING = re.compile(
    r"\\(?:noindent|indent|par|smallskip|medskip|bigskip|newline|xspace|centering|maketitle)(?:\{\}|(?![A-Za-z{]) ?)"
)
"""Commands of layout, which say nothing."""
_BREAK = re.compile(r"\\\\(?:\[[^\[\]]{0,20}\])?(?=\s)")
_SENTENCE_ENDS = frozenset(".;!?)}")
_CLOSE = frozenset(".,;:!?)")
_KEPT = FONTS | frozenset(
    {
        "url",
        "underline",
        "overline",
        "uline",
        "hat",
        "tilde",
        "bar",
        "vec",
        "widehat",
        "textsuperscript",
        "textsubscript",
    }
)
_OPENING = re.compile(r"\\([A-Za-z]+)\*?(?:\s?\[[^\[\]{}]{0,80}\]){0,2}\s?\{")
_NAMED = re.compile(r"\\([A-Za-z]+)(?:\{\}|(?![A-Za-z{]))")
_SWITCH = re.compile(
    r"\{\s*\\(em|it|bf|tt|sc|sl|rm|sf|itshape|slshape|bfseries|ttfamily|scshape|rmfamily|sffamily|normalfont)(?![A-Za-z])\s*"
)
_BRACED = re.compile(r"\{(?=\\)")
_ESCAPED = re.compile(r"\\([_%#&~])")
_NEXT_GROUP = re.compile(r"\s?\{")
UNKNOWN = re.compile(r"(?<![\w:\\])\\[A-Za-z]{2,40}\{")
"""The beginning of a command, where `piece` knows none."""
MOST_TOLD = 80
"""Characters that are told of what is lost."""
MAX_ARGUMENT = 500
"""Characters of an argument; a longer one stays as it was written."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of LaTeX up to `end`: text before and after what stands between `start` and `stop`, which is read in its turn."""

    end: int
    before: str = ""
    start: int = 0
    stop: int = 0
    after: str = ""
    command: str = ""
    href: str = ""
    understood: bool = True
    """A formula that is not understood is a piece as well, `before` as it was written: no rule of Markdown may change it."""


def is_lost(found: Piece) -> bool:
    """Tell whether a piece vanishes with its words, or stays as it was written though it is LaTeX."""
    return not found.understood or (found.command in GONE and found.command not in _SPACES_GONE)


def piece(source: str, pos: int, end: int) -> Piece | None:
    """Return the LaTeX that begins at `pos`, one of `BEGINNINGS`; None where none begins, or it is not understood."""
    found = _read(source, pos, end)
    if found is None or _in_address(source, pos):
        return None
    return found


def _read(source: str, pos: int, end: int) -> Piece | None:
    match source[pos]:
        case "$":
            return _formula(formula(source, pos, end))
        case "`":
            return _quote(source, pos, end)
        case "~":
            if (gone := _gone_with_its_tie(source, pos, end)) is not None:
                return gone
            return Piece(pos + 1, "\u00a0") if tie(source, pos, end) else None
        case "{":
            return _group(source, pos, end)
        case _:
            return _backslash(source, pos, end)


def _formula(found: Formula | None) -> Piece | None:
    return None if found is None else Piece(found.end, found.text, understood=found.understood)


def _quote(source: str, pos: int, end: int) -> Piece | None:
    found = quoted(source, pos, end)
    if found is None:
        return None
    opening, start, stop, closing = found
    return Piece(stop + len(closing), "“" if opening == 2 else "‘", start, stop, "”" if opening == 2 else "’")


def _group(source: str, pos: int, end: int) -> Piece | None:
    r"""Read `{\em words}`, `{\"o}` and the comma of `10{,}000`; other braces are not ours."""
    if (
        source.startswith("{,}", pos)
        and pos + 3 < end
        and source[pos - 1 : pos].isdigit()
        and source[pos + 3].isdigit()
    ):
        return Piece(pos + 3, ",")
    if switch := _SWITCH.match(source, pos, end):
        close = closing_brace(source, switch.end(), end)
        return Piece(close + 1, "", switch.end(), close, command=switch[1]) if close >= 0 else None
    if not _BRACED.match(source, pos, end):
        return None
    letter = accented(source, pos + 1, end) or named(source, pos + 1, end)
    if letter is None or not source.startswith("}", letter[1]) or letter[1] >= end:
        return None
    return Piece(letter[1] + 1, letter[0])


def _gone_with_its_tie(source: str, pos: int, end: int) -> Piece | None:
    r"""Read `~\cite{x}`: what leaves no words leaves no space before it either."""
    before = source[max(0, pos - 1) : pos]
    if not source.startswith("\\", pos + 1) or pos + 1 >= end or not before or before.isspace():
        return None
    found = _with_argument(source, pos + 1, end)
    return found if found is not None and found.command in GONE - _SPACES_GONE else None


def closes_gap(found: Piece, following: str) -> bool:
    """Tell whether the space before a piece goes with it: it leaves no words, and a sign follows that stands close."""
    return found.command in GONE and not found.before and following in _CLOSE


def _backslash(source: str, pos: int, end: int) -> Piece | None:
    if pos > 0 and source[pos - 1] in ":\\":
        return None  # C:\users, \\server
    before = source[max(0, pos - 1) : pos]
    if before in _SENTENCE_ENDS and (line := _BREAK.match(source, pos, end)):
        return Piece(line.end())  # the space behind it parts the words
    if before == "." and source.startswith("\\@", pos) and source[pos + 2 : pos + 3].isspace():
        return Piece(pos + 2)  # which end of a sentence it is
    if not before.isalnum() and (layout := _NOTHING.match(source, pos, end)):
        return Piece(layout.end())
    if source.startswith(("\\(", "\\["), pos):
        return _delimited(source, pos, end)
    if source.startswith("\\begin{", pos):
        return _formula(environment(source, pos, end))
    if letter := accented(source, pos, end):
        return Piece(letter[1], letter[0])
    if between := space(source, pos, end):
        return Piece(between[1], between[0])
    return _with_argument(source, pos, end) or _standing_alone(source, pos, end)


def _delimited(source: str, pos: int, end: int) -> Piece | None:
    r"""Read `\(..\)` and `\[..\]`, where a Markdown writer may as well have meant the brackets themselves."""
    closing = "\\)" if source[pos + 1] == "(" else "\\]"
    close = source.find(closing, pos + 2, min(end, pos + MAX_ARGUMENT))
    span = source[pos + 2 : close].strip() if close >= 0 else ""
    if not span or "\n\n" in span:
        return None
    certain = has_command(span) or (
        looks_mathematical(span) and not span.isdigit() and (closing == "\\)" or bool(re.search(r"[\^_=]", span)))
    )
    return _formula(said(source, pos, close + 2, span)) if certain else None


def _with_argument(source: str, pos: int, end: int) -> Piece | None:
    opening = _OPENING.match(source, pos, end)
    if opening is None:
        return None
    name, start = opening[1], opening.end()
    close = closing_brace(source, start, end)
    if close < 0:
        return None
    if name in GONE:
        return Piece(close + 1, command=name)
    if name in {"textsuperscript", "textsubscript"}:
        return _raised(source, start, close, "^" if name == "textsuperscript" else "_")
    if name in {"footnote", "footnotetext", "thanks"}:
        gap = "" if source[max(0, pos - 1) : pos].isspace() or pos == 0 else " "
        return Piece(close + 1, f"{gap}(", start, close, ")")
    if name == "href":
        return _link(source, start, close, end)
    if name == "url":
        return Piece(close + 1, "", start, close, command="url", href=_ESCAPED.sub(r"\1", source[start:close]))
    if name in STRONG or name in EMPHASIS or name in CODE or name in _KEPT:
        return Piece(close + 1, "", start, close, command=name)
    return None


def _raised(source: str, start: int, close: int, sign: str) -> Piece | None:
    words = source[start:close]
    return Piece(close + 1, index(sign, words)) if words.strip() and "\\" not in words else None


def _link(source: str, start: int, close: int, end: int) -> Piece | None:
    group = _NEXT_GROUP.match(source, close + 1, end)
    if group is None:
        return None
    last = closing_brace(source, group.end(), end)
    href = source[start:close].replace("\\", "")
    return Piece(last + 1, "", group.end(), last, command="href", href=href) if last >= 0 else None


def _standing_alone(source: str, pos: int, end: int) -> Piece | None:
    r"""Read a sign by its name. After a letter it is more likely a folder: `logs\in`."""
    letter = named(source, pos, end)
    if letter is not None:
        return Piece(letter[1], letter[0])
    found = _NAMED.match(source, pos, end)
    if found is None or source[max(0, pos - 1) : pos].isalpha():
        return None
    sign = SIGNS.get(found[1]) or (found[1] if found[1] in FUNCTIONS else None)
    return Piece(found.end(), sign) if sign else None


def closing_brace(source: str, start: int, end: int) -> int:
    """Return where the group that begins at `start` is closed, within `MAX_ARGUMENT` characters; else -1."""
    depth, place, last = 1, start, min(end, start + MAX_ARGUMENT)
    while place < last:
        if source[place] == "\\":
            place += 1
        elif source[place] == "{":
            depth += 1
        elif source[place] == "}":
            depth -= 1
            if depth == 0:
                return place
        place += 1
    return -1


def _in_address(source: str, pos: int) -> bool:
    """Tell whether `pos` lies in an address that stands bare in the text."""
    start = max(0, pos - 2048)
    scheme = source.rfind("://", start, pos)
    return scheme >= 0 and not re.search(r"[\s<>\"{}$]", source[scheme:pos])
