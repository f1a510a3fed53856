"""Who may sit at the desk: passwords, limits, sessions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, InputError, LimitError
from newsletter.issues import editors
from newsletter.model import EditorSession
from newsletter.pacing import MemoryBuckets
from newsletter.store.database import Database

PASSWORD = "correct horse battery"


@pytest.fixture
def buckets(clock: SettableClock) -> MemoryBuckets:
    """Full buckets."""
    return MemoryBuckets(clock)


def _create(database: Database, clock: SettableClock, address: str = "Mara@Tide.example.org") -> None:
    editors.create_editor(database, clock=clock, address=address, password=PASSWORD, name="Mara")


def _try(
    database: Database, clock: SettableClock, buckets: MemoryBuckets, address: str, password: str, ip: str = "192.0.2.1"
) -> EditorSession:
    return editors.authenticate(database, clock=clock, buckets=buckets, address=address, password=password, ip=ip)


def test_an_editor_signs_in_whatever_the_letter_case_of_the_address(
    database: Database, clock: SettableClock, buckets: MemoryBuckets
) -> None:
    _create(database, clock)
    opened = _try(database, clock, buckets, " mara@tide.EXAMPLE.org ", PASSWORD)
    found = editors.signed_in(database, clock=clock, session_id=opened.id)
    assert found is not None
    assert found.address == "mara@tide.example.org"
    assert found.password_hash.startswith("$argon2id$")
    assert PASSWORD not in found.password_hash


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    sqlite_database: Database, clock: SettableClock, buckets: MemoryBuckets
) -> None:
    _create(sqlite_database, clock)
    said = []
    for address, password in (("mara@tide.example.org", "wrong"), ("nobody@tide.example.org", PASSWORD)):
        with pytest.raises(InputError) as caught:
            _try(sqlite_database, clock, buckets, address, password)
        said.append(str(caught.value))
    assert said[0] == said[1]


def test_an_unknown_address_costs_a_hash_too(
    sqlite_database: Database, clock: SettableClock, buckets: MemoryBuckets, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Watching:
        def verify(self, hashed: str, password: str) -> bool:
            asked.append(hashed)
            return True  # even a password that fits the decoy opens nothing

        def hash(self, password: str) -> str:
            return "decoy"

    editors._decoy.cache_clear()
    monkeypatch.setattr(editors, "_hasher", Watching)
    with pytest.raises(InputError):
        _try(sqlite_database, clock, buckets, "nobody@tide.example.org", PASSWORD)
    editors._decoy.cache_clear()
    assert asked == ["decoy"]


def test_ten_tries_for_one_address_close_it_for_a_while(
    sqlite_database: Database, clock: SettableClock, buckets: MemoryBuckets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editors, "_matches", lambda *_: False)
    for n in range(10):
        with pytest.raises(InputError):
            _try(sqlite_database, clock, buckets, "mara@tide.example.org", "wrong", ip=f"192.0.2.{n}")
    with pytest.raises(LimitError) as caught:
        _try(sqlite_database, clock, buckets, "mara@tide.example.org", "wrong", ip="198.51.100.1")
    assert 0 < caught.value.retry_after <= 361
    clock.advance(361)
    with pytest.raises(InputError):
        _try(sqlite_database, clock, buckets, "mara@tide.example.org", "wrong", ip="198.51.100.1")


def test_ten_tries_from_one_place_close_it_for_all_addresses(
    sqlite_database: Database, clock: SettableClock, buckets: MemoryBuckets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editors, "_matches", lambda *_: False)
    for n in range(10):
        with pytest.raises(InputError):
            _try(sqlite_database, clock, buckets, f"e{n}@tide.example.org", "wrong")
    with pytest.raises(LimitError):
        _try(sqlite_database, clock, buckets, "other@tide.example.org", "wrong")


def test_a_session_ends_after_twelve_hours_or_on_signing_out(
    database: Database, clock: SettableClock, buckets: MemoryBuckets
) -> None:
    _create(database, clock)
    first = _try(database, clock, buckets, "mara@tide.example.org", PASSWORD)
    second = _try(database, clock, buckets, "mara@tide.example.org", PASSWORD)
    editors.sign_out(database, session_id=first.id)
    editors.sign_out(database, session_id=first.id)
    assert editors.signed_in(database, clock=clock, session_id=first.id) is None
    assert editors.signed_in(database, clock=clock, session_id=second.id) is not None
    clock.advance(timedelta(hours=12).total_seconds())
    assert editors.signed_in(database, clock=clock, session_id=second.id) is None


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 1025])
def test_a_password_that_is_too_short_or_endless_is_refused(
    sqlite_database: Database, clock: SettableClock, password: str
) -> None:
    with pytest.raises(InputError):
        editors.create_editor(sqlite_database, clock=clock, address="a@b.example", password=password, name="")


def test_an_address_has_one_editor(database: Database, clock: SettableClock) -> None:
    _create(database, clock)
    with pytest.raises(ConflictError):
        _create(database, clock, "MARA@tide.example.org")
