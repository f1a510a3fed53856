r"""Plain words of others, written so that no sign of theirs is read as Markdown: `*` comes out as `*`, `#` as `#`, `<b>` as `<b>`.

Escaped is what could mean something where it stands, and little else, so that an editor can still read it. `escaped` is for texts: their
addresses still become links, and LaTeX, which is not Markdown, stays as it came where it is asked to, for the renderer reads it. `as_words` is
for what is words alone, such as a name or a cell: nothing of it is a link, a formula or a command.
"""

from __future__ import annotations

import re

from newsletter.rendering.latex import pieces

_ANYWHERE = (
    r"[*`\[]"
    r"|\\(?=[!-/:-@\[-`{-~]|$)"
    r"|<(?=[^\s<=])"
    r"|&(?=#?\w{1,40};)"
    r"|_(?:(?<![^\W_]_)|(?![^\W_]))"
    r"|~(?:(?=~)|(?<=~~))"
    r"|=(?:(?==)|(?<===))"
    r"|:(?<![\w:/.]:)(?=[a-z0-9+-])"
    r"|\{(?=:?\s{0,9}(?:[.#]|[a-zA-Z-]{1,30}=))"
)
"""Every branch begins with its sign, so that all others are passed over at once: what stands before a sign is looked at behind it."""
_INLINE = re.compile(_ANYWHERE)
_WORDS = re.compile(r"[\\\]<${}]|\^(?<=\[\^)|~(?<=\S~)|://|" + _ANYWHERE)
"""The same, and what begins a formula, a command, an address that would become a link, or ends a link around the words."""
_BESIDE_LATEX = re.compile(r"[*\[]|<(?=[^\s<=])|&(?=#?\w{1,40};)|_(?:(?<![^\W_]_)|(?![^\W_]))")
_BEGINNING = re.compile(r"([#>+=|~-]|:::)|(\d{1,9})([.)](?=\s|\Z))")
_NUMBERED = {
    "\\": "&#92;", "`": "&#96;", "~": "&#126;", "=": "&#61;", "^": "&#94;", ":": "&#58;", ">": "&gt;", ":::": "&#58;::", "://": ":&#47;&#47;",
}  # fmt: skip
"""Signs that make an accent of LaTeX with a backslash before them, or a line's end; and those whose meaning no backslash takes away."""
_OF_FORMULAS = frozenset("\\{}$^_=")
_SPACE = re.compile(r"\s+")
_NO_ADDRESS = re.compile(r"[\s<>\"\\\x00-\x20\x7f]")


def escaped(text: str, *, latex: bool = False) -> str:
    r"""Return one paragraph of plain text as Markdown that shows it; runs of white space become one space.

    With `latex` the pieces of LaTeX stay as they are, and so do backslashes: `51.9\%` is a per cent sign to the renderer anyway.
    """
    line = _SPACE.sub(" ", text).strip()
    return at_beginning(_around_latex(line) if latex else inline(line))


def inline(text: str) -> str:
    """Return plain text in which each sign that would mean something within a line is escaped."""
    return _signed(_INLINE, text)


def as_words(text: str) -> str:
    """Return plain text of one line as Markdown that is read as these words and as nothing else: no link, no formula, no LaTeX."""
    return at_beginning(_signed(_WORDS, text))


def as_cell(text: str) -> str:
    """Return plain text of one line as words in a cell of a table: no block begins in one, and one dollar alone is money and no LaTeX."""
    written = _signed(_WORDS, text)
    return written.replace(r"\$", "$") if text.count("$") == 1 else written


def linked(words: str, url: str) -> str:
    """Return plain text of one line as words that link to an address of the web; as words alone where it is none, or cannot stand in a link."""
    written = as_words(words)
    return f"[{written}](<{url}>)" if words and is_linkable(url) else written


def is_linkable(url: str) -> bool:
    """Tell whether an address may stand between `(<` and `>)`: of http, https or mailto, and no sign in it that ends that."""
    return url.lower().startswith(("http://", "https://", "mailto:")) and not _NO_ADDRESS.search(url)


def at_beginning(line: str) -> str:
    """Return a line of Markdown, without space before it, in which nothing begins a heading, a list, a quote, a table or a block."""
    found = _BEGINNING.match(line)
    if found is None:
        return line
    escaped_sign = _NUMBERED.get(found[1]) or f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}"
    return escaped_sign + line[found.end() :]


def paragraphs(text: str, *, latex: bool = False) -> str:
    """Return plain text as Markdown, a paragraph for each run of lines between empty ones."""
    parts = (escaped(part, latex=latex) for part in re.split(r"\n[^\S\n]*\n", text.replace("\r\n", "\n")))
    return "\n\n".join(part for part in parts if part)


def _signed(signs: re.Pattern[str], text: str) -> str:
    return signs.sub(_without_meaning if _OF_FORMULAS.isdisjoint(text) else _beside_formulas, text)


def _without_meaning(found: re.Match[str]) -> str:
    return _NUMBERED.get(found[0]) or f"\\{found[0]}"


def _beside_formulas(found: re.Match[str]) -> str:
    r"""The same, where `\[` and `\]` around such signs would be a displayed formula."""
    return "&#93;" if found[0] == "]" else _without_meaning(found)


def _around_latex(text: str) -> str:
    written: list[str] = []
    end = 0
    for start, stop in [*pieces(text), (len(text), len(text))]:
        if start >= end:
            written += [_BESIDE_LATEX.sub(r"\\\g<0>", text[end:start]), text[start:stop]]
            end = stop
    return "".join(written)
