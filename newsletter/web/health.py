"""For machines that watch: is it up, and how much does it do."""

from __future__ import annotations

import contextlib

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest

from newsletter.audience.sign_up_rounds import count_waiting
from newsletter.errors import StoreError
from newsletter.feedback import overview
from newsletter.store.archive import is_ready
from newsletter.web.parts import PartsOf

router = APIRouter()

ANSWERS = Counter("newsletter_http_answers", "Requests answered, by route and status.", ["method", "route", "status"])
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def count_answer(method: str, route: str, status: int) -> None:
    """Count one answer. `route` is the template of a path, never the path: it may hold a token, and it is bounded."""
    ANSWERS.labels(method if method in _METHODS else "other", route or "none", str(status)).inc()


@router.get("/healthz")
def healthz(parts: PartsOf) -> Response:
    """Answer 200 when the database answers and has its tables, else 503."""
    with parts.database.read() as session:
        is_ready(session)
    return Response("ok\n", media_type="text/plain", headers={"Cache-Control": "no-store"})


@router.get("/metrics")
def metrics(parts: PartsOf) -> Response:
    """Return this process's counters in Prometheus' text format, and the ledger's tallies; they name no reader."""
    with contextlib.suppress(StoreError):  # the counters are worth having then all the more
        overview.publish_tallies(parts.database, clock=parts.clock)
        count_waiting(parts.database)
    return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})
