"""At the review an editor asks for words, reads them in the text, and says so; until then nothing goes out."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.issues.editing import Editing
from newsletter.issues.preflight.drafted_marks import MARK
from newsletter.model import Issue
from newsletter.store.database import Database
from newsletter.store.issues import issues
from newsletter.web.app import create_app
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR
from tests.parts.language_model import Said, completion, model
from tests.web.places import make_parts
from tests.web.seats import Browser, add_editor

LEAD = "The **moon** stands close to the earth this week.\n\n"
GOOD = {"lead": "A pier opens [1]. Waves meet [2].", "summaries": {}}


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    """Parts with a draft without a lead."""
    add_publication(sqlite_database)
    Editing(sqlite_database, clock).import_issue(issue_text().replace(LEAD, ""), source="x.md", by=OPERATOR)
    return make_parts(sqlite_database, clock, tmp_path)


def browser(parts: Parts, url: str = "") -> Browser:
    """Return a browser that has signed in, where this model is asked."""
    named = {"drafting_url": SecretStr(url), "drafting_model": "tide-1"} if url else {}
    parts = Parts(parts.settings.model_copy(update=named), parts.clock)
    made = Browser(create_app(parts))
    made.take_seat(parts, add_editor(parts))
    return made


def stored(parts: Parts) -> Issue:
    with parts.database.read() as session:
        return issues.by_id(session, 1)


def review(signed_in: Browser) -> str:
    return signed_in.get("/desk/tide/issues/1/review").text


def test_words_are_proposed_read_and_accepted_by_buttons(parts: Parts) -> None:
    with model(completion(GOOD)) as fake:
        signed_in = browser(parts, fake.url)
        assert "Propose a lead" in review(signed_in) and "I have read" not in review(signed_in)
        answer = signed_in.post("/desk/tide/issues/1/propose")
    assert answer.status_code == 303 and answer.headers["location"].endswith("/issues/1?done=proposed")
    assert MARK in signed_in.get("/desk/tide/issues/1").text.replace("&lt;", "<").replace("&gt;", ">")
    page = review(signed_in)
    assert "It cannot go out while there are errors above" in page
    assert signed_in.post("/desk/tide/issues/1/accept", revision="1").status_code == 409, "that is not what was shown"
    assert signed_in.post("/desk/tide/issues/1/accept").status_code == 409
    assert signed_in.post("/desk/tide/issues/1/accept", revision="2").status_code == 303
    assert MARK not in stored(parts).source and "A pier opens" in stored(parts).source
    assert "I have read" not in review(signed_in)


def test_where_nobody_proposes_there_is_no_button_and_the_door_says_how(parts: Parts) -> None:
    signed_in = browser(parts)
    assert "Propose a lead" not in review(signed_in)
    assert "NEWSLETTER_DRAFTING_URL" in signed_in.post("/desk/tide/issues/1/propose").text


def test_a_model_that_is_down_changes_nothing_and_is_told(parts: Parts) -> None:
    with model(Said(b"", 500)) as fake:
        page = browser(parts, fake.url).post("/desk/tide/issues/1/propose")
    assert page.status_code == 200 and "Nothing is proposed: 127.0.0.1 answers 500" in page.text
    assert stored(parts).revision == 1


def test_saving_what_one_changed_takes_its_mark_out_for_people_and_for_scripts(parts: Parts) -> None:
    with model(completion({**GOOD, "lead": ["A pier opens [1].", "Waves meet [2]."]})) as fake:
        signed_in = browser(parts, fake.url)
        signed_in.post("/desk/tide/issues/1/propose")
    text = stored(parts).source
    typed = text.replace("A pier opens", "A pier opened")
    told = signed_in.post("/desk/tide/issues/1", text=typed, revision="2", headers={"Accept": "application/json"})
    assert isinstance(told, httpx.Response) and told.json()["text"] == stored(parts).source
    assert stored(parts).source.count(MARK) == 1
    left = stored(parts).source.replace("Waves meet", "Waves met")
    assert signed_in.post("/desk/tide/issues/1", text=left, revision="3").status_code == 303
    assert MARK not in stored(parts).source
    same = signed_in.post(
        "/desk/tide/issues/1", text=stored(parts).source, revision="4", headers={"Accept": "application/json"}
    )
    assert "text" not in same.json()
