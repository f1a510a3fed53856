"""Errors become words and exit codes in one place; help teaches."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from newsletter.cli import main
from newsletter.cli.document import commands
from newsletter.cli.main import app, run
from newsletter.errors import LimitError
from tests.cli.conftest import Newsletter

EVERYTHING = dict(commands(typer.main.get_command(app), "newsletter"))
RENAMED = {"issue", "publication", "subscriber", "suppression", "editor", "feedback"}


@pytest.mark.parametrize("path", EVERYTHING)
def test_every_command_explains_itself(path: str, newsletter: Newsletter) -> None:
    said = newsletter(*path.split()[1:], "--help")
    assert said.code == 0
    assert "Usage: newsletter" in said.out
    assert len((EVERYTHING[path].help or "").split()) >= 4
    if not hasattr(EVERYTHING[path], "commands"):
        assert f"{path}" in said.out.partition("Options:")[0].partition("\n")[2], "its help shows an example"


def test_the_commands_others_rely_on_exist() -> None:
    promised = """demo serve worker scheduler inbound migrate doctor|publication create|publication list|publication show|issue import|issue new
    |issue list|issue delete|issue restore|issue preview|issue check|issue test|issue schedule|issue send|issue pause|issue resume|issue cancel|issue undo|issue status
    |issue deliveries|subscriber import|subscriber export|subscriber show|subscriber forget|suppression list|suppression add
    |suppression remove|suppression import|feedback classify|domain check|domain records|bench send|bench plan
    |editor create"""
    first, *rest = promised.replace("\n", "").split("|")
    names = {f"newsletter {' '.join(name.split())}" for name in [*first.split(), *rest]}
    assert names <= set(EVERYTHING)


def test_the_version_is_told(newsletter: Newsletter) -> None:
    assert newsletter("--version").out.startswith("newsletter 0.")


def test_an_unknown_command_is_a_usage_error(newsletter: Newsletter) -> None:
    said = newsletter("issue", "frobnicate")
    assert said.code == 2
    assert "frobnicate" in said.err


def test_without_tables_the_remedy_is_to_migrate(newsletter: Newsletter) -> None:
    said = newsletter("issue", "list")
    assert said.code == 6
    assert "→ run `newsletter migrate`" in said.err


def test_without_tables_on_postgresql_the_remedy_is_the_same(
    newsletter: Newsletter, postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_DATABASE_URL", postgres.url(postgres.create_database()))
    said = newsletter("issue", "list")
    assert said.code == 6
    assert "newsletter migrate" in said.err


def test_a_database_that_is_gone_is_told_without_its_password(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_DATABASE_URL", "postgresql+psycopg://me:hidden-word@127.0.0.1:1/none")
    said = newsletter("publication", "list")
    assert said.code == 6
    assert "hidden-word" not in said.err


def test_a_file_that_is_no_database_is_told(newsletter: Newsletter, folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "newsletter.db").write_bytes(b"not a database, only a few words " * 50)
    said = newsletter("publication", "list")
    assert said.code != 0
    assert "not a database" in said.err


def test_a_wrong_setting_is_named(newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_PORT", "ninety")
    said = newsletter("publication", "list")
    assert said.code == 2
    assert "NEWSLETTER_PORT" in said.err


def test_an_error_keeps_the_exit_code_of_its_kind(newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise LimitError("too many", retry_after=1, where="here", remedy="wait")

    monkeypatch.setattr(main, "_commands", lambda: broken)
    said = newsletter()
    assert (said.code, said.err) == (5, "error: here: too many\n  → wait\n")


def test_an_unexpected_error_shows_its_traceback_only_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(args: list[str], **_: object) -> None:
        main.failures.show_tracebacks("--debug" in args)
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(main, "_commands", lambda: broken)
    assert run(["issue"]) == 70
    quiet = capsys.readouterr().err
    assert run(["--debug", "issue"]) == 70
    loud = capsys.readouterr().err
    assert "Traceback" not in quiet and "--debug" in quiet
    assert "Traceback" in loud


def test_an_interrupt_leaves_with_130(newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "_commands", lambda: interrupted)
    assert newsletter().code == 130


def test_a_closed_pipe_is_no_reason_to_complain(daily: Newsletter, folder: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-m", "newsletter", "publication", "list", "--json"],
        stdout=writing,
        stderr=subprocess.PIPE,
        cwd=folder,
        check=False,
    )
    os.close(writing)
    assert b"Traceback" not in ended.stderr
    assert b"error" not in ended.stderr
