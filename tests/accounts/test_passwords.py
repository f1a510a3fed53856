"""Hashes of passwords: argon2id, a few at a time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher

from newsletter.accounts.passwords import AT_ONCE, LEAST_CHARS, MOST_CHARS, WAITING, Passwords
from newsletter.errors import InputError, LimitError
from tests.accounts.conftest import PASSWORD, WRONG, cheap
from tests.parts.waiting import comes_true


class Gate(PasswordHasher):
    """Holds every check until it is opened, and counts those inside."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.open = threading.Event()
        self.inside = self.most = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002 - the library's name
        self.inside += 1
        self.most = max(self.most, self.inside)
        assert self.open.wait(30)
        self.inside -= 1
        return super().verify(hash, password)


def test_a_hash_is_argon2id_with_what_rfc_9106_asks_for_and_holds_no_password() -> None:
    made = Passwords().hash(PASSWORD)
    assert made.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert PASSWORD not in made


def test_only_the_password_itself_matches() -> None:
    passwords = cheap()
    made = passwords.hash(PASSWORD)
    assert passwords.match(made, PASSWORD)
    assert not passwords.match(made, WRONG)
    assert not passwords.match(made, "")
    assert not passwords.match(None, PASSWORD)
    assert not passwords.match("not a hash", PASSWORD)


def test_octets_that_are_no_text_are_a_password_too() -> None:
    passwords = cheap()
    odd = "four words \udcff of courage"
    assert passwords.match(passwords.hash(odd), odd)


@pytest.mark.parametrize("password", ["", "x" * (LEAST_CHARS - 1), "x" * (MOST_CHARS + 1)])
def test_a_password_too_short_or_endless_is_refused(password: str) -> None:
    with pytest.raises(InputError, match="between 12 and 1024"):
        cheap().hash(password)


def test_an_endless_password_matches_nothing_not_even_by_its_beginning() -> None:
    passwords = cheap()
    longest = ("correct horse battery staple, " * 40)[:MOST_CHARS]
    assert not passwords.match(passwords.hash(longest), longest + "x")


def test_the_check_of_nobodys_hash_costs_what_another_does() -> None:
    passwords = Passwords()
    assert not passwords.is_outdated(passwords._nobodys)
    assert passwords._nobodys != Passwords()._nobodys


def test_a_hash_of_other_parameters_is_outdated() -> None:
    assert Passwords().is_outdated(cheap().hash(PASSWORD))
    assert not cheap().is_outdated(cheap().hash(PASSWORD))


def test_two_hash_ten_wait_and_the_next_is_told_at_once() -> None:
    gate = Gate()
    passwords = Passwords(hasher=gate)
    made = passwords.hash(PASSWORD)
    with ThreadPoolExecutor(AT_ONCE + WAITING) as pool:
        waiting = [pool.submit(passwords.match, made, PASSWORD) for _ in range(AT_ONCE + WAITING)]
        try:
            assert comes_true(lambda: passwords._places._value == 0)
            for ask in (lambda: passwords.match(made, PASSWORD), lambda: passwords.hash(PASSWORD)):
                with pytest.raises(LimitError) as caught:
                    ask()
                assert caught.value.retry_after > 0
        finally:
            gate.open.set()
        assert all(each.result(30) for each in waiting)
    assert gate.most <= AT_ONCE
    assert passwords.match(made, PASSWORD), "those who were done gave their places back"


def test_a_check_that_fails_gives_its_place_back() -> None:
    passwords = Passwords(at_once=1, waiting=0, hasher=cheap()._hasher)
    for _ in range(3):
        assert not passwords.match("broken", PASSWORD)
