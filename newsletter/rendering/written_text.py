r"""Plain words of others, written so that no sign of theirs is read as Markdown: `*` comes out as `*`, `#` as `#`, `<b>` as `<b>`.

Escaped is what could mean something where it stands, and little else, so that an editor can still read it. LaTeX is not Markdown:
it stays as it came where it is asked to, for the renderer reads it.
"""

from __future__ import annotations

import re

from newsletter.rendering.latex import pieces

_INLINE = re.compile(
    r"[*`\[]"
    r"|\\(?=[!-/:-@\[-`{-~]|$)"
    r"|<(?=[^\s<=])"
    r"|&(?=#?\w{1,40};)"
    r"|_(?:(?<!\w_)|(?!\w))"
    r"|~(?:(?=~)|(?<=~~))"
    r"|=(?:(?==)|(?<===))"
    r"|:(?<![\w:/.]:)(?=[a-z0-9+-])"
    r"|\{(?=:?\s{0,9}(?:[.#]|[a-zA-Z-]{1,30}=))"
)
"""Every branch begins with its sign, so that all others are passed over at once: what stands before a sign is looked at behind it."""
_BESIDE_LATEX = re.compile(r"[*\[]|<(?=[^\s<=])|&(?=#?\w{1,40};)|_(?:(?<!\w_)|(?!\w))")
_BEGINNING = re.compile(r"([#>+=|~-]|:::)|(\d{1,9})([.)](?=\s|\Z))")
_NUMBERED = {"\\": "&#92;", "`": "&#96;", "~": "&#126;", "=": "&#61;", ":": "&#58;", ">": "&gt;", ":::": "&#58;::"}
"""Signs that make an accent of LaTeX with a backslash before them; two backslashes end a line of it."""
_SPACE = re.compile(r"\s+")


def escaped(text: str, *, latex: bool = False) -> str:
    r"""Return one paragraph of plain text as Markdown that shows it; runs of white space become one space.

    With `latex` the pieces of LaTeX stay as they are, and so do backslashes: `51.9\%` is a per cent sign to the renderer anyway.
    """
    line = _SPACE.sub(" ", text).strip()
    return at_beginning(_around_latex(line) if latex else inline(line))


def inline(text: str) -> str:
    """Return plain text in which each sign that would mean something within a line is escaped."""
    return _INLINE.sub(lambda found: _NUMBERED.get(found[0]) or f"\\{found[0]}", text)


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


def _around_latex(text: str) -> str:
    written: list[str] = []
    end = 0
    for start, stop in [*pieces(text), (len(text), len(text))]:
        if start >= end:
            written += [_BESIDE_LATEX.sub(r"\\\g<0>", text[end:start]), text[start:stop]]
            end = stop
    return "".join(written)
