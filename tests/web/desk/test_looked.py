"""The preview as a script asks for it: one answer, which has the frame's page, the findings at their words, and the weights."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from newsletter.bootstrap import Parts
from newsletter.issues.editing import Editing
from newsletter.model import Publication
from newsletter.web.desk.previews import DRAFTS, KINDS
from tests.issues.samples import issue_text
from tests.parts.actors import OPERATOR
from tests.web.seats import Browser

AT = "/desk/tide/issues/1"
AS_SCRIPT = {"accept": "application/json"}


@pytest.fixture
def draft(parts: Parts, home: Publication, seated: Browser) -> Browser:
    Editing(parts.database, parts.clock).import_issue(issue_text(), source="x.md", by=OPERATOR)
    assert home.slug == "tide"
    return seated


def look(browser: Browser, text: str, **fields: str) -> dict[str, Any]:
    answer = browser.post(f"{AT}/preview", AS_SCRIPT, text=text, **fields)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_of_the_frame_is_the_one_that_its_address_shows(draft: Browser, kind: str) -> None:
    told = look(draft, issue_text(), kind=kind)
    saved = draft.get(f"{AT}/previews/saved/{kind}")
    empty = draft.get(told["frame"])
    assert told["page"] == saved.text and told["kind"] == kind
    assert empty.headers["content-security-policy"] == saved.headers["content-security-policy"]
    assert "<body></body>" in empty.text


def test_findings_stand_at_their_words(draft: Browser) -> None:
    told = look(draft, issue_text().replace("It opens in spring.", "Read it [here](http://bit.ly/x)."))
    lines = issue_text().split("\n")
    line = lines.index("It opens in spring.") + 1
    marked = {
        each["rule"]: (each["line"], each["from"], each["to"]) for each in told["findings"] if each["line"] == line
    }
    assert marked
    assert all(1 <= start <= end <= len("Read it [here](http://bit.ly/x).") + 1 for _, start, end in marked.values())


def test_a_mistake_is_told_alone_at_its_word(draft: Browser) -> None:
    told = look(draft, issue_text().replace("kind=papers", "kind=novels"))
    [mistake] = told["findings"]
    line = issue_text().replace("kind=papers", "kind=novels").split("\n")[mistake["line"] - 1]
    assert line[mistake["from"] - 1 : mistake["to"] - 1] == "kind=novels" and mistake["severity"] == "mistake"
    assert "page" not in told and "novels" in told["html"]


def test_weights_name_the_sections_in_their_order_and_add_up_to_less_than_the_mail(draft: Browser) -> None:
    told = look(draft, issue_text())
    assert [each["slug"] for each in told["weights"]] == ["", "harbours", "papers"]
    assert sum(each["octets"] for each in told["weights"]) < told["octets"] < told["clip"] and told["folded"] == 0


def test_the_mail_is_shown_as_a_reader_gets_it(draft: Browser) -> None:
    assert "mara@shore.example" in look(draft, issue_text(), reader=" mara@shore.example ")["page"]
    assert "reader@example.org" in look(draft, issue_text())["page"]
    hostile = look(draft, issue_text(), reader='"><script>alert(1)</script>@x.example')["page"]
    assert "<script" not in hostile


def test_nothing_is_kept_of_it(draft: Browser, parts: Parts) -> None:
    told = look(draft, issue_text().replace("spring", "summer"))
    assert "summer" in told["page"]
    assert "summer" not in draft.get(AT).text


def test_a_mail_is_shown_as_a_chosen_reader_gets_it_with_and_without_a_script(draft: Browser) -> None:
    chosen = {"reader": "mara@shore.example", "language": "de", "tracking": "individual"}
    plain = look(draft, issue_text())
    told = look(draft, issue_text(), **chosen)
    frames = re.findall(
        r'<iframe id="frame"[^>]* src="([^"]+)"', draft.post(f"{AT}/preview", text=issue_text(), **chosen).text
    )
    (address,) = [unescape(each) for each in frames]
    assert "mara" not in address
    for page in (told["page"], draft.get(address).text):
        assert "mara@shore.example" in page and "https://pier.example.org/" not in page and 'lang="de"' in page
    assert "https://pier.example.org/" in plain["page"] and 'lang="de"' not in plain["page"]
    assert (told["octets"] > plain["octets"], told["weights"]) == (True, plain["weights"])
    DRAFTS._kept.clear()  # as a process that has just begun
    page = draft.get(address).text
    assert 'lang="de"' in page and "mara@shore.example" not in page and "as last saved" not in page


def test_a_choice_that_is_none_is_as_it_is_for_anybody(draft: Browser) -> None:
    told = look(draft, issue_text(), reader=" ", language="xx", tracking="all")
    assert told["page"] == look(draft, issue_text())["page"]


def test_the_form_keeps_what_was_chosen(draft: Browser) -> None:
    page = draft.post(
        f"{AT}/preview", text=issue_text(), reader="mara@shore.example", language="fr", tracking="aggregate"
    ).text
    assert 'value="mara@shore.example"' in page and '<details class="reader" open>' in page
    assert re.search(r'<option value="fr" lang="fr" selected>', page) and '<option value="aggregate" selected>' in page


def test_a_merge_field_that_nobody_knows_is_told_while_it_is_typed(draft: Browser) -> None:
    told = look(draft, issue_text().replace("It opens in spring.", "Dear {{nmae|friend}}, dear {{name|friend}}."))
    [finding] = [each for each in told["findings"] if each["rule"] == "unknown-field"]
    lines = issue_text().split("\n")
    assert finding["severity"] == "stop" and "did you mean name?" in finding["remedy"]
    assert lines[finding["line"] - 1] == "It opens in spring."
    assert "unknown-field" in told["html"]
