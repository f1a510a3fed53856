"""Unpacks gzip as it comes, and never more than was asked for: ten kilobytes may be ten megabytes of zeros (RFC 1952)."""

from __future__ import annotations

import zlib

from newsletter.fetch.values import BrokenAnswerError, LargeAnswerError

NAMES = frozenset({"gzip", "x-gzip"})
"""What `Content-Encoding` calls it (RFC 9110 section 8.4.1.3)."""
_GZIP = 16 + zlib.MAX_WBITS
_MAGIC = b"\x1f\x8b"
_MOST_MEMBERS = 1000
"""Files in a row within one answer (RFC 1952 section 2.2); each costs a table, however little is in it."""


class Unpacking:
    """One packed answer: pieces in, pieces out, `most` octets in all."""

    def __init__(self, most: int) -> None:
        self._most = self._left = most
        self._member = zlib.decompressobj(_GZIP)
        self._members = 0
        self._is_begun = False
        self._is_over = False

    def take(self, piece: bytes) -> bytes:
        """Return what a piece holds. Raises LargeAnswerError, or BrokenAnswerError for what is no gzip."""
        found: list[bytes] = []
        rest = piece
        while rest and not self._is_over:
            found.append(self._unpacked(rest))
            rest = self._next(self._member.unused_data) if self._member.eof else b""
        return b"".join(found)

    def end(self) -> None:
        """Check that all of it came. Raises BrokenAnswerError. No octet at all is no octet unpacked."""
        if self._is_begun and not self._is_over and not self._member.eof:
            raise BrokenAnswerError("the packed answer breaks off")

    def _unpacked(self, octets: bytes) -> bytes:
        self._is_begun = True
        try:
            found = self._member.decompress(octets, self._left + 1)
        except zlib.error:
            raise BrokenAnswerError("the answer says that it is packed by gzip, and cannot be unpacked") from None
        self._left -= len(found)
        if self._left < 0:
            raise LargeAnswerError(f"the answer is larger than {self._most} octets when it is unpacked")
        return found

    def _next(self, rest: bytes) -> bytes:
        """Begin the next member. What follows the last and is none, such as zeros that fill a block, is passed over."""
        if not rest:
            return rest
        self._members += 1
        if self._members >= _MOST_MEMBERS:
            raise BrokenAnswerError(f"the answer is packed in more than {_MOST_MEMBERS} parts")
        if not _MAGIC.startswith(rest[:2]):
            self._is_over = True
            return b""
        self._member = zlib.decompressobj(_GZIP)
        return rest
