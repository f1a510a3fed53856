"""The page where a reader answers the question of an issue."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, update

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.delivery import planning
from newsletter.model import Edition, Issue, Vote
from newsletter.tokens import Purpose
from newsletter.web.app import create_app
from tests.parts.ledger import add_issue, add_publication, add_readers
from tests.web.places import Visitor, make_document

BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture
def page(parts: Parts, clock: SettableClock) -> str:
    """The address in a reader's mail, without the answer."""
    publication = add_publication(parts.database, parts.clock)
    add_readers(parts.database, parts.clock, publication, 1)
    issue = add_issue(parts.database, parts.clock, publication)
    planning.plan(parts.database, clock=parts.clock, issue_id=issue.id, batch_size=10)
    with parts.database.write() as session:
        edition = session.scalars(select(Edition)).one()
        edition.content = make_document("today", date(2026, 1, 1), poll="Was <it> good?").model_dump(mode="json")
        session.execute(update(Issue).values(published_at=parts.clock.now()))
    clock.advance(60)
    return f"/v/{parts.signer.issue(Purpose.VOTE, 1)}"


def votes(parts: Parts) -> list[tuple[str, bool]]:
    with parts.database.read() as session:
        return [(vote.answer.value, vote.score >= 50) for vote in session.scalars(select(Vote))]


def test_the_link_shows_a_page_and_its_button_votes(parts: Parts, page: str) -> None:
    visitor = Visitor(create_app(parts))
    shown = visitor.ask("GET", f"{page}/up", headers=BROWSER)
    assert "Was &lt;it&gt; good?" in shown.text
    assert "Nothing happens until you press the button." in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert votes(parts) == []
    assert "Thank you." in visitor.ask("POST", f"{page}/up", headers=BROWSER).text
    assert votes(parts) == [("up", False)]
    visitor.ask("POST", f"{page}/down", headers=BROWSER)
    assert votes(parts) == [("down", False)]


def test_scanners_that_follow_links_do_not_vote_and_those_that_post_are_counted_apart(parts: Parts, page: str) -> None:
    visitor = Visitor(create_app(parts))
    for method in ("GET", "HEAD"):
        visitor.ask(method, f"{page}/up", headers={"user-agent": "Barracuda Link Scanner"})
    assert votes(parts) == []
    visitor.ask("POST", f"{page}/up", headers={"user-agent": "Barracuda Link Scanner"})
    assert votes(parts) == [("up", True)]


def test_a_forged_token_and_an_answer_that_is_none_are_refused(parts: Parts, page: str) -> None:
    visitor = Visitor(create_app(parts))
    assert visitor.post("/v/" + "A" * 24 + "/up").status_code == 400
    assert visitor.post(f"{page}/sideways").status_code == 404
    assert votes(parts) == []
