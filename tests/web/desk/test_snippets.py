"""The page of snippets, and what the editor asks for while one writes."""

from __future__ import annotations

from datetime import date

from newsletter.bootstrap import Parts
from newsletter.model import Publication
from tests.parts.actors import OPERATOR
from tests.web.places import make_document, publish
from tests.web.seats import Browser

AT = "/desk/tide/snippets"
AS_SCRIPT = {"accept": "application/json"}


def test_a_snippet_is_added_changed_and_removed(parts: Parts, home: Publication, seated: Browser) -> None:
    assert "No snippet yet." in seated.get(AT).text
    assert seated.post(AT, name="Thanks", text="Thank *you*.").headers["location"].startswith(AT)
    [kept] = parts.snippets.listed(home.id)
    assert "Thank *you*." in seated.get(AT).text
    seated.post(f"{AT}/{kept.id}", name="Thank you", text="Thanks.")
    assert [(each.name, each.text) for each in parts.snippets.listed(home.id)] == [("Thank you", "Thanks.")]
    seated.post(f"{AT}/{kept.id}/remove")
    assert parts.snippets.listed(home.id) == []


def test_what_is_refused_stays_in_its_form(parts: Parts, home: Publication, seated: Browser) -> None:
    first = parts.snippets.keep(home.id, "Thanks", "One.", by=OPERATOR)
    answer = seated.post(AT, name="Thanks", text="Words that took long <b>")
    assert (
        answer.status_code == 409 and "Words that took long &lt;b&gt;" in answer.text and 'role="alert"' in answer.text
    )
    answer = seated.post(f"{AT}/{first.id}", name="", text="Other words")
    assert answer.status_code == 422 and "Other words" in answer.text
    assert [each.text for each in parts.snippets.listed(home.id)] == ["One."]


def test_a_script_is_told_names_and_words(parts: Parts, home: Publication, seated: Browser) -> None:
    parts.snippets.keep(home.id, "Thanks", "One.", by=OPERATOR)
    assert seated.get(AT, **AS_SCRIPT).json() == {"snippets": [{"name": "Thanks", "text": "One."}]}


def test_old_items_are_found_as_they_are_written(parts: Parts, home: Publication, seated: Browser) -> None:
    publish(parts.database, home, make_document("2026-03-01", date(2026, 3, 1), publication="tide"))
    [found] = seated.get("/desk/tide/old-items?q=journal.test/2026-03-01/1").json()["items"]
    assert found["issue"] == "2026-03-01" and found["markdown"].startswith("### [Grafting number 1")
