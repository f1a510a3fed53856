"""Whoever was invited says yes or no with one press, and a mail program says no for them with one click."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from newsletter.audience import inviting
from newsletter.audience.lists_reading import ListTerms
from newsletter.bootstrap import Parts
from newsletter.model import ConsentRecord, Invitation, Notice, Publication, Subscription
from newsletter.model.states import SubscriptionState
from tests.parts.actors import OPERATOR
from tests.web.places import Visitor
from tests.web.public.test_subscribe import all_of, soup


@pytest.fixture
def path(parts: Parts, orchard: Publication) -> str:
    """The link that confirms, in the mail to somebody of an imported list."""
    rows = [{"email": "pip@pear.test"}]
    given = {"publication_id": orchard.id, "by": OPERATOR}
    parts.importing.import_list(rows, ListTerms("import fair.csv", "At the fair"), **given)
    inviting.line_up(parts.database, clock=parts.clock, **given)
    for tick in parts.rounds:
        tick()
    for row in all_of(parts, Invitation):
        parts.inviting.invite(row.id)
    found = re.search(r"http://news\.test(/confirm/[\w-]+)\n", all_of(parts, Notice)[0].text)
    assert found
    return found[1]


def standing(parts: Parts) -> SubscriptionState:
    with parts.database.read() as session:
        return session.scalars(select(Subscription.state)).one()


def test_one_press_says_yes(visitor: Visitor, parts: Parts, path: str) -> None:
    page = visitor.get(path)
    assert soup(page).select_one("form")["action"] == path
    assert soup(page).select_one(f'a[href="{path}/never"]').text == "Never ask me again"
    assert standing(parts) is SubscriptionState.PENDING
    assert "re in</h1>" in visitor.ask("POST", path).text
    assert standing(parts) is SubscriptionState.ACTIVE


def test_one_press_says_no_for_good(visitor: Visitor, parts: Parts, path: str) -> None:
    page = visitor.get(f"{path}/never")
    assert urlsplit(soup(page).select_one("form")["action"]).path == f"{path}/never"
    assert "pip@pear.test" not in page.text and "pear.test" in page.text
    assert page.headers["referrer-policy"] == "no-referrer" and page.headers["cache-control"] == "no-store"
    assert standing(parts) is SubscriptionState.PENDING, "looking changes nothing"
    for _ in range(2):
        assert "We will not ask again" in visitor.ask("POST", f"{path}/never").text
    assert standing(parts) is SubscriptionState.UNSUBSCRIBED
    assert "We will not ask again" in visitor.get(f"{path}/never").text
    assert visitor.ask("POST", path).status_code == 400
    records = [(record.action, record.place) for record in all_of(parts, ConsentRecord)]
    assert records == [
        ("imported", "import fair.csv"),
        ("invited", "invitation"),
        ("unsubscribed", "invitation page"),
    ]


def test_the_page_of_a_confirmation_that_was_asked_for_offers_no_such_no(
    visitor: Visitor, parts: Parts, orchard: Publication
) -> None:
    from tests.web.public.test_subscribe import confirm_path, send_form

    send_form(visitor, parts, "pip@pear.test")
    assert "/never" not in visitor.get(confirm_path(parts)).text


@pytest.mark.parametrize(
    "content", [b"List-Unsubscribe=One-Click", b"--b\r\nbroken one-click", b"One-Click\xff" * 9000]
)
@pytest.mark.parametrize("kind", ["", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"])
def test_one_click_says_no_whatever_its_body(
    visitor: Visitor, parts: Parts, path: str, content: bytes, kind: str
) -> None:
    answer = visitor.ask("POST", f"{path}/never", content=content, headers={"content-type": kind} if kind else {})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert standing(parts) is SubscriptionState.UNSUBSCRIBED
    assert all_of(parts, ConsentRecord)[-1].place == "one-click"
