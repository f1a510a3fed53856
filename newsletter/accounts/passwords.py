"""Passwords, kept as argon2id (RFC 9106 section 4; the library's default parameters, 64 MiB a hash).

That much memory is the point of the method, so it is bounded: two hashes at once, ten who wait, and nobody beyond them.
"""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from newsletter.accounts.password_rules import refuse_weak
from newsletter.errors import InputError, LimitError

LEAST_CHARS, MOST_CHARS = 12, 1024
AT_ONCE, WAITING = 2, 10
_SOON = 3  # seconds, in which the queue is done several times over


class Passwords:
    """Makes and checks hashes, `at_once` of them while `waiting` threads wait: one for a whole process."""

    def __init__(self, *, at_once: int = AT_ONCE, waiting: int = WAITING, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._places = threading.Semaphore(at_once + waiting)
        self._turns = threading.Semaphore(at_once)
        self._nobodys = _hash_of_nothing(self._hasher)

    def hash(self, password: str, about: Iterable[str] = ()) -> str:
        """Return the hash to keep of a new password of somebody whom the words `about` describe.

        Raises InputError when it is too short, too long or easy to guess, LimitError when ten wait.
        """
        if not LEAST_CHARS <= len(password) <= MOST_CHARS:
            raise InputError(
                f"the password must have between {LEAST_CHARS} and {MOST_CHARS} characters",
                where="password",
                remedy="a sentence of four or five words will do",
            )
        refuse_weak(password, about)
        return self.hash_again(password)

    def hash_again(self, password: str) -> str:
        """Return the hash of a password that somebody has already. Raises LimitError when ten wait."""
        with self._turn():
            return self._hasher.hash(_octets(password))

    def unusable(self) -> str:
        """Return a hash that no password has, for an editor without one: a try at it takes as long as any other."""
        return _hash_of_nothing(self._hasher)

    def match(self, password_hash: str | None, password: str) -> bool:
        """Tell whether the password is that of the hash; of None it is none, after as much work. Raises LimitError when ten wait."""
        if len(password) > MOST_CHARS:  # nobody's; its work is the same, and that of an endless one is bounded
            password_hash, password = None, password[:MOST_CHARS]
        with self._turn():
            try:
                return self._hasher.verify(password_hash or self._nobodys, _octets(password))
            except (Argon2Error, InvalidHashError):
                return False

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        # Counted before anyone waits, so that those beyond give their thread back at once: pages need it.
        if not self._places.acquire(blocking=False):
            raise LimitError(
                "too many are signing in at this moment", retry_after=_SOON, remedy="try again in a few seconds"
            )
        try:
            with self._turns:
                yield
        finally:
            self._places.release()


def _hash_of_nothing(hasher: PasswordHasher) -> str:
    """Return a hash that no password has, whose check costs what any other does."""
    salt, tag = (
        base64.b64encode(secrets.token_bytes(size)).decode("ascii").rstrip("=")
        for size in (hasher.salt_len, hasher.hash_len)
    )
    return f"$argon2id$v=19$m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}${salt}${tag}"


def _octets(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")  # a pipe may hold octets that are no text
