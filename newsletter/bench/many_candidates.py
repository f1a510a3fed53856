"""Very many candidates of one publication: how long the page that lists them takes, and a draft that is assembled of them."""

from __future__ import annotations

import http.client
import time
from typing import Any

from newsletter.accounts.sessions import Brought, Visit
from newsletter.bench.web import Server
from newsletter.bootstrap import Parts
from newsletter.cli.acting import at_machine
from newsletter.errors import UnavailableError
from newsletter.model import Editor
from newsletter.model.rights import Role
from newsletter.model.sources import SourceKind
from newsletter.sources.keeping import NewSource
from newsletter.store import rehearsal, rehearsed_candidates
from newsletter.store.accounts import editors, grants

PAGES = 40
SECTIONS = ("labs", "wire", "papers", "repositories")
SLUG = "rehearsal"


def measure_candidates(parts: Parts, home: int, wanted: int) -> dict[str, Any]:
    """Fill a publication up to so many candidates; return what their page and a draft cost. Raises StoreError, UnavailableError."""
    new = NewSource("wire", SourceKind.FEED, address="https://stories.example/feed", name="Stories")
    source = parts.sources.add(home, new, by=at_machine())
    now = parts.clock.now()
    with parts.database.read() as session:
        left = wanted - rehearsed_candidates.count(session, home)
    while left > 0:
        some = min(left, rehearsed_candidates.CHUNK)
        with parts.database.write() as session:
            rehearsed_candidates.add_candidates(session, source, some, sections=SECTIONS, now=now)
        left -= some
    rehearsal.settle_statistics(parts.database)
    with parts.database.read() as session:
        there = rehearsed_candidates.count(session, home)
    waits = sorted(_page_waits(parts))
    started = time.perf_counter()
    assembled = parts.assembling.assemble(home, by=at_machine())
    seconds = time.perf_counter() - started
    return {
        "candidates": there,
        "candidates_page_p50_ms": round(waits[len(waits) // 2] * 1000, 1),
        "candidates_page_p99_ms": round(waits[-1] * 1000, 1),
        "assemble_seconds": round(seconds, 2),
        "items_assembled": assembled.added + assembled.kept,
    }


def _page_waits(parts: Parts) -> list[float]:
    """Return the seconds that each of many pages took, one after the other, as an editor turns them."""
    cookie = _session(parts)
    server = Server(parts.settings)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        asked = [f"/desk/{SLUG}/candidates", f"/desk/{SLUG}/candidates?section=papers"] * (PAGES // 2)
        for path in asked[:2]:
            _ask(connection, path, cookie)  # warm
        return [_ask(connection, path, cookie) for path in asked]
    finally:
        connection.close()
        server.end()


def _ask(connection: http.client.HTTPConnection, path: str, cookie: str) -> float:
    started = time.perf_counter()
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    answer.read()
    if answer.status != http.client.OK:
        raise UnavailableError(f"the page of candidates answered {answer.status}", where="bench sources")
    return time.perf_counter() - started


def _session(parts: Parts) -> str:
    """Return the cookie of an editor who is signed in."""
    with parts.database.write() as session:
        editor = Editor(address="editor@news.example", name="Editor", password_hash="", created_at=parts.clock.now())
        editors.add(session, editor)
        grants.give(session, editor.id, None, Role.OWNER, editor.created_at)
        opened = parts.sign_in.begin(session, editor.id, visit=Visit("bench", "127.0.0.1"), brought=Brought())
    return f"desk={opened.session}"
