"""What comes with a POST: read whole and within bounds before any view is asked, so that no slow sender holds a thread.

A form is also read here, beside the loop, and handed on in the spelling that costs the application least: a megabyte of `%41`
or of `&` takes its parser a third of a second and more, in which no other page is served.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message as Header
from urllib.parse import parse_qsl, unquote_to_bytes

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.feedback.intake import MAX_OCTETS, MAX_WEBHOOK_OCTETS
from newsletter.sentences import sentence
from newsletter.web.errors import Trouble, answer

MAX_BODY = 64 * 1024
MAX_UPLOAD = 10 * 1024 * 1024 + MAX_BODY
"""Of a form with an image in it, which is taken at one place of the desk."""
MOST_UPLOADS = 3
"""Of these in memory at a time."""
MOST_PARTS = 100
MAX_DESK_BODY = 2 * 1024 * 1024
MOST_FIELDS = 128
"""Fields of a form: a reader's page has one for each of the 100 fields of readers, and a few of its own."""
MOST_LINES = 500
"""Lines of a multipart form: a part without anything in it has four."""
MOST_LARGE = 16
"""Bodies past the 64 KiB of a public form that are in memory at a time."""
RETRY_SECONDS = 5
MOST_UNREAD = 2 * 1024 * 1024
"""Octets behind the first 64 KiB that are let pass, unkept, from whoever leaves by one click."""
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data"  # what mail programs send for one click: RFC 8058 section 3.2
OTHER = "application/octet-stream"
_CAPS = {
    "/desk/sign-in": MAX_BODY,
    "/desk/sign-in/again": MAX_DESK_BODY + MAX_BODY,  # brings what was typed for another page of the desk
    "/desk/sign-in/again/second": MAX_DESK_BODY + MAX_BODY,
    "/hooks/mail": MAX_OCTETS,
}
_CAPS_BELOW = {"/desk/sign-in/": MAX_BODY, "/desk/": MAX_DESK_BODY, "/hooks/": MAX_WEBHOOK_OCTETS}
_READ_AT_ONCE = 4 * 1024
_UPLOADS = re.compile(r"/desk/[a-z0-9-]{1,80}/(?:images|settings/brand/logo|sources/list|sources/[0-9]{1,16}/file)")
_LEAVING = re.compile(r"/u/[^/]+/?|/confirm/[^/]+/never/?")
_BOUNDARY = re.compile(r"[\w'()+,./:=?-]{1,70}", re.ASCII)  # RFC 2046 section 5.1.1, without spaces
_PLAIN_NAME = re.compile(r"[\w.-]{1,100}", re.ASCII)

Fields = Sequence[tuple[str, str]]


class BodyRefused(Exception):  # noqa: N818 - it never leaves this file
    """A body that is not taken."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.what)
        self.trouble = trouble


class Gone(Exception):  # noqa: N818 - it never leaves this file
    """The client went away before it was done."""


@dataclass
class Bodies:
    """ASGI middleware: reads the body of each POST, and passes on one that is there already."""

    app: ASGIApp
    large: int = 0
    uploads: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        try:
            scope, body = await self._read(scope, receive)
        except Gone:
            return
        except BodyRefused as refused:
            await answer(Request(scope), refused.trouble)(scope, receive, send)
            return
        await self.app(scope, _replayed(body, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> tuple[Scope, bytes]:
        if scope["path"].startswith("/hooks/"):  # a signature holds for the octets that came
            return scope, await self._whole(receive, _cap(scope), _announced(scope))
        if _LEAVING.fullmatch(scope["path"]):
            return as_form(scope, _leaving(await self._whatever(receive)))
        kind = _content_type(scope)
        is_multipart = kind.get_content_type() == PARTS
        if is_multipart and _UPLOADS.fullmatch(scope["path"]):
            body = await self._upload(receive, _announced(scope))
            return _retyped(scope, _checked_upload(kind, body)), body
        body = await self._whole(receive, MAX_BODY if is_multipart else _cap(scope), _announced(scope))
        if is_multipart:
            return _retyped(scope, _checked_parts(kind, body)), body
        if kind.get_content_type() != FORM:
            return _retyped(scope, OTHER), body
        fields = read_form(body) if len(body) <= _READ_AT_ONCE else await run_in_threadpool(read_form, body)
        return as_form(scope, fields)

    async def _upload(self, receive: Receive, announced: int) -> bytes:
        if self.uploads >= MOST_UPLOADS:
            raise _too_much_at_once()
        self.uploads += 1
        try:
            return await self._whole(receive, MAX_UPLOAD, announced)
        finally:
            self.uploads -= 1

    async def _whatever(self, receive: Receive) -> bytes:
        """Return the beginning of a body that is no reason to refuse anything: too large, cut, or no form at all."""
        body, unread = bytearray(), 0
        while unread < MOST_UNREAD:
            message = await receive()
            if message["type"] == "http.disconnect":
                break
            octets = message.get("body", b"")
            room = MAX_BODY - len(body)
            body += octets[:room]
            unread += len(octets[room:])
            if not message.get("more_body", False):
                break
        return bytes(body)

    async def _whole(self, receive: Receive, cap: int, announced: int) -> bytes:
        if announced > cap:
            raise _too_large(cap)
        body, is_large = bytearray(), False
        try:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                body += message.get("body", b"")
                if len(body) > cap:
                    raise _too_large(cap)
                if len(body) > MAX_BODY and not is_large:
                    is_large = self._make_room()
                if not message.get("more_body", False):
                    return bytes(body)
        finally:
            self.large -= is_large

    def _make_room(self) -> bool:
        if self.large >= MOST_LARGE:
            raise _too_much_at_once()
        self.large += 1
        return True


def _too_much_at_once() -> BodyRefused:
    what = sentence("Much is being sent here at this moment.")
    return BodyRefused(Trouble(503, what, sentence("Please try again soon."), RETRY_SECONDS))


def _leaving(body: bytes) -> Fields:
    """Return the one field that tells a mail program from a person; the token in the path alone decides (RFC 8058 section 3.2).

    Programs send it as a form of either kind, with broken boundaries, under other types, or nothing at all.
    """
    return [("List-Unsubscribe", "One-Click")] if b"one-click" in unquote_to_bytes(body).lower() else []


def read_form(body: bytes) -> Fields:
    """Read a form as browsers send it (URL Standard, section 5.1). Raises Refused."""
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:  # too many fields, or no UTF-8
        raise _unreadable() from None
    if any("\0" in name or "\0" in value for name, value in fields):  # PostgreSQL keeps none
        raise _unreadable()
    return fields


def _checked_parts(kind: Header, body: bytes) -> str:
    """Return the type of a multipart body in one spelling, without a charset of the sender's choice. Raises Refused."""
    boundary = str(kind.get_param("boundary", ""))
    if not _BOUNDARY.fullmatch(boundary) or b"\0" in body or body.count(b"\n") > MOST_LINES:
        raise _unreadable()
    return f'{PARTS}; boundary="{boundary}"'


def _checked_upload(kind: Header, body: bytes) -> str:
    """Return the same for a form with a file, whose octets may be any. Raises Refused."""
    boundary = str(kind.get_param("boundary", ""))
    if not _BOUNDARY.fullmatch(boundary) or body.count(b"\n--") > MOST_PARTS:
        raise _unreadable()
    return f'{PARTS}; boundary="{boundary}"'


def as_form(scope: Scope, fields: Fields) -> tuple[Scope, bytes]:
    """Return a scope and a body that hold these fields and nothing else."""
    boundary = secrets.token_hex(16)
    return _retyped(scope, f"{PARTS}; boundary={boundary}"), _as_parts(fields, boundary)


def _as_parts(fields: Fields, boundary: str) -> bytes:
    """Return the fields as parts, which are found without looking at each octet; a name that no form of ours has is left out."""
    written = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields
        if _PLAIN_NAME.fullmatch(name)
    ]
    return f"{''.join(written)}--{boundary}--\r\n".encode()


def _retyped(scope: Scope, kind: str) -> Scope:
    """Return the scope with this one type, so that nobody after us reads another one out of the sender's."""
    replaced = (b"content-type", b"content-length", b"transfer-encoding")
    headers = [(name, value) for name, value in scope["headers"] if name not in replaced]
    scope["headers"] = [
        *headers,
        (b"content-type", kind.encode()),
    ]  # the same scope: the shield reads its route afterwards
    return scope


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting = [body]

    async def replay() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()  # what comes now is that the client went away

    return replay


def _cap(scope: Scope) -> int:
    path = scope["path"]
    below = next((cap for place, cap in _CAPS_BELOW.items() if path.startswith(place)), MAX_BODY)
    return _CAPS.get(path, below)  # the whole path: mailgun and mailjet begin with mail


def _announced(scope: Scope) -> int:
    value = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(value) if value.isdigit() and len(value) < 16 else 0


def _content_type(scope: Scope) -> Header:
    header = Header()
    header["content-type"] = next((v for name, v in scope["headers"] if name == b"content-type"), b"").decode("latin-1")
    return header


def _too_large(cap: int) -> BodyRefused:
    return BodyRefused(
        Trouble(413, sentence("This is larger than the %(most)s KiB that are taken here.", most=cap // 1024))
    )


def _unreadable() -> BodyRefused:
    return BodyRefused(
        Trouble(
            422,
            sentence("What was sent cannot be read: it holds octets that are no text, or far too many fields."),
        )
    )
