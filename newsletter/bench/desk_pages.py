"""`newsletter bench desk-pages`: how long the desk's pages of a publication take with many readers and many issues."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from newsletter.bench.planning import prepare, timed_plan
from newsletter.bench.web import Server
from newsletter.bootstrap import Parts, wire
from newsletter.config import load
from newsletter.errors import UnavailableError
from newsletter.mail.body import build_body
from newsletter.model.actor import operator
from newsletter.signing_keys import ProcessRole, new_secret
from newsletter.store import rehearsal
from newsletter.store.migrating import upgrade

READS = 30
"""How often each page is read."""
HOME = "rehearsal"
PAGES = {
    "today": f"/desk/{HOME}",
    "issues": f"/desk/{HOME}/issues",
    "issues searched": f"/desk/{HOME}/issues?words=rehearsal&tab=sent",
    "calendar": f"/desk/{HOME}/calendar",
    "settings": f"/desk/{HOME}/settings",
    "suppressions": f"/desk/{HOME}/settings/suppressions",
    "first send": f"/desk/{HOME}/first-send",
    "commands": f"/desk/{HOME}/commands",
}


def measure_desk_pages(recipients: int, issues: int, database_url: str) -> dict[str, Any]:
    """Return percentiles of the milliseconds that each page took. Raises UnavailableError, StoreError."""
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as folder:
        secret = new_secret()
        settings = load(
            data_dir=Path(folder),
            database_url=database_url,
            redis_url="",
            smtp_url="",
            secret_key=secret,
            signing_keys="",
        )
        parts = wire(settings, role=ProcessRole.SERVICE)
        upgrade(parts.database)
        _fill(parts, recipients, issues)
        server = Server(parts.settings)
        link = parts.accounts.links.first_owner(by=operator())  # in the place of the one that the server printed
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60) as client:
                _take_seat(client, httpx.URL(link).path)
                figures = {name: _read(client, address) for name, address in PAGES.items()}
        finally:
            server.end()
            parts.close()
        return {"recipients": recipients, "issues": issues, "database": parts.database.dialect, "ms": figures}


def _fill(parts: Parts, recipients: int, issues: int) -> None:
    issue_id = prepare(parts, HOME, build_body("text", "<p>text</p>"), range(recipients))
    timed_plan(parts, issue_id, batch_size=500)
    with parts.database.write() as session:
        rehearsal.add_ended_issues(session, issue_id, issues - 1)
    with parts.database.write() as session:
        rehearsal.spread_issues(session, rehearsal.home_of(session, issue_id), recipients, parts.clock.now())
    rehearsal.settle_statistics(parts.database)


def _take_seat(client: httpx.Client, path: str) -> None:
    password = new_secret()
    typed = {"address": "bench@news.example", "name": "Bench", "password": password, "again": password}
    origin = {"origin": str(client.base_url).rstrip("/"), "sec-fetch-site": "same-origin"}
    answer = client.post(path, data=typed, headers=origin)
    if answer.status_code != httpx.codes.SEE_OTHER:
        raise UnavailableError(f"signing in answered {answer.status_code}", where="bench desk-pages")


def _read(client: httpx.Client, address: str) -> dict[str, float]:
    waits = []
    for _ in range(READS + 1):
        started = time.perf_counter()
        answer = client.get(address)
        waits.append(time.perf_counter() - started)
        if answer.status_code != httpx.codes.OK:
            raise UnavailableError(f"{address} answered {answer.status_code}", where="bench desk-pages")
    ordered = sorted(waits[1:])  # the first one compiles the template
    return {"p50": round(ordered[READS // 2] * 1000, 1), "p95": round(ordered[READS * 95 // 100] * 1000, 1)}
