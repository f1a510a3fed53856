"""Settings: where they come from, which place wins, and that a secret is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.config import SECRETS, load
from newsletter.errors import InputError

SECRET = "a long enough secret of the test"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder and an environment without settings."""
    for name in ("CONFIG", "PORT", "BASE_URL", "DATA_DIR", *(name.upper() for name in SECRETS)):
        monkeypatch.delenv(f"NEWSLETTER_{name}", raising=False)
        monkeypatch.delenv(f"NEWSLETTER_{name}_FILE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_thirty_seconds_to_undo_are_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEWSLETTER_UNDO_SECONDS")
    assert load().undo_seconds == 30


def test_the_environment_wins_over_env_and_env_over_toml(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "news.toml").write_text("port = 1001\nbatch_size = 11\nconnections = 3\n", encoding="utf-8")
    (folder / ".env").write_text("NEWSLETTER_PORT=1002\nNEWSLETTER_BATCH_SIZE=12\n", encoding="utf-8")
    monkeypatch.setenv("NEWSLETTER_CONFIG", str(folder / "news.toml"))
    monkeypatch.setenv("NEWSLETTER_PORT", "1003")
    settings = load()
    assert (settings.port, settings.batch_size, settings.connections) == (1003, 12, 3)


def test_a_secret_may_lie_in_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "key").write_text(f"{SECRET}\n", encoding="utf-8")
    monkeypatch.setenv("NEWSLETTER_SECRET_KEY_FILE", str(folder / "key"))
    assert load().secret_key.get_secret_value() == SECRET


def test_a_file_that_cannot_be_read_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SMTP_URL_FILE", str(folder / "nowhere"))
    with pytest.raises(InputError) as caught:
        load()
    assert caught.value.where == "NEWSLETTER_SMTP_URL_FILE"


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SECRET_KEY", SECRET)
    assert SECRET not in repr(load())


@pytest.mark.parametrize(("name", "value"), [("PORT", "many"), ("SECRET_KEY", "short"), ("BATCH_SIZE", "0")])
def test_a_wrong_setting_is_named_and_its_value_kept_to_ourselves(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"NEWSLETTER_{name}", value)
    with pytest.raises(InputError) as caught:
        load()
    assert f"NEWSLETTER_{name}" in str(caught.value)
    if name == "SECRET_KEY":
        assert value not in str(caught.value).replace("shorter", "")


def test_previous_keys_are_read_by_number_from_the_environment_or_a_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_SECRET_KEY_ID", "3")
    (folder / "old").write_text(f"1={SECRET}\n2=another=secret=of=the=test\n", encoding="utf-8")
    monkeypatch.setenv("NEWSLETTER_PREVIOUS_SECRET_KEYS_FILE", str(folder / "old"))
    found = load()
    assert found.previous_secrets == {1: SECRET.encode(), 2: b"another=secret=of=the=test"}
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    "value", [SECRET, f"0={SECRET}", f"256={SECRET}", "2=short", f"1={SECRET}", f"2={SECRET},2={SECRET}", f"x={SECRET}"]
)
def test_previous_keys_without_a_number_of_their_own_are_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("NEWSLETTER_PREVIOUS_SECRET_KEYS", value)
    with pytest.raises(InputError, match="PREVIOUS_SECRET_KEYS") as caught:
        load()
    assert SECRET not in str(caught.value)
