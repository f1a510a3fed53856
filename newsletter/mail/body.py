"""The body of a mail: text and HTML as multipart/alternative in quoted-printable (RFC 2045, RFC 2046), slots intact."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from newsletter.errors import InputError
from newsletter.mail.slots import SLOT_CHARS, Slot

LINE_CHARS = 76
"""Longest line of quoted-printable, its soft break included (RFC 2045 section 6.7 (5))."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_UNSAFE = re.compile(rb"[^\t\x20-\x3c\x3e-\x7e]")
_MARK_HEAD = b"%%slot"
_WIDE = re.compile(b"(" + re.escape(Slot.READER.encode()) + rb"|%%f[ht][0-9]{3}[0-9a-f]{15}%%)")
"""Marks of values that may be longer than they are: see `newsletter.mail.merge_fields`."""
_ESCAPES = {bytes((o,)): b"=%02X" % o for o in range(256)}


@dataclass(frozen=True, slots=True)
class Body:
    """A MIME body in wire form, and the value of the Content-Type header that belongs to it."""

    content_type: str
    content: bytes


def build_body(text: str, html: str) -> Body:
    """Return both parts as multipart/alternative, the plain text first (RFC 2046 section 5.1.4: the best comes last).

    Lines end in CRLF and hold at most 76 characters, before and after slots are filled. The boundary is made from the
    content, so that the same edition is the same octets, and holds `=_`, which quoted-printable never does. Raises
    InputError when the text holds half a surrogate pair.
    """
    try:
        parts = (("plain", quoted_printable(text)), ("html", quoted_printable(html)))
    except UnicodeEncodeError as error:
        raise InputError(f"the text holds a character that is none, at position {error.start}") from None
    digest = hashlib.sha256(b"\0".join(content for _, content in parts)).hexdigest()[:32]
    boundary = f"=_{digest}"
    pieces = [_part(boundary, subtype, content) for subtype, content in parts]
    return Body(f'multipart/alternative; boundary="{boundary}"', b"".join(pieces) + f"--{boundary}--\r\n".encode())


def quoted_printable(text: str) -> bytes:
    """Return `text` in UTF-8 quoted-printable with CRLF line ends; slot marks are never broken."""
    lines = _LINE_END.split(text)
    if not lines[-1] and len(lines) > 1:
        lines.pop()  # what follows the last line's end
    return b"".join(_encoded_line(line.encode()) for line in lines)


def _part(boundary: str, subtype: str, content: bytes) -> bytes:
    head = f"--{boundary}\r\nContent-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    return head.encode() + content + b"\r\n"


def _encoded_line(line: bytes) -> bytes:
    escaped = _UNSAFE.sub(lambda found: _ESCAPES[found[0]], line)
    if escaped[-1:] in (b" ", b"\t"):  # RFC 2045 section 6.7 (3): white space may be lost at a line's end
        escaped = escaped[:-1] + _ESCAPES[escaped[-1:]]
    if b"%%" in escaped and _WIDE.search(escaped):
        return b"=\r\n".join(_rows_around_wide(escaped)) + b"\r\n"
    if len(escaped) <= LINE_CHARS - len("=2E") + 1:  # room for a guarded first character
        return _guarded(escaped) + b"\r\n"
    return b"=\r\n".join(_broken(escaped)) + b"\r\n"


def _rows_around_wide(escaped: bytes) -> list[bytes]:
    """The rows of a line, each mark of a wide value alone on one: what fills it may be longer than the mark."""
    rows: list[bytes] = []
    for number, piece in enumerate(_WIDE.split(escaped)):
        rows += [piece] if number % 2 else _broken(piece) if piece else []
    return rows


def wide_value(text: str) -> bytes:
    """Return one line of text as the rows that fill the mark of a wide value. Raises InputError for half a surrogate pair."""
    try:
        escaped = _UNSAFE.sub(lambda found: _ESCAPES[found[0]], text.encode())
    except UnicodeEncodeError as error:
        raise InputError(f"the text holds a character that is none, at position {error.start}") from None
    if len(escaped) <= LINE_CHARS - 3:
        return _guarded(escaped)
    return b"=\r\n".join(_broken(escaped))


def _broken(escaped: bytes) -> list[bytes]:
    """Cut a long line into rows that leave room for a guarded first character and the soft break."""
    rows: list[bytes] = []
    start = 0
    while len(escaped) - start > LINE_CHARS - 3:
        end = _cut(escaped, start, start + LINE_CHARS - 3)
        rows.append(_guarded(escaped[start:end]))
        start = end
    return [*rows, _guarded(escaped[start:])]


def _cut(escaped: bytes, start: int, end: int) -> int:
    """The last place up to `end` that is neither within an escaped octet nor within a slot mark: its token stays whole."""
    mark = escaped.rfind(_MARK_HEAD, max(start, end - SLOT_CHARS + 1), end + len(_MARK_HEAD) - 1)
    if start < mark < end:
        return mark
    escape = escaped.rfind(b"=", end - 2, end)
    return end if escape < 0 else escape


def _guarded(row: bytes) -> bytes:
    """Escape what mail software alters at the head of a line: `.` (RFC 5321 section 4.5.2) and `From ` (mbox)."""
    if row.startswith((b".", b"From ")):
        return _ESCAPES[row[:1]] + row[1:]
    return row
