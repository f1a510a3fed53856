"""What the audit trail says of an issue that was written, deleted or shown to somebody; who moves one writes in `store.issues`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.model import BinnedIssue, Issue
from newsletter.model.actor import Actor
from newsletter.store.accounts import audit
from newsletter.store.accounts.audit import NO_VALUES, Values


def add(
    session: Session,
    by: Actor,
    action: str,
    issue: Issue | BinnedIssue,
    *,
    at: datetime,
    values: Values = NO_VALUES,
) -> None:
    """Write down what somebody did to an issue, in the transaction that did it."""
    subject = audit.Subject("issue", issue.id, issue.slug)
    audit.add(session, by, action, subject, at=at, publication_id=issue.publication_id, old=values.old, new=values.new)
