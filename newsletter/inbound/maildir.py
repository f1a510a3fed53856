"""Read what `newsletter.transports.maildir` caught: list messages newest first, and open one by its file's name."""

from __future__ import annotations

import email.policy
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesParser
from functools import lru_cache
from pathlib import Path

from newsletter.errors import NotFoundError, TransportError
from newsletter.mail.mime import decode, decode_words

_FOLDERS = ("new", "cur")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.,:=+\\-]{0,254}", re.ASCII)
"""What a message may be called: nothing that leads out of its folder."""
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_HEADER_OCTETS = 32_768
_MOST_SEARCHED = 20_000
"""Files a search opens at most, newest first."""


@dataclass(frozen=True, slots=True)
class Caught:
    """A message in the list: its name, when it came, and the headers that tell it from others."""

    name: str
    at: datetime
    sender: str
    recipient: str
    subject: str


class MaildirReader:
    """The messages of one Maildir. Raises TransportError when the folder cannot be read; one that is not there is empty."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def count(self) -> int:
        """Return how many messages there are."""
        return len(self._files())

    def page(self, *, search: str = "", before: str = "", limit: int) -> list[Caught]:
        """Return at most `limit` messages after the one named `before`, newest first.

        `search` keeps those whose recipient or subject holds it, in any letter case, among the newest 20,000.
        """
        files = self._files()
        if before:
            places = [place for place, (_, _, name) in enumerate(files) if name == before]
            files = files[places[0] + 1 :] if places else []
        found: list[Caught] = []
        for caught in self._summaries(files[:_MOST_SEARCHED]):
            if search.casefold() in f"{caught.recipient}\n{caught.subject}".casefold():
                found.append(caught)
            if len(found) == limit:
                break
        return found

    def read(self, name: str) -> bytes:
        """Return the octets of a message. Raises NotFoundError."""
        if _NAME.fullmatch(name):
            for folder in _FOLDERS:
                content = _content(self.path / folder / name)
                if content is not None:
                    return content
        raise NotFoundError("there is no such message", where="inbox", remedy="it may have been removed")

    def _summaries(self, files: list[tuple[int, str, str]]) -> Iterator[Caught]:
        for moment, folder, name in files:
            try:
                yield _summary(self.path / folder / name, name, moment)
            except OSError:  # moved or removed since it was listed
                continue

    def _files(self) -> list[tuple[int, str, str]]:
        """Return (nanoseconds, folder, name) of each message, newest first."""
        found = []
        for folder in _FOLDERS:
            try:
                with os.scandir(self.path / folder) as entries:
                    found += [(_moment(entry), folder, entry.name) for entry in entries if _NAME.fullmatch(entry.name)]
            except FileNotFoundError:
                continue
            except OSError as error:
                raise TransportError(
                    f"the inbox cannot be read: {error.strerror}", where=str(self.path), remedy="may this user read it?"
                ) from error
        return sorted(found, key=lambda file: (file[0], file[2]), reverse=True)


def parse(content: bytes) -> Message:
    """Return a message as the standard library reads it; defects are kept, never raised.

    Its policy is the old one: the new one parses each header field by a grammar that takes the square of its length, and more.
    """
    return BytesParser(policy=email.policy.compat32).parsebytes(content)


def fields_of(message: Message) -> list[tuple[str, str]]:
    """Return the header fields in their order, unfolded and decoded (RFC 5322 section 2.2.3, RFC 2047, RFC 6532)."""
    return [(name, _readable(value)) for name, value in message.raw_items()]


def _readable(value: str) -> str:
    octets = value.encode("utf-8", "surrogateescape")
    return decode_words(_FOLD.sub("", decode(octets, "")).strip())


def part_of(message: Message, kind: str) -> str:
    """Return the text of the first part of type `text/<kind>`, or nothing. Never raises: it is somebody's mail."""
    for part in message.walk():
        if part.get_content_type() == f"text/{kind}" and part.get_content_disposition() != "attachment":
            octets = part.get_payload(decode=True)
            charset = part.get_content_charset("utf-8")
            return _decoded(octets if isinstance(octets, bytes) else b"", charset)
    return ""


def _decoded(octets: bytes, charset: str) -> str:
    try:
        return octets.decode(charset, "replace").replace("\r\n", "\n")
    except LookupError:
        return octets.decode("utf-8", "replace").replace("\r\n", "\n")


def _moment(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_mtime_ns
    except OSError:
        return 0


def _content(path: Path) -> bytes | None:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            return file.read()
    except OSError:
        return None


@lru_cache(maxsize=4096)
def _summary(path: Path, name: str, moment: int) -> Caught:
    # A caught message never changes, so its headers are read once.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        head = file.read(_HEADER_OCTETS).partition(b"\n\n")[0]
    headers = {field.lower(): value for field, value in reversed(fields_of(parse(head)))}  # of two, the first
    recipient = headers.get("delivered-to") or headers.get("to", "")
    at = datetime.fromtimestamp(moment / 1e9, UTC)
    return Caught(name, at, headers.get("from", ""), recipient, headers.get("subject", ""))
