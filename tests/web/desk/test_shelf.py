"""The list of issues of a publication, its calendar, and what can be done there without a script."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from newsletter.bootstrap import Parts
from newsletter.model import Issue, Publication
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


def test_a_scheduled_issue_is_taken_back_before_it_is_moved(seated: Browser, parts: Parts, draft: Issue) -> None:
    at = parts.clock.now() + timedelta(days=2)
    parts.publishing.schedule(draft.id, at, despite=MEANT, by=OPERATOR)
    page = seated.get(f"/desk/tide/calendar?day={at.date()}").text
    assert "Take back and move" in page
    day = (at + timedelta(days=3)).date()
    answer = seated.post(f"/desk/tide/issues/{draft.id}/take-back-and-move", day=day.isoformat())
    assert answer.headers["location"].endswith("/review?done=taken-back-and-moved")
    moved = stored(parts, draft.id)
    assert (moved.state, moved.dated) == (IssueState.DRAFT, day)


def test_commands_name_what_somebody_may_reach(seated: Browser, draft: Issue) -> None:
    page = seated.get("/desk/tide/commands").text
    assert "Begin a new issue" in page and 'href="/desk/tide/calendar"' in page
    bare = seated.get("/desk/tide/commands", **{"hx-request": "true"}).text
    assert "<!DOCTYPE" not in bare and "Begin a new issue" in bare
    assert "Begin a new issue" not in seated.get("/desk/commands").text
