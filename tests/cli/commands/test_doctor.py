"""The doctor finds what is wrong, and never shows a secret."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from newsletter.clock import SystemClock
from newsletter.config import Settings
from newsletter.feedback.guarded_reading import GuardedReader
from newsletter.model import Issue
from newsletter.store.database import Database
from tests.cli.conftest import Newsletter
from tests.parts.beating import add_sign, make_older
from tests.parts.disks import full_disk


def verdicts(said) -> dict[str, str]:
    return {result["name"]: result["verdict"] for result in said.json}


def named_wrong(said) -> list[str]:
    return [result["name"] for result in said.json if result["verdict"] == "wrong"]


def test_a_sound_service_is_found_sound(daily: Newsletter, smtp_sink, valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SMTP_URL", smtp_sink.url)
    monkeypatch.setenv("NEWSLETTER_REDIS_URL", valkey.url)
    monkeypatch.setenv("NEWSLETTER_BASE_URL", "https://news.daily.example")
    monkeypatch.setenv("NEWSLETTER_TRUSTED_PROXIES", "10.0.0.1")
    assert daily("publication", "change", "daily", "--postal-address", "1 Example Street").code == 0
    assert daily("domain", "records", "daily.example").code == 0
    said = daily("doctor", "--json")
    assert said.code == 0, said.out
    assert set(verdicts(said).values()) == {"good"}


def test_a_reader_of_bounces_that_does_not_start_is_found(daily: Newsletter, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = GuardedReader(command=(sys.executable, "-c", "import sys; sys.exit('the library lacks a thing')"))
    monkeypatch.setattr("newsletter.bootstrap.parts.GuardedReader", lambda verifies: broken)
    said = daily("doctor", "--json")
    assert named_wrong(said) == ["reports"]
    assert "the library lacks a thing" in said.out


def test_tables_that_are_missing_are_found(newsletter: Newsletter) -> None:
    said = newsletter("doctor", "--json")
    assert said.code == 1
    assert named_wrong(said) == ["database"]


@pytest.mark.parametrize(
    ("name", "value", "look", "remedy"),
    [
        (
            "DATABASE_URL",
            "postgresql://me:sesame@127.0.0.1:1/news",
            "database",
            "is the database running and reachable?",
        ),
        ("REDIS_URL", "redis://:sesame@127.0.0.1:1/0", "broker", "is Redis running and reachable?"),
    ],
)
def test_a_database_or_broker_that_is_missing_is_named_once_with_the_remedy_and_without_the_secret(
    daily: Newsletter, monkeypatch: pytest.MonkeyPatch, name: str, value: str, look: str, remedy: str
) -> None:
    monkeypatch.setenv(f"NEWSLETTER_{name}", value)
    said = daily("doctor", "--json")
    assert (said.code, named_wrong(said)) == (1, [look])
    assert [result["remedy"].startswith(remedy) for result in said.json if result["verdict"] == "wrong"] == [True]
    shown = daily("doctor").out
    assert shown.count(remedy) == 1
    assert "sesame" not in shown + said.out


@pytest.mark.parametrize(
    ("name", "value", "look"),
    [
        ("SMTP_URL", "smtp://127.0.0.1:1?tls=none", "way out"),
        ("REDIS_URL", "redis://127.0.0.1:1/0", "broker"),
        ("BASE_URL", "http://news.daily.example", "addresses"),
    ],
)
def test_a_part_that_is_down_is_found_and_the_rest_looked_at(
    daily: Newsletter, monkeypatch: pytest.MonkeyPatch, name: str, value: str, look: str
) -> None:
    monkeypatch.setenv(f"NEWSLETTER_{name}", value)
    said = daily("doctor", "--json")
    assert said.code == 1
    assert {found for found, verdict in verdicts(said).items() if verdict == "wrong"} == {look}


def test_a_kept_secret_that_repeats_itself_is_found(daily: Newsletter, folder: Path) -> None:
    assert daily("doctor").code == 0
    (folder / "data" / "secret_key").write_text("ab" * 20, encoding="ascii")
    assert named_wrong(daily("doctor", "--json")) == ["secret"]


def test_keys_that_were_given_are_told_by_what_they_are_enough_for(
    daily: Newsletter, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = daily("keys", "derive", "inbound").out.strip()
    monkeypatch.setenv("NEWSLETTER_SIGNING_KEYS", keys)
    said = daily("doctor")
    assert (said.code, "enough for: inbound\n" in said.out) == (0, True)
    monkeypatch.setenv("NEWSLETTER_SIGNING_KEYS", keys.split(",")[0])
    said = daily("doctor", "--json")
    assert (said.code, named_wrong(said)) == (1, ["secret"])
    assert "newsletter keys derive" in said.out


def test_mail_that_is_not_signed_is_doubtful_and_a_key_that_is_gone_is_wrong(daily: Newsletter, folder: Path) -> None:
    said = daily("doctor", "--json")
    assert (said.code, verdicts(said)["signatures"]) == (0, "doubtful")
    assert daily("domain", "records", "daily.example").code == 0
    assert verdicts(daily("doctor", "--json"))["signatures"] == "good"
    for path in (folder / "data" / "dkim" / "daily.example").glob("*.pem"):
        path.unlink()
    said = daily("doctor", "--json")
    assert (said.code, verdicts(said)["signatures"]) == (1, "wrong")


def test_settings_are_shown_with_source_and_without_secrets(
    newsletter: Newsletter, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_SECRET_KEY", "a secret that nobody shall read, and a long one")
    monkeypatch.setenv("NEWSLETTER_SMTP_URL", "smtp://me:sesame@mail.daily.example:587")
    (folder / ".env").write_text("NEWSLETTER_BATCH_SIZE=100\n", encoding="utf-8")
    said = newsletter("doctor", "--settings", "--json")
    rows = {row["name"]: row for row in said.json}
    assert set(rows) == {f"NEWSLETTER_{name.upper()}" for name in Settings.model_fields}
    assert "that nobody shall read" not in said.out and "sesame" not in said.out
    assert rows["NEWSLETTER_SMTP_URL"]["source"] == "environment"
    assert rows["NEWSLETTER_BATCH_SIZE"]["value"] == "100"
    assert rows["NEWSLETTER_BATCH_SIZE"]["source"] == ".env or the TOML file"
    assert rows["NEWSLETTER_PORT"]["source"] == "default"
    assert "sesame" not in newsletter("doctor", "--settings").out


def test_https_without_a_trusted_proxy_is_doubtful(daily: Newsletter, monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdicts(daily("doctor", "--json"))["proxies"] == "good"
    monkeypatch.setenv("NEWSLETTER_BASE_URL", "https://news.daily.example")
    said = daily("doctor", "--json")
    assert verdicts(said)["proxies"] == "doubtful"
    assert "NEWSLETTER_TRUSTED_PROXIES" in said.out
    monkeypatch.setenv("NEWSLETTER_TRUSTED_PROXIES", "10.0.0.0/8 ::1")
    said = daily("doctor", "--json")
    assert verdicts(said)["proxies"] == "good"
    assert "10.0.0.0/8, ::1/128" in said.out


def test_the_setting_of_another_server_is_not_looked_at_and_that_is_told(
    daily: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    assert "FORWARDED_ALLOW_IPS is set, and not looked at" in daily("doctor").out


def test_consents_that_all_come_from_one_address_are_doubtful(
    draft: Newsletter, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_BASE_URL", "https://news.daily.example")
    monkeypatch.setenv("NEWSLETTER_TRUSTED_PROXIES", "10.0.0.1")
    more = "".join(f"reader{n}@one.example,Reader\n" for n in range(8))
    (folder / "more.csv").write_text(f"email,name\n{more}", encoding="utf-8")
    imported = draft("subscriber", "import", "more.csv", "-p", "daily", "--confirmed", "--consent", "They asked.")
    assert imported.code == 0
    assert verdicts(draft("doctor", "--json"))["proxies"] == "good"
    with sqlite3.connect(folder / "data" / "newsletter.db") as ledger:
        ledger.execute("update consent_records set ip = '172.30.0.1'")
    ledger.close()
    said = draft("doctor", "--json")
    assert verdicts(said)["proxies"] == "doubtful"
    assert "172.30.0.1" in said.out


def _hold(folder: Path, holder: str, until: datetime) -> None:
    with closing(sqlite3.connect(folder / "data" / "newsletter.db")) as ledger, ledger:
        ledger.execute("INSERT INTO leases VALUES ('scheduler', ?, ?)", (holder, f"{until:%Y-%m-%d %H:%M:%S.%f}"))


@pytest.mark.parametrize(
    ("seconds", "verdict", "said"),
    [
        (8, "good", "scheduler is elsewhere:7:1, until "),
        (-1, "good", "nobody is the scheduler"),
        (86_400, "doubtful", "a clock was ahead: scheduler is elsewhere:7:1"),
    ],
)
def test_it_is_said_who_is_the_scheduler(
    daily: Newsletter, folder: Path, seconds: int, verdict: str, said: str
) -> None:
    _hold(folder, "elsewhere:7:1:0.1", datetime.now(UTC) + timedelta(seconds=seconds))
    [found] = [result for result in daily("doctor", "--json").json if result["name"] == "at work"]
    assert found["verdict"] == verdict
    assert found["what"].startswith(said)


def test_nobody_at_work_on_what_is_due_is_wrong_and_who_cannot_work_is_doubtful(
    draft: Newsletter, folder: Path
) -> None:
    clock = SystemClock()
    database = Database(f"sqlite:///{folder / 'data' / 'newsletter.db'}")
    add_sign(database, clock, "scheduler", "mail1:1:0:0.1")
    add_sign(database, clock, "worker", "mail1:2:0:0.1", trouble="the disk is full")
    make_older(database, 60, "scheduler")

    def told(verdict: str) -> list[str]:
        said = draft("doctor", "--json").json
        return [result["what"] for result in said if (result["name"], result["verdict"]) == ("at work", verdict)]

    assert told("wrong") == [], "nothing is due"
    silent, full = told("doubtful")
    assert silent.startswith("scheduler mail1:1, release 1.0, since 20")
    assert ": no sign since 20" in silent
    assert full.endswith(": cannot work: the disk is full")
    assert draft("issue", "send", "today", "--despite", "other-date").code == 0
    with database.write() as session:
        session.execute(update(Issue).values(scheduled_at=clock.now() - timedelta(minutes=1)))
    [wrong] = told("wrong")
    assert wrong.startswith(
        "the issue today is due, and no scheduler is at work; the last was mail1:1, no sign since 20"
    )
    assert draft("doctor").code == 1
    assert "see that `newsletter scheduler` runs" in draft("issue", "status", "today").out
    add_sign(database, clock, "scheduler", "mail1:3:0:0.1")
    assert told("wrong") == []
    database.close()


@pytest.mark.parametrize("which", ["database", "broker"])
@pytest.mark.parametrize("hours", [-24, 24])
def test_a_clock_that_differs_from_that_of_database_or_broker_is_found(
    daily: Newsletter, postgres, valkey, monkeypatch: pytest.MonkeyPatch, which: str, hours: int
) -> None:
    if which == "database":
        monkeypatch.setenv("NEWSLETTER_DATABASE_URL", postgres.url(postgres.create_database()))
        assert daily("migrate").code == 0
    else:
        monkeypatch.setenv("NEWSLETTER_REDIS_URL", valkey.url)
    now = SystemClock.now
    monkeypatch.setattr(SystemClock, "now", lambda clock: now(clock) + timedelta(hours=hours))
    [found] = [result for result in daily("doctor", "--json").json if result["name"] == "clock"]
    assert found["verdict"] == "wrong"
    assert f"that of the {which} 20" in found["what"]


def test_a_misspelt_setting_is_told_by_the_doctor_and_by_every_command(
    daily: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_BASEURL", "https://news.daily.example")
    monkeypatch.setenv("NEWSLETTER_SERVICE_HOST", "10.0.0.7")  # as an orchestrator writes it
    found = [result for result in daily("doctor", "--json").json if result["name"] == "settings"]
    assert [(result["verdict"], result["remedy"]) for result in found] == [
        ("doubtful", "did you mean NEWSLETTER_BASE_URL?"),
        ("doubtful", "`newsletter doctor --settings` lists all settings"),
    ]
    said = daily("publication", "list")
    assert (said.code, "NEWSLETTER_BASE_URL" in said.err, "SERVICE_HOST" in said.err) == (0, True, False)


def test_a_disk_without_room_is_named_by_its_path_with_what_to_do(postgres_database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with ExitStack() as stack:
        program = (
            full_disk(folder, stack)
            + "from newsletter.cli.main import run; raise SystemExit(run(['doctor', '--json']))"
        )
        settings = {"NEWSLETTER_DATA_DIR": str(folder), "NEWSLETTER_DATABASE_URL": postgres_database.url}
        command = [sys.executable, "-c", program]
        said = subprocess.run(command, env=os.environ | settings, cwd=tmp_path, check=False, capture_output=True)
        left = [path.name for path in folder.iterdir() if "doctor" in path.name]
    assert said.returncode == 1, said.stderr
    found = {result["name"]: result for result in json.loads(said.stdout) if result["verdict"] == "wrong"}
    assert str(folder) in found["data folder"]["what"]
    assert "space" in found["data folder"]["remedy"]
    assert "Traceback" not in said.stderr.decode()
    assert left == [], "nothing half written is left"
