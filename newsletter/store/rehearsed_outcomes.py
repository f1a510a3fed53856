"""What became of a rehearsed issue, made by SQL: states, refusals, reports and clicks, in the shares that a large list has."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from newsletter.model.base import Moment
from newsletter.store.delivery import kept_counts

_STATES = """
    UPDATE deliveries SET changed_at = :now, attempts = 1,
           state = CASE WHEN id % 100 = 1 THEN 'rejected' WHEN id % 100 = 2 THEN 'bounced' WHEN id % 200 = 3 THEN 'deferred'
                        WHEN id % 1000 = 4 THEN 'complained' WHEN id % 1000 = 5 THEN 'skipped' ELSE 'submitted' END,
           code = CASE WHEN id % 100 = 1 THEN 550 WHEN id % 100 = 2 THEN 552 WHEN id % 200 = 3 THEN 451 ELSE 250 END,
           status = CASE WHEN id % 100 = 1 THEN '5.1.1' WHEN id % 100 = 2 THEN '5.2.2' WHEN id % 200 = 3 THEN '4.7.1' ELSE '2.0.0' END
     WHERE issue_id = :issue
"""
_REPORTS = """
    INSERT INTO applied_reports (mark, delivery_id, issue_id, subscriber_id, kind, reason, status, code, diagnostic, reported_by,
                                 dialect, blame, weight, effect, proven, at)
    SELECT 'rehearsed ' || CAST(id AS VARCHAR(20)), id, CASE WHEN state = 'rejected' THEN NULL ELSE issue_id END, subscriber_id,
           CASE WHEN state = 'complained' THEN 'complaint' ELSE 'permanent' END,
           CASE WHEN state = 'bounced' THEN 'mailbox full' ELSE 'no such mailbox' END, status, code, '', '',
           CASE WHEN state = 'rejected' THEN 'session' ELSE 'postfix' END, 'reader', 0, 'noted', true, :now
      FROM deliveries WHERE issue_id = :issue AND state IN ('rejected', 'bounced', 'complained')
"""
_LINKS = """
    INSERT INTO edition_links (edition_id, number, url, item_key, paid)
    SELECT DISTINCT edition_id, :number, :url, '', false FROM deliveries WHERE issue_id = :issue
"""
_EVENTS = """
    INSERT INTO events (at, kind, edition_id, delivery_id, link, score, signs)
    SELECT :now, 'click', edition_id, CASE WHEN id % 4 = 0 THEN id END, 1 + id % 40, CASE WHEN id % 3 = 0 THEN 90 ELSE 0 END, ''
      FROM deliveries WHERE issue_id = :issue AND id % 25 = 0
"""
LINKS = 40


def settle(session: Session, issue_id: int, now: datetime) -> None:
    """Let a planned issue have gone out: 1 % refused, 1 % returned, 0.5 % deferred; and 4 % of the readers click one of forty links."""
    given = {"issue": issue_id, "now": Moment().process_bind_param(now, session.get_bind().dialect)}
    session.execute(text(_STATES), given)
    session.execute(text("UPDATE batches SET state = 'done' WHERE issue_id = :issue"), given)
    session.execute(text(_REPORTS), given)
    for number in range(1, LINKS + 1):
        session.execute(text(_LINKS), given | {"number": number, "url": f"https://example.org/{number}"})
    session.execute(text(_EVENTS), given)


def recount(session: Session, issue_id: int) -> None:
    """Count it, as an upgrade does."""
    kept_counts.recount(session, issue_id)
