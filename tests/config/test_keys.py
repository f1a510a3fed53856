"""Keys and shared secrets: long enough, not guessable, given in one way, and refused in words that do not hold them."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.config import SECRETS, Settings, load
from newsletter.errors import InputError
from newsletter.signing_keys import ProcessRole, derive_all, new_secret, write
from newsletter.tokens import Purpose

LONG = "a long enough secret of the test"
URLS = ("database_url", "redis_url", "smtp_url", "imap_url", "alert_smtp_url", "image_store")


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*(name.upper() for name in SECRETS), "CONFIG", "DATA_DIR"):
        monkeypatch.delenv(f"NEWSLETTER_{name}", raising=False)
        monkeypatch.delenv(f"NEWSLETTER_{name}_FILE", raising=False)
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.chdir(tmp_path)


def refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError) as caught:
        load()
    assert name in str(caught.value), "it says which"
    return str(caught.value)


@pytest.mark.parametrize("value", [LONG[:31], "changeme" * 4, "a" * 40, "abcdefghijklmnopqrstuvwxyz0123456789"])
def test_a_secret_key_that_is_short_or_guessable_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert value not in refused(monkeypatch, "NEWSLETTER_SECRET_KEY", value)


def test_a_secret_key_of_32_characters_and_previous_ones_of_16_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SECRET_KEY", LONG)
    monkeypatch.setenv("NEWSLETTER_PREVIOUS_SECRET_KEYS", f"2={LONG[:16]},3=changemechangeme")
    assert len(LONG) == 32
    assert set(load().previous_secrets) == {2, 3}, "one that could be guessed is on its way out"
    assert len(new_secret()) >= 32


@pytest.mark.parametrize("placeholder", ["...", "changeme", "password", "secret"])
@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_of_any_setting_may_be_a_placeholder(
    monkeypatch: pytest.MonkeyPatch, name: str, placeholder: str
) -> None:
    value = f"scheme://user:{placeholder}@host.example/x" if name in URLS else placeholder
    value = f"postmark={placeholder}" if name == "webhook_secrets" else value
    said = refused(monkeypatch, f"NEWSLETTER_{name.upper()}", value)
    assert f":{placeholder}@" not in said and f"postmark={placeholder}" not in said


def test_no_setting_holds_a_secret_that_is_not_in_the_list() -> None:
    hidden = {name for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)}
    assert hidden <= set(SECRETS)
    assert {name for name in Settings.model_fields if name.endswith("_url")} - {"base_url"} <= set(SECRETS)


@pytest.mark.parametrize("value", ["changeme", "..."])
def test_the_password_that_libpq_takes_is_looked_at_where_the_ledger_is_on_postgresql(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("NEWSLETTER_DATABASE_URL", "postgresql://newsletter@127.0.0.1:1/x")
    said = refused(monkeypatch, "PGPASSWORD", value)
    assert value not in said and "ALTER ROLE" in said
    monkeypatch.setenv("NEWSLETTER_DATABASE_URL", "")
    load()


@pytest.mark.parametrize(
    "value",
    [
        "ses=arn:aws:sns:eu-west-1:123456789012:newsletter",  # names a topic; the signature is the proof
        "ses=arn:a arn:b",
        "mailgun=3a9c1f7be04d5268c7f10b93de8a4465",  # 32 hexadecimal digits
        "resend=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",  # base64 of 24 octets
        "sendgrid=MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2fj4qTQ==",
        "postmark=hook:sixteen or more.., mailjet=me:another one of 16",
        "brevo=a bearer token without a colon",
    ],
)
def test_what_providers_sign_with_is_taken_as_they_give_it(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("NEWSLETTER_WEBHOOK_SECRETS", value)
    assert load().secret_of_provider


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEBHOOK_SECRETS", "postmark=user-of-great-length:short"),
        ("WEBHOOK_SECRETS", f"ses=arn:a,brevo={LONG[:15]}"),
        ("INBOUND_SECRET", LONG[:15]),
    ],
)
def test_a_shared_secret_has_16_characters_of_its_own(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    said = refused(monkeypatch, f"NEWSLETTER_{name}", value)
    assert "16 characters" in said and LONG[:15] not in said


def test_a_process_gets_the_secret_or_keys_that_were_derived_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = write(derive_all({4: LONG.encode()}, [Purpose.CLICK]))
    monkeypatch.setenv("NEWSLETTER_SIGNING_KEYS", keys)
    assert list(load().given_keys) == [4]
    monkeypatch.setenv("NEWSLETTER_SECRET_KEY", LONG)
    with pytest.raises(InputError, match="both set"):
        load()


@pytest.mark.parametrize(
    "damage", [lambda k: k[:-2], lambda k: k.replace("1:", "0:", 1), lambda k: f"{k},{k}", lambda k: "x" + k]
)
def test_keys_that_are_not_whole_are_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch, damage) -> None:
    keys = write(derive_all({1: LONG.encode()}, [Purpose.CLICK, Purpose.OPEN]))
    said = refused(monkeypatch, "NEWSLETTER_SIGNING_KEYS", damage(keys))
    assert [key for key in keys.replace(",", "=").split("=") if len(key) > 20 and key[:20] in said] == []


def test_a_role_is_named_in_words_that_an_operator_can_type() -> None:
    assert [role for role in ProcessRole if not role.value.isalpha()] == []


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("DRAFTING_URL", "models.example/v1", "no URL"),
        ("DRAFTING_URL", "ftp://models.example", "no URL"),
        ("DRAFTING_URL", "https://models.example:x/", "no URL"),
        ("DRAFTING_URL", "https://me:hidden-word@models.example/", "setting of its own"),
        ("DRAFTING_URL", "https://models.example/#hidden-word", "setting of its own"),
        ("DRAFTING_KEY", "hidden-word\nX-More: 1", "no key has"),
        ("DRAFTING_KEY", "hidden-wörd", "no key has"),
        ("DRAFTING_MODEL", "hidden-word\x07", "no name has"),
        ("DRAFTING_SECONDS", "0", "greater than"),
        ("DRAFTING_TOKENS_PER_DAY", "-1", "greater than"),
    ],
)
def test_who_proposes_words_is_named_in_full_and_a_fault_is_told_without_the_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    said = refused(monkeypatch, f"NEWSLETTER_{name}", value)
    assert why in said and "hidden" not in said


def test_the_key_of_a_language_model_comes_from_a_file_and_may_be_as_short_as_its_maker_likes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("sk-12\n", encoding="utf-8")
    monkeypatch.setenv("NEWSLETTER_DRAFTING_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("NEWSLETTER_DRAFTING_URL", "http://127.0.0.1:8080/v1")
    assert load().drafting_key.get_secret_value() == "sk-12"
    assert "sk-12" not in repr(load()) and "8080" not in repr(load())
