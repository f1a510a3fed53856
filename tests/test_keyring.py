"""Keys are made once, kept from others' eyes, and never overwritten."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.keyring import Keyring, domain_name

DOMAIN = "news.example"


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    """An empty keyring."""
    return Keyring(tmp_path / "dkim")


def test_both_kinds_of_key_are_made_and_only_we_can_read_them(keyring: Keyring) -> None:
    assert [key.selector for key in keyring.make(DOMAIN, "s1")] == ["s1", "s1-ed25519"]
    files = sorted(keyring.place(DOMAIN).iterdir())
    assert [path.name for path in files] == ["in-use", "s1.ed25519.pem", "s1.rsa.pem"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_key_that_exists_stays(keyring: Keyring) -> None:
    keyring.make(DOMAIN, "s1")
    before = (keyring.place(DOMAIN) / "s1.rsa.pem").read_bytes()
    (keyring.place(DOMAIN) / "s1.ed25519.pem").unlink()
    assert len(keyring.make(DOMAIN, "s1")) == 2
    assert (keyring.place(DOMAIN) / "s1.rsa.pem").read_bytes() == before


def test_two_who_make_at_once_get_the_same_keys(keyring: Keyring) -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: [k.private.public_key() for k in keyring.make(DOMAIN, "s1")], range(4)))
    assert all(keys == made[0] for keys in made)
    assert len(list(keyring.place(DOMAIN).iterdir())) == 3


def test_the_first_selector_is_in_use_until_another_is_chosen(keyring: Keyring) -> None:
    keyring.make(DOMAIN, "s1")
    keyring.make(DOMAIN, "s2")
    assert (keyring.selectors(DOMAIN), keyring.in_use(DOMAIN)) == (["s1", "s2"], "s1")
    before = keyring.signer(DOMAIN)
    assert keyring.signer(DOMAIN) is before
    keyring.use(DOMAIN, "s2")
    assert keyring.in_use(DOMAIN) == "s2"
    assert keyring.signer(DOMAIN) is not before


def test_a_selector_without_keys_cannot_be_chosen(keyring: Keyring) -> None:
    keyring.make(DOMAIN, "s1")
    with pytest.raises(NotFoundError, match="s9"):
        keyring.use(DOMAIN, "s9")
    assert keyring.in_use(DOMAIN) == "s1"


def test_one_algorithm_alone_is_enough(keyring: Keyring) -> None:
    keyring.make(DOMAIN, "s1")
    (keyring.place(DOMAIN) / "s1.ed25519.pem").unlink()
    signer = keyring.signer(DOMAIN)
    assert signer is not None
    assert signer.sign(b"From: a@news.example\r\n\r\n", 0).count(b"DKIM-Signature:") == 1


def test_a_domain_without_keys_has_no_signer(keyring: Keyring) -> None:
    assert keyring.signer(DOMAIN) is None
    assert keyring.in_use(DOMAIN) == ""
    assert keyring.selectors(DOMAIN) == []


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"nonsense"), lambda path: path.unlink()])
def test_a_key_in_use_that_cannot_be_used_is_told(keyring: Keyring, damage) -> None:
    keyring.make(DOMAIN, "s1")
    for path in keyring.place(DOMAIN).glob("*.pem"):
        damage(path)
    with pytest.raises(InputError):
        keyring.signer(DOMAIN)


@pytest.mark.parametrize("domain", ["", "..", "../../etc", "a b.example", "news", "a/b.example", "news.example\n.x"])
def test_what_is_no_domain_makes_no_folder(keyring: Keyring, domain: str) -> None:
    with pytest.raises(InputError):
        keyring.make(domain, "s1")


@pytest.mark.parametrize("selector", ["", "..", "../s1", "a/b", "s 1", ".s1", "s1\n"])
def test_what_is_no_selector_makes_no_file(keyring: Keyring, tmp_path: Path, selector: str) -> None:
    with pytest.raises(InputError):
        keyring.make(DOMAIN, selector)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_selector_too_long_for_one_kind_of_key_leaves_no_key_of_the_other(keyring: Keyring) -> None:
    with pytest.raises(InputError):
        keyring.make(DOMAIN, "s" * 60)  # with -ed25519 behind it, more than a label holds
    assert keyring.selectors(DOMAIN) == [] and not keyring.in_use(DOMAIN)


def test_old_keys_are_deleted_and_those_in_use_never(keyring: Keyring) -> None:
    for selector in ("s1", "s2"):
        keyring.make(DOMAIN, selector)
    with pytest.raises(ConflictError, match="signed with s1"):
        keyring.retire(DOMAIN, "s1")
    keyring.use(DOMAIN, "s2")
    assert keyring.retire(DOMAIN, "s1") == ["s1", "s1-ed25519"]
    assert keyring.selectors(DOMAIN) == ["s2"] and keyring.signer(DOMAIN)
    with pytest.raises(NotFoundError, match="no selector"):
        keyring.retire(DOMAIN, "s1")


def test_domains_are_known_in_one_form() -> None:
    assert domain_name(" News.Example. ") == "news.example"
    assert domain_name("bücher.example") == "xn--bcher-kva.example"
