"""A file in the folder where the service was started never takes the place of a library, in any child."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import newsletter
from newsletter.bench.receivers import start_line, start_receiver
from newsletter.children import leave_working_folder, module_command
from newsletter.feedback import reading
from newsletter.feedback.guarded_reading import GuardedReader, ReaderDownError
from newsletter.store.database import Database
from newsletter.store.migrating import upgrade
from tests.feedback.mailing import dsn
from tests.parts.valkey import ValkeyServer
from tests.parts.waiting import comes_true

IN_THE_WAY = (
    "email", "json", "struct", "dramatiq", "dataclasses", "contextlib", "asyncio", "socket", "signal", "multiprocessing",
    "selectors", "pathlib", "typing", "enum", "string", "random", "sqlalchemy", "newsletter", "workers", "redis", "structlog",
)  # fmt: skip
ROOT = Path(newsletter.__file__).parent.parent


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, full of files with the names of libraries."""
    for name in IN_THE_WAY:
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit('{name}.py of the working folder was taken')\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_reader_of_bounces_reads_there(folder: Path) -> None:
    guarded, content = GuardedReader(seconds=20, verifies=True), dsn("reader@readers.example")
    try:
        assert guarded.read(content) == reading.read(content) != []
    finally:
        guarded.close()


def test_the_folder_would_be_in_the_way_of_a_child_that_is_started_otherwise(folder: Path) -> None:
    careless = (sys.executable, "-m", "newsletter.feedback.reading_child")
    with pytest.raises(ReaderDownError, match="of the working folder was taken"):
        GuardedReader(command=careless).check()


def test_what_a_bench_starts_starts_there(folder: Path) -> None:
    receiver = start_receiver("cheap")
    line = start_line(receiver.port, 0.0)
    line.stop()
    receiver.stop()


@pytest.mark.parametrize("name", ["newsletter", "workers"])
def test_a_module_that_a_person_starts_takes_nothing_from_there(folder: Path, name: str) -> None:
    """What `python -m` itself needs before it comes to us is beyond our reach."""
    for theirs in {name, "newsletter", "contextlib", "typing", "enum"}:
        (folder / f"{theirs}.py").unlink()
    command = [sys.executable, "-m", name, *(["--help"] if name == "newsletter" else [])]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert "was taken" not in done.stdout + done.stderr
    assert ("Usage" in done.stdout) if name == "newsletter" else ("list index out of range" in done.stderr)


def test_workers_under_one_parent_work_there(folder: Path, valkey: ValkeyServer) -> None:
    ledger = Database(f"sqlite:///{folder / 'newsletter.db'}")
    upgrade(ledger)
    ledger.close()
    given = os.environ | {
        "NEWSLETTER_DATA_DIR": str(folder),
        "NEWSLETTER_DATABASE_URL": "",
        "NEWSLETTER_REDIS_URL": valkey.url,
        "NEWSLETTER_SMTP_URL": "memory:",
        "NEWSLETTER_SECRET_KEY": "a secret for tests only, which is long enough",
    }
    log = folder / "log"
    command = module_command("newsletter", "worker", "--processes", 1, "--threads", 1)
    with log.open("wb") as stream:
        parent = subprocess.Popen(command, env=given, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
    try:
        assert comes_true(lambda: "was taken" in log.read_text() or _has_working_child(parent.pid), within=60), (
            log.read_text()
        )
        assert "was taken" not in log.read_text()
    finally:
        parent.send_signal(signal.SIGTERM)
        parent.wait(40)


def _has_working_child(parent: int) -> bool:
    pids = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    return any(len(list(Path(f"/proc/{pid}/task").iterdir())) > 3 for pid in pids)


def test_every_child_is_started_by_the_one_command() -> None:
    """Whoever adds another child is told here."""
    found = {
        str(path.relative_to(ROOT))
        for package in ("newsletter", "workers")
        for path in (ROOT / package).rglob("*.py")
        if "sys.executable" in path.read_text(encoding="utf-8")
    }
    assert found == {"newsletter/children.py"}
    assert module_command("x", 1)[1:] == ["-P", "-m", "x", "1"]


def test_a_checkout_that_is_not_installed_is_still_found() -> None:
    path = [str(ROOT), "/usr/lib/python3"]
    assert leave_working_folder(path, newsletter.__file__) == path
    assert leave_working_folder(["/srv/else", *path], newsletter.__file__) == path
