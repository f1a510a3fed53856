"""Errors as a person or a program can read them: a page, or JSON; never a traceback."""

from __future__ import annotations

import http
import re
from dataclasses import dataclass, replace
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from newsletter.archive.pages import moved_to
from newsletter.errors import LimitError, MovedError, NewsletterError
from newsletter.logs import outage
from newsletter.rendering.catalogue import SOURCE
from newsletter.rendering.language import Language
from newsletter.sentences import Sentence, sentence
from newsletter.web.reader_language import is_for_readers, language_here, language_wished
from newsletter.web.templating import page

log = structlog.get_logger()

_LONGEST_PATH = 500
_RETRY_SECONDS = 30  # of a part that is down
_PERHAPS = sentence("The address may be mistyped, or what it named is gone.")
_TITLES = {
    400: sentence("That did not work"),
    401: sentence("Please sign in"),
    403: sentence("Not allowed"),
    404: sentence("Nothing is here"),
    405: sentence("Not in this way"),
    409: sentence("Not at this moment"),
    413: sentence("Too large"),
    422: sentence("That cannot be used"),
    429: sentence("Too many requests"),
    500: sentence("Something broke"),
    503: sentence("Back in a moment"),
}
_STOCK = {404: _PERHAPS, 405: sentence("This address does not answer to that method.")}


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

    def said_in(self, words: Language) -> Trouble:
        """Return what a reader of this language is told. Text that no catalogue has is for those who read English."""
        return replace(self, what=_said(self.what, words), remedy=_said(self.remedy, words))

    @property
    def headers(self) -> dict[str, str]:
        """Headers the answer needs (RFC 9110 section 10.2.3)."""
        return {"Retry-After": str(self.retry_after)} if self.retry_after else {}


_ISSUE_AT_DESK = re.compile(r"/desk/[a-z0-9-]{1,80}/issues/[0-9]{1,16}(?=/|$)")
BROKEN = Trouble(500, sentence("The fault is ours and has been noted."), sentence("Please try again in a while."))


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a page or JSON."""
    app.add_exception_handler(NewsletterError, _on_newsletter_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)


def answer(
    request: Request, trouble: Trouble, headers: dict[str, str] | None = None, words: Language | None = None
) -> Response:
    """Return `trouble` as JSON to a program, in English, else as a page: in the language `words`, or the one that the browser wishes."""
    given = {"Cache-Control": "no-store", **trouble.headers, **(headers or {})}
    if wants_json(request):
        told = {"error": trouble.title, "what": trouble.what, "remedy": trouble.remedy}
        return JSONResponse(told, trouble.status, given)
    words = words or language_wished(request)
    shown = trouble.said_in(words) if is_for_readers(request) else trouble
    leads_elsewhere = trouble.status < 400 or trouble.status in (401, 404)
    back = None if leads_elsewhere else _way_on(request)
    return page(request, "base/error.html", status=trouble.status, headers=given, words=words, trouble=shown, back=back)


def _way_on(request: Request) -> tuple[str, str] | None:
    """Return where an editor goes on whose form was refused: the issue that it is of, as address and words. None for all else."""
    found = _ISSUE_AT_DESK.match(request.url.path) if request.method == "POST" else None
    return (found[0], "Back to the issue") if found else None


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
    if error.http_status == 404 and (elsewhere := _moved_in(request)):
        return elsewhere
    trouble = trouble_of(error)
    # the ledger may be what is missing: then the browser alone says which language
    words = language_here(request) if trouble.status < 500 else None
    return answer(request, trouble, words=words)


def _moved(request: Request, error: MovedError) -> Response:
    """Lead to the new name, a form with all that it holds (RFC 9110 sections 15.4.2 and 15.4.9)."""
    segments = request.url.path.split("/")
    found = segments[error.depth + 1]
    segments[error.depth + 1] = error.new + found.removeprefix(error.old)  # such as .md stays
    query = f"?{request.url.query}" if request.url.query else ""
    status = 301 if request.method in {"GET", "HEAD"} else 308
    headers = {"Location": quote("/".join(segments)) + query, "Cache-Control": "no-store"}
    return Response(status_code=status, headers=headers)


def _moved_in(request: Request) -> Response | None:
    """Lead from the address that an issue had in another product to where it stands now, for good."""
    path = request.url.path
    if request.method not in {"GET", "HEAD"} or len(path) > _LONGEST_PATH or path.startswith("/desk"):
        return None
    try:
        found = moved_to(request.app.state.parts.database, path)
    except NewsletterError:  # the ledger may be what is missing
        return None
    return Response(status_code=301, headers={"Location": quote(found), "Cache-Control": "no-store"}) if found else None


def trouble_of(error: NewsletterError) -> Trouble:
    """Return what a stranger may know of `error`: nothing of our insides when the fault is ours."""
    if error.http_status >= 500:
        log.error(
            "a part is unavailable", kind=type(error).__name__, what=error.what, where=error.where, **outage(error)
        )
        if error.http_status == 503:
            return Trouble(
                503,
                sentence("A part of this service is resting."),
                sentence("Nothing is lost: please try again soon."),
                _RETRY_SECONDS,
            )
        return BROKEN
    retry_after = max(1, error.retry_after) if isinstance(error, LimitError) else 0
    remedy = error.remedy or (_PERHAPS if error.http_status == 404 else "")
    return Trouble(error.http_status, _whole(error.what), _whole(remedy), retry_after)


def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404 and (elsewhere := _moved_in(request)):
        return elsewhere
    stock = http.HTTPStatus(error.status_code).phrase
    what = error.detail if error.detail and error.detail != stock else _STOCK.get(error.status_code, stock)
    words = language_here(request) if error.status_code < 500 else None
    return answer(request, Trouble(error.status_code, _whole(what)), dict(error.headers or {}), words)


def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if any(e["loc"][0] == "path" for e in error.errors()):  # such as an id that is no number
        return answer(request, Trouble(404, _PERHAPS), words=language_here(request))
    fields = sorted({str(e["loc"][-1]) for e in error.errors() if e.get("loc")})
    what = sentence("A field is missing or wrong: %(fields)s.", fields=", ".join(fields))
    return answer(request, Trouble(422, what), words=language_here(request))


def wants_json(request: Request) -> bool:
    """Tell whether a program asks, which reads JSON and no pages (RFC 9110 section 12.5.1)."""
    accepted = request.headers.get("accept", "")
    if request.url.path.startswith("/api/"):
        return True
    return "application/json" in accepted and "text/html" not in accepted


def _said(text: str, words: Language) -> str:
    is_english = words.spoken.locale.language == SOURCE
    if isinstance(text, Sentence):
        said = words.say(text)
        return str(_whole(said)) if is_english else said
    return text if is_english else ""


def _whole(text: str) -> str:
    """Return English as a page says it, still known to the catalogues; logs and the command line say it without capital and stop."""
    if not text:
        return ""
    whole = text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")
    return text.in_detail(whole) if isinstance(text, Sentence) else whole
