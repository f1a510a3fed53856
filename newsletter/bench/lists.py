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
from typing import Any, TextIO

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
        seconds, peak, told = _run(parts, *words)
        again, _, _ = _run(parts, *words)
        reference = _publication(parts, _REFERENCE)
        rehearsal.empty_readers(parts.database)
        limit = _timed(lambda: _load_plainly(parts, path, reference))
        report = json.loads(told)
        if (report["added"], report["unusable"]) != (rows - rows // _BAD_EVERY, rows // _BAD_EVERY):
            raise NewsletterError(f"the import added {report['added']:,} and left {report['unusable']:,}")
        return _figures(rows, parts, seconds, peak, limit) | {"again_seconds": round(again, 1)}


def measure_export(rows: int, database_url: str) -> dict[str, Any]:
    """Return seconds and peak memory of an export of `rows` readers, and of one streamed SELECT of the same. Raises StoreError."""
    with _empty(database_url) as (parts, folder):
        path, out = folder / "readers.csv", folder / "out.csv"
        _write_list(path, rows)
        publication_id = _publication(parts, _SLUG)
        _load_plainly(parts, path, publication_id)
        rehearsal.settle_statistics(parts.database)
        seconds, peak, _ = _run(parts, "subscriber", "export", "-p", _SLUG, "-o", str(out))
        limit = _timed(lambda: _write(folder / "plain.csv", rehearsal.stream_readers(parts.database, publication_id)))
        return _figures(rows, parts, seconds, peak, limit) | {"octets": out.stat().st_size}


def _figures(rows: int, parts: Parts, seconds: float, peak: int, limit: float) -> dict[str, Any]:
    return {
        "rows": rows,
        "database": parts.database.dialect,
        "seconds": round(seconds, 1),
        "peak_megabytes": round(peak / 1_000_000),
        "reference_seconds": round(limit, 1),
        "ratio": round(seconds / limit, 2) if limit else 0.0,
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


def _run(parts: Parts, *words: str) -> tuple[float, int, bytes]:
    """Run a command as a process of its own; return its seconds, its peak memory in octets, and what it said."""
    environment = os.environ | {
        "NEWSLETTER_DATABASE_URL": parts.settings.database,
        "NEWSLETTER_DATA_DIR": str(parts.settings.data_dir),
    }
    started, peak = time.monotonic(), 0
    with _new(parts.settings.data_dir / "said") as said:
        process = subprocess.Popen(module_command("newsletter", *words), env=environment, stdout=said)  # noqa: S603 - ours
        while process.returncode is None:
            peak = max(peak, usage(process.pid).peak_octets)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK_SECONDS)
        said.seek(0)
        if process.returncode:
            raise NewsletterError(f"`newsletter {' '.join(words[:2])}` ended with {process.returncode}")
        return time.monotonic() - started, peak, said.buffer.read()


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


def _timed(work: Callable[[], None]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started
