"""`newsletter bench numbers`: how long the numbers of an issue take that went to N readers, and how long it takes to count it anew."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from newsletter.bench.planning import prepare, timed_plan
from newsletter.bootstrap import Parts, wire
from newsletter.config import load
from newsletter.delivery import kept
from newsletter.delivery.progress import progress
from newsletter.feedback.statistics import report
from newsletter.mail.body import build_body
from newsletter.signing_keys import ProcessRole
from newsletter.store import rehearsal, rehearsed_outcomes
from newsletter.store.migrating import upgrade

ASKED = 20


def measure_numbers(recipients: int, database_url: str) -> dict[str, Any]:
    """Return percentiles of the milliseconds that progress and report take, and the seconds of counting anew. Raises StoreError."""
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as folder:
        parts = wire(load(data_dir=Path(folder), database_url=database_url), role=ProcessRole.SCHEDULER)
        upgrade(parts.database)
        issue_id = prepare(parts, "rehearsal", build_body("text", "<p>text</p>"), range(recipients))
        timed_plan(parts, issue_id, batch_size=500)
        with parts.database.write() as session:
            rehearsed_outcomes.settle(session, issue_id, parts.clock.now())
        seconds = _recount(parts, issue_id)
        rehearsal.settle_statistics(parts.database)
        figures = {
            "recipients": recipients,
            "database": parts.database.dialect,
            "recount_seconds": round(seconds, 2),
            "progress_ms": _percentiles(lambda: progress(parts.database, clock=parts.clock, issue_id=issue_id)),
            "report_ms": _percentiles(lambda: report(parts.database, issue_id=issue_id)),
            "compare_ms": _percentiles(lambda: kept.differing(parts.database)),
        }
        parts.close()
    return figures


def _recount(parts: Parts, issue_id: int) -> float:
    started = time.perf_counter()
    with parts.database.write() as session:
        rehearsed_outcomes.recount(session, issue_id)
    return time.perf_counter() - started


def _percentiles(ask: Callable[[], object]) -> dict[str, float]:
    waits = []
    for _ in range(ASKED):
        started = time.perf_counter()
        ask()
        waits.append((time.perf_counter() - started) * 1000)
    waits.sort()
    return {"p50": round(waits[ASKED // 2], 1), "p95": round(waits[-2], 1)}
