"""A form that outlived its session comes back with the way to sign in: what was typed is carried, and nothing is done with it."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from newsletter.accounts import limits, sessions
from newsletter.bootstrap import Parts
from newsletter.model import Issue
from newsletter.model.actor import operator
from newsletter.model.states import IssueState
from newsletter.store.issues import issues
from newsletter.web.app import create_app
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR
from tests.parts.named import id_of_issue
from tests.web.seats import ADDRESS, PASSWORD, Browser, add_editor

TYPED = "Words <b>nobody</b> \"shall\" & 'lose': ä…\n\n  two blanks before"
REVIEW = {"to": "test@elsewhere.example", "at": "2031-05-09T06:30", "despite": "starter"}


@pytest.fixture(autouse=True)
def _without_hashes(desk_parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only one password is right, and seeing that takes no time."""
    monkeypatch.setattr(desk_parts.passwords, "match", lambda hashed, password: bool(hashed) and password == PASSWORD)


@pytest.fixture
def signed_out(browser: Browser, desk_parts: Parts) -> Browser:
    """A browser in front of an open draft whose session has ended."""
    add_publication(desk_parts.database)
    desk_parts.editing.import_issue(issue_text(), source="x.md", by=OPERATOR)
    browser.sign_in()
    browser.get("/desk/tide/issues/1")
    desk_parts.clock.sleep(sessions.IDLE_SECONDS + 1)
    return browser


def issue(parts: Parts) -> Issue:
    """The issue as stored."""
    with parts.database.read() as session:
        return issues.by_id(session, 1)


def fields(answer: httpx.Response, action: str) -> dict[str, str]:
    """The fields of the page's form with this action, as a browser sends them."""
    form = re.search(rf'(?s)<form[^>]* action="{action}".*?</form>', answer.text)
    assert form, action
    found = {
        name: unescape(value) for name, value in re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', form[0])
    }
    areas = re.findall(r'(?s)<textarea[^>]* name="([^"]+)"[^>]*>\n(.*?)</textarea>', form[0])
    return found | {name: unescape(value).replace("\r\n", "\n").replace("\n", "\r\n") for name, value in areas}


def sign_in_over(browser: Browser, answer: httpx.Response, password: str = PASSWORD, address: str = ADDRESS):
    """Fill in the form that came and send it."""
    given = fields(answer, "/desk/sign-in/again") | {"address": address, "password": password}
    return browser.post("/desk/sign-in/again", **given)


@pytest.mark.parametrize("path", ["/desk/tide/issues/1", "/desk/tide/issues/1/preview"])
@pytest.mark.parametrize("then", [{}, {"then": "review"}])
def test_the_text_is_carried_past_the_sign_in_and_stored_when_pressed_again(
    signed_out: Browser, desk_parts: Parts, path: str, then: dict[str, str]
) -> None:
    text = f"{issue_text()}\n{TYPED}\n"
    answer = signed_out.post(path, text=text.replace("\n", "\r\n"), revision="1", kind="text", **then)
    assert (answer.status_code, answer.headers["cache-control"]) == (401, "no-store")
    wrong = sign_in_over(signed_out, answer, "not the password")
    assert wrong.status_code == 422 and "do not belong together" in wrong.text
    back = sign_in_over(signed_out, wrong)
    assert back.status_code == 200
    assert "is not stored" in back.text and "mara@" in back.text
    assert issue(desk_parts).revision == 1
    again = fields(back, "/desk/tide/issues/1")
    assert again["text"].replace("\r\n", "\n") == text and again["revision"] == "1"
    assert signed_out.post("/desk/tide/issues/1", **again).status_code == 303
    assert issue(desk_parts).source == text


def test_a_text_on_an_older_revision_meets_the_usual_question(signed_out: Browser, desk_parts: Parts) -> None:
    mine = issue_text(subject="Mine")
    answer = signed_out.post("/desk/tide/issues/1", text=mine, revision="1")
    newer = issue_text(subject="Theirs")
    desk_parts.editing.save(1, text=newer, revision=1, by=OPERATOR)
    again = fields(sign_in_over(signed_out, answer), "/desk/tide/issues/1")
    conflict = signed_out.post("/desk/tide/issues/1", **again)
    assert conflict.status_code == 409 and "subject: Mine" in conflict.text
    assert issue(desk_parts).source == newer


def test_the_token_of_another_session_brings_the_text_back_at_once(signed_out: Browser, desk_parts: Parts) -> None:
    signed_out.sign_in()
    answer = signed_out.post(
        "/desk/tide/issues/1", csrf="of the page before", text=f"{issue_text()}\n{TYPED}", revision="1"
    )
    assert answer.status_code == 403
    again = fields(answer, "/desk/tide/issues/1")
    assert again["text"].replace("\r\n", "\n").endswith(TYPED)
    assert issue(desk_parts).revision == 1
    assert signed_out.post("/desk/tide/issues/1", **again).status_code == 303


def test_another_editor_who_signs_in_is_told_that_it_was_typed_before(signed_out: Browser, desk_parts: Parts) -> None:
    add_editor(desk_parts, "bea@tide.example.org", "Bea")
    answer = signed_out.post("/desk/tide/issues/1", text=f"{issue_text()}\n{TYPED}", revision="1")
    back = sign_in_over(signed_out, answer, address="bea@tide.example.org")
    assert "You are signed in as bea@tide.example.org. This was typed in this browser before" in back.text
    assert issue(desk_parts).revision == 1


def test_who_lost_the_right_meanwhile_gets_nothing_but_the_own_text(signed_out: Browser, desk_parts: Parts) -> None:
    add_editor(desk_parts, "boss@tide.example.org")
    desk_parts.accounts.team.disable(ADDRESS, by=operator())
    answer = signed_out.post("/desk/tide/issues/1", text=TYPED, revision="1")
    refused = sign_in_over(signed_out, answer)
    assert refused.status_code == 422
    assert fields(refused, "/desk/sign-in/again")["typed.text"] == TYPED.replace("\n", "\r\n")
    assert "set-cookie" not in refused.headers


def test_a_draft_that_is_gone_or_no_draft_any_more_shows_the_text_all_the_same(
    signed_out: Browser, desk_parts: Parts
) -> None:
    answer = signed_out.post("/desk/tide/issues/1", text=TYPED, revision="1")
    with desk_parts.database.write() as session:
        issues.by_id(session, 1).state = IssueState.SCHEDULED
    back = sign_in_over(signed_out, answer)
    assert fields(back, "/desk/tide/issues/1")["text"] == TYPED.replace("\n", "\r\n")
    with desk_parts.database.write() as session:
        issues.by_id(session, 1).state = IssueState.DRAFT
    desk_parts.deleting.delete(id_of_issue(desk_parts.database, issue(desk_parts).slug, "tide"), by=OPERATOR)
    gone = sign_in_over(signed_out, answer)
    assert gone.status_code == 404 and "nobody" in unescape(gone.text)


@pytest.mark.parametrize("path", ["test", "schedule"])
def test_what_was_filled_in_at_the_review_is_there_again_and_nothing_is_sent(
    signed_out: Browser, desk_parts: Parts, path: str
) -> None:
    answer = signed_out.post(f"/desk/tide/issues/1/{path}", **REVIEW)
    assert answer.status_code == 401
    back = sign_in_over(signed_out, answer)
    assert f'value="{REVIEW["to"]}"' in back.text and f'value="{REVIEW["at"]}"' in back.text
    assert issue(desk_parts).state is IssueState.DRAFT


@pytest.mark.parametrize(
    ("path", "name", "typed"),
    [
        ("/desk/tide/readers", "address", "someone@pear.example"),
        ("/desk/tide/bin/7/restore", "slug", "another-name"),
        ("/desk/tide/issues/1/links/1", "url", "https://journal.test/moved"),
    ],
)
def test_a_single_field_is_offered_to_be_sent_again(signed_out: Browser, path: str, name: str, typed: str) -> None:
    back = sign_in_over(signed_out, signed_out.post(path, **{name: typed}))
    again = fields(back, path)
    assert again[name] == typed and again["csrf"] == signed_out.csrf


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.test"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
def test_no_other_site_can_have_a_text_carried(signed_out: Browser, desk_parts: Parts, headers: dict[str, str]) -> None:
    answer = signed_out.post("/desk/tide/issues/1", headers, text=TYPED, revision="1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/sign-in?next=/desk")
    assert "nobody" not in answer.text
    planted = {"where": "/desk/tide/issues/1", "typed.text": TYPED, "address": ADDRESS, "password": PASSWORD}
    answer = signed_out.post("/desk/sign-in/again", headers, **planted)
    assert "nobody" not in answer.text
    signed_out.sign_in()
    stale = signed_out.post("/desk/tide/issues/1", headers, csrf="x", text=TYPED, revision="1")
    assert stale.status_code == 403 and "nobody" not in stale.text


def test_who_does_not_say_where_a_form_comes_from_has_nothing_carried(signed_out: Browser) -> None:
    answer = signed_out._ask("POST", "/desk/tide/issues/1", data={"text": TYPED, "revision": "1"})
    assert answer.status_code == 303
    planted = {"where": "/desk/tide/issues/1", "typed.text": TYPED, "address": ADDRESS, "password": PASSWORD}
    answer = signed_out._ask("POST", "/desk/sign-in/again", data=planted)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")


@pytest.mark.parametrize(
    "where",
    [
        "https://evil.test/desk/tide/readers",
        "//evil.test",
        "/desk/account/password",
        "/desk/tide/readers?x=1",
        "",
        "/desk/tide/readers\n",
    ],
)
def test_nothing_is_carried_to_anywhere_else(signed_out: Browser, where: str) -> None:
    given = {
        "where": where,
        "typed.address": TYPED,
        "typed.password": "secret",
        "address": ADDRESS,
        "password": PASSWORD,
    }
    answer = signed_out.post("/desk/sign-in/again", **given)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")


@pytest.mark.parametrize("path", ["password", "disable", "remove"])
def test_a_password_is_never_carried(signed_out: Browser, path: str) -> None:
    given = {"present": "secret words", "password": "secret words", "new": "secret words", "again": "secret words"}
    answer = signed_out.post(f"/desk/account/{path}", **given)
    assert answer.status_code == 303 and "secret words" not in answer.text


def test_neither_the_old_token_nor_the_password_stands_in_the_page(signed_out: Browser) -> None:
    stale = signed_out.csrf
    answer = signed_out.post("/desk/tide/issues/1", text=TYPED, revision="1", password="secret words")
    wrong = sign_in_over(signed_out, answer, "guess of a password")
    for page in (answer, wrong):
        assert stale not in page.text and "secret words" not in page.text and "guess of a" not in page.text


@pytest.mark.parametrize("revision", ["-1", "1e9", "\uff19", "9" * 400, "", "²"])
def test_a_revision_that_is_no_number_conflicts_and_breaks_nothing(signed_out: Browser, revision: str) -> None:
    answer = signed_out.post("/desk/tide/issues/1", text=TYPED, revision="1")
    given = fields(answer, "/desk/sign-in/again") | {"typed.revision": revision}
    back = signed_out.post("/desk/sign-in/again", **(given | {"address": ADDRESS, "password": PASSWORD}))
    assert back.status_code == 200 and fields(back, "/desk/tide/issues/1")["revision"].isdecimal()


def test_beyond_the_limit_the_text_is_still_there(signed_out: Browser, desk_parts: Parts) -> None:
    stranger = Browser(create_app(desk_parts), ip="198.51.100.9")
    answer = stranger.post("/desk/tide/issues/1", text=TYPED, revision="1")
    for _ in range(limits.PER_PAIR):
        answer = sign_in_over(stranger, answer, "wrong password!")
    answer = sign_in_over(stranger, answer)
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0
    assert fields(answer, "/desk/sign-in/again")["typed.text"] == TYPED.replace("\n", "\r\n")


def test_an_address_that_is_guessed_at_is_told_at_once_and_holds_no_text_waiting(
    signed_out: Browser, desk_parts: Parts
) -> None:
    for number in range(2):
        guesser = Browser(create_app(desk_parts), ip=f"198.51.100.{number}")
        for _ in range(limits.PER_ADDRESS // 2):
            guesser.sign_in("wrong password!")
    stranger = Browser(create_app(desk_parts), ip="198.51.100.9")
    answer = sign_in_over(stranger, stranger.post("/desk/tide/issues/1", text=TYPED, revision="1"))
    assert answer.status_code == 429 and "another tab" in answer.text
    assert sign_in_over(signed_out, signed_out.post("/desk/tide/issues/1", text=TYPED, revision="1")).status_code == 200


def test_the_largest_text_that_the_desk_takes_is_carried(signed_out: Browser) -> None:
    text = "ä" * 340_000  # 2 MB in a form
    answer = signed_out.post("/desk/tide/issues/1", text=text, revision="1")
    assert answer.status_code == 401
    back = sign_in_over(signed_out, answer)
    assert fields(back, "/desk/tide/issues/1")["text"] == text
