"""The text of an issue file before it is understood: decoded, measured, and able to point at a place in itself."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.errors import DocumentError
from newsletter.model.file_limits import MAX_LINES, MAX_OCTETS, MAX_SIGNS, SIGNS, weight_of
from newsletter.model.fragments import CONTROL


@dataclass(frozen=True, slots=True)
class SourceText:
    """Lines of a file with LF ends; `name` stands in errors. Lines and columns count from 0 inside, from 1 outside."""

    lines: list[str]
    name: str

    def error(self, what: str, *, line: int, column: int = 0, remedy: str = "") -> DocumentError:
        """Return an error that points at `line` and `column` (both from 0)."""
        return DocumentError(what, line=line + 1, column=column + 1, source=self.name, remedy=remedy)

    def slice(self, start: int, end: int) -> str:
        """Return the lines from `start` up to `end`, verbatim."""
        return "\n".join(self.lines[start:end])


def read_source(text: str | bytes, *, name: str, limit: int = MAX_OCTETS) -> SourceText:
    """Return `text` as lines. Raises DocumentError when it is too large, not UTF-8, or holds control characters."""
    if len(text) > limit:
        raise _too_large(name, limit)
    decoded = _decode(text, name) if isinstance(text, bytes) else _checked(text, name, limit)
    decoded = decoded.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    source = SourceText(decoded.split("\n"), name)
    if len(source.lines) > MAX_LINES:
        raise source.error(
            f"the file has more than {MAX_LINES:,} lines", line=MAX_LINES, remedy="split it into several issues"
        )
    if found := CONTROL.search(decoded):
        line = decoded.count("\n", 0, found.start())
        column = found.start() - (decoded.rfind("\n", 0, found.start()) + 1)
        what = f"the control character U+{ord(found[0]):04X} cannot stand in an issue"
        raise source.error(what, line=line, column=column, remedy="delete it; it often comes from copying out of a PDF")
    _check_signs(source)
    return source


def _check_signs(source: SourceText) -> None:
    left = MAX_SIGNS
    for number, line in enumerate(source.lines):
        left -= weight_of(line)
        if left < 0:
            what = f"the file holds more than {MAX_SIGNS:,} signs of Markdown and HTML: {' '.join(SIGNS)}"
            raise source.error(what, line=number, remedy="split it into several issues")


def _too_large(name: str, limit: int) -> DocumentError:
    return DocumentError(
        f"the file is larger than {limit:,} bytes",
        line=1,
        source=name,
        remedy="split it into several issues; pictures belong on the web, not in the file",
    )


def _decode(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as wrong:
        before = data[: wrong.start].decode("utf-8")
        raise _not_utf8(f"byte 0x{data[wrong.start]:02X} at offset {wrong.start}", before, name) from None


def _checked(text: str, name: str, limit: int) -> str:
    try:
        if len(text.encode("utf-8")) > limit:
            raise _too_large(name, limit)
    except UnicodeEncodeError as wrong:
        raise _not_utf8(f"the lone surrogate U+{ord(text[wrong.start]):04X}", text[: wrong.start], name) from None
    return text


def _not_utf8(which: str, before: str, name: str) -> DocumentError:
    before = before.replace("\r\n", "\n").replace("\r", "\n")
    return DocumentError(
        f"the file is not UTF-8: {which} is no part of a character",
        line=before.count("\n") + 1,
        column=len(before) - before.rfind("\n"),
        source=name,
        remedy="save the file as UTF-8",
    )
