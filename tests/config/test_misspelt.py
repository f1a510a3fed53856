"""A name that is misspelt is told, with the one that was meant."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from newsletter.config import PREFIX, SECRETS, Settings, misspelt


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder and an environment without our names."""
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found() -> dict[str, str]:
    return dict(misspelt())


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("NEWSLETTER_BASEURL", "NEWSLETTER_BASE_URL"),
        ("NEWSLETTER_SMPT_URL", "NEWSLETTER_SMTP_URL"),
        ("NEWSLETTER_UNDO_SECOND", "NEWSLETTER_UNDO_SECONDS"),
        ("newsletter_trusted_proxy", "NEWSLETTER_TRUSTED_PROXIES"),
        ("NEWSLETTER_ZZZ", ""),
        ("NEWSLETTER_PORT_FILE", ""),  # only secrets are read from files
    ],
)
@pytest.mark.parametrize("place", ["environment", ".env"])
def test_a_misspelt_name_is_told_with_the_one_that_was_meant(
    nothing: Path, monkeypatch: pytest.MonkeyPatch, name: str, meant: str, place: str
) -> None:
    if place == "environment":
        monkeypatch.setenv(name, "x")
    else:
        (nothing / ".env").write_text(f"{name}=x\n", encoding="utf-8")
    assert found() == {name: meant}


def test_every_setting_its_file_and_the_names_of_make_are_known(nothing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(PREFIX + name.upper(), "x")
    for name in (*(f"{secret.upper()}_FILE" for secret in SECRETS), "CONFIG", "CHAOS", "CHAOS_SEED", "REFEREES"):
        monkeypatch.setenv(PREFIX + name, "x")
    assert found() == {}
