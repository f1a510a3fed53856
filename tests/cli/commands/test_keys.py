"""`newsletter keys`: fresh secrets for `.env`, and keys that each serve one role."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from newsletter.config import load
from newsletter.config.guessable import is_guessable
from newsletter.signing_keys import PURPOSES, ProcessRole, derive_all, read
from tests.cli.conftest import Newsletter


def lines_of(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if not line.startswith("#"))


def test_new_prints_everything_that_is_secret_for_the_env_file_and_each_time_another(newsletter: Newsletter) -> None:
    first, second = lines_of(newsletter("keys", "new").out), lines_of(newsletter("keys", "new").out)
    assert list(first) == ["POSTGRES_PASSWORD", "NEWSLETTER_SECRET_KEY", "WORKER_SIGNING_KEYS", "INBOUND_SIGNING_KEYS"]
    assert [name for name in first if first[name] == second[name]] == []
    assert len(first["NEWSLETTER_SECRET_KEY"]) >= 32 and len(first["POSTGRES_PASSWORD"]) >= 32
    assert not is_guessable(first["POSTGRES_PASSWORD"])
    secret = first["NEWSLETTER_SECRET_KEY"].encode()
    for role in (ProcessRole.WORKER, ProcessRole.INBOUND):
        assert read(first[f"{role.upper()}_SIGNING_KEYS"]) == derive_all({1: secret}, PURPOSES[role])


def test_new_looks_at_no_setting_and_writes_over_no_file(
    newsletter: Newsletter, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_SECRET_KEY", "short")
    assert newsletter("keys", "new", "-o", ".env").code == 0
    kept = (folder / ".env").read_text(encoding="utf-8")
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600
    said = newsletter("keys", "new", "-o", ".env")
    assert said.code == 4 and "such a file" in said.err
    assert (folder / ".env").read_text(encoding="utf-8") == kept
    monkeypatch.delenv("NEWSLETTER_SECRET_KEY")
    assert load().secret_key.get_secret_value() == lines_of(kept)["NEWSLETTER_SECRET_KEY"]


@pytest.mark.parametrize("role", [role for role in ProcessRole if PURPOSES[role]])
def test_derive_prints_the_keys_of_a_role_from_the_present_and_the_previous_secrets(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch, role: ProcessRole
) -> None:
    new, old = "a new secret that is long enough for one", "an old one of 16"
    monkeypatch.setenv("NEWSLETTER_SECRET_KEY", new)
    monkeypatch.setenv("NEWSLETTER_SECRET_KEY_ID", "2")
    monkeypatch.setenv("NEWSLETTER_PREVIOUS_SECRET_KEYS", f"1={old}")
    said = newsletter("keys", "derive", role.value)
    assert said.code == 0 and len(said.out.splitlines()) == 1
    found = read(said.out.strip())
    assert found == derive_all({2: new.encode(), 1: old.encode()}, PURPOSES[role])
    assert next(iter(found)) == 2, "the present one signs"
    told = newsletter("keys", "derive", role.value, "--json").json
    assert told["signing_keys"] == said.out.strip() and told["purposes"] == sorted(PURPOSES[role])


def test_the_secret_that_was_made_here_is_derived_from_too(newsletter: Newsletter, folder: Path) -> None:
    said = newsletter("keys", "derive", "inbound")
    secret = (folder / "data" / "secret_key").read_bytes()
    assert read(said.out.strip()) == derive_all({1: secret}, PURPOSES[ProcessRole.INBOUND])


def test_keys_are_derived_from_a_secret_only_and_for_roles_that_need_some(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert newsletter("keys", "derive", "scheduler").code == 4
    monkeypatch.setenv("NEWSLETTER_SIGNING_KEYS", newsletter("keys", "derive", "worker").out.strip())
    said = newsletter("keys", "derive", "inbound")
    assert (said.code, said.out) == (2, "") and "NEWSLETTER_SECRET_KEY" in said.err
