"""Who is at work: told from the marks that schedulers and workers leave in the ledger."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.model import Batch, Issue, Lease
from newsletter.model.states import IssueState


def is_led(session: Session, role: str, since: datetime) -> bool:
    """Tell whether anybody held a role, such as that of the scheduler, since `since`."""
    lease = session.get(Lease, role)
    return lease is not None and lease.until >= since


def is_claiming(session: Session, since: datetime) -> bool:
    """Tell whether a worker claimed a batch of an issue that is being sent, or held one, since `since`."""
    sending = select(Issue.id).where(Issue.state == IssueState.SENDING)
    taken = (Batch.claimed_at >= since) | (Batch.leased_until >= since)
    return session.scalar(select(Batch.id).where(Batch.issue_id.in_(sending), taken).limit(1)) is not None
