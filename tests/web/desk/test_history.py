"""At the desk: the history of an issue, two people in one text, what is typed and not saved, and advice that was accepted."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from newsletter.bootstrap import Parts
from newsletter.issues.editing import Editing
from newsletter.model import Issue
from newsletter.model.rights import Role
from newsletter.store.issues import issues
from newsletter.web.app import create_app
from tests.issues.samples import issue_text
from tests.parts.actors import OPERATOR
from tests.web.seats import Browser, add_editor

BOB = "bob@tide.example.org"
AT = "/desk/tide/issues/1"
TEXT = issue_text()
SPRING, SWELLS = "It opens in spring.", "When two swells cross."
JSON = {"accept": "application/json"}


@pytest.fixture
def ann(parts: Parts, seated: Browser) -> Browser:
    """A browser of somebody who writes; there is a draft."""
    Editing(parts.database, parts.clock).import_issue(TEXT, source="x.md", by=OPERATOR)
    return seated


@pytest.fixture
def bob(parts: Parts, ann: Browser) -> Browser:
    """A browser of somebody else."""
    assert ann.get("/desk").status_code == 200
    made = Browser(create_app(parts))
    made.take_seat(parts, add_editor(parts, BOB, "Bob <b>"))
    return made


def stored(parts: Parts) -> Issue:
    with parts.database.read() as session:
        return issues.by_id(session, 1)


def save(browser: Browser, text: str, revision: int = 1, **more: str) -> httpx.Response:
    return browser.post(AT, None, **{"text": text, "revision": str(revision), **more})


def keep(browser: Browser, text: str, page: str = "a1", **more: str) -> httpx.Response:
    return browser.post(f"{AT}/working-copies", JSON, **{"page": page, "revision": "1", "text": text, **more})


# --- history


def test_the_history_lists_who_stored_what_and_leads_to_what_was_changed(ann: Browser, bob: Browser) -> None:
    save(bob, TEXT.replace("spring", "autumn"))
    page = ann.get(f"{AT}/history").text
    assert "Bob &lt;b&gt;" in page and "Bob <b>" not in page
    assert page.index("Revision 2") < page.index("Revision 1<")
    told = ann.get(f"{AT}/history/compare?other=2").text
    assert "<del>spring</del><ins>autumn</ins>" in told
    assert "lines are the same" in told
    assert "Both are the same" in ann.get(f"{AT}/history/compare?one=2&other=now").text


def test_the_history_is_turned_page_by_page(ann: Browser, parts: Parts) -> None:
    for number in range(60):
        parts.editing.save(1, text=TEXT.replace("spring", f"spring {number}"), revision=number + 1, by=OPERATOR)
    first = ann.get(f"{AT}/history").text
    assert "Revision 61<" in first
    assert "Revision 11<" not in first
    (mark,) = re.findall(r"before=(\d+)", first)
    second = ann.get(f"{AT}/history?before={mark}").text
    assert "Revision 11<" in second
    assert "Earlier" not in second


def test_a_revision_is_shown_and_restored(ann: Browser, parts: Parts) -> None:
    save(ann, TEXT.replace("spring", "autumn"))
    page = html.unescape(ann.get(f"{AT}/history/1").text)
    assert SPRING in page
    answer = ann.post(f"{AT}/history/1/restore", revision="2")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{AT}?done=reverted")
    assert (stored(parts).source, stored(parts).revision) == (TEXT, 3)
    assert ann.post(f"{AT}/history/2/restore", revision="2").status_code == 409
    assert "Restore this text" not in ann.get(f"{AT}/history/3").text


@pytest.mark.parametrize("path", ["history/77", "history/compare?other=77", "history/compare?one=sent&other=now"])
def test_what_is_not_kept_is_not_found(ann: Browser, path: str) -> None:
    assert ann.get(f"{AT}/{path}").status_code == 404


def test_who_may_only_read_sees_the_history_and_restores_nothing(ann: Browser, parts: Parts) -> None:
    save(ann, TEXT.replace("spring", "autumn"))
    reader = Browser(create_app(parts))
    reader.take_seat(parts, add_editor(parts, "read@tide.example.org", "Rea", role=Role.ANALYST))
    assert "Restore this text" not in reader.get(f"{AT}/history/1").text
    assert reader.post(f"{AT}/history/1/restore", revision="2").status_code == 403


# --- two people in one text


def test_changes_that_do_not_touch_are_stored_together_and_the_editor_is_told(
    ann: Browser, bob: Browser, parts: Parts
) -> None:
    save(bob, TEXT.replace(SPRING, "Bob's."))
    answer = save(ann, TEXT.replace(SWELLS, "Ann's."))
    assert answer.headers["location"] == f"{AT}?done=together"
    assert stored(parts).source == TEXT.replace(SPRING, "Bob's.").replace(SWELLS, "Ann's.")


def test_a_script_is_told_which_lines_came_in(ann: Browser, bob: Browser, parts: Parts) -> None:
    save(bob, TEXT.replace(SPRING, "Bob's."))
    told = ann.post(AT, JSON, text=TEXT.replace(SWELLS, "Ann's."), revision="1").json()
    line = TEXT.split("\n").index(SPRING)
    assert (told["together"], told["revision"]) == ("Bob <b>", 3)
    assert told["changes"] == [[line, line + 1, ["Bob's."]]]
    assert told["text"] == stored(parts).source


def test_where_both_changed_the_same_both_are_shown_and_the_choice_is_stored(
    ann: Browser, bob: Browser, parts: Parts
) -> None:
    save(bob, TEXT.replace(SPRING, "Bob's <i>."))
    mine = TEXT.replace(SPRING, "Ann's.")
    page = save(ann, mine)
    assert page.status_code == 409
    assert "Bob&#39;s &lt;i&gt;." in page.text
    assert "Ann&#39;s." in page.text
    assert 'name="revision" value="1"' in page.text  # what it was typed on: nothing is stored over the other
    assert stored(parts).revision == 2
    (choice,) = re.findall(r'value="([0-9a-f]{16}:both)"', page.text)
    assert save(ann, mine, choice="junk").status_code == 409
    assert save(ann, mine, choice=choice).status_code == 303
    assert "Ann's.\nBob's <i>.\n" in stored(parts).source


def test_two_texts_that_cannot_be_read_in_one_are_in_the_form_together(
    ann: Browser, bob: Browser, parts: Parts
) -> None:
    one, other = "### [A](https://a.example/) {#twin}", "### [B](https://b.example/) {#twin}"
    save(bob, TEXT.replace("### [A new pier]", f"{one}\n\n### [A new pier]"))
    mine = TEXT.replace(SPRING, f"{SPRING}\n\n{other}")
    told = ann.post(AT, JSON, text=mine, revision="1")
    assert told.status_code == 422
    assert (told.json()["revision"], one in told.json()["text"]) == (2, True)
    page = html.unescape(save(ann, mine).text)
    assert one in page
    assert other in page
    assert 'name="revision" value="2"' in page
    assert stored(parts).revision == 2


def test_those_who_write_see_one_another(ann: Browser, bob: Browser) -> None:
    assert keep(ann, "typed").json()["others"] == []
    assert keep(bob, TEXT, stored="1").json()["others"] == [{"name": "Mara", "typed": True}]
    assert "<strong>Bob &lt;b&gt;</strong> has this issue open too" in ann.get(AT).text


# --- what is typed and not saved


def test_what_is_typed_is_offered_taken_back_and_let_go(ann: Browser, bob: Browser, parts: Parts) -> None:
    typed = TEXT + "\nSixteen words.\n"
    assert keep(ann, typed).status_code == 200
    assert stored(parts).source == TEXT
    page = ann.get(AT).text
    assert "text you typed on revision 1" in page
    (copy,) = re.findall(r"\?copy=(\d+)", page)
    assert "Sixteen words." in ann.get(f"{AT}?copy={copy}").text
    assert "?copy=" not in bob.get(AT).text
    assert "Sixteen words." in bob.get(f"{AT}/history/compare?one=now&other=copy-{copy}").text
    bob.post(f"{AT}/working-copies/{copy}/discard")
    assert "?copy=" in ann.get(AT).text
    ann.post(f"{AT}/working-copies/{copy}/discard")
    assert "?copy=" not in ann.get(AT).text
    assert ann.get(f"{AT}?copy={copy}").status_code == 404


@pytest.mark.parametrize("many", [1, 2, 3, 5])
def test_of_many_texts_that_are_not_saved_two_stand_open_and_the_others_folded(ann: Browser, many: int) -> None:
    for number in range(many):
        keep(ann, f"{TEXT}\nDraft {number}.\n", page=f"a{number}")
    before, folded, after = ann.get(AT).text.partition('<details class="older">')
    assert len(re.findall(r"\?copy=", before)) == min(many, 2)
    assert (folded != "") == (many > 2)
    assert len(re.findall(r"\?copy=", after.partition("</details>")[0])) == max(many - 2, 0)


def test_a_page_without_a_name_is_refused(ann: Browser) -> None:
    assert keep(ann, "typed", page="<b>").status_code == 422


# --- accepted advice


def accept(browser: Browser, reason: str = "It is <b>meant</b>.") -> tuple[str, httpx.Response]:
    key = re.findall(r'findings/accept" .*?name="key" value="(\w+)"', browser.get(f"{AT}/review").text, re.DOTALL)[0]
    return key, browser.post(f"{AT}/findings/accept", key=key, reason=reason)


def test_accepted_advice_is_folded_with_who_and_why_until_its_passage_changes(ann: Browser, parts: Parts) -> None:
    save(ann, TEXT.replace(SPRING, "Click here: it opens http://pier.example.org/ in spring."))
    before = ann.get(f"{AT}/review").text
    key, answer = accept(ann)
    assert answer.headers["location"] == f"{AT}/review?done=finding-accepted"
    page = ann.get(f"{AT}/review").text
    assert page.count("findings/accept") == before.count("findings/accept") - 1
    assert "Accepted <span" in page
    assert "It is &lt;b&gt;meant&lt;/b&gt;." in page
    assert "Accepted <span" in ann.get(AT).text
    row = parts.accepting.accepted(1)[key]
    assert (row.name, row.reason) == ("Mara", "It is <b>meant</b>.")
    ann.post(f"{AT}/findings/reopen", key=key)
    assert "Accepted <span" not in ann.get(f"{AT}/review").text


def test_advice_about_the_archive_is_accepted_like_any_other(ann: Browser) -> None:
    page = ann.get(f"{AT}/review").text
    assert "empty-all-page" in page
    keys = re.findall(r'findings/accept" .*?name="key" value="(\w+)"', page, re.DOTALL)
    assert [ann.post(f"{AT}/findings/accept", key=key, reason="Meant.").status_code for key in keys] == [303] * len(
        keys
    )
    assert "findings/accept" not in ann.get(f"{AT}/review").text


@pytest.mark.parametrize(("reason", "status"), [("", 422), ("x" * 501, 422), ("fine", 303)])
def test_a_reason_is_needed(ann: Browser, reason: str, status: int) -> None:
    save(ann, TEXT.replace(SPRING, "Click here: it opens http://pier.example.org/ in spring."))
    assert accept(ann, reason)[1].status_code == status


def test_advice_that_is_not_there_cannot_be_accepted(ann: Browser) -> None:
    assert ann.post(f"{AT}/findings/accept", key="0" * 64, reason="x").status_code == 409
