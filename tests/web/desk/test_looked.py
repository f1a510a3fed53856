"""The preview as a script asks for it: one answer, which has the frame's page, the findings at their words, and the weights."""

from __future__ import annotations

from typing import Any

import pytest

from newsletter.bootstrap import Parts
from newsletter.issues.editing import Editing
from newsletter.model import Publication
from newsletter.web.desk.previews import KINDS
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
