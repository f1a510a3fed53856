"""`newsletter bench plan` and what benches of the ledger share: a database of their own, filled with readers."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from newsletter.bootstrap import Parts, wire
from newsletter.config import load
from newsletter.delivery.planning import plan
from newsletter.mail.body import Body, build_body
from newsletter.signing_keys import ProcessRole
from newsletter.store import rehearsal
from newsletter.store.migrating import upgrade


def measure_plan(recipients: int, database_url: str) -> dict[str, Any]:
    """Return the seconds it takes to plan an issue for `recipients`. Raises StoreError."""
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as folder:
        parts = wire(load(data_dir=Path(folder), database_url=database_url), role=ProcessRole.SCHEDULER)
        upgrade(parts.database)
        issue_id = prepare(parts, "rehearsal", build_body("text", "<p>text</p>"), range(recipients))
        rehearsal.settle_statistics(parts.database)
        seconds = timed_plan(parts, issue_id, batch_size=500)
        dialect = parts.database.dialect
        parts.close()
    return {"recipients": recipients, "database": dialect, "plan_seconds": round(seconds, 3)}


def prepare(parts: Parts, slug: str, body: Body, readers: range, *, due: bool = True) -> int:
    """Store a publication with its readers and one issue; return the issue's id."""
    now = parts.clock.now()
    with parts.database.write() as session:
        publication_id = rehearsal.add_publication(session, slug, now)
        issue_id = rehearsal.add_issue(session, publication_id, slug, body, now, due=due)
    for first in range(readers.start, readers.stop, rehearsal.CHUNK):
        with parts.database.write() as session:
            count = min(rehearsal.CHUNK, readers.stop - first)
            rehearsal.add_readers(session, publication_id, first, count, now)
    return issue_id


def timed_plan(parts: Parts, issue_id: int, *, batch_size: int) -> float:
    """Plan an issue; return the seconds it took. An embedded scheduler may have been faster: it plans what is due."""
    with parts.database.write() as session:
        rehearsal.make_due(session, issue_id, parts.clock.now())
    started = time.monotonic()
    plan(parts.database, clock=parts.clock, issue_id=issue_id, batch_size=batch_size)
    return time.monotonic() - started
