"""The shield around every request: security headers, addresses that can be read, HEAD, and a page instead of a traceback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from traceback import format_tb
from urllib.parse import unquote_to_bytes

import structlog
from fastapi import Request, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.tracing import span
from newsletter.web.machine.health import count_answer, known_method

log = structlog.get_logger()

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src {images}; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; frame-src 'self'"
)
CONTENT_SECURITY_POLICY = _POLICY.format(images="'self' https: data:")
"""https://www.w3.org/TR/CSP3/: nothing inline, nothing from elsewhere but images."""
PRIVATE_POLICY = _POLICY.format(images="'self' data:")
"""At the desk and in the inbox not even those: who sees an image is known to the server it comes from."""
PRIVATE_PLACES = ("/desk", "/inbox")
MAX_TARGET = 8 * 1024
"""Octets of a path and a query, each."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
}
HSTS = "max-age=31536000"  # RFC 6797 section 6.1.1; not for subdomains, which are not ours to promise for


@dataclass(frozen=True)
class SecurityHeaders:
    """ASGI middleware. A view that sets one of the headers itself keeps its own; `broken` writes the page for a bug.

    `unreadable` writes the one for an address that can name nothing.
    """

    app: ASGIApp
    https: bool
    broken: Callable[[Request], Response]
    unreadable: Callable[[Request], Response]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(send, self._own_headers(scope["path"]), headless=scope["method"] == "HEAD")
        inner = (
            {**scope, "method": "GET"} if answer.headless else scope
        )  # RFC 9110 section 9.3.2: as GET, without content
        with span("request", {"http.request.method": known_method(scope["method"])}) as add:
            try:
                await self._serve(scope, inner, receive, answer)
            finally:
                count_answer(scope["method"], _route(inner), answer.status)
                add({"http.route": _route(inner), "http.response.status_code": answer.status})

    async def _serve(self, scope: Scope, inner: Scope, receive: Receive, answer: _Answer) -> None:
        try:
            if can_be_read(scope):
                await self.app(inner, receive, answer)
            else:
                await self.unreadable(Request(inner))(inner, receive, answer)
        except Exception as error:
            _note(error, inner)
            if answer.started:
                raise
            await self.broken(Request(inner))(inner, receive, answer)

    def _own_headers(self, path: str) -> dict[str, str]:
        policy = PRIVATE_POLICY if path.startswith(PRIVATE_PLACES) else CONTENT_SECURITY_POLICY
        return {
            "Content-Security-Policy": policy,
            **_HEADERS,
            **({"Strict-Transport-Security": HSTS} if self.https else {}),
        }


def can_be_read(scope: Scope) -> bool:
    """Tell whether path and query are UTF-8 (RFC 3987 section 3.1) without NUL, which PostgreSQL keeps in no text, and not too long."""
    raw_path, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
    if max(len(raw_path), len(query)) > MAX_TARGET:
        return False
    try:
        return all("\0" not in unquote_to_bytes(raw).decode() for raw in (raw_path, query))
    except UnicodeDecodeError:
        return False


class _Answer:
    """Passes a response on with the headers added; of an answer to HEAD, only the headers."""

    def __init__(self, send: Send, own: dict[str, str], *, headless: bool) -> None:
        self._send = send
        self._own = own
        self.headless = headless
        self.status = 0  # none yet

    @property
    def started(self) -> bool:
        """Whether the head of the answer is out."""
        return self.status > 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self._own.items():
                headers.setdefault(name, value)
        elif self.headless and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)


def _note(error: Exception, scope: Scope) -> None:
    # What an exception says, and local variables, may hold addresses: the log gets its kind and where it arose (law 8).
    kinds = " from ".join(type(e).__name__ for e in (error, error.__cause__) if e is not None)
    log.error("a request broke", kind=kinds, route=_route(scope), trace="".join(format_tb(error.__traceback__)))


def _route(scope: Scope) -> str:
    # The template of the path, never the path: it may hold a token (law 8).
    return getattr(scope.get("route"), "path", "")
