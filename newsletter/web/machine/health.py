"""For machines that watch: is it up, and how much does it do."""

from __future__ import annotations

from functools import cache

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, HTTPException, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter

from newsletter.service.readiness import see_that_it_answers
from newsletter.web.forwarding import is_direct
from newsletter.web.machine import scraping
from newsletter.web.parts import PartsOf, bears

router = APIRouter()
_THREADS = 2

ANSWERS = Counter("newsletter_http_answers", "Requests answered, by route and status.", ["method", "route", "status"])
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def count_answer(method: str, route: str, status: int) -> None:
    """Count one answer. `route` is the template of a path, never the path: it may hold a token, and it is bounded."""
    ANSWERS.labels(known_method(method), route or "none", str(status)).inc()


def known_method(method: str) -> str:
    """Return a method as it is told to those who watch: strangers may make up words."""
    return method if method in _METHODS else "other"


@router.get("/healthz")
async def healthz(parts: PartsOf) -> Response:
    """Answer 200 when the database answers and has its tables, else 503. It waits for no page: its threads are its own."""
    await run_sync(see_that_it_answers, parts.database, limiter=_own_threads())
    return Response("ok\n", media_type="text/plain", headers={"Cache-Control": "no-store"})


@cache
def _own_threads() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(_THREADS)


@cache
def _scraping_threads() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(1)


@router.get("/metrics")
async def metrics(request: Request, parts: PartsOf) -> Response:
    """Return this process's counters in Prometheus' text format, and the measures of ledger and queue; they name no reader.

    To whoever bears the token; where there is none, to a program on this machine. One at a time, in a thread of its own: a
    database that hangs must not cost a thread of the pages for each scrape.
    """
    token = parts.settings.metrics_token.get_secret_value()
    if token and not bears(request, token):
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})  # RFC 6750 section 3
    if not token and not is_direct(request):
        raise HTTPException(404)
    told = await run_sync(scraping.scrape, parts, limiter=_scraping_threads())
    return Response(told, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})
