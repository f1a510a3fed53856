"""Files and folders are for their owner alone, whatever the umask says and whatever lay there before; and one place makes them."""

from __future__ import annotations

import ast
import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from newsletter import private_files
from newsletter.keyring import Keyring
from newsletter.store.database import Database
from newsletter.store.migrating import upgrade
from tests.test_floors import modules

MAKERS = {
    "mkdir",
    "makedirs",
    "write_text",
    "write_bytes",
    "touch",
    "mkstemp",
    "mkdtemp",
    "NamedTemporaryFile",
    "TemporaryFile",
}
MAKERS |= {"chmod", "fchmod", "symlink_to", "hardlink_to", "copy2", "copyfile", "copytree"}
KEEPERS = {
    "newsletter.private_files",
    "newsletter.cli.document",  # writes docs/ of a checkout
    "newsletter.bench.soak.postgres",  # copies programs to where the user may look who runs them
}


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def makes_files(source: str) -> list[str]:
    """Return the calls in a source that make files, or change who may reach them."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in {"O_CREAT", "O_TMPFILE"}:
            found.append(f"{node.lineno} {node.attr}")
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        words = [n.value for n in (*node.args, *(k.value for k in node.keywords)) if isinstance(n, ast.Constant)]
        writes = any(
            isinstance(w, str) and len(w) <= 3 and set(w) & set("wax+") and set(w) <= set("rwaxbt+") for w in words
        )
        if name in MAKERS or (name == "open" and writes):
            found.append(f"{node.lineno} {name}")
    return found


HANDED = {
    "newsletter.journal.lines",
    "newsletter.transports.maildir",
    "newsletter.cli.files",
    "newsletter.audience.move_run",
    "newsletter.backup.archive",
    "newsletter.web.uploads",
}
"""Who hands flags to the keeper, which sees to the mode."""
NO_FILE_OF_A_NAME = {
    "newsletter.backup.archive": "open",  # a member of the archive
    "newsletter.audience.moving.listmonk_live": "TemporaryFile",  # which no name leads to
}
"""What makes nothing that anybody else could open."""


def allowed(module: str, call: str) -> bool:
    handed = module in HANDED and call.endswith("O_CREAT")
    return module in KEEPERS or handed or NO_FILE_OF_A_NAME.get(module) == call.rsplit(maxsplit=1)[-1]


def test_one_place_makes_files() -> None:
    found = [f"{m}:{call}" for m, source in modules() for call in makes_files(source) if not allowed(m, call)]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        'open("x", "w")', 'Path("x").open(mode="ab")', "path.write_text('x')", "folder.mkdir(mode=0o700)",
        "os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)", "tempfile.NamedTemporaryFile()", "path.chmod(0o644)",
    ],
)  # fmt: skip
def test_whoever_makes_files_is_found(source: str) -> None:
    assert makes_files(source)


def test_whoever_only_reads_is_not() -> None:
    assert makes_files('open("name", "rb")\npath.open()\nos.open(path, os.O_RDONLY)\npool.open(feed)') == []


def test_folders_and_all_above_them_that_were_missing_are_for_us_alone(tmp_path: Path) -> None:
    private_files.make_folder(tmp_path / "a" / "b" / "c")
    assert [mode(tmp_path / name) for name in ("a", "a/b", "a/b/c")] == [0o700] * 3


def test_an_empty_folder_becomes_ours_and_one_that_holds_something_is_left(tmp_path: Path) -> None:
    empty, used = tmp_path / "empty", tmp_path / "used"
    for folder in (empty, used):
        folder.mkdir(mode=0o755)
    (used / "page.html").touch()
    for folder in (empty, used):
        private_files.make_folder(folder)
    assert (mode(empty), mode(used)) == (0o700, 0o755)


def test_a_file_that_was_wide_is_shut_before_anything_is_written_to_it(tmp_path: Path) -> None:
    path = tmp_path / "readers.csv"
    path.touch(mode=0o666)
    file = private_files.open_file(path, os.O_WRONLY)
    assert mode(path) == 0o600
    os.close(file)
    private_files.write(path, b"ada@one.example")
    assert (mode(path), path.read_bytes()) == (0o600, b"ada@one.example")


def test_what_is_no_file_keeps_its_mode(tmp_path: Path) -> None:
    before = mode(Path(os.devnull))
    private_files.write(Path(os.devnull), b"gone")
    assert mode(Path(os.devnull)) == before
    (tmp_path / "target").touch(mode=0o644)
    (tmp_path / "link").symlink_to(tmp_path / "target")
    private_files.tighten(tmp_path / "link")
    private_files.tighten(tmp_path / "nothing")
    assert mode(tmp_path / "target") == 0o644, "a link may lead to what is not ours"


def test_a_kept_file_is_whole_and_the_first_wins(tmp_path: Path) -> None:
    assert private_files.keep(tmp_path / "in" / "secret", b"first")
    assert not private_files.keep(tmp_path / "in" / "secret", b"second")
    assert (tmp_path / "in" / "secret").read_bytes() == b"first"
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["secret"]


def ledger_files(folder: Path) -> dict[str, int]:
    return {path.name: mode(path) for path in folder.iterdir()}


@pytest.mark.parametrize("url", ["sqlite:///{}", "sqlite:///file:{}?uri=true"])
def test_the_ledger_is_for_us_alone_from_its_first_octet(tmp_path: Path, url: str) -> None:
    folder = tmp_path / "data"
    database = Database(url.format(folder / "newsletter.db"))
    with database.write() as session:
        session.execute(text("CREATE TABLE t (x)"))
        assert ledger_files(folder) == dict.fromkeys(("newsletter.db", "newsletter.db-wal", "newsletter.db-shm"), 0o600)
    database.close()
    assert mode(folder) == 0o700


def test_a_ledger_that_was_wide_is_shut_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "newsletter.db"
    with sqlite3.connect(path) as old:
        old.execute("PRAGMA journal_mode=WAL")
        old.execute("CREATE TABLE t (x)")
        database = Database(f"sqlite:///{path}")
        with database.read() as session:
            session.execute(text("SELECT 1"))
        assert set(ledger_files(tmp_path).values()) == {0o600}
        database.close()
    old.close()


def test_opening_the_ledger_again_ends_no_lock_that_this_process_holds(tmp_path: Path) -> None:
    """Closing any descriptor of a file ends all POSIX locks of the process on it: SQLite would lose its own."""
    path = tmp_path / "newsletter.db"
    first = Database(f"sqlite:///{path}")
    upgrade(first)
    with first.write() as session:
        session.execute(text("SELECT 1"))
        held = [
            line
            for line in Path("/proc/locks").read_text(encoding="ascii").splitlines()
            if f":{path.stat().st_ino} " in line
        ]
        second = Database(f"sqlite:///{path}")
        with second.read() as reading:
            reading.execute(text("SELECT 1"))
        still = [
            line
            for line in Path("/proc/locks").read_text(encoding="ascii").splitlines()
            if f":{path.stat().st_ino} " in line
        ]
        assert held and len(still) >= len(held)
        second.close()
    first.close()


@pytest.mark.parametrize(
    ("shared", "folder", "file"), [(0o2750, 0o2750, 0o640), (0o755, 0o700, 0o600), (0o700, 0o700, 0o600)]
)
def test_keys_may_be_read_by_a_group_only_where_their_folder_was_given_to_it(
    tmp_path: Path, shared: int, folder: int, file: int
) -> None:
    top = tmp_path / "dkim"
    top.mkdir()
    (top / "README").touch()  # so that it is the operator's
    top.chmod(shared)
    keyring = Keyring(top)
    keyring.make("news.example", "news1")
    keyring.make("news.example", "news2")
    keyring.use("news.example", "news2")
    assert mode(top) == shared
    assert mode(top / "news.example") == folder
    assert {mode(path) for path in (top / "news.example").iterdir()} == {file}


def test_what_is_too_wide_is_found_wherever_it_lies(tmp_path: Path) -> None:
    private_files.make_folder(tmp_path / "data" / "inner")
    private_files.write(tmp_path / "data" / "inner" / "good", b"")
    (tmp_path / "data" / "inner" / "wide").touch(mode=0o640)
    (tmp_path / "data" / "open").mkdir(mode=0o750)
    (tmp_path / "data" / "link").symlink_to("/")
    found = {path.name: bits for path, bits in private_files.too_wide(tmp_path / "data")}
    assert found == {"wide": 0o640, "open": 0o750}
    assert list(private_files.too_wide(tmp_path / "data", allowed=0o050)) == []
