"""The shield around every request: security headers, a cap on bodies, HEAD, and a page instead of a traceback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from traceback import format_tb

import structlog
from fastapi import Request, Response
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.web.health import count_answer

log = structlog.get_logger()

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' https: data:; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; frame-src 'self'"
)
"""https://www.w3.org/TR/CSP3/: nothing inline, nothing from elsewhere but images."""
MAX_BODY = 1024 * 1024
MAX_DESK_BODY = 2 * 1024 * 1024
MAX_HOOK_BODY = 10 * 1024 * 1024
_ROOMIER = {"/desk/": MAX_DESK_BODY, "/hooks/": MAX_HOOK_BODY}
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
}
HSTS = "max-age=31536000"  # RFC 6797 section 6.1.1; not for subdomains, which are not ours to promise for


@dataclass(frozen=True)
class Shield:
    """ASGI middleware. A view that sets one of the headers itself keeps its own; `broken` writes the page for a bug."""

    app: ASGIApp
    https: bool
    broken: Callable[[Request], Response]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(send, https=self.https, headless=scope["method"] == "HEAD")
        inner = (
            {**scope, "method": "GET"} if answer.headless else scope
        )  # RFC 9110 section 9.3.2: as GET, without content
        try:
            await self.app(inner, _capped(scope, receive), answer)
        except Exception as error:
            _note(error, inner)
            if answer.started:
                raise
            await self.broken(Request(inner))(inner, receive, answer)
        finally:
            count_answer(scope["method"], _route(inner), answer.status)


class _Answer:
    """Passes a response on with the headers added; of an answer to HEAD, only the headers."""

    def __init__(self, send: Send, *, https: bool, headless: bool) -> None:
        self._send = send
        self._https = https
        self.headless = headless
        self.status = 0  # none yet

    @property
    def started(self) -> bool:
        """Whether the head of the answer is out."""
        return self.status > 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._add_headers(MutableHeaders(scope=message))
        elif self.headless and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)

    def _add_headers(self, headers: MutableHeaders) -> None:
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        if self._https:
            headers.setdefault("Strict-Transport-Security", HSTS)


def _capped(scope: Scope, receive: Receive) -> Receive:
    """Return `receive` that refuses a body past the cap, whether its length is announced or not."""
    cap = next((cap for place, cap in _ROOMIER.items() if scope["path"].startswith(place)), MAX_BODY)
    announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > cap or (announced.isdigit() and int(announced) > cap):
            raise HTTPException(413, f"this is larger than the {cap // 1024} KiB that are taken here")
        return message

    return counted


def _note(error: Exception, scope: Scope) -> None:
    # What an exception says, and local variables, may hold addresses: the log gets its kind and where it arose (law 8).
    kinds = " from ".join(type(e).__name__ for e in (error, error.__cause__) if e is not None)
    log.error("a request broke", kind=kinds, route=_route(scope), trace="".join(format_tb(error.__traceback__)))


def _route(scope: Scope) -> str:
    # The template of the path, never the path: it may hold a token (law 8).
    return getattr(scope.get("route"), "path", "")
