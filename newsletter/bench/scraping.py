"""`newsletter bench scrape`: how long `/metrics` takes with an issue for many readers under way, and many issues that have ended."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from newsletter.audience import sign_up_rounds
from newsletter.bench.planning import prepare, timed_plan
from newsletter.bootstrap import Parts, wire
from newsletter.config import load
from newsletter.delivery import measuring
from newsletter.feedback import overview
from newsletter.mail.body import build_body
from newsletter.signing_keys import ProcessRole
from newsletter.store import rehearsal
from newsletter.store.migrating import upgrade

SCRAPES = 50


def measure_scrape(recipients: int, issues: int, database_url: str) -> dict[str, Any]:
    """Return percentiles of the milliseconds that the ledger takes for a scrape, and how many series it gives. Raises StoreError."""
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as folder:
        parts = wire(load(data_dir=Path(folder), database_url=database_url), role=ProcessRole.SCHEDULER)
        upgrade(parts.database)
        issue_id = prepare(parts, "rehearsal", build_body("text", "<p>text</p>"), range(recipients))
        timed_plan(parts, issue_id, batch_size=500)
        with parts.database.write() as session:
            rehearsal.add_ended_issues(session, issue_id, issues - 1)
        rehearsal.settle_statistics(parts.database)
        waits = sorted(_scrape(parts)[0] for _ in range(SCRAPES))
        figures = {
            "recipients": recipients,
            "issues": issues,
            "database": parts.database.dialect,
            "series": _scrape(parts)[1],
            "p50_ms": round(waits[SCRAPES // 2] * 1000, 1),
            "p99_ms": round(waits[-1] * 1000, 1),
        }
        parts.close()
    return figures


def _scrape(parts: Parts) -> tuple[float, int]:
    started = time.perf_counter()
    found = [
        *measuring.measure(parts.database, clock=parts.clock, settings=parts.settings),
        *overview.measure(parts.database, clock=parts.clock),
        *sign_up_rounds.measure(parts.database),
    ]
    return time.perf_counter() - started, len(found)
