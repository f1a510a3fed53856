"""A part of `newsletter bench desk`: how long the desk's pages of a publication take with many readers and many issues."""

from __future__ import annotations

import http.client
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from newsletter.bench.planning import prepare, timed_plan
from newsletter.bench.web import Server
from newsletter.bootstrap import Parts, wire
from newsletter.config import load
from newsletter.errors import UnavailableError
from newsletter.mail.body import build_body
from newsletter.model.actor import operator
from newsletter.signing_keys import ProcessRole, new_secret
from newsletter.store import rehearsal, rehearsed_outcomes
from newsletter.store.migrating import upgrade

READS = 30
"""How often each page is read."""
_WAIT = 60.0
"""Seconds for which the server may say that it is busy."""
HOME = "rehearsal"
PAGES = {
    "today": f"/desk/{HOME}",
    "issues": f"/desk/{HOME}/issues",
    "issues searched": f"/desk/{HOME}/issues?words=rehearsal&tab=sent",
    "calendar": f"/desk/{HOME}/calendar",
    "settings": f"/desk/{HOME}/settings",
    "suppressions": f"/desk/{HOME}/settings/suppressions",
    "brand": f"/desk/{HOME}/settings/brand",
    "readers": f"/desk/{HOME}/readers",
    "audit trail": "/desk/audit",
    "first send": f"/desk/{HOME}/first-send",
    "commands": f"/desk/{HOME}/commands",
    "numbers": f"/desk/{HOME}/numbers",
    "progress": f"/desk/{HOME}/issues/{{issue}}/progress",
    "report": f"/desk/{HOME}/issues/{{issue}}/report",
    "history": f"/desk/{HOME}/issues/{{issue}}/history",
    "deliveries": f"/desk/{HOME}/issues/{{issue}}/deliveries",
    "deliveries refused": f"/desk/{HOME}/issues/{{issue}}/deliveries?state=rejected",
    "deliveries uncertain": f"/desk/{HOME}/issues/{{issue}}/deliveries?state=uncertain",
    "clicks": f"/desk/{HOME}/issues/{{issue}}/clicks/mail",
}
"""By name; `{issue}` is the one that went to all readers."""


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
        issue_id = _fill(parts, recipients, issues)
        server = Server(parts.settings)
        link = parts.accounts.links.first_owner(by=operator())  # in the place of the one that the server printed
        try:
            cookie = _take_seat(server.port, urlsplit(link).path)
            figures = {
                name: _read(server.port, address.format(issue=issue_id), cookie) for name, address in PAGES.items()
            }
        finally:
            server.end()
            parts.close()
        return {"recipients": recipients, "issues": issues, "database": parts.database.dialect, "ms": figures}


def _fill(parts: Parts, recipients: int, issues: int) -> int:
    """Have an issue that went to all readers, with clicks and bounces, and others; return its id."""
    issue_id = prepare(parts, HOME, build_body("text", "<p>text</p>"), range(recipients))
    timed_plan(parts, issue_id, batch_size=500)
    with parts.database.write() as session:
        rehearsed_outcomes.settle(session, issue_id, parts.clock.now())
        rehearsed_outcomes.recount(session, issue_id)
    with parts.database.write() as session:
        rehearsal.add_ended_issues(session, issue_id, issues - 1)
    with parts.database.write() as session:
        rehearsal.spread_issues(session, rehearsal.home_of(session, issue_id), recipients, parts.clock.now())
    rehearsal.settle_statistics(parts.database)
    return issue_id


def _take_seat(port: int, path: str) -> str:
    """Become the owner, and return the cookie of the session."""
    password = new_secret()
    typed = {"address": "bench@news.example", "name": "Bench", "password": password, "again": password}
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": f"http://127.0.0.1:{port}",
        "Sec-Fetch-Site": "same-origin",
    }
    until = time.monotonic() + _WAIT
    while (answer := _posted(port, path, urlencode(typed), headers)).status == http.client.SERVICE_UNAVAILABLE:
        if time.monotonic() > until:
            break
        time.sleep(1)  # the server's own rounds have just begun, and SQLite lets one write at a time
    if answer.status != http.client.SEE_OTHER:
        raise UnavailableError(f"signing in answered {answer.status}", where="bench desk")
    return "; ".join(each.partition(";")[0] for each in answer.headers.get_all("Set-Cookie") or ())


def _posted(port: int, path: str, form: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", path, form, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def _read(port: int, address: str, cookie: str) -> dict[str, float]:
    connection, waits = http.client.HTTPConnection("127.0.0.1", port, timeout=60), []
    for _ in range(READS + 1):
        started = time.perf_counter()
        connection.request("GET", address, headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        waits.append(time.perf_counter() - started)
        if answer.status != http.client.OK:
            raise UnavailableError(f"{address} answered {answer.status}", where="bench desk")
    connection.close()
    ordered = sorted(waits[1:])  # the first one compiles the template
    return {"p50": round(ordered[READS // 2] * 1000, 1), "p95": round(ordered[READS * 95 // 100] * 1000, 1)}
