"""How command tests run: `newsletter` in this process, on a real SQLite ledger of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from newsletter.cli.main import run
from tests.parts.lending import migrated_sqlite

ISSUE = """\
---
publication: daily
title: The Daily
slug: {slug}
date: 2026-05-09
subject: What happened
---

A lead of one sentence.

## Papers {{#papers kind=papers all="All papers"}}

### [A paper](https://papers.example/1)

Its abstract.
"""


@dataclass
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Newsletter = Callable[..., Said]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder without settings; the ledger lies under data/."""
    for name in ("DATABASE_URL", "REDIS_URL", "SMTP_URL", "SECRET_KEY", "CONFIG", "BASE_URL", "PORT"):
        monkeypatch.delenv(f"NEWSLETTER_{name}", raising=False)
    monkeypatch.setenv("NEWSLETTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def newsletter(folder: Path, capsys: pytest.CaptureFixture[str]) -> Newsletter:
    """Run a command: `newsletter("issue", "list")`."""

    def command(*arguments: str) -> Said:
        capsys.readouterr()
        code = run(list(arguments))
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Said(code, said.out, said.err)

    return command


@pytest.fixture
def daily(newsletter: Newsletter, folder: Path) -> Newsletter:
    """The same, with tables and a publication `daily`."""
    migrated_sqlite(folder / "data" / "newsletter.db").close()
    made = newsletter("publication", "create", "daily", "--name", "The Daily", "--from", "news@daily.example")
    assert made.code == 0, made.err
    return newsletter


@pytest.fixture
def draft(daily: Newsletter, folder: Path) -> Newsletter:
    """The same, with a draft `today` and two active readers."""
    (folder / "today.md").write_text(ISSUE.format(slug="today"), encoding="utf-8")
    (folder / "readers.csv").write_text("email,name\nada@one.example,Ada\ngrete@two.example,Grete\n", encoding="utf-8")
    assert daily("issue", "import", "today.md").code == 0
    imported = daily("subscriber", "import", "readers.csv", "-p", "daily", "--confirmed", "--consent", "They asked.")
    assert imported.code == 0, imported.err
    return daily
