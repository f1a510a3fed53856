"""The keys of programs: made with some of the rights of who makes them, shown once, and revoked.

A key is `nlk_`, eight characters that are shown in lists, and 43 that are not; scanners of leaked secrets find it by its beginning.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.accounts.permissions import may, require
from newsletter.accounts.secrets import new_secret
from newsletter.clock import Clock
from newsletter.errors import ForbiddenError, InputError, NotFoundError
from newsletter.model import ApiKey
from newsletter.model.actor import Actor, ActorKind, Grants
from newsletter.model.rights import OF_THE_SERVICE, Right
from newsletter.store.accounts import api_keys as store
from newsletter.store.accounts import audit, editors, grants
from newsletter.store.accounts.audit import Subject
from newsletter.store.database import Database
from newsletter.store.publications import publications

SCANNED = "nlk_"
MOST_NAME_CHARS = 60
SEEN_SECONDS = 300.0
"""How stale the moment a key was last used may be: a write for each call would be too many."""
_KEY = re.compile(rf"{SCANNED}([a-z0-9]{{8}})_([\w-]{{43}})", re.ASCII)
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a key shall be: its name, its rights, the slug of its publication (empty: the service), and the days it lasts (0: no end)."""

    name: str
    rights: Collection[Right]
    publication: str = ""
    days: int = 0


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A key as it is shown; `maker` is an address, empty for the operator. `works` is false once it is revoked or too old."""

    prefix: str
    name: str
    rights: Sequence[str]
    publication: str
    maker: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    works: bool


@dataclass(frozen=True)
class ApiKeys:
    """The tools, put together once per process."""

    database: Database
    clock: Clock

    def create(self, wanted: Wanted, *, by: Actor) -> str:
        """Make a key and return it, which nobody can later. Raises ForbiddenError, also for a right that the maker lacks; InputError, NotFoundError."""
        require(by, Right.MANAGE_ACCOUNTS, None)
        now, prefix = self.clock.now(), "".join(secrets.choice(_LETTERS) for _ in range(8))
        key = f"{SCANNED}{prefix}_{new_secret()}"
        with self.database.write() as session:
            scope = publications.get(session, wanted.publication).id if wanted.publication else None
            _check(wanted, scope, by)
            made = ApiKey(
                prefix=prefix,
                secret_hash=_hash(key),
                name=wanted.name.strip()[:MOST_NAME_CHARS],
                rights=",".join(sorted(wanted.rights)),
                publication_id=scope,
                made_by=by.id if by.kind is ActorKind.EDITOR else None,
                created_at=now,
                expires_at=now + timedelta(days=wanted.days) if wanted.days else None,
            )
            subject = Subject("api key", store.add(session, made).id, prefix)
            audit.add(session, by, "key.create", subject, at=now, publication_id=scope, new=made.rights)
        return key

    def revoke(self, prefix: str, *, by: Actor) -> None:
        """Let a key work no more; a second time changes nothing. Raises ForbiddenError, NotFoundError."""
        require(by, Right.MANAGE_ACCOUNTS, None)
        now = self.clock.now()
        with self.database.write() as session:
            key = store.lock(session, prefix.strip().removeprefix(SCANNED)[:8])
            if key is None:
                raise NotFoundError(
                    "there is no such key", where=prefix[:20], remedy="`newsletter api-key list` shows all"
                )
            if key.revoked_at is None:
                key.revoked_at = now
                subject = Subject("api key", key.id, key.prefix)
                audit.add(session, by, "key.revoke", subject, at=now, publication_id=key.publication_id)

    def listed(self) -> list[ListedKey]:
        """Return all keys, newest first, those that work no more among them."""
        now = self.clock.now()
        with self.database.read() as session:
            rows = store.all_of(session)
        return [
            ListedKey(
                SCANNED + key.prefix,
                key.name,
                key.rights.split(","),
                slug or "",
                maker or "",
                key.created_at,
                key.expires_at,
                key.used_at,
                _works(key, now),
            )
            for key, slug, maker in rows
        ]

    def authenticate(self, secret: str, *, network: str = "") -> Actor | None:
        """Return who acts by this key from this network, with the rights of this moment; None for a key that does not work.

        A key made by an editor never has a right that its maker has lost.
        """
        found, now = _KEY.fullmatch(secret), self.clock.now()
        given = _hash(secret[:200])
        with self.database.read() as session:
            key = store.find(session, found[1]) if found else None
            same = hmac.compare_digest(given, key.secret_hash if key else bytes(len(given)))
            if key is None or not same or not _works(key, now):
                return None
            held = frozenset(Right(word) for word in key.rights.split(","))
            if key.made_by is not None:
                maker = editors.by_id(session, key.made_by)
                if maker is None or maker.disabled_at is not None:
                    return None
                held = _still(held, grants.rights(session, maker.id), key.publication_id)
        if key.used_at is None or (now - key.used_at).total_seconds() >= SEEN_SECONDS:
            with self.database.write() as session:
                store.note_used(session, key.id, now)
        return Actor(
            ActorKind.API_KEY, key.id, f"{key.name} ({SCANNED}{key.prefix})", network, {key.publication_id: held}
        )


def _check(wanted: Wanted, scope: int | None, by: Actor) -> None:
    if not wanted.name.strip():
        raise InputError("a key needs a name", where="name", remedy="say which program uses it")
    if not wanted.rights:
        raise InputError("a key needs a right", where="rights", remedy=f"there are: {', '.join(Right)}")
    if wanted.days < 0:
        raise InputError(
            "a key cannot end before it begins", where="days", remedy="give a number of days, or 0 for no end"
        )
    if scope is not None and (beyond := OF_THE_SERVICE & set(wanted.rights)):
        raise InputError(
            f"these concern the whole service: {', '.join(sorted(beyond))}",
            where="rights",
            remedy="leave them out, or the publication",
        )
    lacking = sorted(right for right in wanted.rights if not may(by, right, scope))
    if lacking:
        raise ForbiddenError(f"you cannot give what you lack: {', '.join(lacking)}", remedy="leave them out")


def _works(key: ApiKey, now: datetime) -> bool:
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > now)


def _still(held: frozenset[Right], of_maker: Grants, scope: int | None) -> frozenset[Right]:
    return held & (
        of_maker.get(None, frozenset()) | (of_maker.get(scope, frozenset()) if scope is not None else frozenset())
    )


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
