"""Readers as an export writes them, page by page: plain values past the ORM and its types, for there may be millions of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, String, bindparam, select, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

from newsletter.model import ConsentRecord, Subscriber, Subscription
from newsletter.model.base import BigId

_PUBLICATION, _FIRST = bindparam("publication", type_=BigId), bindparam("first", type_=BigId)
_LAST, _MOST = bindparam("last", type_=BigId), bindparam("most", type_=BigId)


ListedReader = tuple[int, str, bytes, str, str, str, str, str]
"""Subscription's id, address, its hash, name, state, tracking, when made, when changed: moments in ISO 8601, UTC. A tuple costs half of a class."""
ListedRecord = tuple[str, str, str, str, str]
"""A consent record: action, when, place, IP, wording."""


def readers(session: Session, publication_id: int, *, after: int, limit: int) -> list[ListedReader]:
    """Return readers of a publication with a subscription's id above `after`, by id; erased subscribers are left out."""
    rows = session.connection().execute(_READERS, {"publication": publication_id, "first": after, "most": limit})
    return [
        (*whom, began := _iso(created), began if changed == created else _iso(changed))
        for *whom, created, changed in rows.all()
    ]


def chosen(session: Session, publication_id: int, ids: Sequence[int]) -> list[ListedReader]:
    """Return readers of a publication by their subscriptions' ids (1,000 at most), by id; erased subscribers are left out."""
    rows = session.connection().execute(_CHOSEN, {"publication": publication_id, "ids": list(ids)})
    return [
        (*whom, began := _iso(created), began if changed == created else _iso(changed))
        for *whom, created, changed in rows.all()
    ]


def within(publication_id: int, page: Sequence[ListedReader]) -> Select[int]:
    """Return the SELECT of the subscriptions' ids of one page."""
    first, last = (page[0][0], page[-1][0]) if page else (0, 0)
    return _ids(Subscription.publication_id + 0 == publication_id, Subscription.id.between(first, last))


def consent_of(session: Session, publication_id: int, page: Sequence[ListedReader]) -> dict[int, list[ListedRecord]]:
    """Return the consent records of the readers of one page, oldest first, by subscription."""
    first, last = (page[0][0], page[-1][0]) if page else (0, 0)
    found: dict[int, list[ListedRecord]] = {}
    rows = session.connection().execute(_CONSENT, {"publication": publication_id, "first": first, "last": last})
    for subscription_id, action, at, place, ip, wording in rows.all():
        record = (action, _iso(at), place, ip, wording)
        if subscription_id in found:
            found[subscription_id].append(record)
        else:
            found[subscription_id] = [record]
    return found


def _as_stored(column: InstrumentedAttribute[str]) -> ColumnElement[object]:
    return type_coerce(column, NullType())


class _moment(FunctionElement[str]):  # noqa: N801 - spelled as SQL functions are
    """A moment as text in UTC, to the microsecond: as SQLite keeps it, and as PostgreSQL writes it when asked to."""

    inherit_cache = True
    type = String()


@compiles(_moment)
def _text_as_stored(element: _moment, compiler: SQLCompiler, **given: Any) -> str:
    return compiler.process(element.clauses, **given)


@compiles(_moment, "postgresql")
def _text_in_utc(element: _moment, compiler: SQLCompiler, **given: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **given)} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"


def _iso(stored: str) -> str:
    """Write a moment as `datetime.isoformat` does."""
    return f"{stored[:10]}T{stored[11:].removesuffix('.000000')}+00:00"


def _ids(*conditions: ColumnElement[bool]) -> Select[int]:
    return select(Subscription.id).where(*conditions)


# The sum keeps the index of publications out: with it each page would sort all that come after.
_OF_PUBLICATION = Subscription.publication_id + 0 == _PUBLICATION
_LISTED = (
    select(Subscription.id, Subscriber.address, Subscriber.address_hash, Subscriber.name)
    .add_columns(_as_stored(Subscription.state), _as_stored(Subscription.tracking))
    .add_columns(_moment(Subscription.created_at), _moment(Subscription.changed_at))
    .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
    .where(_OF_PUBLICATION, Subscriber.address != "")
    .order_by(Subscription.id)
)
_READERS = _LISTED.where(Subscription.id > _FIRST).limit(_MOST)
_CHOSEN = _LISTED.where(Subscription.id.in_(bindparam("ids", expanding=True)))
_CONSENT = (
    select(ConsentRecord.subscription_id, ConsentRecord.action, _moment(ConsentRecord.at))
    .add_columns(ConsentRecord.place, ConsentRecord.ip, ConsentRecord.wording)
    .where(ConsentRecord.subscription_id.in_(_ids(_OF_PUBLICATION, Subscription.id.between(_FIRST, _LAST))))
    .order_by(ConsentRecord.id)
)
