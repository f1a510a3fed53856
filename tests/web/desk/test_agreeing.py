"""The desk's pages of agreeing: comments, asking, approving, the hour, and times told in every zone concerned."""

from __future__ import annotations

from datetime import UTC, datetime
from html import unescape

import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model import Issue, Publication
from newsletter.model.rights import Role
from newsletter.model.states import IssueState
from newsletter.publications.creating import PublicationChange
from newsletter.publications.slotting import SlotChange
from newsletter.store.issues import issues
from newsletter.web.app import create_app
from tests.issues.samples import issue_text
from tests.parts.actors import OPERATOR
from tests.web.seats import Browser, add_editor


@pytest.fixture
def draft(parts: Parts, home: Publication) -> Issue:
    return parts.editing.import_issue(issue_text(), source="x.md", by=OPERATOR)


@pytest.fixture
def at(draft: Issue) -> str:
    return f"/desk/tide/issues/{draft.id}"


def state_of(parts: Parts, draft: Issue) -> Issue:
    with parts.database.read() as session:
        return issues.by_id(session, draft.id, fresh=True)


def test_a_comment_is_made_answered_and_resolved_and_what_was_typed_is_kept(
    parts: Parts, seated: Browser, draft: Issue, at: str
) -> None:
    assert seated.post(f"{at}/comments", text="Which pier?", line="12").status_code == 303
    page = unescape(seated.get(f"{at}/history").text)
    assert "Which pier?" in page and "Line 12" in page
    refused = seated.post(f"{at}/comments", text="Where is this?", line="4000")
    assert (refused.status_code, "Where is this?" in refused.text) == (422, True)
    (thread,) = parts.commenting.threads(draft)
    assert seated.post(f"{at}/comments", text="The new one.", answers=str(thread.first.id)).status_code == 303
    assert seated.post(f"{at}/comments/{thread.first.id}", act="resolve").status_code == 303
    page = unescape(seated.get(f"{at}/history").text)
    assert "Resolved by" in page and "The new one." in page
    assert seated.post(f"{at}/comments/999", act="resolve").status_code == 404


def test_a_refused_form_leads_back_to_its_issue_and_one_of_no_issue_does_not(
    parts: Parts, seated: Browser, draft: Issue, at: str
) -> None:
    stale = seated.post(f"{at}/approve", revision="7")
    assert stale.status_code == 409 and f'<a href="{at}">Back to the issue</a>' in stale.text
    for path in ("/desk/tide/issues/999/approve", "/desk/tide/slot/nothing"):
        assert "Back to the issue" not in seated.post(path, revision="7").text


def test_a_script_is_told_the_threads_after_each_change(parts: Parts, seated: Browser, draft: Issue, at: str) -> None:
    script = {"Accept": "application/json"}
    answer = seated.post(f"{at}/comments", script, text="Which <pier>?", line="3", quote="It opens in spring.")
    (told,) = answer.json()["threads"]
    line = draft.source.split("\n").index("It opens in spring.") + 1
    assert (told["line"], told["quote"], told["open"]) == (line, "It opens in spring.", True)
    assert [each["text"] for each in told["said"]] == ["Which <pier>?"]
    settled = seated.post(f"{at}/comments/{told['id']}", script, act="resolve").json()["threads"]
    assert (settled[0]["open"], settled[0]["settled"]) == (False, told["said"][0]["name"])
    assert seated.get(f"{at}/history", **script).json()["threads"] == settled
    refused = seated.post(f"{at}/comments", script, text="")
    assert (refused.status_code, "characters" in refused.json()["what"]) == (422, True)


def test_the_former_address_of_the_comments_leads_on(seated: Browser, at: str) -> None:
    led = seated.get(f"{at}/timeline?line=3")
    assert (led.status_code, led.headers["location"]) == (301, f"{at}/history?line=3")
    assert 'value="3"' in seated.get(led.headers["location"]).text


def test_the_history_is_shown_by_kind(seated: Browser, at: str) -> None:
    seated.post(f"{at}/comments", text="Which pier?")
    page = seated.get(f"{at}/history").text
    assert "Revision 1<" in page and "Commented" in page and "Began it" in page
    page = seated.get(f"{at}/history?show=comments").text
    assert "Revision 1<" not in page and "Commented" in page and "Began it" not in page
    assert "Nothing of this kind is noted yet." in seated.get(f"{at}/history?show=sending").text
    assert "Began it" in seated.get(f"{at}/history?show=none").text


def test_the_review_offers_the_next_slot_and_tells_it_in_every_zone(
    parts: Parts, seated: Browser, home: Publication, draft: Issue, at: str
) -> None:
    parts.creating.change(home.id, PublicationChange(time_zone="Europe/Vienna"), by=OPERATOR)
    parts.slotting.change(home.id, SlotChange(hour="07:00", weekdays="Mon-Fri", reader_zones="Asia/Tokyo"), by=OPERATOR)
    assert seated.post("/desk/account/zone", time_zone="America/New_York").status_code == 303
    page = unescape(seated.get(f"{at}/review").text)
    assert 'value="2026-01-02T07:00"' in page
    assert "Friday 2 January, 07:00 Vienna = 01:00 New York (you) = 15:00 Tokyo (readers) = 06:00 UTC" in page
    assert "the usual hour" in page


def test_editing_a_scheduled_issue_takes_it_back_and_offers_the_same_time(
    parts: Parts, seated: Browser, draft: Issue, at: str, clock: SettableClock
) -> None:
    answers = {"at": "2026-01-01T18:20", "despite": "same-text"}
    assert seated.post(f"{at}/schedule", **answers).status_code == 303
    assert state_of(parts, draft).scheduled_at == datetime(2026, 1, 1, 18, 20, tzinfo=UTC)
    assert "Change the time" in seated.get(at).text
    assert seated.post(f"{at}/undo", then="review").headers["location"].startswith(f"{at}/review")
    page = seated.get(f"{at}/review").text
    assert state_of(parts, draft).state is IssueState.DRAFT
    assert 'value="2026-01-01T18:20"' in page
    assert "the time it had before it was taken back" in page
    clock.advance(24 * 3600)
    assert 'value="2026-01-01T18:20"' not in seated.get(f"{at}/review").text


def test_an_hour_that_does_not_exist_and_one_that_is_past_are_refused_with_what_was_typed(
    parts: Parts, seated: Browser, home: Publication, draft: Issue, at: str
) -> None:
    parts.creating.change(home.id, PublicationChange(time_zone="Europe/Vienna"), by=OPERATOR)
    for wrong, why in (
        ("2026-03-29T02:30", "clocks jump over it"),
        ("2025-12-31T07:00", "ago: send now, or choose a time"),
    ):
        refused = seated.post(f"{at}/schedule", at=wrong)
        assert (refused.status_code, why in unescape(refused.text), f'value="{wrong}"' in refused.text) == (
            422,
            True,
            True,
        )


def test_a_publisher_is_asked_approves_takes_back_and_sees_that_the_text_changed(
    parts: Parts, seated: Browser, home: Publication, draft: Issue, at: str
) -> None:
    other = Browser(create_app(parts))
    other.take_seat(parts, add_editor(parts, "bea@tide.example", role=Role.PUBLISHER))
    assert seated.post(f"{at}/ask", note="Please look at the pier").status_code == 303
    assert "Please look at the pier" in other.get(f"{at}/review").text
    assert other.post(f"{at}/approve", revision="1", despite="same-text").status_code == 303
    assert parts.approving.approvals_of(draft)[0].despite == ["same-text"]
    parts.editing.save(draft.id, text=issue_text(subject="Neaps"), revision=1, by=OPERATOR)
    page = unescape(other.get(f"{at}/review").text)
    assert "It changed after" in page and "+subject: Neaps" in page
    assert other.post(f"{at}/approve", revision="2").status_code == 303
    assert other.post(f"{at}/withdraw").status_code == 303
    assert list(parts.approving.approvals_of(state_of(parts, draft))) == []


def test_the_hour_is_chosen_and_days_are_left_out_on_a_page_of_their_own(
    parts: Parts, seated: Browser, home: Publication
) -> None:
    here = "/desk/tide/slot"
    assert "No hour is chosen yet" in seated.get(here).text
    assert seated.post(here, hour="07:00", weekday="1", warnings="45").status_code == 303
    assert seated.post(f"{here}/skip", day="2026-01-05", why="A holiday").status_code == 303
    page = unescape(seated.get(here).text)
    assert "Monday 12 January, 07:00 UTC" in page and "A holiday" in page
    wrong = seated.post(here, hour="07:00", weekday="9", warnings="soon")
    assert (wrong.status_code, 'value="soon"' in wrong.text) == (422, True)
    assert seated.post(f"{here}/skip", day="2025-01-05", why="Gone").status_code == 422
    assert seated.post(f"{here}/keep", day="2026-01-05").status_code == 303
    assert seated.post(f"{here}/keep", day="2026-01-05").status_code == 422
    assert "Monday 5 January, 07:00 UTC" in unescape(seated.get(here).text)


def test_a_zone_that_is_none_is_refused_and_kept_in_the_form(seated: Browser) -> None:
    refused = seated.post("/desk/account/zone", time_zone="Moon/Tycho")
    assert refused.status_code == 422
    assert "no time zone known" in unescape(refused.text)


def test_who_approved_it_is_told_that_somebody_else_sends_it(
    parts: Parts, seated: Browser, home: Publication, draft: Issue, at: str
) -> None:
    parts.creating.change(home.id, PublicationChange(four_eyes=True), by=OPERATOR)
    assert "It can go out once somebody else has approved it" in seated.get(f"{at}/review").text
    assert seated.post(f"{at}/approve", revision=str(draft.revision)).status_code == 303
    page = seated.get(f"{at}/review").text
    assert "You approved it, so somebody else sends it" in page
    assert "once somebody else has approved" not in page and f'action="{at}/schedule"' not in page
