"""Rule an address out by hand or from a list, everywhere or for one publication; and take that back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter.audience.importing import readable
from newsletter.audience.reader import read_reader
from newsletter.clock import Clock
from newsletter.errors import InputError, NotFoundError
from newsletter.model import Suppression
from newsletter.store import publications, subscribers, suppressions
from newsletter.store.database import Database
from newsletter.store.inserting import batches

_MOST_REASON_CHARS = 40


@dataclass(slots=True)
class SuppressionReport:
    """What became of each row: rows == added + known + len(invalid)."""

    added: int = 0
    known: int = 0
    invalid: list[tuple[int, str]] = field(default_factory=list)  # (line, what is wrong)


def suppress(
    database: Database,
    *,
    clock: Clock,
    address: str,
    publication: str | None = None,
    reason: str = "manual",
    expires_at: datetime | None = None,
) -> bool:
    """Rule an address out from now on; False when it was so already. Without a publication: everywhere.

    Raises InputError (address, reason, a moment that is past) and NotFoundError (publication).
    """
    person, now = read_reader(address), clock.now()
    _check_reason(reason)
    if expires_at is not None and expires_at <= now:
        raise InputError("a suppression must end after now", where="expires_at", remedy="give a later moment, or none")
    with database.write() as session:
        return suppressions.add(
            session,
            address=person.address,
            address_hash=person.address_hash,
            publication_id=_scope(session, publication),
            reason=reason,
            now=now,
            expires_at=expires_at,
        )


def lift(database: Database, *, clock: Clock, address: str, publication: str | None = None) -> int:
    """End the suppressions of an address in this scope; return how many. Standing of subscriptions stays as it is.

    Raises NotFoundError when none is in force there.
    """
    person, now = read_reader(address), clock.now()
    with database.write() as session:
        ids = suppressions.in_scope(session, person.address_hash, _scope(session, publication), now)
        if not ids:
            raise NotFoundError(
                "this address is not suppressed " + (f"for {publication}" if publication else "everywhere"),
                remedy="`newsletter suppression list` shows what is in force",
            )
        suppressions.lift(session, ids, now)
    return len(ids)


def listing(
    database: Database, *, clock: Clock, publication: str | None = None, after: int = 0, limit: int = 100
) -> list[dict[str, Any]]:
    """Return suppressions in force with an id above `after`, by id, as plain JSON values; all, or those one publication obeys."""
    with database.read() as session:
        slugs = {p.id: p.slug for p in publications.all_of(session)}
        scope = _scope(session, publication)
        rows = suppressions.page(session, now=clock.now(), publication_id=scope, after=after, limit=limit)
    return [_row(row, slugs) for row in rows]


def import_suppressions(
    database: Database,
    *,
    clock: Clock,
    rows: Iterable[Mapping[str, str]],
    publication: str | None = None,
    reason: str = "imported",
) -> SuppressionReport:
    """Rule out every address of a list (column email or address) for good; all or, when the list breaks off, none."""
    _check_reason(reason)
    report = SuppressionReport()
    people = [(person.address, person.address_hash) for person in readable(rows, report.invalid)]
    with database.write() as session:
        scope = _scope(session, publication)
        subscribers.take_turn(session)
        for batch in batches(people):
            report.added += suppressions.add_many(session, batch, publication_id=scope, reason=reason, now=clock.now())
    report.known = len(people) - report.added
    return report


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > _MOST_REASON_CHARS:
        raise InputError(f"a reason has 1 to {_MOST_REASON_CHARS} characters", where="reason", remedy="such as manual")


def _scope(session: Session, publication: str | None) -> int | None:
    return publications.get(session, publication).id if publication else None


def _row(row: Suppression, slugs: Mapping[int, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "address": row.address,
        "publication": None if row.publication_id is None else slugs.get(row.publication_id),
        "reason": row.reason,
        "created_at": row.created_at.isoformat(),
        "expires_at": None if row.expires_at is None else row.expires_at.isoformat(),
    }
