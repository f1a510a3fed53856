"""The lines of a list, whatever encoding it has and however its lines end; none of them, and so no file without line ends, is read whole."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from typing import IO

from newsletter.errors import InputError

SAVE = "save the list as CSV in UTF-8"
MOST_OCTETS = 8 << 20
"""Octets of one line, which is read as a whole."""
_PIECE = 1 << 16
_OLD_END = re.compile(r"[^\r\n]*\r(?!\n)")
"""Text whose first line ends with a carriage return alone, as on a Macintosh of before 2001."""

_WIDE = (
    (re.compile(rb"\xff\xfe|\xfe\xff"), "utf-16"),
    (re.compile(rb"(?:[\t -~]\0){2}"), "utf-16-le"),
    (re.compile(rb"(?:\0[\t -~]){2}"), "utf-16-be"),
)
"""How a text begins, and its codec. Without a mark: with two signs of ASCII, each beside a zero."""


def decoded_lines(file: IO[bytes], source: str, encoding: str) -> Iterator[str]:
    """Yield the lines of a text with their ends: UTF-16 by its mark or its zeros, else UTF-8, and where a line is not, `encoding`.

    Where the first line ends with a carriage return alone, all of them may. Raises InputError, with the line, for what is no text.
    """
    first = file.readline(MOST_OCTETS)
    if first.startswith(b"PK\x03\x04"):
        raise InputError(
            "this is a ZIP archive or a spreadsheet's own format",
            where=f"{source}:1",
            remedy="unpack it and name the CSV file in it, or save the sheet as CSV",
        )
    wide = next((name for begins, name in _WIDE if begins.match(first)), "")
    lines = _wide(file, first, source, wide) if wide else _narrow(_octet_lines(file, first), source, encoding)
    for number, text in enumerate(lines, start=1):
        if "\0" in text:
            raise InputError("a NUL octet: this is not a text file", where=f"{source}:{number}", remedy=SAVE)
        if len(text) >= MOST_OCTETS:
            raise _too_long(source, number)
        yield text


def _octet_lines(file: IO[bytes], first: bytes) -> Iterator[bytes]:
    if _OLD_END.match(first.decode("latin-1")):
        return _old_lines(file, first)
    return chain([first] if first else [], iter(partial(file.readline, MOST_OCTETS), b""))


def _old_lines(file: IO[bytes], rest: bytes) -> Iterator[bytes]:
    while True:
        octets = file.read(_PIECE)
        *lines, rest = [*(rest + octets).splitlines(keepends=True), *([] if octets else [b""])]
        yield from lines
        if not octets:
            return
        if len(rest) >= MOST_OCTETS:
            yield rest  # which is refused
            return


def _narrow(lines: Iterable[bytes], source: str, encoding: str) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        try:
            yield _in(line, "utf-8-sig" if number == 1 else "utf-8", encoding)
        except UnicodeDecodeError:
            raise InputError(f"this is not {encoding.upper()} text", where=f"{source}:{number}", remedy=SAVE) from None


def _in(line: bytes, first: str, other: str) -> str:
    """Return a line as UTF-8 where it is, though another is not: lists are put together of several."""
    try:
        return line.decode(first)
    except UnicodeDecodeError:
        return line.decode(other)


def _wide(file: IO[bytes], first: bytes, source: str, codec: str) -> Iterator[str]:
    decoder, rest, number, is_old = codecs.getincrementaldecoder(codec)(), "", 0, False
    for octets in chain([first], iter(lambda: file.read(_PIECE), b""), [b""]):
        try:
            text = decoder.decode(octets, final=not octets)
        except UnicodeDecodeError:
            raise InputError("this is not UTF-16 text", where=f"{source}:{number + 1}", remedy=SAVE) from None
        is_old = is_old or (number == 0 and bool(_OLD_END.match(rest + text)))
        rest = _with_new_ends(rest + text, is_last=not octets) if is_old else rest + text
        *whole, rest = rest.split("\n") if octets else [*rest.split("\n"), ""]
        for line in whole:
            number += 1
            yield line + "\n"
        if len(rest) >= MOST_OCTETS:
            raise _too_long(source, number + 1)


def _with_new_ends(text: str, *, is_last: bool) -> str:
    """Return a text whose lines end with line feeds; a carriage return at its end waits for what follows."""
    waits = "\r" if text.endswith("\r") and not is_last else ""
    return text.removesuffix(waits).replace("\r\n", "\n").replace("\r", "\n") + waits


def _too_long(source: str, number: int) -> InputError:
    return InputError(f"a line of more than {MOST_OCTETS >> 20} MiB", where=f"{source}:{number}", remedy=SAVE)
