"""Choose whom an issue goes to: everyone, or the readers of a segment, by its rule as it is at that moment."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

import structlog
from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError, NotFoundError
from newsletter.issues import entries
from newsletter.model import Issue
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.model.segment import ChosenAudience
from newsletter.model.states import WAYS_ON, IssueState
from newsletter.store.accounts.audit import Values
from newsletter.store.audience import segments
from newsletter.store.database import Database
from newsletter.store.issues import issues

log = structlog.get_logger(__name__)

EVERYONE = "everyone"


class AudienceChangedError(ConflictError):
    """Somebody chose another audience since it was looked at; nothing was scheduled."""


@dataclass(frozen=True)
class ChoosingAudience:
    """The tools of choosing an audience, put together once per process."""

    database: Database
    clock: Clock

    def choose(self, issue_id: int, segment_id: int | None, *, by: Actor) -> Issue:
        """Let a draft go to the readers of a segment, or to everyone for None. A later change of the segment changes nothing.

        Raises NotFoundError, also for a segment of another publication; ForbiddenError; ConflictError when it is no draft.
        """
        with self.database.write() as session:
            issue = issues.locked(session, issue_id)
            require(by, Right.SEND, issue.publication_id)
            if issue.state is not IssueState.DRAFT:
                scheduled = issue.state is IssueState.SCHEDULED
                remedy = "take it back first" if scheduled else WAYS_ON[issue.state]
                raise ConflictError(f"{issue.slug!r} is {issue.state}: whom it goes to stands", remedy=remedy)
            audience = None
            if segment_id is not None:
                segment = segments.by_id(session, segment_id)
                if segment.publication_id != issue.publication_id:
                    raise NotFoundError(f"there is no segment {segment_id}", remedy="choose one of this publication")
                audience = ChosenAudience(segment_id=segment.id, name=segment.name, of=segment.rule)
            before, after = name_of(issue), audience.name if audience else EVERYONE
            issue.audience = audience.model_dump(mode="json") if audience else None
            entries.add(session, by, "issue.audience", issue, at=self.clock.now(), values=Values(before, after))
        log.info("audience chosen", issue_id=issue.id, audience=after, by=str(by))
        return issue


def key_of(issue: Issue) -> str:
    """Return a short word for whom an issue goes to: another for another segment, and for another rule; empty for everyone."""
    if issue.audience is None:
        return ""
    return sha256(json.dumps(issue.audience, sort_keys=True).encode()).hexdigest()[:16]


def as_seen(issue_id: int, key: str) -> Callable[[Session], None]:
    """Return what is done along with scheduling by somebody who saw `key`: it raises AudienceChangedError where another audience was chosen since."""

    def look(session: Session) -> None:
        issue = issues.by_id(session, issue_id, fresh=True)
        if key_of(issue) != key:
            raise AudienceChangedError(
                f"it goes to {name_of(issue)} by now: somebody chose that meanwhile",
                where=issue.slug,
                remedy="look at the number of readers again",
            )

    return look


def name_of(issue: Issue) -> str:
    """Return the name of the segment that an issue goes to, or `everyone`."""
    return str(issue.audience["name"]) if issue.audience else EVERYONE
