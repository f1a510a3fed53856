"""What a server answers (RFC 5321 section 4.2, RFC 2034), from octets that arrive in any pieces."""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsletter.mail.envelope import Accepted, Deferred, Outcome, Refused

MAX_LINE = 2048
"""Octets kept of one line. RFC 5321 section 4.5.3.1.5 allows 512; what goes beyond is read and dropped."""
MAX_LINES = 100
"""Lines kept of one reply."""

_STATUS = re.compile(rb"([245]\.\d{1,3}\.\d{1,3})(?:[ \t]|\Z)")  # RFC 2034 section 4, RFC 3463 section 2


class ProtocolError(Exception):
    """The server does not speak SMTP, or not any more; the connection is of no further use."""


@dataclass(slots=True)
class Reply:
    """One reply; `lines` are its texts without code and line end, in octets."""

    code: int
    lines: list[bytes]

    @property
    def status(self) -> str:
        """The enhanced status code (RFC 3463), or empty."""
        found = _STATUS.match(self.lines[-1])
        return found[1].decode("ascii") if found else ""

    @property
    def text(self) -> str:
        """The words of the reply, code and all, its lines parted by line feeds; octets that are no UTF-8 are marked."""
        return b"\n".join(b"%d %b" % (self.code, line) for line in self.lines).decode(errors="backslashreplace")

    def outcome(self) -> Outcome:
        """What this reply means for the message it is about. Raises ProtocolError when it means nothing."""
        kind = self.code // 100
        if kind == 2:
            return Accepted(self.code, self.status, self.text)
        if kind == 4:
            return Deferred(self.code, self.status, self.text)
        if kind == 5:
            return Refused(self.code, self.status, self.text)
        raise ProtocolError(f"a reply out of place: {self.text[:200]}")


class ReplyReader:
    """Cuts a stream of octets into replies. Bounded: one line and the lines of one reply are all it keeps."""

    __slots__ = ("_lines", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []

    @property
    def empty(self) -> bool:
        """Whether no part of a reply is left over."""
        return not self._rest and not self._lines

    def feed(self, data: bytes) -> list[Reply]:
        """Return the replies that `data` completes. Raises ProtocolError on what is no reply."""
        *lines, rest = (self._rest + data if self._rest else data).split(b"\n")
        # An endless line keeps its head, where the code stands, and its last octet, which may be half of a line end.
        self._rest = rest if len(rest) <= MAX_LINE else rest[:MAX_LINE]
        replies = []
        for line in lines:
            text = line[4:MAX_LINE].rstrip(b"\r")
            mark = line[3:4]
            if mark == b"-":
                self._code(line)
                if len(self._lines) < MAX_LINES:
                    self._lines.append(text)
            elif mark in (b" ", b"\r", b""):
                replies.append(Reply(self._code(line), [*self._lines, text] if self._lines else [text]))
                self._lines.clear()
            else:
                raise ProtocolError(f"not a reply: {line[:80]!r}")
        return replies

    @staticmethod
    def _code(line: bytes) -> int:
        digits = line[:3]
        if len(digits) != 3 or not digits.isdigit() or not b"2" <= digits[:1] <= b"5":
            raise ProtocolError(f"not a reply: {line[:80]!r}")
        return int(digits)
