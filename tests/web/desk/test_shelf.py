"""The list of issues of a publication, its calendar, and what can be done there without a script."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.issues.questions import OTHER_DATE
from newsletter.model import Approval, Edition, Issue, LaterPlan, PlanRecord, Publication
from newsletter.model.states import IssueState
from newsletter.store.issues import issues
from tests.issues.samples import issue_text
from tests.parts.actors import OPERATOR
from tests.parts.answers import MEANT
from tests.web.seats import Browser


@pytest.fixture
def draft(parts: Parts, home: Publication) -> Issue:
    return parts.editing.import_issue(issue_text("2026-01-01"), source="x.md", by=OPERATOR)


def stored(parts: Parts, issue_id: int) -> Issue:
    with parts.database.read() as session:
        return issues.by_id(session, issue_id)


def test_the_list_turns_page_by_page_within_a_search(seated: Browser, parts: Parts, home: Publication) -> None:
    for n in range(60):
        parts.editing.import_issue(issue_text(f"n{n}", f"Number {n}"), source="x.md", by=OPERATOR)
    parts.editing.import_issue(issue_text("other", "Another"), source="x.md", by=OPERATOR)
    first = seated.get("/desk/tide/issues?words=number&tab=drafts").text
    later = re.search(r'rel="next" href="([^"]+)"', first)
    assert later is not None
    second = seated.get(later[1].replace("&amp;", "&")).text
    seen = [set(re.findall(r"/desk/tide/issues/(\d+)\"", page)) for page in (first, second)]
    assert (len(seen[0]), len(seen[1]), seen[0] & seen[1]) == (50, 10, set())


def test_a_search_that_finds_nothing_says_what_to_do(seated: Browser, draft: Issue) -> None:
    assert "Search for fewer words" in seated.get("/desk/tide/issues?words=nowhere").text
    assert seated.get("/desk/tide/issues?tab=nonsense").status_code == 422
    assert seated.get("/desk/tide/issues?before=nonsense").status_code == 422


def test_a_copy_opens_as_a_draft(seated: Browser, parts: Parts, draft: Issue) -> None:
    answer = seated.post(f"/desk/tide/issues/{draft.id}/copy")
    assert answer.status_code == 303
    assert "This is the copy" in seated.get(answer.headers["location"]).text


def test_the_calendar_shows_days_that_are_left_out_and_why(seated: Browser, parts: Parts, home: Publication) -> None:
    day = parts.clock.now().date() + timedelta(days=1)
    parts.slotting.skip(home.id, day, "the harbour sleeps", by=OPERATOR)
    page = seated.get(f"/desk/tide/calendar?day={day}").text
    assert page.count("the harbour sleeps") == 1


def test_a_draft_is_moved_by_the_form_of_the_calendar(seated: Browser, parts: Parts, draft: Issue) -> None:
    page = seated.get("/desk/tide/calendar?day=2026-01").text
    assert "January 2026" in page and f"/issues/{draft.id}/day" in page
    answer = seated.post(f"/desk/tide/issues/{draft.id}/day", day="2026-02-03", span="week")
    assert answer.headers["location"].startswith("/desk/tide/calendar?span=week&day=2026-02-03")
    assert "Springs and neaps" in seated.get(answer.headers["location"]).text
    assert stored(parts, draft.id).dated.isoformat() == "2026-02-03"


def test_a_day_that_is_none_is_refused_and_stays_in_the_form(seated: Browser, parts: Parts, draft: Issue) -> None:
    answer = seated.post(f"/desk/tide/issues/{draft.id}/day", day="2026-02-31")
    assert answer.status_code == 422
    assert 'value="2026-02-31"' in answer.text and "is no day" in answer.text
    assert seated.post(f"/desk/tide/issues/{draft.id}/day").status_code == 422


@pytest.fixture
def scheduled(parts: Parts, draft: Issue) -> Issue:
    """An issue that goes out in two days."""
    parts.publishing.schedule(draft.id, parts.clock.now() + timedelta(days=2), despite=MEANT, by=OPERATOR)
    return stored(parts, draft.id)


def test_a_scheduled_issue_that_is_moved_stays_scheduled_with_its_text_and_revision(
    seated: Browser, parts: Parts, scheduled: Issue
) -> None:
    assert scheduled.scheduled_at is not None
    at, day = f"/desk/tide/issues/{scheduled.id}/reschedule", (scheduled.scheduled_at + timedelta(days=3)).date()
    assert at in seated.get(f"/desk/tide/calendar?day={scheduled.scheduled_at.date()}").text
    asked = seated.post(at, day=day.isoformat(), hour="06:30")
    assert asked.status_code == 422 and f'name="despite" value="{OTHER_DATE}:' in asked.text
    assert stored(parts, scheduled.id).scheduled_at == scheduled.scheduled_at
    answer = seated.post(at, {}, day=day.isoformat(), hour="06:30", despite=[*MEANT])
    assert answer.headers["location"] == f"/desk/tide/calendar?span=month&day={day}&moved={scheduled.id}"
    moved = stored(parts, scheduled.id)
    assert (moved.state, moved.revision, moved.dated) == (IssueState.SCHEDULED, scheduled.revision, scheduled.dated)
    assert moved.scheduled_at is not None and f"{moved.scheduled_at:%Y-%m-%d %H:%M}" == f"{day} 06:30"
    assert "goes out on" in seated.get(answer.headers["location"]).text


def test_a_scheduled_issue_is_not_moved_into_the_past_or_once_it_is_none(
    seated: Browser, parts: Parts, scheduled: Issue
) -> None:
    at = f"/desk/tide/issues/{scheduled.id}/reschedule"
    past = seated.post(at, day="2020-01-01", hour="07:00")
    assert past.status_code == 422 and "ago: send now" in past.text and 'value="07:00"' in past.text
    assert stored(parts, scheduled.id).scheduled_at == scheduled.scheduled_at
    parts.publishing.undo(scheduled.id, by=OPERATOR)
    late = seated.post(at, day="2030-01-01", hour="07:00")
    assert late.status_code == 409 and "It is not scheduled any more" in late.text


def test_with_four_eyes_an_approved_issue_is_moved_and_one_of_ones_own_is_not(
    seated: Browser, parts: Parts, scheduled: Issue
) -> None:
    with parts.database.write() as session:
        session.get_one(Publication, scheduled.publication_id).four_eyes = True
    at, day = f"/desk/tide/issues/{scheduled.id}/reschedule", parts.clock.now().date() + timedelta(days=4)
    refused = seated.post(at, {}, day=day.isoformat(), hour="06:30", despite=[*MEANT])
    assert refused.status_code == 409 and "approve" in refused.text
    with parts.database.write() as session:
        session.get_one(Issue, scheduled.id).written_by = "editor 77"
        facts = {"revision": scheduled.revision, "person": "editor 78", "name": "Bea", "at": parts.clock.now()}
        session.add(Approval(issue_id=scheduled.id, source=scheduled.source, despite=[], **facts))
    assert seated.post(at, {}, day=day.isoformat(), hour="06:30", despite=[*MEANT]).status_code == 303
    assert stored(parts, scheduled.id).state is IssueState.SCHEDULED


def test_the_list_counts_the_readers_of_every_plan(seated: Browser, parts: Parts, scheduled: Issue) -> None:
    with parts.database.write() as session:
        edition = session.scalars(select(Edition.id).where(Edition.issue_id == scheduled.id)).one()
        facts = {"issue_id": scheduled.id, "edition_id": edition, "planned_at": parts.clock.now()}
        none = {"excluded_standing": 0, "excluded_suppressed": 0}
        session.add(PlanRecord(candidates=1200, planned=1200, **facts, **none))
        for number in (30, 4):
            session.add(LaterPlan(candidates=number, planned=number, already=0, name="Bea", **facts, **none))
    assert "1,234" in seated.get("/desk/tide/issues").text


def test_commands_name_what_somebody_may_reach(seated: Browser, draft: Issue) -> None:
    page = seated.get("/desk/tide/commands").text
    assert "Begin a new issue" in page and 'href="/desk/tide/calendar"' in page
    bare = seated.get("/desk/tide/commands", **{"hx-request": "true"}).text
    assert "<!DOCTYPE" not in bare and "Begin a new issue" in bare
    assert "Begin a new issue" not in seated.get("/desk/commands").text
