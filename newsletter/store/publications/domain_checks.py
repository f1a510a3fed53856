"""What DNS said of sending domains when somebody last asked: one row a domain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter.model import DomainCheck

_FAULTS = frozenset({"missing", "differs"})


def find(session: Session, domain: str) -> DomainCheck | None:
    """Return what was said of a domain, or None."""
    return session.get(DomainCheck, domain)


def keep(session: Session, domain: str, records: list[dict[str, Any]], now: datetime) -> None:
    """Keep what was said of a domain now, in the place of what was said before."""
    session.merge(DomainCheck(domain=domain, checked_at=now, records=records))


def faults(session: Session, domain: str) -> Sequence[str]:
    """Return the kinds of records that a domain needs and lacked, or had otherwise, when it was last asked for."""
    found = find(session, domain)
    if found is None:
        return ()
    return [each["kind"] for each in found.records if each["required"] and each["verdict"] in _FAULTS]
