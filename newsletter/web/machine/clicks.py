"""Clicks and opens, answered before the application: `/c/{token}/{n}`, `/l/{edition}/{n}`, `/o/{token}.gif`.

A door of plain ASGI, because it is asked more often than all others together. A link leads only to an address of our own
table; whatever is not known goes on to the application, which answers 404.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.bootstrap import Parts
from newsletter.errors import StoreError, TokenError
from newsletter.feedback.bot_detection import signs_of
from newsletter.feedback.event_journal import SeenEvent
from newsletter.model.feedback import EventKind
from newsletter.networks import network_of
from newsletter.tokens import TOKEN_CHARS, Purpose
from newsletter.web.machine.health import ANSWERS
from newsletter.web.security import HSTS

T = TypeVar("T")
GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
"""One transparent pixel, 43 octets (GIF89a)."""
_MOST_DIGITS = 15
_PRIVATE = [
    (b"cache-control", b"no-store, private"),
    (b"referrer-policy", b"no-referrer"),  # the address holds a token
    (b"x-robots-tag", b"noindex"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_GIF_HEAD = [(b"content-type", b"image/gif"), (b"content-length", str(len(GIF)).encode())]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an address of ours asks for: a link of an edition, or of a delivery."""

    edition_id: int
    delivery_id: int | None
    number: int


class ClickDoor:
    """ASGI middleware in front of all others."""

    def __init__(self, app: ASGIApp, parts: Parts) -> None:
        self._app = app
        self._parts = parts
        https = parts.settings.base_url.startswith("https://")
        self._head = [*_PRIVATE, *([(b"strict-transport-security", HSTS.encode())] if https else [])]
        parts.events.begin()
        self._doors = {"/c/": self._click, "/l/": self._counted, "/o/": self._open}
        self._answers = {(m, r): ANSWERS.labels(m, r, s) for m in ("GET", "HEAD") for r, s in ROUTES.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer if the address is ours and known; else pass the request on."""
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            door = self._doors.get(scope["path"][:3])
            if door is not None and await door(scope, send):
                self._answers[scope["method"], scope["path"][:3]].inc()
                return
        elif scope["type"] == "lifespan":
            await self._app(scope, self._closing(receive), send)
            return
        await self._app(scope, receive, send)

    async def _click(self, scope: Scope, send: Send) -> bool:
        token, _, number = scope["path"][3:].partition("/")
        delivery_id = self._subject(Purpose.CLICK, token)
        if delivery_id is None or not _is_number(number):
            return False
        shelf = self._parts.links
        edition_id = shelf.known_edition(delivery_id)
        if edition_id is None:
            edition_id = await _looked_up(shelf.edition, delivery_id)
        return edition_id is not None and await self._redirect(
            scope, send, _Asked(edition_id, delivery_id, int(number))
        )

    async def _counted(self, scope: Scope, send: Send) -> bool:
        edition, _, number = scope["path"][3:].partition("/")
        if not _is_number(edition) or not _is_number(number):
            return False
        return await self._redirect(scope, send, _Asked(int(edition), None, int(number)))

    async def _open(self, scope: Scope, send: Send) -> bool:
        token, _, ending = scope["path"][3:].partition(".")
        delivery_id = self._subject(Purpose.OPEN, token)
        if delivery_id is None or ending != "gif":
            return False
        self._note(scope, EventKind.OPEN, _Asked(0, delivery_id, 0))
        await _send(send, 200, [*_GIF_HEAD, *self._head], GIF if scope["method"] == "GET" else b"")
        return True

    async def _redirect(self, scope: Scope, send: Send, asked: _Asked) -> bool:
        shelf = self._parts.links
        target = shelf.known_target(asked.edition_id, asked.number)
        if target is None:
            target = await _looked_up(shelf.target, asked.edition_id, asked.number)
        if not target:
            return False
        self._note(scope, EventKind.CLICK, asked)
        await _send(send, 302, [(b"location", target), (b"content-length", b"0"), *self._head], b"")
        return True

    def _note(self, scope: Scope, kind: EventKind, asked: _Asked) -> None:
        signs = signs_of(scope["method"], dict(scope["headers"]), is_open=kind is EventKind.OPEN)
        if kind is EventKind.CLICK and asked.number == 0:
            signs.append("canary")
        seen = SeenEvent(self._parts.clock.now(), kind, asked.edition_id, asked.delivery_id, asked.number, signs)
        client = scope.get("client")
        self._parts.events.add(seen, _network(client[0] if client else ""))

    def _subject(self, purpose: Purpose, token: str) -> int | None:
        if len(token) != TOKEN_CHARS:
            return None
        try:
            return self._parts.signer.read(purpose, token)
        except TokenError:
            return None

    def _closing(self, receive: Receive) -> Receive:
        async def watched() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await asyncio.to_thread(self._parts.events.close)
            return message

        return watched


_network = lru_cache(maxsize=4096)(network_of)
ROUTES = {"/c/": "302", "/l/": "302", "/o/": "200"}
"""How the addresses that are answered here begin, and the status of the answer."""


async def _looked_up(look: Callable[..., T], *what: int) -> T | None:
    """Ask the ledger beside the loop; when it is gone the application says so."""
    try:
        return await asyncio.to_thread(look, *what)
    except StoreError:
        return None


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], content: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
