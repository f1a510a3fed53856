"""`newsletter bench sources`: many sources gathered twice, and pages and drafts of very many candidates."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from newsletter.bench import source_hosts
from newsletter.bench.accounting import family, share
from newsletter.bench.many_candidates import measure_candidates
from newsletter.bench.reading_rate import measure_reading
from newsletter.bootstrap import Parts, wire
from newsletter.children import module_command
from newsletter.cli.acting import at_machine
from newsletter.config import load
from newsletter.fetch import Fetcher, FetchLimits
from newsletter.model.sources import SourceKind
from newsletter.signing_keys import ProcessRole, new_secret
from newsletter.sources.asking import OCTETS, REDIRECTS, SECONDS
from newsletter.sources.keeping import NewSource
from newsletter.sources.reporting import GatheringReport
from newsletter.store import rehearsal
from newsletter.store.migrating import upgrade

_HERE = "127.0.0.1"
_LOOK_SECONDS = 0.25


def measure_sources(
    sources: int, octets: int, candidates: int, database_url: str, samples: Path | None = None
) -> dict[str, Any]:
    """Return what gathering, reading, listing and assembling cost. Raises StoreError, UnavailableError."""
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as folder:
        settings = load(
            data_dir=Path(folder),
            database_url=database_url,
            smtp_url="memory:",
            secret_key=new_secret(),
            signing_keys="",
        )
        parts = wire(settings, role=ProcessRole.SERVICE)
        upgrade(parts.database)
        try:
            now = parts.clock.now()
            with parts.database.write() as session:
                home = rehearsal.add_publication(session, "rehearsal", now)
            gathered = _gather_twice(parts, home, sources, octets)
            of_many = measure_candidates(parts, home, candidates)
        finally:
            parts.source_reader.close()
            parts.close()
    rate = measure_reading(now, [source_hosts.feed(4, octets, now)], samples)
    return {"database": parts.database.dialect, **gathered, **of_many, "reading": rate}


def _gather_twice(parts: Parts, home: int, sources: int, octets: int) -> dict[str, Any]:
    with _hosts(octets, parts.clock.now()) as port:
        limits = FetchLimits(octets=OCTETS, seconds=SECONDS, redirects=REDIRECTS, schemes=("https", "http"))
        parts.__dict__["source_fetcher"] = Fetcher(
            limits,
            clock=parts.clock,
            allowed=lambda address: str(address) == _HERE,
            look_up=lambda _host, _port: [_HERE],
        )
        given = [_source(number, port) for number in range(sources)]
        for first in range(0, sources, 500):
            parts.sources.add_all(home, given[first : first + 500], by=at_machine())
        first_run = _gathered(parts, home, os.getpid())
        for line in first_run[0].missing:
            parts.sources.switch_off(line.source_id, by=at_machine())
        second = _gathered(parts, home, os.getpid())
        told = _counts(port)
    return {
        "sources": sources,
        "octets_of_a_feed": octets,
        "first_run_seconds": round(first_run[1], 1),
        "first_run_peak_megabytes": round(first_run[2] / 1_000_000),
        "first_run_results": _results(first_run[0]),
        "most_connections_of_a_host": told["most_connections_of_a_host"],
        "second_run_seconds": round(second[1], 1),
        "second_run_results": _results(second[0]),
        "answers": told["statuses"],
    }


def _source(number: int, port: int) -> NewSource:
    name = f"h{number}.{source_hosts.DOMAIN}"
    address = f"http://{name}:{port}{source_hosts.PATH}"
    return NewSource("wire", SourceKind.FEED, address=address, name=name, plain_http=True)


def _gathered(parts: Parts, home: int, pid: int) -> tuple[GatheringReport, float, int]:
    """Gather; return the report, the seconds, and the most octets that this process and its readers held at once."""
    hosts = {each for each in family(pid) if each != pid}  # what serves the feeds is no part of it
    most, ending = [0], threading.Event()

    def look() -> None:
        while not ending.wait(_LOOK_SECONDS):
            most[0] = max(most[0], sum(share(each) for each in family(pid) if each not in hosts))

    looking = threading.Thread(target=look)
    looking.start()
    started = time.monotonic()
    try:
        report = parts.gathering.gather(home, by=at_machine())
        return report, time.monotonic() - started, most[0]
    finally:
        ending.set()
        looking.join()


def _results(report: GatheringReport) -> dict[str, int]:
    results = [line.result.value for line in report.lines]
    return {result: results.count(result) for result in sorted(set(results))}


@contextmanager
def _hosts(octets: int, now: datetime) -> Iterator[int]:
    command = module_command("newsletter.bench.source_hosts", str(octets), now.isoformat())
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=sys.stderr, text=True)  # noqa: S603 - ours
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline() or 0)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _counts(port: int) -> dict[str, Any]:
    connection = http.client.HTTPConnection(_HERE, port, timeout=30)
    try:
        connection.request("GET", source_hosts.COUNTS, headers={"Host": f"h4.counts.{source_hosts.DOMAIN}"})
        told: dict[str, Any] = json.loads(connection.getresponse().read())
        return told
    finally:
        connection.close()
