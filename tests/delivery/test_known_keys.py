"""Mail of a domain that is signed on one host leaves no other host unsigned, nor signed with a key that DNS does not have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.clock import SettableClock
from newsletter.delivery import known_keys
from newsletter.delivery.known_keys import LOOK_EVERY, KeyUnusable, KnownKeys
from newsletter.delivery.signing import Signing
from newsletter.errors import ConflictError, NotFoundError, StoreError
from newsletter.keyring import Keyring
from newsletter.model import KnownKey
from newsletter.store.database import Database
from tests.parts.actors import OPERATOR

DOMAIN = "news.example"


@dataclass
class Host:
    """A host with a folder of keys of its own."""

    database: Database
    clock: SettableClock
    folder: Path

    def __post_init__(self) -> None:
        self.keyring = Keyring(self.folder)
        self.signing = Signing(
            self.keyring, self.clock, "smtp", known=KnownKeys(self.database, self.clock, self.folder)
        )

    def signs(self, domain: str = DOMAIN) -> list[str]:
        """The selectors it signs with. Raises KeyUnusable."""
        found = self.signing.signer(domain)
        return [key.selector for key in found.keys] if found else []

    def copy_to(self, other: Host) -> None:
        """Give another host the keys of this one."""
        place = other.folder / DOMAIN
        place.mkdir(parents=True, exist_ok=True)
        for file in (self.folder / DOMAIN).iterdir():
            (place / file.name).write_bytes(file.read_bytes())

    def use(self, selector: str) -> None:
        """What `newsletter domain use` does."""
        self.keyring.use(DOMAIN, selector)
        known_keys.declare(self.database, self.clock, DOMAIN, self.keyring.keys(DOMAIN, selector))


@pytest.fixture
def one(database: Database, clock: SettableClock, tmp_path: Path) -> Host:
    return Host(database, clock, tmp_path / "one")


@pytest.fixture
def other(database: Database, clock: SettableClock, tmp_path: Path) -> Host:
    return Host(database, clock, tmp_path / "other")


def later(host: Host) -> Host:
    host.clock.advance(LOOK_EVERY)
    return host


def test_where_nobody_signs_mail_leaves_unsigned_and_nothing_is_noted(one: Host, other: Host) -> None:
    assert (one.signs(), other.signs()) == ([], [])
    with one.database.read() as session:
        assert session.scalars(select(KnownKey)).all() == []


def test_a_host_without_the_keys_of_another_sends_nothing_of_that_domain_and_says_what_to_do(
    one: Host, other: Host
) -> None:
    assert other.signs() == [], "not yet"
    one.keyring.make(DOMAIN, "news1")
    assert one.signs() == ["news1", "news1-ed25519"]
    with pytest.raises(KeyUnusable) as told:
        later(other).signs()
    assert f"{known_keys.here()} signs mail of {DOMAIN} with news1" in told.value.what
    assert told.value.where == str(other.folder / DOMAIN)
    assert "copy the folder" in told.value.remedy
    assert other.signs("another.example") == []
    one.copy_to(other)
    assert other.signs() == ["news1", "news1-ed25519"], "and goes on as soon as it has them"


def test_keys_that_are_there_and_not_in_use_are_none(one: Host, other: Host) -> None:
    one.keyring.make(DOMAIN, "news1")
    assert one.signs()
    one.copy_to(other)
    (other.folder / DOMAIN / "in-use").unlink()
    with pytest.raises(KeyUnusable, match="no key in use"):
        other.signs()


def test_a_host_with_another_key_under_the_same_selector_signs_nothing_until_somebody_says_that_it_is_the_right_one(
    one: Host, other: Host
) -> None:
    one.keyring.make(DOMAIN, "news1")
    other.keyring.make(DOMAIN, "news1")
    assert one.signs()
    with pytest.raises(KeyUnusable, match="is another than that of") as told:
        other.signs()
    assert "newsletter domain use" in told.value.remedy
    other.use("news1")
    assert other.signs()
    with pytest.raises(KeyUnusable, match="is another than that of"):
        later(one).signs()


def test_a_host_at_fault_notes_none_of_its_keys(one: Host, other: Host) -> None:
    one.keyring.make(DOMAIN, "news1")
    (one.folder / DOMAIN / "news1.ed25519.pem").unlink()
    other.keyring.make(DOMAIN, "news1")
    assert one.signs() == ["news1"]
    with pytest.raises(KeyUnusable):
        other.signs()
    with one.database.read() as session:
        assert [key.selector for key in session.scalars(select(KnownKey))] == ["news1"]


def test_keys_are_rotated_host_by_host_while_both_are_published(one: Host, other: Host) -> None:
    one.keyring.make(DOMAIN, "news1")
    one.keyring.make(DOMAIN, "news2")
    one.copy_to(other)
    assert one.signs() == other.signs() == ["news1", "news1-ed25519"]
    one.use("news2")
    assert later(one).signs() == ["news2", "news2-ed25519"]
    assert other.signs() == ["news1", "news1-ed25519"], "whose record is there"
    known_keys.retire(one.database, one.clock, DOMAIN, one.keyring.retire(DOMAIN, "news1"))
    with pytest.raises(KeyUnusable, match="was retired on") as told:
        later(other).signs()
    assert "newsletter domain use" in told.value.remedy
    other.use("news2")
    assert other.signs() == ["news2", "news2-ed25519"]


def test_a_folder_that_was_rotated_by_hand_is_followed(one: Host) -> None:
    one.keyring.make(DOMAIN, "news1")
    assert one.signs()
    one.keyring.make(DOMAIN, "2027")
    (one.folder / DOMAIN / "in-use").unlink()
    (one.folder / DOMAIN / "in-use").write_text("2027\n")
    assert one.signs() == ["2027", "2027-ed25519"]


def test_a_domain_is_forgotten_only_where_nothing_signs_it_and_leaves_unsigned_then(one: Host, other: Host) -> None:
    one.keyring.make(DOMAIN, "news1")
    assert one.signs()
    with pytest.raises(ConflictError, match="is signed with news1"):
        known_keys.forget(one.database, one.clock, DOMAIN, one.keyring.in_use(DOMAIN), by=OPERATOR)
    (one.folder / DOMAIN / "in-use").unlink()
    assert known_keys.forget(one.database, one.clock, DOMAIN, one.keyring.in_use(DOMAIN), by=OPERATOR) == 2
    assert later(one).signs() == other.signs() == []
    with pytest.raises(NotFoundError):
        known_keys.forget(one.database, one.clock, DOMAIN, "", by=OPERATOR)


def test_no_second_key_is_made_under_a_selector_that_another_host_signs_with(one: Host, other: Host) -> None:
    one.keyring.make(DOMAIN, "news1")
    assert one.signs()
    for selector in ("news1",):
        with pytest.raises(ConflictError, match="which is not here") as told:
            known_keys.may_make(other.database, DOMAIN, selector, other.keyring.keys(DOMAIN, selector))
        assert "--selector" in told.value.remedy
    known_keys.may_make(other.database, DOMAIN, "news2", [])
    known_keys.may_make(one.database, DOMAIN, "news1", one.keyring.keys(DOMAIN, "news1"))


def test_the_ledger_is_asked_now_and_then_and_not_needed_for_what_is_known(
    one: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.keyring.make(DOMAIN, "news1")
    assert one.signs()

    def away(*_: object) -> None:
        raise StoreError("the ledger is away")

    monkeypatch.setattr("newsletter.store.delivery.known_keys.of_domain", away)
    assert one.signs()
    assert later(one).signs(), "what was known stands"
    with pytest.raises(StoreError):
        one.signs("another.example")


def test_whoever_is_second_with_another_key_at_the_same_moment_is_told(
    one: Host, other: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.keyring.make(DOMAIN, "news1")
    other.keyring.make(DOMAIN, "news1")
    note = known_keys.store.note

    def overtaken(*args: object, **more: object) -> None:
        monkeypatch.setattr("newsletter.store.delivery.known_keys.note", note)
        known_keys.store.replace(args[0], DOMAIN, {"news1": "f" * 64}, host="first", now=one.clock.now())
        note(*args, **more)

    monkeypatch.setattr("newsletter.store.delivery.known_keys.note", overtaken)
    with pytest.raises(KeyUnusable, match="than that of first"):
        other.signs()
