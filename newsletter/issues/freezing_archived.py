"""Keep what the archive shows of an issue that was published elsewhere."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.model import Edition, Issue
from newsletter.store.issues import editions


def freeze_archived(session: Session, issue: Issue, now: datetime) -> None:
    """Store its edition. It has no mail, and no rows in lists of sections: headings of others are no sections of ours."""
    content = json.dumps(issue.content, sort_keys=True).encode()
    edition = Edition(
        issue_id=issue.id,
        content=issue.content,
        subject=issue.subject,
        html_octets=0,
        digest=hashlib.sha256(content).hexdigest(),
        created_at=now,
    )
    editions.add(session, edition)
