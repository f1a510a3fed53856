"""The house stands on its floors: imports go down only, and each outside thing is touched in its own rooms only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("newsletter", "workers")

FLOORS = {
    "doors": {"newsletter.web", "newsletter.cli", "newsletter.bench", "workers"},
    "fuse box": {"newsletter.bootstrap"},
    "rooms": {
        f"newsletter.{room}"
        for room in (
            "accounts",
            "audience",
            "issues",
            "delivery",
            "feedback",
            "archive",
            "sources",
            "publications",
            "images",
            "service",
            "backup",
        )
    },
    "tools": {
        f"newsletter.{tool}"
        for tool in (
            "store",
            "rendering",
            "transports",
            "inbound",
            "queue",
            "pacing",
            "fetch",
            "timed_stream",
            "kept_connections",
            "journal",
            "keyring",
            "imaging",
            "dns",
            "logs",
            "tracing",
            "page_priority",
            "private_files",
            "moved_files",
            "guarded_child",
            "holder",
        )
    },
    "ground": {
        f"newsletter.{stone}"
        for stone in (
            "model",
            "garbage",
            "mail",
            "config",
            "clock",
            "tokens",
            "errors",
            "resources",
            "networks",
            "signing_keys",
            "csv_guard",
            "measures",
            "verdicts",
            "children",
            "zones",
            "slots",
            "wall_clock",
            "sentences",
            "paging",
            "tracking_names",
            "known_addresses",
            "canonical_url",
        )
    },
}
"""From top to bottom. An import may go to a lower floor, or stay in its own folder."""
HEIGHT = {folder: -number for number, folders in enumerate(FLOORS.values()) for folder in folders}
STAIRS = {"newsletter": "the version only", "newsletter.__main__": "starts the command line"}
"""Modules that belong to no floor."""

ALLOWED_SIDEWAYS = {
    # Doors: a bench is started, and prints, as all commands do; the command line itself asks for it by name.
    "doors": lambda importer, imported: (importer, imported) == ("newsletter.bench", "newsletter.cli"),
    # Ground: everyone may know the errors and the clock; the standards and the words are strangers to each other.
    "ground": lambda importer, imported: {importer, imported} != {"newsletter.mail", "newsletter.model"},
    # Tools: pacing, queue and the rest are strangers to each other; each may know the one place that makes files, and
    # the connections that both who go out by HTTP use. What reads a provider's webhooks lies beside the provider, and checks
    # signatures as every way in does.
    "tools": lambda importer, imported: (
        imported in {"newsletter.private_files", "newsletter.timed_stream", "newsletter.kept_connections"}
        or (importer, imported) == ("newsletter.transports", "newsletter.inbound")
    ),
}

EVERY_ROOMS = {"newsletter.accounts.permissions": ("newsletter.errors", "newsletter.model")}
"""The one module of a room that every room may ask, and all that it may know itself."""

KEEPERS = {
    # (library, ...): the folders or modules that may touch it, and why nobody else
    ("sqlalchemy",): ("newsletter.store", "newsletter.model"),
    ("alembic",): ("newsletter.store.migrating",),
    ("dramatiq",): ("newsletter.queue", "workers"),
    ("redis",): ("newsletter.queue", "newsletter.pacing"),
    ("httpx", "httpcore"): (
        "newsletter.transports",
        "newsletter.fetch",
        "newsletter.timed_stream",
        "newsletter.kept_connections",
    ),
    ("socket", "ssl", "smtplib", "imaplib", "imap_tools", "aiosmtpd", "urllib.request", "http.client"): (
        "newsletter.transports",
        "newsletter.fetch",
        "newsletter.timed_stream",
        "newsletter.kept_connections",
        "newsletter.inbound",
        "newsletter.cli.serving",  # the listening socket of the web server, so that a taken port is told in words
        "newsletter.bench",  # measures against a receiver of its own on loopback
    ),
    ("opentelemetry",): ("newsletter.tracing",),
    ("authlib", "joserfc"): ("newsletter.accounts.oidc_tokens",),  # an extra, imported late
    ("PIL",): ("newsletter.imaging",),  # where what is decoded is bounded
    ("jmespath",): ("newsletter.sources",),
    ("rapidfuzz",): ("newsletter.sources", "newsletter.issues.differences", "newsletter.issues.commenting"),
    ("feedparser",): ("newsletter.sources", "newsletter.bench.reading_rate"),  # which measures it beside ours
    ("url_normalize",): ("newsletter.canonical_url",),
    ("argon2",): ("newsletter.accounts.passwords",),  # where hashing is bounded
    ("dns",): ("newsletter.dns",),
    ("fastapi", "starlette"): ("newsletter.web",),
    ("uvicorn",): ("newsletter.cli.serving", "newsletter.cli.http_protocol"),
    ("typer",): ("newsletter.cli", "newsletter.bench"),
    ("babel",): ("newsletter.rendering",),  # what a language decides
    ("mjml", "premailer", "jinja2", "nh3"): ("newsletter.rendering", "newsletter.web.templating"),
}
SESSION_TYPE = {"sqlalchemy.orm.Session"}
"""Rooms hand a session from one store function to the next without asking it anything: its type may be named anywhere."""

WALL_CLOCK = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
CLOCK_KEEPER = "newsletter.clock"


def modules() -> Iterator[tuple[str, str]]:
    """Yield (module name, source) of everything that ships."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield name, path.read_text(encoding="utf-8")


def imports(source: str) -> Iterator[str]:
    """Yield what a source imports, in full; a `from a import b` as `a.b`, which may be a module or a name in one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)


def folder_of(module: str) -> str | None:
    """Return the folder (or single module) of a floor that `module` lies in."""
    parts = module.split(".")
    return next((f for f in (".".join(parts[:2]), parts[0]) if f in HEIGHT), None)


def wrong_imports(module: str, source: str) -> list[str]:
    """Return what `module` imports from a higher floor or from a neighbour."""
    home = folder_of(module)
    if home is None:
        return [] if module in STAIRS else [f"{module} belongs to no floor: give it one in test_floors.py"]
    wrong = []
    for imported in imports(source):
        there = folder_of(imported)
        if imported.startswith(".") and module.startswith(PACKAGES):
            wrong.append(f"{module} imports {imported}: write imports in full")
        elif module in EVERY_ROOMS and there is not None and there not in EVERY_ROOMS[module]:
            wrong.append(f"{module} imports {imported}: it is every room's, and knows the ground only")
        elif there not in (None, home) and not _may(home, there) and not _is_every_rooms(home, imported):
            wrong.append(f"{module} imports {imported}")
    return wrong


def _is_every_rooms(home: str, imported: str) -> bool:
    return home in FLOORS["rooms"] and any(_within(imported, module) for module in EVERY_ROOMS)


def _may(home: str, there: str) -> bool:
    if HEIGHT[there] != HEIGHT[home]:
        return HEIGHT[there] < HEIGHT[home]
    floor = next(name for name, folders in FLOORS.items() if home in folders)
    return floor in ALLOWED_SIDEWAYS and ALLOWED_SIDEWAYS[floor](home, there)


DOORS_WITHOUT_STORE = ("newsletter.web", "newsletter.cli")
"""Doors that ask a room for whatever they need of the ledger."""
MAY_YET = {
    "newsletter.bench": "fills the ledger with invented millions, which is no room's work",
    "newsletter.cli.commands.editor": "names the type of a row, until accounts have one of their own",
}
_ASKS = {"get", "get_one", "execute", "scalar", "scalars", "add", "delete", "merge", "refresh", "flush", "connection"}


def doors_that_do_a_rooms_work(module: str, source: str) -> list[str]:
    """Return where a door imports the store, opens a transaction, or asks a session something."""
    if not any(_within(module, door) for door in DOORS_WITHOUT_STORE) or any(_within(module, m) for m in MAY_YET):
        return []
    wrong = [f"{module} imports {name}" for name in imports(source) if _within(name, "newsletter.store")]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            asked, what = ast.unparse(node.func.value), node.func.attr
            opens = what in {"read", "write"} and asked.rpartition(".")[2] == "database"
            if opens or (asked == "session" and what in _ASKS):
                wrong.append(f"{module}:{node.lineno} {asked}.{what}")
    return wrong


def foreign_things(module: str, source: str) -> list[str]:
    """Return the libraries `module` touches although they are kept elsewhere."""
    wrong = []
    for imported in set(imports(source)) - SESSION_TYPE:
        for libraries, keepers in KEEPERS.items():
            touched = any(_within(imported, library) for library in libraries)
            if touched and not any(_within(module, keeper) for keeper in keepers):
                wrong.append(f"{module} imports {imported}")
    return wrong


def wall_clock_reads(module: str, source: str) -> list[str]:
    """Return where `module` reads the wall clock itself."""
    if module == CLOCK_KEEPER:
        return []
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            name = ast.unparse(node)
            if any(name == read or name.endswith("." + read) for read in WALL_CLOCK):
                found.append(f"{module}:{node.lineno} {name}")
    return found


def _within(module: str, folder: str) -> bool:
    return module == folder or module.startswith(folder + ".")


@pytest.mark.parametrize(
    "check",
    [wrong_imports, doors_that_do_a_rooms_work, foreign_things, wall_clock_reads],
    ids=lambda check: check.__name__,
)
def test_the_house_keeps_its_floors(check) -> None:
    assert [wrong for module, source in modules() for wrong in check(module, source)] == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("newsletter.store.issues.issues", "from newsletter.issues import editing"),  # up
        ("newsletter.model.issue", "import newsletter.store.database"),  # up
        ("newsletter.issues.editing", "from newsletter.delivery.control import pause"),  # sideways
        ("newsletter.cli.commands.demo", "from newsletter.web.app import create_app"),  # sideways
        ("newsletter.web.app", "def late():\n    import workers.embedded"),  # sideways, and late
        ("newsletter.transports.smtp", "from newsletter import store"),  # sideways, by its folder
        ("newsletter.delivery.engine", "from workers import actors"),  # up, out of the package
        ("newsletter.issues.editing", "from . import parsing"),  # relative
        (
            "newsletter.issues.editing",
            "from newsletter.accounts import editors",
        ),  # sideways: only its rights are every room's
        ("newsletter.store.issues.issues", "from newsletter.accounts.permissions import may"),  # up
        ("newsletter.accounts.permissions", "from newsletter.store import grants"),  # down, but it is every room's
        ("newsletter.attic.things", "import json"),  # a room nobody has put on a floor
    ],
)
def test_an_import_upward_or_sideways_is_found(module: str, source: str) -> None:
    assert wrong_imports(module, source)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("newsletter.issues.editing", "from newsletter.store import issues\nfrom newsletter.issues.parsing import x"),
        ("newsletter.cli.commands.demo", "from newsletter.bootstrap import Parts\nimport json"),
        ("workers.embedded", "from newsletter.delivery.engine import Engine\nfrom workers import actors"),
        ("newsletter.model.issue", "from newsletter.errors import InputError"),
        ("newsletter.issues.editing", "from newsletter.accounts import permissions"),
    ],
)
def test_an_import_downward_or_at_home_is_right(module: str, source: str) -> None:
    assert wrong_imports(module, source) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("newsletter.issues.editing", "from sqlalchemy import select"),
        ("newsletter.delivery.engine", "import dramatiq"),
        ("newsletter.sources.feeds", "import httpx"),
        ("newsletter.rendering.renderer", "from socket import create_connection"),
        ("newsletter.issues.editing", "import urllib.request"),
        ("newsletter.cli.commands.demo", "from fastapi import FastAPI"),
        ("newsletter.delivery.engine", "import typer"),
    ],
)
def test_a_library_out_of_its_room_is_found(module: str, source: str) -> None:
    assert foreign_things(module, source)


@pytest.mark.parametrize(
    "source",
    [
        "from newsletter.store import issues",
        "def late():\n    from newsletter.store.database import Database",
        "with parts.database.read() as session:\n    pass",
        "with database.write() as session:\n    pass",
        "session.get_one(Notice, 1)",
        "session.execute(statement)",
    ],
)
def test_a_door_that_does_a_rooms_work_is_found(source: str) -> None:
    for door in ("newsletter.web.desk.issues", "newsletter.cli.commands.issue"):
        assert doors_that_do_a_rooms_work(door, source)
    assert doors_that_do_a_rooms_work("newsletter.issues.editing", source) == []


def test_the_type_of_a_session_may_be_named_anywhere() -> None:
    assert foreign_things("newsletter.issues.editing", "from sqlalchemy.orm import Session") == []


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\ndatetime.now()",
        "import datetime as d\nd.datetime.now()",
        "import time\ntime.time()",
    ],
)
def test_a_look_at_the_wall_clock_is_found(source: str) -> None:
    assert wall_clock_reads("newsletter.issues.editing", source)
