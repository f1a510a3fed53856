"""Named roles that one process holds at a time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.model import Lease

SCHEDULER = "scheduler"
"""The role of whoever plans and rings."""


def hold(session: Session, name: str, holder: str, now: datetime, until: datetime) -> bool:
    """Take or keep the lease `name` until `until`; False while another holder's has not run out.

    One that ends later than leases can is void: it was taken by a clock that was ahead, and nothing would be done until then.
    """
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = build(Lease).values(name=name, holder=holder, until=until)
    statement = statement.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": holder, "until": until},
        where=(Lease.holder == holder) | (Lease.until < now) | (Lease.until > until + (until - now)),
    )
    return session.execute(statement.returning(Lease.holder)).scalar() == holder


def held_by(session: Session, name: str, now: datetime) -> str:
    """Return who holds the lease `name`; empty when nobody does."""
    return session.scalar(select(Lease.holder).where(Lease.name == name, Lease.until >= now)) or ""


def give_up(session: Session, name: str, holder: str, now: datetime) -> None:
    """Let the lease go at once, so that the next holder need not wait."""
    lease = session.get(Lease, name)
    if lease is not None and lease.holder == holder:
        lease.until = now
