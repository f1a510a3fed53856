"""The fuse box wires parts that belong together."""

from __future__ import annotations

import ast
import dataclasses
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.bootstrap import Parts, secret_key
from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.delivery import engine
from newsletter.errors import InputError, TokenError
from newsletter.mail.verp import read_return_path, return_path
from newsletter.model.pacing import Brake
from newsletter.store.migrating import upgrade
from newsletter.tokens import Purpose, Signer
from newsletter.transports.providers.http import ProviderTransport


def test_a_provider_that_asks_us_to_wait_slows_every_worker_down(tmp_path: Path) -> None:
    parts = Parts(Settings(data_dir=tmp_path, smtp_url="postmark://token@", _env_file=None), SettableClock())
    upgrade(parts.database)
    assert isinstance(parts.transport, ProviderTransport)
    parts.transport.pace.hold(30)
    with parts.database.read() as session:
        [brake] = session.scalars(select(Brake))
    assert (brake.transport, brake.shut_until is not None) == ("postmark", True)
    parts.close()


def test_a_secret_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, _env_file=None)
    assert secret_key(settings) == secret_key(settings)
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_what_went_out_before_a_rotation_of_keys_still_leads_back(tmp_path: Path) -> None:
    def signer(**keys: object) -> Signer:
        return Parts(Settings(data_dir=tmp_path, _env_file=None, **keys), SettableClock()).signer

    old, new = "the secret of last year and long enough", "the secret of this year and long enough"
    before = signer(secret_key=old)
    link, path = before.issue(Purpose.UNSUBSCRIBE, 7), return_path(before, 7, "news.example")
    after = signer(secret_key=new, secret_key_id=2, previous_secret_keys=f"1={old}")
    assert after.read(Purpose.UNSUBSCRIBE, link) == read_return_path(after, path).subject == 7
    with pytest.raises(TokenError):
        read_return_path(signer(secret_key=new, secret_key_id=2), path)


def test_a_way_out_that_is_none_is_refused_with_those_there_are(tmp_path: Path) -> None:
    parts = Parts(Settings(data_dir=tmp_path, smtp_url="pigeon://coop", _env_file=None), SettableClock())
    with pytest.raises(InputError) as caught:
        _ = parts.transport
    assert "smtp://" in caught.value.remedy


def test_the_engine_is_handed_its_parts_and_makes_none() -> None:
    found = ast.parse(Path(engine.__file__).read_text(encoding="utf-8"))
    called = {ast.unparse(node.func) for node in ast.walk(found) if isinstance(node, ast.Call)}
    made = {name for name in called if name.rpartition(".")[2][:1].isupper()}
    assert made == set(), "build it in newsletter/bootstrap/delivery.py"
    given = [field.name for field in dataclasses.fields(engine.Engine)]
    assert {"sender", "notice_sender", "sweeper", "judge"} <= set(given)


def test_whatever_the_engine_is_handed_is_the_part_of_this_process(tmp_path: Path) -> None:
    parts = Parts(Settings(data_dir=tmp_path, _env_file=None), SettableClock())
    fields = [field.name for field in dataclasses.fields(parts.engine)]
    assert [name for name in fields if getattr(parts.engine, name) is not getattr(parts, name)] == []
    assert parts.engine.sender.claims is parts.engine.worker_pulse.claims is parts.claims
    parts.close()


def test_what_needs_the_ledger_alone_brings_nothing_that_mails_renders_or_signs() -> None:
    rooms = "newsletter.audience.exporting, newsletter.audience.moving.recognising, newsletter.issues.moving.recognising, newsletter.issues.moving.post_terms"
    asked = f"import newsletter.cli.main, newsletter.bootstrap.ledger, {rooms}, sys; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    heavy = {
        "newsletter.bootstrap.parts",
        "yaml",
        "markdownify",
        "redis",
        "psycopg",
        "jinja2",
        "lxml",
        "cryptography",
        "httpx",
        "dns",
    }
    assert heavy & set(told.stdout.split()) == set()
