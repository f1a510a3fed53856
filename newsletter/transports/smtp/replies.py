"""What a server answers (RFC 5321 section 4.2, RFC 2034), from octets that arrive in any pieces."""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsletter.mail.envelope import Accepted, Deferred, Outcome, Refused

MAX_LINE = 2048
"""Octets kept of one line. RFC 5321 section 4.5.3.1.5 allows 512; what goes beyond is read and dropped."""
MAX_LINES = 100
"""Lines kept of one reply."""
MOST_FAMILIAR = 16
"""Replies of one line that a reader knows again."""
MAX_FAMILIAR = 128
"""Octets of the longest of them."""

_CODES = {b"%d" % code: code for code in range(200, 600)}
_MARKS = (b" ", b"-", b"\r", b"")
_STATUS = re.compile(rb"([245]\.\d{1,3}\.\d{1,3})(?:[ \t]|\Z)")  # RFC 2034 section 4, RFC 3463 section 2


class ProtocolError(Exception):
    """The server does not speak SMTP, or not any more; the connection is of no further use.

    `before` are the replies that were read in good order before that.
    """

    before: list[Reply]

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.before = []


@dataclass(slots=True)
class Reply:
    """One reply, never changed; `lines` are its texts without code and line end, in octets."""

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
        head = b"%d " % self.code
        return (head + (b"\n" + head).join(self.lines)).decode(errors="backslashreplace")

    def outcome(self, at: str) -> Outcome:
        """What this reply to `at` means for the message it is about. Raises ProtocolError when it means nothing."""
        kind = self.code // 100
        if kind == 2:
            return Accepted(self.code, self.status, self.text)
        if kind == 4:
            return Deferred(self.code, self.status, self.text, at)
        if kind == 5:
            return Refused(self.code, self.status, self.text, at)
        raise ProtocolError(f"a reply out of place: {self.text[:200]}")


class ReplyReader:
    """Cuts a stream of octets into replies. Bounded: one line and the lines of one reply are all it keeps."""

    __slots__ = ("_familiar", "_lines", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        # A server answers MAIL, RCPT and DATA with the same words each time: what came first comes again.
        self._familiar: dict[bytes, Reply] = {}

    @property
    def empty(self) -> bool:
        """Whether no part of a reply is left over."""
        return not self._rest and not self._lines

    def feed(self, data: bytes) -> list[Reply]:
        """Return the replies that `data` completes. Raises ProtocolError on what is no reply."""
        *lines, rest = (self._rest + data if self._rest else data).split(b"\n")
        # An endless line keeps its head, where the code stands, and its last octet, which may be half of a line end.
        self._rest = rest if len(rest) <= MAX_LINE else rest[:MAX_LINE]
        familiar, replies = self._familiar, []
        try:
            for line in lines:
                reply = (familiar.get(line) if not self._lines else None) or self._read(line)
                if reply is not None:
                    replies.append(reply)
        except ProtocolError as error:
            error.before = replies
            raise
        return replies

    def _read(self, line: bytes) -> Reply | None:
        """Return the reply that `line` ends; None when it goes on."""
        code = _CODES.get(line[:3])
        mark = line[3:4]
        if code is None or mark not in _MARKS:
            raise ProtocolError(f"not a reply: {line[:80]!r}")
        text = line[4:MAX_LINE].rstrip(b"\r")
        if mark == b"-":
            if len(self._lines) < MAX_LINES:
                self._lines.append(text)
            return None
        if self._lines:
            reply = Reply(code, [*self._lines, text])
            self._lines.clear()
        else:
            reply = Reply(code, [text])
            if len(self._familiar) < MOST_FAMILIAR and len(line) <= MAX_FAMILIAR:
                self._familiar[line] = reply
        return reply
