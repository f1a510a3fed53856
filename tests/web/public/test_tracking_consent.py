"""The page where a reader says whether their opens and clicks may be kept."""

from __future__ import annotations

import pytest

from newsletter.bootstrap import Parts
from newsletter.delivery import planning
from newsletter.model import Subscription
from newsletter.model.states import Consent
from newsletter.tokens import Purpose
from newsletter.web.app import create_app
from tests.parts.ledger import add_issue, add_publication, add_readers
from tests.web.places import Visitor


@pytest.fixture
def page(parts: Parts) -> str:
    """The address in a reader's mail."""
    publication = add_publication(parts.database, parts.clock)
    add_readers(parts.database, parts.clock, publication, 1)
    issue = add_issue(parts.database, parts.clock, publication)
    planning.plan(parts.database, clock=parts.clock, issue_id=issue.id, batch_size=10)
    return f"/u/{parts.signer.issue(Purpose.UNSUBSCRIBE, 1)}/tracking"


def consent(parts: Parts) -> Consent:
    with parts.database.read() as session:
        found = session.get(Subscription, 1)
        assert found is not None
        return found.tracking


def test_looking_changes_nothing_and_a_button_does(parts: Parts, page: str) -> None:
    visitor = Visitor(create_app(parts))
    assert "Yes, you may" in visitor.get(page).text
    assert consent(parts) is Consent.UNKNOWN
    assert "may be kept" in visitor.post(page, answer="yes").text
    assert consent(parts) is Consent.GRANTED
    assert "is not kept" in visitor.post(page, answer="no").text
    assert consent(parts) is Consent.DENIED


def test_anything_but_a_yes_is_a_no(parts: Parts, page: str) -> None:
    Visitor(create_app(parts)).post(page, answer="1")
    assert consent(parts) is Consent.DENIED


def test_a_forged_token_is_refused(parts: Parts, page: str) -> None:
    assert Visitor(create_app(parts)).get("/u/" + "A" * 24 + "/tracking").status_code == 400
