"""Every file that a command makes under umask 000 is for its owner alone: found by walking, not by a list."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli.commands.test_service import said_until, stopped, wait_for
from tests.cli.conftest import ISSUE, Newsletter
from tests.parts.faulty_smtp import Faults, FaultySmtp

GIVEN = {"today.md", "readers.csv", "bounce.eml"}
"""What the operator of these tests wrote."""
RUN = "import sys; from newsletter.cli.main import run; sys.exit(run(sys.argv[1:]))"
"""Without `main`, which takes the umask in hand: what is asked here is whether each file is right without it."""


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture(params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest, newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch) -> Newsletter:
    """The command line on either database."""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        monkeypatch.setenv("NEWSLETTER_DATABASE_URL", server.url(server.create_database()))
    monkeypatch.setenv("NEWSLETTER_PORT", "0")
    monkeypatch.setenv("NEWSLETTER_INBOUND_PORT", "0")
    return newsletter


@contextlib.contextmanager
def running(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", RUN, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


def walked(folder: Path) -> dict[str, int]:
    """Return the mode of everything below a folder, but for what was given."""
    found = {}
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            found[str(path.relative_to(folder))] = stat.S_IMODE(path.lstat().st_mode)
    return {name: mode for name, mode in found.items() if name not in GIVEN}


def wide(folder: Path) -> dict[str, str]:
    return {name: oct(mode) for name, mode in walked(folder).items() if mode & 0o077}


def done(newsletter: Newsletter, *arguments: str) -> None:
    said = newsletter(*arguments)
    assert said.code == 0, (arguments, said.err, said.out)


def fill(newsletter: Newsletter, folder: Path) -> None:
    """A publication with readers and an issue, and every file that can be asked for."""
    (folder / "today.md").write_text(ISSUE.format(slug="today"), encoding="utf-8")
    readers = "".join(f"reader{n}@one.example,Ada\n" for n in range(30))
    (folder / "readers.csv").write_text(f"email,name\n{readers}", encoding="utf-8")
    done(newsletter, "migrate")
    done(newsletter, "publication", "create", "daily", "--name", "The Daily", "--from", "news@daily.example")
    done(newsletter, "publication", "clicks", "daily", "--count")
    done(newsletter, "subscriber", "import", "readers.csv", "-p", "daily", "--confirmed", "--consent", "They asked.")
    done(newsletter, "issue", "import", "today.md")
    done(newsletter, "suppression", "add", "gone@one.example")
    done(newsletter, "domain", "records", "daily.example")
    done(newsletter, "domain", "records", "daily.example", "--selector", "news2")
    done(newsletter, "domain", "use", "daily.example", "news2", "--unchecked")
    done(newsletter, "keys", "new", "-o", "kept/env")
    for kind in ("email", "text", "web", "markdown", "eml"):
        done(newsletter, "issue", "preview", "today", "--as", kind, "-o", f"today.{kind}")
    done(newsletter, "subscriber", "export", "-p", "daily", "-o", "all-readers.csv")
    done(newsletter, "suppression", "export", "-o", "suppressed.csv")
    done(newsletter, "issue", "test", "today", "--to", "me@one.example")
    newsletter("doctor")


@pytest.mark.timeout(600)
def test_whatever_commands_and_processes_make_is_for_the_owner_alone(
    service: Newsletter, folder: Path, valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    valkey.flush()
    fill(service, folder)
    assert wide(folder) == {}
    left_by_a_killed_worker(service, folder, valkey, monkeypatch)
    left_by_a_killed_web_server(service, folder)
    done(service, "issue", "report", "today", "--csv", "-o", "report.csv")
    with running(folder, "inbound") as process:
        said_until(process, "protocol=smtp")  # from here on it hears signals
        assert stopped(process, signal.SIGTERM) == 0
    assert wide(folder) == {}
    assert_seen(folder, r"data/secret_key", r"data/dkim/daily\.example/news2\.rsa\.pem", r"kept/env", r"report\.csv")
    told = [result["what"] for result in service("doctor", "--json").json if result["name"] == "files"]
    assert told == ["nobody else on this machine can read them"]


def left_by_a_killed_worker(service: Newsletter, folder: Path, valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a worker and a scheduler work, and kill the worker while the server says nothing: its journal stays."""
    mute = FaultySmtp(Faults(stall_after=5))
    monkeypatch.setenv("NEWSLETTER_SMTP_URL", mute.url)
    monkeypatch.setenv("NEWSLETTER_REDIS_URL", valkey.url)
    try:
        done(service, "issue", "send", "today", "--despite", "other-date")
        with running(folder, "worker", "--processes", "1") as worker, running(folder, "scheduler") as scheduler:
            wait_for(lambda: list((folder / "data" / "journal").glob("*.journal")), 180)
            wait_for(lambda: all((service("alive", role).code == 0) for role in ("worker", "scheduler")), 180)
            assert wide(folder) == {}
            assert stopped(scheduler, signal.SIGTERM) == 0
            worker.kill()
            worker.wait(10)
        assert_seen(folder, r"data/journal/\d+-\d+\.journal")
    finally:
        mute.stop()
        for name in ("SMTP_URL", "REDIS_URL"):
            monkeypatch.delenv(f"NEWSLETTER_{name}")


def left_by_a_killed_web_server(service: Newsletter, folder: Path) -> None:
    """Let a web server that sends by itself answer a click, and kill it: the journal of clicks stays, or was just written."""
    with running(folder, "serve") as process:
        base = re.search(r"http://127\.0\.0\.1:\d+", said_until(process, "Serving"))
        assert base
        wait_for((folder / "data" / "inbox" / "new").is_dir)
        assert httpx.get(f"{base[0]}/l/1/1", timeout=20).status_code == 302
        process.kill()
        process.wait(10)
    assert_seen(folder, r"data/inbox/new/.+", r"data/events")


def assert_seen(folder: Path, *patterns: str) -> None:
    """What was looked at has what it is about in it: an empty walk finds nothing wrong."""
    names = walked(folder)
    assert [pattern for pattern in patterns if not any(re.fullmatch(pattern, name) for name in names)] == []


def test_the_demo_makes_nothing_that_others_can_reach(newsletter: Newsletter, folder: Path, monkeypatch) -> None:
    monkeypatch.setenv("NEWSLETTER_PORT", "0")
    inbox = folder / "data" / "inbox" / "new"
    with running(folder, "demo") as process:
        said_until(process, "Ctrl-C")
        wait_for(lambda: inbox.is_dir() and len(list(inbox.iterdir())) == 26)
        assert wide(folder) == {}
        assert_seen(folder, r"data/newsletter\.db-wal", r"data/newsletter\.db-shm")
        assert stopped(process, signal.SIGTERM) == 0
    assert wide(folder) == {}


def test_the_command_takes_the_umask_in_hand_for_whatever_a_library_may_make(folder: Path) -> None:
    asked = "import os; from newsletter.cli import main; main.run = lambda _: os.umask(0) != 0o077; main.main()"
    assert subprocess.run([sys.executable, "-c", asked], check=False, cwd=folder).returncode == 0


@pytest.mark.parametrize(
    ("name", "mode", "verdict"),
    [
        ("data", 0o755, "doubtful"),
        ("data", 0o770, "wrong"),
        ("data/secret_key", 0o644, "wrong"),
        ("data/newsletter.db", 0o644, "wrong"),  # the next look finds it shut, and this one tells that it was not
        ("data/inbox/new/caught", 0o604, "wrong"),
        ("data/dkim/daily.example/news1.rsa.pem", 0o640, "wrong"),
        ("data/dkim", 0o711, "doubtful"),
        (".env", 0o644, "wrong"),
        ("keyfile", 0o644, "wrong"),
        ("outside/news1.rsa.pem", 0o644, "wrong"),
        ("outside/news1.rsa.pem", 0o640, "good"),
    ],
)
def test_the_doctor_names_each_file_that_others_can_reach_and_what_shuts_it(
    newsletter: Newsletter, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, mode: int, verdict: str
) -> None:
    os.umask(0o077)
    done(newsletter, "migrate")
    if "dkim" in name:
        done(newsletter, "domain", "records", "daily.example")
    newsletter("doctor")
    if name == "keyfile":
        monkeypatch.setenv("NEWSLETTER_INBOUND_SECRET_FILE", str(folder / name))
    if name.startswith("outside"):
        monkeypatch.setenv("NEWSLETTER_DKIM_DIR", str(folder / "outside"))
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_text("NEWSLETTER_LOG_LEVEL=info" if name == ".env" else "x7-some words of it", encoding="utf-8")
    path.chmod(mode)
    told = [row for row in newsletter("doctor", "--json").json if row["name"] == "files"]
    if verdict == "good":
        assert {row["verdict"] for row in told} == {"good"}
    else:
        [row] = told
        assert (row["verdict"], Path(row["remedy"].removeprefix("chmod go= ")).name) == (verdict, path.name)
        assert f"{mode:04o}" in row["what"]
        subprocess.run(row["remedy"], shell=True, check=True, cwd=folder)
        assert path.stat().st_mode & 0o077 == 0


def test_many_wide_files_are_counted_after_the_first(newsletter: Newsletter, folder: Path) -> None:
    done(newsletter, "migrate")
    for number in range(30):
        (folder / "data" / f"wide{number}").touch(mode=0o644)
    told = [row for row in newsletter("doctor", "--json").json if row["name"] == "files"]
    assert len(told) == 21 and "10 more" in told[-1]["what"] and told[-1]["remedy"].startswith("chmod -R go= ")
