"""Texts of comments, requests, slots and rehearsals, and how a script gets into each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter.model import ApprovalRequest, Comment, LaterPlan, Rehearsal, SlotTurn, TestReader
from tests.journeys.scripted_sources import ROW

COLUMNS_OF_AGREEING = {
    "publications.slot_hour": "a time of day",
    "publications.slot_weekdays": "digits",
    "publications.slot_warnings": "digits and commas",
    "publications.reader_zones": "names in the list of time zones",
    "editors.time_zone": "a name in the list of time zones",
    "approvals.despite": "names of rules, compared and never shown",
    "approvals.source": ROW,
    "approval_requests.note": ROW,
    "approval_requests.person": ROW,
    "approval_requests.name": ROW,
    "comments.quote": ROW,
    "comments.text": ROW,
    "comments.person": ROW,
    "comments.name": ROW,
    "comments.resolved_by": ROW,
    "skip_days.why": ROW,
    "slot_turns.trouble": ROW,
    "later_plans.name": ROW,
    "test_readers.address": "an address",
    "test_readers.name": ROW,
    "rehearsals.address": "an address",
    "rehearsals.person": ROW,
    "rehearsals.name": ROW,
    "rehearsals.trouble": ROW,
}


def add_talk(session: Session, draft: dict[str, Any], publication_id: int, sent: int, now: datetime) -> None:
    """Store what was said and tried of a draft, and what came of a slot."""
    home, day = {"publication_id": publication_id}, now.date()
    session.add(ApprovalRequest(**draft, name="", at=now))
    session.add(Comment(**home, **draft, line=1, quote="", text="", name="", at=now, resolved_at=now))
    session.add(SlotTurn(**home, day=day, due_at=now, trouble=""))
    counts = dict.fromkeys(("candidates", "planned", "already", "excluded_standing", "excluded_suppressed"), 0)
    session.add(LaterPlan(issue_id=sent, edition_id=1, **counts, name="", planned_at=now))
    session.add(TestReader(**home, address="pia@pear.example", name="", used_at=now))
    session.add(Rehearsal(**draft, address="pia@pear.example", sample=1, name="", asked_at=now, ended_at=now))
