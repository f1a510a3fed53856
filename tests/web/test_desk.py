"""The editor's pages, without a script: write, look, send, watch."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.issues.editing import Editing
from newsletter.issues.previewing import TESTS_A_DAY
from newsletter.model import Delivery, Issue, Notice
from newsletter.model.actor import SCHEDULER
from newsletter.model.states import DeliveryState, IssueState
from newsletter.store.database import Database
from newsletter.store.delivery import circuit_breaker
from newsletter.store.delivery.circuit_breaker import Answers
from newsletter.store.issues import issues
from newsletter.web.app import create_app
from newsletter.web.desk import pages
from newsletter.web.desk.drafts import Drafts
from newsletter.web.desk.previews import DRAFTS
from newsletter.web.desk.turns import Turns
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR
from tests.parts.kept_counts import planned
from tests.web.places import make_parts
from tests.web.seats import ADDRESS, Browser, add_editor

_FRAME = re.compile(r'data-frame href="([^"]+)"')


@pytest.fixture
def desk_parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    """Parts with one publication, one editor, and one draft (id 1)."""
    made = make_parts(sqlite_database, clock, tmp_path)
    add_publication(sqlite_database)
    Editing(sqlite_database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)
    return made


@pytest.fixture
def browser(desk_parts: Parts) -> Browser:
    """A browser that has signed in."""
    made = Browser(create_app(desk_parts))
    made.take_seat(desk_parts, add_editor(desk_parts))
    return made


def _issue(parts: Parts) -> Issue:
    with parts.database.read() as session:
        return issues.by_id(session, 1)


def _put(parts: Parts, state: IssueState) -> None:
    with parts.database.write() as session:
        issues.by_id(session, 1).state = state


def _preview(browser: Browser, text: str, kind: str = "email") -> str:
    """Return what is told of a text beside the form."""
    answer = browser.post("/desk/tide/issues/1/preview", text=text, revision="1", kind=kind)
    assert answer.status_code == 200
    return answer.text.partition('<div id="findings"')[2]


def test_the_list_shows_issues_with_their_state(browser: Browser) -> None:
    page = browser.get("/desk").text
    assert "Springs and neaps" in page
    assert 'class="state draft"' in page


def test_a_new_issue_opens_as_a_draft(browser: Browser) -> None:
    answer = browser.post("/desk/new", publication="tide")
    page = browser.get(answer.headers["location"])
    assert page.status_code == 200
    assert "Begin with a paragraph" in page.text


def test_the_list_turns_page_by_page(browser: Browser, desk_parts: Parts) -> None:
    for n in range(60):
        desk_parts.editing.import_issue(issue_text(f"n{n}", f"Number {n}"), source="x.md", by=OPERATOR)
    first = browser.get("/desk").text
    later = re.search(r'rel="next" href="(/desk\?before=[^"]+)"', first)
    assert later is not None
    second = browser.get(later[1]).text
    seen = [set(re.findall(r"/desk/tide/issues/(\d+)", page)) for page in (first, second)]
    assert (len(seen[0]), len(seen[1]), seen[0] & seen[1]) == (50, 11, set())
    assert browser.get("/desk?before=nonsense").status_code == 422


def test_saving_stores_the_text_with_the_files_line_ends(browser: Browser, desk_parts: Parts) -> None:
    text = issue_text(subject="Neaps only")
    answer = browser.post("/desk/tide/issues/1", text=text.replace("\n", "\r\n"), revision="1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/tide/issues/1?done=saved")
    assert (_issue(desk_parts).source, _issue(desk_parts).revision) == (text, 2)


def test_a_text_that_cannot_be_read_stays_in_the_form_with_the_place_of_the_mistake(
    browser: Browser, desk_parts: Parts
) -> None:
    broken = issue_text().replace("kind=papers", "kind=novels") + "\nwords <b> of mine"
    answer = browser.post("/desk/tide/issues/1", text=broken, revision="1")
    line = next(n for n, row in enumerate(broken.splitlines(), 1) if "novels" in row)
    assert answer.status_code == 422
    assert f'data-line="{line}"' in answer.text
    assert "words &lt;b&gt; of mine" in answer.text
    assert _issue(desk_parts).revision == 1


def test_who_saves_over_another_is_told_and_keeps_the_words(browser: Browser, desk_parts: Parts) -> None:
    browser.post("/desk/tide/issues/1", text=issue_text(subject="First"), revision="1")
    answer = browser.post("/desk/tide/issues/1", text=issue_text(subject="Second"), revision="1")
    assert answer.status_code == 409
    assert "changed the same place" in answer.text
    assert "subject: Second" in answer.text
    assert _issue(desk_parts).subject == "First"


def _save(browser: Browser, text: str, revision: int = 1) -> httpx.Response:
    return browser.post("/desk/tide/issues/1", {"accept": "application/json"}, text=text, revision=str(revision))


def test_a_script_saves_and_stays_on_its_page(browser: Browser, desk_parts: Parts) -> None:
    answer = _save(browser, issue_text(subject="Neaps only"))
    told = {"revision": 2, "slug": _issue(desk_parts).slug, "subject": "Neaps only"}
    assert (answer.status_code, answer.json()) == (200, told)
    assert _issue(desk_parts).subject == "Neaps only"


def test_a_script_is_told_where_a_mistake_is_and_that_nothing_newer_is_stored(browser: Browser) -> None:
    answer = _save(browser, issue_text().replace("kind=papers", "kind=novels"))
    assert answer.status_code == 422
    assert "data-line=" in answer.json()["html"]
    assert (answer.json()["revision"], answer.json()["state"], "text" in answer.json()) == (1, "draft", False)


def test_a_script_that_edited_an_older_text_gets_the_stored_one_beside_its_own(browser: Browser) -> None:
    _save(browser, issue_text(subject="First"))
    answer = _save(browser, issue_text(subject="Second"))
    assert answer.status_code == 409
    assert (answer.json()["revision"], answer.json()["text"]) == (2, issue_text(subject="First"))
    assert "changed the same lines" in answer.json()["html"]
    assert "subject: First" in answer.json()["clashes"]


@pytest.mark.parametrize("state", [state for state in IssueState if state is not IssueState.DRAFT])
def test_a_text_of_what_is_no_draft_any_more_is_refused_with_the_state(
    browser: Browser, desk_parts: Parts, state: IssueState
) -> None:
    _put(desk_parts, state)
    answer = _save(browser, issue_text(subject="Too late"))
    assert (answer.status_code, answer.json()["state"]) == (409, state)
    assert _issue(desk_parts).subject != "Too late"


def test_a_preview_that_has_to_wait_says_so_and_is_no_mistake_of_the_text(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "TURNS", Turns(at_once=0, patience=0.01))
    answer = browser.post("/desk/tide/issues/1/preview", {"accept": "application/json"}, text=issue_text())
    assert answer.status_code == 429
    assert answer.headers["retry-after"]


def test_a_preview_stores_nothing_and_shows_what_was_typed(browser: Browser, desk_parts: Parts) -> None:
    for kind in ("email", "text", "web"):
        fragment = _preview(browser, issue_text().replace("A new pier", "A newer pier"), kind)
        found = _FRAME.search(fragment)
        assert found is not None
        frame = browser.get(found[1])
        assert frame.status_code == 200
        assert "A newer pier" in frame.text
        assert "last saved" not in frame.text
    assert _issue(desk_parts).source == issue_text()


def test_a_preview_of_a_broken_text_says_where_and_leaves_the_frame(browser: Browser) -> None:
    fragment = _preview(browser, issue_text().replace("kind=papers", "kind=novels"))
    assert "data-line" in fragment
    assert _FRAME.search(fragment) is None


@pytest.mark.parametrize(
    "text", ["", "x", "---\n", "---\npublication: other\n---\n", issue_text().replace("tide", "ebb")]
)
def test_no_text_breaks_the_preview(browser: Browser, text: str) -> None:
    assert 'role="alert"' in _preview(browser, text)


def test_without_a_script_the_preview_is_a_whole_page(browser: Browser) -> None:
    answer = browser.post("/desk/tide/issues/1/preview", text=issue_text(subject="Seen"), revision="1", kind="text")
    assert "<!DOCTYPE html>" in answer.text
    assert "subject: Seen" in answer.text
    assert re.search(r'<iframe[^>]* src="/desk/tide/issues/1/previews/[0-9a-f]{32}/text"', answer.text)


@pytest.mark.parametrize("kind", ["email", "text", "web"])
def test_the_frame_may_do_nothing(browser: Browser, kind: str) -> None:
    frame = browser.get(f"/desk/tide/issues/1/previews/saved/{kind}")
    policy = frame.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "sandbox allow-same-origin allow-popups" in policy
    assert "script" not in policy
    assert frame.headers["cache-control"] == "no-store"
    assert '<base target="_blank">' in frame.text


def test_a_preview_that_is_kept_no_more_says_that_it_shows_the_saved_draft(browser: Browser) -> None:
    for kind in ("email", "web"):
        frame = browser.get(f"/desk/tide/issues/1/previews/{'0' * 32}/{kind}")
        assert "as last saved" in frame.text
        assert "A new pier" in frame.text


def test_a_process_that_did_not_render_the_preview_shows_what_was_typed(browser: Browser) -> None:
    stored = browser.get("/desk/tide/issues/1")
    text = html.unescape(re.search(r'<textarea id="text"[^>]*>\n?(.*?)</textarea>', stored.text, re.DOTALL)[1])  # type: ignore[index]
    typed = browser.post("/desk/tide/issues/1/preview", text=text.replace("A new pier", "A new quay"), revision="1")
    for answer, word in ((typed, "A new quay"), (stored, "A new pier")):
        address = re.search(r'src="(/desk/tide/issues/1/previews/[0-9a-f]{32}/email)"', answer.text)
        assert address, answer.text
        DRAFTS._kept.clear()  # as a process that has just begun
        frame = browser.get(address[1])
        assert word in frame.text
        assert "as last saved" not in frame.text


def test_only_so_many_drafts_are_kept() -> None:
    drafts, some = Drafts(most=2), DRAFTS.find(0, "")
    for n in range(3):
        drafts.keep(1, f"name {n}", some)  # type: ignore[arg-type]
    assert list(drafts._kept) == [(1, "name 1"), (1, "name 2")]


def test_the_review_counts_readers_and_names_findings(browser: Browser) -> None:
    page = browser.get("/desk/tide/issues/1/review").text
    assert "Readers</dt><dd>0" in page
    assert "The section “Quiet” has no items" in page
    text = issue_text().partition("\n## Quiet")[0]
    browser.post("/desk/tide/issues/1", text=text, revision="1")
    assert "nothing to mend" in browser.get("/desk/tide/issues/1/review").text


def test_a_test_mail_is_owed_to_the_address_typed(browser: Browser, desk_parts: Parts) -> None:
    assert browser.post("/desk/tide/issues/1/test", to="me@example.org").headers["location"].endswith("?done=tested")
    refused = browser.post("/desk/tide/issues/1/test", to="me at example")
    assert refused.status_code == 422
    assert re.search(r'value="me at example" autofocus aria-invalid="true" aria-describedby="to-mistake"', refused.text)
    with desk_parts.database.read() as session:
        assert [n.to_address for n in session.scalars(select(Notice))] == ["me@example.org"]


def test_an_issue_is_scheduled_in_utc_and_taken_back(browser: Browser, desk_parts: Parts) -> None:
    answer = browser.post("/desk/tide/issues/1/schedule", at="2026-01-05T06:30", despite="other-date")
    assert answer.headers["location"] == "/desk/tide/issues/1?done=scheduled"
    assert f"{_issue(desk_parts).scheduled_at:%Y-%m-%dT%H:%MZ}" == "2026-01-05T06:30Z"
    page = browser.get("/desk/tide/issues/1").text
    assert "Undo" in page
    assert '<textarea id="text"' not in page
    assert browser.get("/desk/tide/issues/1/review").status_code == 303
    browser.post("/desk/tide/issues/1/undo")
    assert _issue(desk_parts).state == IssueState.DRAFT


def test_sending_now_needs_no_time(browser: Browser, desk_parts: Parts) -> None:
    browser.post("/desk/tide/issues/1/schedule", now="yes")
    assert _issue(desk_parts).scheduled_at == desk_parts.clock.now()


@pytest.mark.parametrize(
    "at",
    [
        "tomorrow",
        "2026-13-01T00:00",
        "",
        "2026-01-05T06:30:00+99:00",
        "2020-01-01T00:00",
        "9999-12-31T23:59",
        "0001-01-01T00:00",
        "9999-12-31T23:59-12:00",
    ],
)
def test_a_time_that_is_none_is_said_beside_the_field(browser: Browser, desk_parts: Parts, at: str) -> None:
    answer = browser.post("/desk/tide/issues/1/schedule", at=at)
    assert answer.status_code == 422
    assert 'id="at-mistake"' in answer.text
    assert _issue(desk_parts).state == IssueState.DRAFT


def test_an_issue_with_errors_cannot_be_scheduled(browser: Browser, desk_parts: Parts) -> None:
    head = issue_text().partition("\nThe **moon**")[0]
    browser.post("/desk/tide/issues/1", text=head, revision="1")
    assert "cannot go out" in browser.get("/desk/tide/issues/1/review").text
    assert browser.post("/desk/tide/issues/1/schedule", now="yes").status_code == 422
    assert _issue(desk_parts).state == IssueState.DRAFT


def test_unfinished_words_need_a_tick(browser: Browser, desk_parts: Parts) -> None:
    text = issue_text().replace("It opens in spring.", "It opens in TK.")
    browser.post("/desk/tide/issues/1", text=text, revision="1")
    assert 'name="despite" value="TK"' in browser.get("/desk/tide/issues/1/review").text
    refused = browser.post("/desk/tide/issues/1/schedule", now="yes", at="2026-01-05T06:30")
    assert (refused.status_code, _issue(desk_parts).state) == (422, IssueState.DRAFT)
    browser.post("/desk/tide/issues/1/schedule", now="yes", at="2026-01-05T06:30", despite="TK")
    assert _issue(desk_parts).scheduled_at == desk_parts.clock.now()


def test_counts_are_refreshed_until_the_issue_has_reached_its_end(browser: Browser, desk_parts: Parts) -> None:
    browser.post("/desk/tide/issues/1/schedule", now="yes")
    _add_deliveries(desk_parts, [DeliveryState.SUBMITTED] * 3 + [DeliveryState.QUEUED])
    _put(desk_parts, IssueState.SENDING)
    fragment = browser.get("/desk/tide/issues/1/progress").text
    assert 'hx-trigger="every 1s"' in fragment
    assert "<strong>3</strong> of 4" in fragment
    assert 'class="good" x="0" width="750"' in fragment
    assert "<html" not in fragment
    _put(desk_parts, IssueState.SENT)
    assert "hx-trigger" not in browser.get("/desk/tide/issues/1/progress").text


def test_an_issue_that_waits_says_why_and_until_when(browser: Browser, desk_parts: Parts) -> None:
    _put(desk_parts, IssueState.SENDING)
    until = desk_parts.clock.now() + timedelta(minutes=5)
    with desk_parts.database.write() as session:
        for part, why in (("gmail", "421 4.7.28 <slow> down"), ("", "connection refused")):
            brake = circuit_breaker.locked(session, "smtp", part, desk_parts.clock.now())
            brake.shut_until, brake.why, brake.failures = until, why, int(not part)
    page = browser.get("/desk/tide/issues/1/progress").text
    assert "mail to gmail is held back until 2026-01-01 08:05:00 UTC: 421 4.7.28 &lt;slow&gt; down" in page
    assert "The way out (smtp) is down, and is tried again at 2026-01-01 08:05:00 UTC: connection refused" in page
    _put(desk_parts, IssueState.PAUSED)
    assert "Waiting" not in browser.get("/desk/tide/issues/1/progress").text


@pytest.mark.parametrize("path", ["/desk", "/desk/tide/issues/1", "/desk/tide/issues/1/report"])
def test_an_alert_is_shown_wherever_the_issue_is(browser: Browser, desk_parts: Parts, path: str) -> None:
    _put(desk_parts, IssueState.SENT)
    assert "complained" not in browser.get(path).text
    with desk_parts.database.write() as session:
        circuit_breaker.warn(session, 1, desk_parts.clock.now(), "4 of 1000 readers complained (0.40%)", Answers(1000))
    assert "4 of 1000 readers complained" in browser.get(path).text


def test_sending_is_paused_resumed_and_cancelled(browser: Browser, desk_parts: Parts) -> None:
    browser.post("/desk/tide/issues/1/schedule", now="yes")
    _put(desk_parts, IssueState.SENDING)
    for move, state in (("pause", "paused"), ("resume", "sending"), ("pause", "paused"), ("cancel", "cancelled")):
        assert browser.post(f"/desk/tide/issues/1/{move}").status_code == 303
        assert _issue(desk_parts).state == state
    assert browser.post("/desk/tide/issues/1/resume").status_code == 409


def test_an_issue_that_paused_by_itself_says_why_and_what_can_be_done(browser: Browser, desk_parts: Parts) -> None:
    why, now = "20 of 200 messages were refused <or> returned for good (10.0%)", desk_parts.clock.now()
    _put(desk_parts, IssueState.SENDING)
    with desk_parts.database.write() as session:
        assert circuit_breaker.trip(session, 1, now, why, Answers(200, refused=20), by=SCHEDULER)
    page = browser.get("/desk/tide/issues/1/progress").text
    assert "It paused by itself: 20 of 200 messages were refused &lt;or&gt; returned" in page
    assert page.count("20 of 200") == 1
    assert "only what comes after is judged" in page
    for remedy in ("/desk/tide/issues/1/report", "deliveries?state=rejected", "/resume", "/cancel"):
        assert remedy in page
    browser.post("/desk/tide/issues/1/resume")
    browser.post("/desk/tide/issues/1/pause")
    again = browser.get("/desk/tide/issues/1/progress").text
    assert "Paused by an editor" in again
    assert "It paused by itself before: 20 of 200" in again


@pytest.mark.parametrize("state", [IssueState.SENDING, IssueState.PAUSED, IssueState.SENT])
def test_what_is_uncertain_is_sent_again_after_a_plain_warning(
    browser: Browser, desk_parts: Parts, state: IssueState
) -> None:
    browser.post("/desk/tide/issues/1/schedule", now="yes")
    _put(desk_parts, state)
    assert "/resend" not in browser.get("/desk/tide/issues/1").text, "nothing is uncertain"
    _add_deliveries(desk_parts, [DeliveryState.SUBMITTED, DeliveryState.UNCERTAIN, DeliveryState.UNCERTAIN])
    page = browser.get("/desk/tide/issues/1").text
    assert 'method="post" action="/desk/tide/issues/1/resend"' in page
    assert "2 uncertain." in page
    assert "a second copy" in page
    assert browser.post("/desk/tide/issues/1/resend", csrf="forged").status_code == 403
    assert _delivery_states(desk_parts) == ["submitted", "uncertain", "uncertain"]
    assert browser.post("/desk/tide/issues/1/resend").status_code == 409, "nobody was refused"
    answer = browser.post("/desk/tide/issues/1/resend", uncertain="yes")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/tide/issues/1?done=resent")
    assert _delivery_states(desk_parts) == ["submitted", "queued", "queued"]
    assert _issue(desk_parts).state == (IssueState.SENDING if state is IssueState.SENT else state)
    assert "queued again" in browser.get(answer.headers["location"]).text


@pytest.mark.parametrize("state", [IssueState.SENDING, IssueState.PAUSED, IssueState.SENT])
def test_an_issue_is_sent_by_one_button_to_those_who_never_got_it(
    browser: Browser, desk_parts: Parts, state: IssueState
) -> None:
    browser.post("/desk/tide/issues/1/schedule", now="yes")
    _put(desk_parts, state)
    stand = ["submitted", "rejected", "uncertain", "bounced", "skipped", "rejected"]
    _add_deliveries(desk_parts, [DeliveryState(state) for state in stand])
    page = browser.get("/desk/tide/issues/1").text
    assert "2 never got it." in page
    assert "Send it to those who never got it" in page
    answer = browser.post("/desk/tide/issues/1/resend")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/tide/issues/1?done=resent")
    assert _delivery_states(desk_parts) == ["submitted", "queued", "uncertain", "bounced", "skipped", "queued"]
    assert _issue(desk_parts).state == (IssueState.SENDING if state is IssueState.SENT else state)
    assert "never got it" not in browser.get("/desk/tide/issues/1").text


def test_a_cancelled_issue_offers_nothing_to_send_again(browser: Browser, desk_parts: Parts) -> None:
    _put(desk_parts, IssueState.CANCELLED)
    _add_deliveries(desk_parts, [DeliveryState.UNCERTAIN])
    assert "/resend" not in browser.get("/desk/tide/issues/1").text
    assert browser.post("/desk/tide/issues/1/resend").status_code == 409


def _add_deliveries(parts: Parts, states: list[DeliveryState]) -> None:
    now = parts.clock.now()
    with parts.database.write() as session:
        session.add_all(
            Delivery(id=n, issue_id=1, edition_id=1, subscriber_id=n, state=state, changed_at=now)
            for n, state in enumerate(states, 1)
        )
    planned(parts.database, 1)


def _delivery_states(parts: Parts) -> list[DeliveryState]:
    with parts.database.read() as session:
        return list(session.scalars(select(Delivery.state).order_by(Delivery.id)))


def test_deliveries_are_listed_by_state(browser: Browser, desk_parts: Parts) -> None:
    assert browser.get("/desk/tide/issues/1/deliveries?state=rejected").status_code == 200
    assert browser.get("/desk/tide/issues/1/deliveries?state=lost").status_code == 422


def test_an_unknown_issue_is_not_found(browser: Browser) -> None:
    for path in ("/desk/tide/issues/99", "/desk/tide/issues/99/review", "/desk/tide/issues/99/progress"):
        assert browser.get(path).status_code == 404
    assert browser.get("/desk/tide/issues/one").status_code == 404


@pytest.mark.parametrize("path", ["/desk", "/desk/tide/issues/1", "/desk/tide/issues/1/review", "/desk/sign-in"])
def test_no_page_of_the_desk_is_kept_or_needs_a_looser_policy(browser: Browser, desk_parts: Parts, path: str) -> None:
    page = (Browser(create_app(desk_parts)) if path.endswith("sign-in") else browser).get(path)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "unsafe" not in page.headers["content-security-policy"]
    assert " style=" not in page.text
    assert not re.search(r"<script(?![^>]* src=)|\son\w+=", page.text)


def test_what_an_address_says_was_done_is_one_of_our_words(browser: Browser) -> None:
    assert "Saved." in browser.get("/desk?done=saved").text
    assert "pwned" not in browser.get("/desk?done=pwned").text


def test_beyond_twenty_tests_to_strangers_the_desk_says_when_more_may_go(browser: Browser, desk_parts: Parts) -> None:
    browser.get("/desk/tide/issues/1/review")
    for number in range(TESTS_A_DAY):
        assert browser.post("/desk/tide/issues/1/test", to=f"s{number}@else.example").status_code == 303
    answer = browser.post("/desk/tide/issues/1/test", to="one-more@else.example")
    assert answer.status_code == 429
    assert "20 test mails went to addresses that nobody confirmed" in answer.text and "midnight UTC" in answer.text
    assert 'value="one-more@else.example"' in answer.text
    assert browser.post("/desk/tide/issues/1/test", to=ADDRESS).status_code == 303


def test_while_a_text_is_rendered_another_waits_for_no_long_and_is_not_lost(
    browser: Browser, desk_parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns(patience=0)
    monkeypatch.setattr(pages, "TURNS", turns)
    written = issue_text().replace("Springs and neaps", "Neaps and springs")
    with turns.take(1, "preview"):
        waiting = browser.post("/desk/tide/issues/1/preview", {"accept": "application/json"}, text=written)
        assert waiting.status_code == 429
        assert "still being rendered" in waiting.text
        saved = browser.post("/desk/tide/issues/1", text=written, revision="1")
        assert (saved.status_code, "Neaps and springs" in saved.text) == (429, True)
        assert _issue(desk_parts).source == issue_text()
        assert browser.get("/desk/tide/issues/1/review").status_code == 429
        assert browser.get("/desk").status_code == 200
    assert "still being rendered" not in _preview(browser, written)
    assert browser.post("/desk/tide/issues/1", text=written, revision="1").status_code == 303
