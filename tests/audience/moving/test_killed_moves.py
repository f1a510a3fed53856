"""A move that is killed at any moment, again and again, ends as one that nobody disturbed."""

from __future__ import annotations

import os
import random
import re
import subprocess
import time
from pathlib import Path

import pytest

from newsletter.children import module_command
from newsletter.clock import SystemClock
from newsletter.model import Publication
from newsletter.store.database import Database
from newsletter.store.migrating import upgrade
from tests.parts.lending import migrated_sqlite
from tests.parts.long_form import often
from tests.parts.postgres import PostgresServer

KILLS = often(6, 20)
ROWS, MOST_SECONDS = 45_000, 2.0
HEAD = "id,email,subscriber_type,creation_date,ip_address,subscription_date,unsubscription_date,tags,metadata\n"


def written(folder: Path) -> Path:
    kinds = ("regular", "regular", "unsubscribed", "undeliverable", "unactivated")
    path = folder / "subscribers.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        for n in range(ROWS):
            who = n if n % 7 else n // 2  # some stand there twice
            file.write(
                f"{n},r{who}@example.org,{kinds[n % 5]},2024-01-01,192.0.2.1,2024-01-02,,t{n % 9},{{'city': 'c{n % 50}'}}\n"
            )
    return path


def told(url: str, folder: Path) -> str:
    """Return the list as it is exported."""
    return run(url, folder, "subscriber", "export", "-p", "weekly").stdout


def environment(url: str, folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NEWSLETTER_")}
    return kept | {"NEWSLETTER_DATABASE_URL": url, "NEWSLETTER_DATA_DIR": str(folder)}


def run(url: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*module_command("newsletter"), *words],
        env=environment(url, folder),
        capture_output=True,
        text=True,
        check=True,
    )


def add_publication(database: Database) -> None:
    with database.write() as session:
        home = Publication(slug="weekly", name="The Weekly", from_name="The Weekly", from_address="news@weekly.example")
        home.list_id, home.created_at = "news.weekly.example", SystemClock().now()
        session.add(home)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_move_killed_at_random_moments_ends_the_same(
    kind: str, tmp_path: Path, postgres: PostgresServer, record_property: pytest.RecordProperty
) -> None:
    path, dice, ends = written(tmp_path), random.Random(20), []
    for name in ("disturbed", "quiet"):
        folder = tmp_path / name
        folder.mkdir(mode=0o700)
        if kind == "sqlite":
            database = migrated_sqlite(folder / "newsletter.db")
        else:
            database = Database(postgres.url(postgres.create_database()))
            upgrade(database)
        add_publication(database)
        url = database.url
        database.close()
        words = ("move-in", str(path), "-p", "weekly", "--json")
        if name == "disturbed":
            record_property(f"kills of a move on {kind}", kill(url, folder, words, dice))
        run(url, folder, *words)
        ends.append(without_moments(told(url, folder)))
    assert ends[0] == ends[1]
    assert ends[0].count("\n") > ROWS // 2


def without_moments(listed: str) -> str:
    """Take out when each run was: a row that says no moment has that of the run which stored it."""
    return re.sub(r"20(?!24-01-0[12])\d\d-\d\d-\d\dT[0-9:.]+\+00:00", "-", listed)


def kill(url: str, folder: Path, words: tuple[str, ...], dice: random.Random) -> int:
    """Begin the move and kill it, so many times; return how often it was still at work."""
    killed = 0
    for _ in range(KILLS):
        child = subprocess.Popen(
            [*module_command("newsletter"), *words],
            env=environment(url, folder),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(dice.uniform(0.2, MOST_SECONDS))
        killed += child.poll() is None
        child.kill()
        child.wait()
    return killed
