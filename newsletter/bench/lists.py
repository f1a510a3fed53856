"""`newsletter bench import` and `bench export`: a list of N readers, beside what the database can do with it at best in the same run."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from newsletter import csv_guard, private_files
from newsletter.audience.importing import readable
from newsletter.audience.list_file import read_csv
from newsletter.audience.own_list import COLUMNS
from newsletter.bench.accounting import usage
from newsletter.bootstrap import Parts, wire
from newsletter.children import module_command
from newsletter.config import load
from newsletter.errors import NewsletterError
from newsletter.signing_keys import ProcessRole
from newsletter.store import rehearsal
from newsletter.store.migrating import upgrade

_SLUG, _REFERENCE = "rehearsal", "reference"
_BAD_EVERY = 1000
_LOOK_SECONDS = 0.5


def measure_import(rows: int, database_url: str) -> dict[str, Any]:
    """Return seconds and peak memory of an import of `rows` rows, one in a thousand unusable, and of COPY or executemany of the same. Raises StoreError."""
    with _empty(database_url) as (parts, folder):
        path = folder / "readers.csv"
        _write_list(path, rows)
        _publication(parts, _SLUG)
        words = ("subscriber", "import", str(path), "-p", _SLUG, "--confirmed", "--consent", "A rehearsal", "--json")
        first = _run(parts, *words)
        again = _run(parts, *words)
        reference = _publication(parts, _REFERENCE)
        rehearsal.empty_readers(parts.database)
        limit = _timed(lambda: _load_plainly(parts, path, reference))
        report = json.loads(first.said)
        if (report["added"], report["unusable"]) != (rows - rows // _BAD_EVERY, rows // _BAD_EVERY):
            raise NewsletterError(f"the import added {report['added']:,} and left {report['unusable']:,}")
        more = {"again_seconds": round(again.seconds, 1), "again_cpu_seconds": round(again.cpu, 1)}
        return _figures(rows, parts, first, limit) | more


def measure_export(rows: int, database_url: str) -> dict[str, Any]:
    """Return seconds and peak memory of an export of `rows` readers, and of one streamed SELECT of the same. Raises StoreError."""
    with _empty(database_url) as (parts, folder):
        path, out = folder / "readers.csv", folder / "out.csv"
        _write_list(path, rows)
        publication_id = _publication(parts, _SLUG)
        _load_plainly(parts, path, publication_id)
        rehearsal.settle_statistics(parts.database)
        ran = _run(parts, "subscriber", "export", "-p", _SLUG, "-o", str(out))
        limit = _timed(lambda: _write(folder / "plain.csv", rehearsal.stream_readers(parts.database, publication_id)))
        return _figures(rows, parts, ran, limit) | {"octets": out.stat().st_size}


class _Took(NamedTuple):
    """Seconds by the clock, and of the processor: these say more on a machine that does other work too."""

    seconds: float
    cpu: float


class _Ran(NamedTuple):
    """A command that ended: its seconds, its peak memory in octets, and what it said."""

    seconds: float
    cpu: float
    peak: int
    said: bytes


def _figures(rows: int, parts: Parts, ran: _Ran, limit: _Took) -> dict[str, Any]:
    return {
        "rows": rows,
        "database": parts.database.dialect,
        "seconds": round(ran.seconds, 1),
        "cpu_seconds": round(ran.cpu, 1),
        "peak_megabytes": round(ran.peak / 1_000_000),
        "reference_seconds": round(limit.seconds, 1),
        "reference_cpu_seconds": round(limit.cpu, 1),
        "ratio": round(ran.seconds / limit.seconds, 2) if limit.seconds else 0.0,
        "cpu_ratio": round(ran.cpu / limit.cpu, 2) if limit.cpu else 0.0,
    }


@contextmanager
def _empty(database_url: str) -> Iterator[tuple[Parts, Path]]:
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as name:
        parts = wire(load(data_dir=Path(name), database_url=database_url), role=ProcessRole.SCHEDULER)
        upgrade(parts.database)
        try:
            yield parts, Path(name)
        finally:
            parts.close()


def _publication(parts: Parts, slug: str) -> int:
    with parts.database.write() as session:
        return rehearsal.add_publication(session, slug, parts.clock.now())


def _write_list(path: Path, rows: int) -> None:
    with _new(path) as file:
        file.write("email,name\n")
        for number in range(1, rows + 1):
            bad = number % _BAD_EVERY == 0
            file.write("nobody,\n" if bad else f"reader{number}@d{number % 97}.example,Reader {number}\n")


def _run(parts: Parts, *words: str) -> _Ran:
    """Run a command as a process of its own."""
    environment = os.environ | {
        "NEWSLETTER_DATABASE_URL": parts.settings.database,
        "NEWSLETTER_DATA_DIR": str(parts.settings.data_dir),
    }
    started, peak, before = time.monotonic(), 0, os.times()
    with _new(parts.settings.data_dir / "said") as said:
        process = subprocess.Popen(module_command("newsletter", *words), env=environment, stdout=said)  # noqa: S603 - ours
        while process.returncode is None:
            peak = max(peak, usage(process.pid).peak_octets)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK_SECONDS)
        said.seek(0)
        if process.returncode:
            raise NewsletterError(f"`newsletter {' '.join(words[:2])}` ended with {process.returncode}")
        after = os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        return _Ran(time.monotonic() - started, cpu, peak, said.buffer.read())


def _load_plainly(parts: Parts, path: Path, publication_id: int) -> None:
    with path.open("rb") as file:
        people = readable(read_csv(file), [])
        rehearsal.load_plainly(parts.database, people, publication_id, parts.clock.now())


def _write(path: Path, rows: Iterator[Any]) -> None:
    with _new(path) as file:
        file.writelines(csv_guard.lines(COLUMNS, rows))


def _new(path: Path) -> TextIO:
    """An empty file for its owner alone."""
    private_files.make_file(path)
    return os.fdopen(private_files.open_file(path, os.O_RDWR | os.O_TRUNC), "r+", encoding="utf-8", newline="")


def _timed(work: Callable[[], None]) -> _Took:
    started, cpu = time.monotonic(), time.process_time()
    work()
    return _Took(time.monotonic() - started, time.process_time() - cpu)
