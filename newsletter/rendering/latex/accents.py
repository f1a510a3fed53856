r"""Letters of names as TeX spells them, and nothing else: `\"o`, `\v{C}`, `{\'e}`, `\o`.

The commands are those that arXiv allows in titles, authors and abstracts (https://info.arxiv.org/help/prep.html, "accents"),
and those of LaTeX's T1 encoding. In Markdown and in quoted text a backslash also stands before signs that are meant as
they are, so an accent is read only where it makes a letter that exists, and not where it can be a quote or an apostrophe.
"""

# ruff: noqa: RUF001, SIM905 - tables of letters
from __future__ import annotations

import re
import unicodedata

_MARKS = {
    '"': "\u0308",
    "'": "\u0301",
    "`": "\u0300",
    "^": "\u0302",
    "~": "\u0303",
    "=": "\u0304",
    ".": "\u0307",
    "v": "\u030c",
    "u": "\u0306",
    "H": "\u030b",
    "c": "\u0327",
    "k": "\u0328",
    "r": "\u030a",
    "d": "\u0323",
    "b": "\u0331",
}
_NAMES = (
    "ss ß o ø O Ø l ł L Ł ae æ AE Æ oe œ OE Œ aa å AA Å i ı j ȷ dh ð DH Ð th þ TH Þ dj đ DJ Đ ng ŋ NG Ŋ SS ẞ "
    "textendash – textemdash — textbackslash \\ textasciitilde ~ textasciicircum ^ textquotedblleft “ textquotedblright ” "
    "textquoteleft ‘ textquoteright ’ texttrademark ™ textregistered ® textcopyright © copyright © textdegree ° textmu µ "
    "textbullet • textellipsis … ldots … dots … textsection § S § textparagraph ¶ P ¶ textdagger † dag † ddag ‡ pounds £ "
    "textsterling £ texteuro € euro € textgreater > textless < textbar | textunderscore _ textdollar $ textpm ± texttimes × "
    "LaTeX LaTeX TeX TeX LaTeXe LaTeX2ε BibTeX BibTeX"
).split()
NAMED = dict(zip(_NAMES[::2], _NAMES[1::2], strict=True))
"""Commands of running text that stand for a sign."""
_CLOSE = frozenset({"textmu", "textdegree", "textquotedblleft", "textquoteleft"})
"""What belongs to the letter behind it: µm, °C, “so."""
_SIGN = re.compile(r"\\([\"'`^~=.])(?:\s?\{(\\[ij]|[A-Za-z])\}|(\\[ij])(?![A-Za-z])(?:\{\}| )?|([A-Za-z]))")
_LETTER = re.compile(r"\\([vuHckrdb])(?:\s?\{(\\[ij]|[A-Za-z])\}| ([A-Za-z])(?=[a-z]*\b)|(\\[ij])(?![A-Za-z]))")
_SPACED = frozenset("vHcku")  # `\d a` and `\b a` are more often a pattern than a letter
_OVER_ACCENT = re.compile(r"\\([\"'`^~=.vuHckrdb])\s?\{(?=\\)")
_ALONE = re.compile(r"\\([~^])\{\}")
_NAMED = re.compile(r"\\([A-Za-z]+)(?:\{\}|\\(?= )|(?![A-Za-z]) ?)")
_CONTRACTION = re.compile(r"(?:s|t|d|m|re|ll|ve)\b", re.IGNORECASE)
_BARE_DOT = re.compile(r"[ZI]|[zgeca](?=[a-z]*\b)")
_FILE_TYPE = re.compile(r"(?:zip|zsh|zst|gz|gif|exe|com|cfg|csv|env|eu|ca|go|gov)\b")
_AHEAD = 200


def accented(source: str, pos: int, end: int) -> tuple[str, int] | None:
    """Return the letter that an accent command at `pos` makes, and where the command ends; None where it is none."""
    if alone := _ALONE.match(source, pos, end):
        return alone[1], alone.end()
    if (stacked := _stacked(source, pos, end)) is not None:
        return stacked
    found = _SIGN.match(source, pos, end)
    if found is not None:
        letter = found[2] or found[3] or found[4]
        if found[4] and not _is_meant(source, pos, end, found[1]):
            return None
    else:
        found = _LETTER.match(source, pos, end)
        if found is None or (found[3] and found[1] not in _SPACED):
            return None
        letter = found[2] or found[3] or found[4]
    composed = compose(letter.lstrip("\\"), _MARKS[found[1]])
    return (composed, found.end()) if len(composed) == 1 else None


def _stacked(source: str, pos: int, end: int) -> tuple[str, int] | None:
    r"""Read an accent over a letter that has one: `Vi\d{\^e}t`, `Nguy\~{\^e}n`."""
    outer = _OVER_ACCENT.match(source, pos, end)
    inner = (
        accented(source, outer.end(), end)
        if outer is not None and not _OVER_ACCENT.match(source, outer.end(), end)
        else None
    )
    if outer is None or inner is None or not source.startswith("}", inner[1]) or inner[1] >= end:
        return None
    composed = compose(inner[0], _MARKS[outer[1]])
    return (composed, inner[1] + 1) if len(composed) == 1 else None


def compose(letter: str, mark: str) -> str:
    """Return a letter with a combining character, as one character where Unicode has it."""
    return unicodedata.normalize("NFC", letter + mark)


def named(source: str, pos: int, end: int) -> tuple[str, int] | None:
    r"""Return the sign of a command such as `\o` at `pos`, and where it ends with the space that closes it."""
    found = _NAMED.match(source, pos, end)
    if found is None or found[1] not in NAMED:
        return None
    swallowed = found.end()
    if source[swallowed - 1] == " " and len(found[1]) > 2 and found[1] not in _CLOSE:
        swallowed -= 1  # `\LaTeX is` is two words to everybody who writes it so
    return NAMED[found[1]], swallowed


def _is_meant(source: str, pos: int, end: int, sign: str) -> bool:
    r"""Tell whether a bare `\"o` is a letter, and no quote, apostrophe, file ending or home folder with a backslash before it."""
    inside = pos > 0 and (source[pos - 1].isalpha() or source[pos - 1] == "{")
    after = pos + 2
    if sign == "'" and inside and _CONTRACTION.match(source, after, end):
        return False
    if sign == ".":
        return bool(_BARE_DOT.match(source, after, end)) and not _FILE_TYPE.match(source, after, end)
    if sign in "~=^":
        return inside or (sign == "^" and source[after].isupper())
    return inside or not _is_quote(source, pos, end, sign)


def _is_quote(source: str, pos: int, end: int, sign: str) -> bool:
    closing = source.find("\\" + sign, pos + 2, min(end, pos + _AHEAD))
    following = source[closing + 2 : min(closing + 3, end)]
    return closing >= 0 and not (following.isalpha() or following == "{")  # another accent, in braces
