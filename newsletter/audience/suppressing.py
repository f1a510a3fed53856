"""Rule an address out by hand or from a list, everywhere or for one publication; and take that back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.audience import entries
from newsletter.audience.reader import read_reader
from newsletter.clock import Clock, in_utc
from newsletter.errors import InputError, NotFoundError
from newsletter.model import Suppression
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store.accounts import audit
from newsletter.store.audience import subscribers, suppressions
from newsletter.store.database import Database
from newsletter.store.inserting import batches
from newsletter.store.publications import publications

COLUMNS = ("email", "hash", "publication", "reason", "created_at", "expires_at", "unproven")
"""Of an exported list. `hash` is what stays of an address after erasure, in hexadecimal digits; `unproven` is `yes` or empty."""
_MOST_REASON_CHARS = 40
_HASH_OCTETS = 32
_PAGE = 1000


@dataclass(slots=True)
class SuppressionReport:
    """What became of each row: rows == added + known + len(invalid)."""

    added: int = 0
    known: int = 0
    invalid: list[tuple[int, str]] = field(default_factory=list)  # (line, what is wrong)


@dataclass(frozen=True)
class Suppressing:
    """The tools of ruling addresses out, put together once per process. A `publication_id` of None means everywhere."""

    database: Database
    clock: Clock

    def suppress(
        self,
        address: str,
        *,
        by: Actor,
        publication_id: int | None = None,
        reason: str = "manual",
        expires_at: datetime | None = None,
    ) -> bool:
        """Rule an address out from now on; False when it was so already.

        Raises InputError (address, reason, a moment that is past) and ForbiddenError.
        """
        person, now = read_reader(address), self.clock.now()
        _check_reason(reason)
        if expires_at is not None and expires_at <= now:
            raise InputError(
                "a suppression must end after now", where="expires_at", remedy="give a later moment, or none"
            )
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        with self.database.write() as session:
            added = suppressions.add(
                session,
                address=person.address,
                address_hash=person.address_hash,
                publication_id=publication_id,
                reason=reason,
                now=now,
                expires_at=expires_at,
            )
            if added:
                self._note(session, by, "subscriber.suppress", (person.address_hash, publication_id))
        return added

    def lift(self, address: str, *, by: Actor, publication_id: int | None = None, why: str = "") -> int:
        """End the suppressions of an address in this scope; return how many. Standing of subscriptions stays as it is.

        `why` stands in the audit trail. Raises InputError, ForbiddenError, and NotFoundError when none is in force there.
        """
        person, now = read_reader(address), self.clock.now()
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        with self.database.write() as session:
            ids = suppressions.in_scope(session, person.address_hash, publication_id, now)
            if not ids:
                slug = publications.by_id(session, publication_id).slug if publication_id else ""
                raise NotFoundError(
                    "this address is not suppressed " + (f"for {slug}" if slug else "everywhere"),
                    remedy="`newsletter suppression list` shows what is in force",
                )
            suppressions.lift(session, ids, now)
            self._note(session, by, "subscriber.lift", (person.address_hash, publication_id), words=why.strip())
        return len(ids)

    def listing(self, *, publication_id: int | None = None, after: int = 0, limit: int = 100) -> list[dict[str, Any]]:
        """Return suppressions in force with an id above `after`, by id, as plain JSON values; all, or those one publication obeys."""
        with self.database.read() as session:
            slugs = _slugs(session)
            rows = suppressions.page(
                session, now=self.clock.now(), publication_id=publication_id, after=after, limit=limit
            )
        return [_row(row, slugs) for row in rows]

    def export_list(self, *, by: Actor, publication_id: int | None = None) -> Iterator[dict[str, str]]:
        """Return the suppressions in force, one dict with `COLUMNS` each; all, or those one publication obeys.

        Of a person who was erased there is only the hash, by which another installation knows them too. Raises ForbiddenError at
        once, and writes down who took them out of the house.
        """
        require(by, Right.SEE_PEOPLE, publication_id)
        now = self.clock.now()
        with self.database.write() as session:
            slugs = _slugs(session)
            entries.of_list(session, by, "suppressions.export", publication_id, at=now)
        return _exported(self.database, slugs, publication_id, now)

    def import_list(
        self,
        rows: Iterable[Mapping[str, str]],
        *,
        by: Actor,
        publication_id: int | None = None,
        reason: str = "imported",
    ) -> SuppressionReport:
        """Rule out every address of a list (columns as in an export: email or address, or hash); all or, when the list breaks off, none.

        `publication_id` and `reason` count for the rows that name none; what has ended is left out and told. Raises InputError,
        and ForbiddenError when one row reaches further than the right.
        """
        _check_reason(reason)
        report, now = SuppressionReport(), self.clock.now()
        with self.database.read() as session:
            scopes: dict[str, int | None] = {slug: known for known, slug in _slugs(session).items()}
        given = _Terms(publication_id, reason, None)
        wanted = list(_read_rows(rows, given, scopes, now, report.invalid))
        for scope in {publication_id, *(terms.publication_id for terms, _ in wanted)}:
            require(by, Right.MANAGE_AUDIENCE, scope)
        with self.database.write() as session:
            subscribers.take_turn(session)
            report.added = sum(_add(session, terms, people, now) for terms, people in _by_terms(wanted))
            report.known = len(wanted) - report.added
            words = f"{report.added:,} added, {report.known:,} known"
            entries.of_list(session, by, "suppressions.import", publication_id, at=now, words=words)
        return report

    def _note(
        self, session: Session, by: Actor, action: str, whom: tuple[bytes, int | None], *, words: str = ""
    ) -> None:
        address_hash, scope = whom
        known = subscribers.find(session, address_hash)
        subject, told = audit.Subject("subscriber", known.id if known else None), words[: audit.MOST_CHARS]
        audit.add(session, by, action, subject, at=self.clock.now(), publication_id=scope, new=told)


def _slugs(session: Session) -> dict[int, str]:
    return {publication.id: publication.slug for publication in publications.all_of(session)}


def _exported(
    database: Database, slugs: Mapping[int, str], scope: int | None, now: datetime
) -> Iterator[dict[str, str]]:
    after = 0
    while True:
        with database.read() as session:
            page = suppressions.page(session, now=now, publication_id=scope, after=after, limit=_PAGE)
        for row in page:
            shown = {name: value or "" for name, value in _row(row, slugs).items()}
            shown["unproven"] = "yes" if row.unproven else ""
            yield {name: str(shown[name]) for name in COLUMNS[2:]} | {
                "email": row.address,
                "hash": row.address_hash.hex(),
            }
        if len(page) < _PAGE:
            return
        after = page[-1].id


@dataclass(frozen=True, slots=True)
class _Terms:
    publication_id: int | None
    reason: str
    expires_at: datetime | None
    unproven: bool = False


def _add(session: Session, terms: _Terms, people: list[tuple[str, bytes]], now: datetime) -> int:
    added = 0
    for batch in batches(people):
        added += suppressions.add_many(
            session,
            batch,
            publication_id=terms.publication_id,
            reason=terms.reason,
            now=now,
            expires_at=terms.expires_at,
            unproven=terms.unproven,
        )
    return added


def _read_rows(
    rows: Iterable[Mapping[str, str]],
    given: _Terms,
    scopes: Mapping[str, int | None],
    now: datetime,
    invalid: list[tuple[int, str]],
) -> Iterator[tuple[_Terms, tuple[str, bytes]]]:
    for number, row in enumerate(rows, start=1):
        try:
            yield _terms(row, given, scopes, now), _whom(row)
        except InputError as error:
            invalid.append((getattr(row, "line", number), error.what))


def _terms(row: Mapping[str, str], given: _Terms, scopes: Mapping[str, int | None], now: datetime) -> _Terms:
    slug, reason, until = (row.get(name, "").strip() for name in ("publication", "reason", "expires_at"))
    if slug and slug not in scopes:
        raise InputError(f"there is no publication {slug!r}")
    _check_reason(reason or given.reason)
    scope, unproven = scopes[slug] if slug else given.publication_id, row.get("unproven", "").strip() == "yes"
    return _Terms(scope, reason or given.reason, _end(until, now), unproven)


def _end(until: str, now: datetime) -> datetime | None:
    if not until:
        return None
    try:
        ends = datetime.fromisoformat(until)
    except ValueError:
        raise InputError("expires_at is no moment in ISO 8601") from None
    ends = ends.replace(tzinfo=UTC) if ends.tzinfo is None else in_utc(ends, where="expires_at")
    if ends <= now:
        raise InputError("it has ended already")
    return ends


def _whom(row: Mapping[str, str]) -> tuple[str, bytes]:
    """Return address and hash; only the hash of a person who was erased."""
    address, digest = row.get("email") or row.get("address") or "", row.get("hash", "").strip()
    if address or not digest:
        person = read_reader(address)
        return person.address, person.address_hash
    try:
        known = bytes.fromhex(digest)
    except ValueError:
        known = b""
    if len(known) != _HASH_OCTETS:
        raise InputError(f"a hash has {2 * _HASH_OCTETS} hexadecimal digits")
    return "", known


def _by_terms(wanted: Iterable[tuple[_Terms, tuple[str, bytes]]]) -> Iterator[tuple[_Terms, list[tuple[str, bytes]]]]:
    grouped: dict[_Terms, list[tuple[str, bytes]]] = {}
    for terms, person in wanted:
        grouped.setdefault(terms, []).append(person)
    yield from grouped.items()


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > _MOST_REASON_CHARS:
        raise InputError(f"a reason has 1 to {_MOST_REASON_CHARS} characters", where="reason", remedy="such as manual")


def _row(row: Suppression, slugs: Mapping[int, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "address": row.address,
        "publication": None if row.publication_id is None else slugs.get(row.publication_id),
        "reason": row.reason,
        "created_at": row.created_at.isoformat(),
        "expires_at": None if row.expires_at is None else row.expires_at.isoformat(),
        "unproven": row.unproven,
    }
