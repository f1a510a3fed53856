"""Files too large to be held in memory: what moves in is written to the disk as it comes, and the view finds a small form in its place.

Only from somebody who is signed in, may move lists in there, and sent it from a page of this site, is anything written; the form's token
is asked for as in any other form, before the file is taken.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter import private_files
from newsletter.accounts import permissions
from newsletter.bootstrap import Parts
from newsletter.issues import addressing
from newsletter.model.rights import Right
from newsletter.web import sessions
from newsletter.web.bodies import MAX_BODY, as_form
from newsletter.web.errors import Trouble, answer
from newsletter.web.provenance import check_origin

MOST_OCTETS = 1 << 30
"""Octets of a file, as it is sent: about ten million readers as CSV, or more in an archive."""
MOST_AT_ONCE = 2
FILE = "list_file"
"""The field that holds it."""
_PLACE = re.compile(r"/desk/(?P<publication>[a-z0-9-]{1,80})/(?P<what>readers|issues)/move-in")
_RIGHTS = {"readers": Right.MANAGE_AUDIENCE, "issues": Right.WRITE}
_KEPT_IN = "newsletter.upload"
_RETRY_SECONDS = 30


@dataclass(slots=True)
class UploadedList:
    """A file that came: where it lies for as long as the request lasts, and how it was called."""

    path: Path
    name: str = ""
    octets: int = 0


def uploaded(request: Request) -> UploadedList | None:
    """Return the file that came with a request, which no address and no form can name; None where there is none."""
    found: UploadedList | None = request.scope.get(_KEPT_IN)
    return found if found is not None and found.name else None


class UploadRefused(Exception):  # noqa: N818 - it never leaves this file
    """A file that is not taken."""

    def __init__(self, status: int, what: str, remedy: str = "", retry_after: int = 0) -> None:
        super().__init__(what)
        self.trouble = Trouble(status, what, remedy, retry_after)


@dataclass
class Uploads:
    """ASGI middleware: writes the file of one form to the disk, and deletes it when the request ends and nobody took it."""

    app: ASGIApp
    parts: Parts
    under_way: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        place = _PLACE.fullmatch(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        kind = _content_type(scope) if place else (b"", {})
        if place is None or kind[0] != b"multipart/form-data":
            await self.app(scope, receive, send)
            return
        if not await run_in_threadpool(self._is_welcome, Request(scope), **place.groupdict()):
            await self.app(*_replayed(scope, [], receive), send)  # which says why
            return
        upload = UploadedList(self.parts.settings.uploads / f"incoming-{secrets.token_hex(16)}")
        try:
            fields = await self._take(scope, receive, kind[1].get(b"boundary", b""), upload)
            scope[_KEPT_IN] = upload
            await self.app(*_replayed(scope, fields, receive), send)
        except UploadRefused as refused:
            await answer(Request(scope), refused.trouble)(scope, receive, send)
        finally:
            with contextlib.suppress(FileNotFoundError):
                upload.path.unlink()

    def _is_welcome(self, request: Request, publication: str, what: str) -> bool:
        """Tell whether somebody is signed in at this browser who may move it in there, and a page of this site sent it."""
        seat = sessions.current(request, self.parts)
        try:
            check_origin(request)
        except HTTPException:
            return False
        if seat is None:
            return False
        home, _ = addressing.known_by(self.parts.database, publication)
        return home is not None and permissions.may(seat.actor, _RIGHTS[what], home.id)

    async def _take(
        self, scope: Scope, receive: Receive, boundary: bytes, upload: UploadedList
    ) -> list[tuple[str, str]]:
        if self.under_way >= MOST_AT_ONCE:
            raise UploadRefused(
                503, "Other files are being sent here at this moment.", "Please try again soon.", _RETRY_SECONDS
            )
        if _announced(scope) > MOST_OCTETS:
            raise _too_large()
        self.under_way += 1
        try:
            private_files.make_folder(upload.path.parent)
            descriptor = private_files.open_file(upload.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            with os.fdopen(descriptor, "wb") as file:
                return await _read(receive, _Form(boundary, file, upload))
        except OSError as error:
            raise UploadRefused(507, f"The file cannot be kept here: {error.strerror}.") from None
        finally:
            self.under_way -= 1


async def _read(receive: Receive, form: _Form) -> list[tuple[str, str]]:
    octets = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise UploadRefused(400, "The file was not sent to its end.")
        body = message.get("body", b"")
        octets += len(body)
        if octets > MOST_OCTETS:
            raise _too_large()
        await run_in_threadpool(form.write, body)
        if not message.get("more_body", False):
            return form.end()


@dataclass
class _Form:
    """Reads a multipart form piece by piece (RFC 7578): the file goes to the disk, all else is small, or too much."""

    boundary: bytes
    file: BinaryIO
    upload: UploadedList
    _small: list[tuple[str, bytearray]] = field(default_factory=list)
    _name: bytes = b""
    _value: bytes = b""
    _header: dict[bytes, bytes] = field(default_factory=dict)
    _to: Callable[[bytes], object] | None = None
    _octets: int = 0
    _ended: bool = False

    def __post_init__(self) -> None:
        told = {
            "on_part_begin": self._begin_part,
            "on_header_field": self._add_name,
            "on_header_value": self._add_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._begin_body,
            "on_part_data": self._add_data,
            "on_end": self._end,
        }
        try:
            self._parser = MultipartParser(self.boundary, told)  # type: ignore[arg-type]
        except FormParserError:
            raise _unreadable() from None

    def write(self, body: bytes) -> None:
        """Take some octets. Raises UploadRefused, OSError."""
        try:
            self._parser.write(body)
        except FormParserError:
            raise _unreadable() from None

    def end(self) -> list[tuple[str, str]]:
        """Return the small fields. Raises UploadRefused for a form that breaks off, or is no text."""
        if not self._ended:
            raise _unreadable()
        try:
            return [(name, bytes(value).decode()) for name, value in self._small]
        except UnicodeDecodeError:
            raise _unreadable() from None

    def _begin_part(self) -> None:
        self._header, self._name, self._value, self._to = {}, b"", b"", None

    def _add_name(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._name += data[start:end]

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._header[self._name.lower()] = self._value
        self._name, self._value = b"", b""

    def _begin_body(self) -> None:
        _, options = parse_options_header(self._header.get(b"content-disposition", b""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if name == FILE and b"filename" in options:
            if self.upload.name:
                raise _unreadable()  # a second file
            self._to = self.file.write
            self.upload.name = options[b"filename"].decode("utf-8", "replace")
            return
        self._count(100)
        self._small.append((name, bytearray()))
        self._to = None

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        if self._to is not None:
            self.upload.octets += end - start
            self._to(data[start:end])
            return
        self._count(end - start)
        self._small[-1][1].extend(data[start:end])

    def _end(self) -> None:
        self._ended = True

    def _count(self, octets: int) -> None:
        self._octets += octets
        if self._octets > MAX_BODY:
            raise _unreadable()


def _replayed(scope: Scope, fields: list[tuple[str, str]], receive: Receive) -> tuple[Scope, Receive]:
    scope, body = as_form(scope, [(name, value) for name, value in fields if "\r" not in value])
    waiting = [body]

    async def replay() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return scope, replay


def _content_type(scope: Scope) -> tuple[bytes, dict[bytes, bytes]]:
    return parse_options_header(next((value for name, value in scope["headers"] if name == b"content-type"), b""))


def _announced(scope: Scope) -> int:
    value = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(value) if value.isdigit() and len(value) < 16 else 0


def _too_large() -> UploadRefused:
    return UploadRefused(
        413, f"A file of more than {MOST_OCTETS >> 20} MiB is not taken here: pack it as a ZIP archive."
    )


def _unreadable() -> UploadRefused:
    return UploadRefused(422, "The form cannot be read.")
