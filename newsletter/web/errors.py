"""Errors as a person or a program can read them: a page, or JSON; never a traceback."""

from __future__ import annotations

import http
from dataclasses import dataclass
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from newsletter.errors import LimitError, MovedError, NewsletterError
from newsletter.logs import outage
from newsletter.web.templating import page

log = structlog.get_logger()

_RETRY_SECONDS = 30  # of a part that is down
_PERHAPS = "The address may be mistyped, or what it named is gone."
_TITLES = {
    400: "That did not work",
    401: "Please sign in",
    403: "Not allowed",
    404: "Nothing is here",
    405: "Not in this way",
    409: "Not at this moment",
    413: "Too large",
    422: "That cannot be used",
    429: "Too many requests",
    500: "Something broke",
    503: "Back in a moment",
}


@dataclass(frozen=True)
class Trouble:
    """What a person is told."""

    status: int
    what: str
    remedy: str = ""
    retry_after: int = 0

    @property
    def title(self) -> str:
        """Heading of the page."""
        return _TITLES.get(self.status) or http.HTTPStatus(self.status).phrase

    @property
    def headers(self) -> dict[str, str]:
        """Headers the answer needs (RFC 9110 section 10.2.3)."""
        return {"Retry-After": str(self.retry_after)} if self.retry_after else {}


BROKEN = Trouble(500, "The fault is ours and has been noted.", "Please try again in a while.")


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a page or JSON."""
    app.add_exception_handler(NewsletterError, _on_newsletter_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)


def answer(request: Request, trouble: Trouble, headers: dict[str, str] | None = None) -> Response:
    """Return `trouble` as JSON to a program, else as a page."""
    given = {"Cache-Control": "no-store", **trouble.headers, **(headers or {})}
    if wants_json(request):
        told = {"error": trouble.title, "what": trouble.what, "remedy": trouble.remedy}
        return JSONResponse(told, trouble.status, given)
    return page(request, "base/error.html", status=trouble.status, headers=given, trouble=trouble)


def broken(request: Request) -> Response:
    """Return the answer to a request that met a bug; the bug itself is in the log."""
    return answer(request, BROKEN)


def nothing_here(request: Request) -> Response:
    """Return the answer to an address that names nothing."""
    return answer(request, Trouble(404, _PERHAPS))


async def no_route(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer an address that no view has: a slash too many leads to the public address without it.

    Not to the name that the request came with: whoever sends it chose that.
    """
    request, bare = Request(scope), scope["path"].rstrip("/")
    if bare == scope["path"] or not bare or scope["method"] != "GET":
        raise HTTPException(404)
    query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
    target = f"{request.app.state.parts.settings.base_url}{quote(bare)}{query}"
    response = Response(status_code=308, headers={"Location": target, "Cache-Control": "no-store"})
    await response(scope, receive, send)


def _on_newsletter_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, NewsletterError)
    if isinstance(error, MovedError):
        return _moved(request, error)
    return answer(request, trouble_of(error))


def _moved(request: Request, error: MovedError) -> Response:
    """Lead to the new name, a form with all that it holds (RFC 9110 sections 15.4.2 and 15.4.9)."""
    segments = request.url.path.split("/")
    found = segments[error.depth + 1]
    segments[error.depth + 1] = error.new + found.removeprefix(error.old)  # such as .md stays
    query = f"?{request.url.query}" if request.url.query else ""
    status = 301 if request.method in {"GET", "HEAD"} else 308
    headers = {"Location": quote("/".join(segments)) + query, "Cache-Control": "no-store"}
    return Response(status_code=status, headers=headers)


def trouble_of(error: NewsletterError) -> Trouble:
    """Return what a stranger may know of `error`: nothing of our insides when the fault is ours."""
    if error.http_status >= 500:
        log.error(
            "a part is unavailable", kind=type(error).__name__, what=error.what, where=error.where, **outage(error)
        )
        if error.http_status == 503:
            return Trouble(
                503, "A part of this service is resting.", "Nothing is lost: please try again soon.", _RETRY_SECONDS
            )
        return BROKEN
    retry_after = max(1, error.retry_after) if isinstance(error, LimitError) else 0
    remedy = error.remedy or (_PERHAPS if error.http_status == 404 else "")
    return Trouble(error.http_status, _sentence(error.what), _sentence(remedy), retry_after)


def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    stock = http.HTTPStatus(error.status_code).phrase
    what = (
        error.detail
        if error.detail and error.detail != stock
        else {
            404: _PERHAPS,
            405: "This address does not answer to that method.",
        }.get(error.status_code, stock)
    )
    return answer(request, Trouble(error.status_code, _sentence(str(what))), dict(error.headers or {}))


def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if any(e["loc"][0] == "path" for e in error.errors()):  # such as an id that is no number
        return nothing_here(request)
    fields = sorted({str(e["loc"][-1]) for e in error.errors() if e.get("loc")})
    return answer(request, Trouble(422, f"A field is missing or wrong: {', '.join(fields)}."))


def wants_json(request: Request) -> bool:
    """Tell whether a program asks, which reads JSON and no pages (RFC 9110 section 12.5.1)."""
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/html" not in accepted


def _sentence(text: str) -> str:
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")
