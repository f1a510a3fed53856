"""The DKIM keys that mail is signed with, as the ledger knows them: what each host compares its own with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.model import KnownKey
from newsletter.store.inserting import insert_new


def of_domain(session: Session, domain: str) -> Sequence[KnownKey]:
    """Return the keys of a domain, the one noted last first, those that were retired too."""
    statement = select(KnownKey).where(KnownKey.domain == domain)
    return session.scalars(statement.order_by(KnownKey.noted_at.desc(), KnownKey.selector)).all()


def note(session: Session, domain: str, keys: Mapping[str, str], *, host: str, now: datetime) -> None:
    """Note keys (fingerprint by selector) that a host signs with, unless one of their selectors is known."""
    insert_new(
        session,
        KnownKey,
        _rows(domain, keys, host, now),
        unique=["domain", "selector"],
        returning=[KnownKey.selector],
    )


def replace(session: Session, domain: str, keys: Mapping[str, str], *, host: str, now: datetime) -> None:
    """Note keys in place of those that their selectors named before: somebody said that these are the ones."""
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    for row in _rows(domain, keys, host, now):
        statement = build(KnownKey).values(row)
        changed = {name: statement.excluded[name] for name in ("fingerprint", "host", "noted_at", "retired_at")}
        session.connection().execute(
            statement.on_conflict_do_update(index_elements=["domain", "selector"], set_=changed)
        )


def retire(session: Session, domain: str, selectors: Collection[str], now: datetime) -> None:
    """Note that nobody may sign with these keys any more."""
    session.execute(
        update(KnownKey)
        .where(KnownKey.domain == domain, KnownKey.selector.in_(selectors))
        .values(retired_at=now)
        .execution_options(synchronize_session=False)
    )


def forget(session: Session, domain: str) -> int:
    """Forget all keys of a domain; return how many they were."""
    return len(session.scalars(delete(KnownKey).where(KnownKey.domain == domain).returning(KnownKey.selector)).all())


def _rows(domain: str, keys: Mapping[str, str], host: str, now: datetime) -> list[dict[str, object]]:
    same = {"domain": domain, "host": host, "noted_at": now, "retired_at": None}
    return [{"selector": selector, "fingerprint": print_of, **same} for selector, print_of in sorted(keys.items())]
