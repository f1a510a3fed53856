from __future__ import annotations

import re
import sqlite3
from datetime import date

import httpx
import pytest
from bs4 import BeautifulSoup
from sqlalchemy import make_url, select

from newsletter.bootstrap import Parts
from newsletter.model import ConsentRecord, Delivery, Issue, Notice, Publication, SignUp, Subscriber, Subscription
from newsletter.model.states import DeliveryState, SubscriptionState
from newsletter.tokens import Purpose
from newsletter.web.app import create_app
from tests.web.places import NOON, Visitor

FORM = "/orchard/subscribe"


def soup(response: httpx.Response) -> BeautifulSoup:
    return BeautifulSoup(response.text, "html.parser")


def send_form(visitor: Visitor, parts: Parts, address: str, **more: str) -> httpx.Response:
    token = soup(visitor.get(FORM)).select_one("input[name=token]")["value"]
    parts.clock.sleep(5)  # a person needs a moment
    return visitor.post(FORM, **{"address": address, "token": str(token), **more})


def all_of(parts: Parts, kind: type) -> list:
    with parts.database.read() as session:
        return list(session.scalars(select(kind)))


def answer_all(parts: Parts) -> None:
    """Do what a worker does for every sign-up that waits."""
    for sign_up in all_of(parts, SignUp):
        parts.sign_ups.answer(sign_up.id)


def confirm_path(parts: Parts) -> str:
    answer_all(parts)
    return re.search(r"http://news\.test(/confirm/[\w-]+)", all_of(parts, Notice)[-1].text)[1]


def delivered(parts: Parts, publication: Publication, address: str = "pip@pear.test") -> str:
    """Store an active subscription with a delivery, and return the path of its unsubscribe link."""
    with parts.database.write() as session:
        subscriber = Subscriber(address=address, address_hash=b"h" * 32, domain="pear.test", created_at=NOON)
        session.add(subscriber)
        session.flush()
        session.add(
            Subscription(
                publication_id=publication.id,
                subscriber_id=subscriber.id,
                state=SubscriptionState.ACTIVE,
                created_at=NOON,
                changed_at=NOON,
            )
        )
        issue = session.scalars(select(Issue).where(Issue.slug == "2026-03-01")).one()
        session.add(
            Delivery(
                id=7,
                issue_id=issue.id,
                edition_id=1,
                subscriber_id=subscriber.id,
                state=DeliveryState.SUBMITTED,
                changed_at=NOON,
            )
        )
    return f"/u/{parts.signer.issue(Purpose.UNSUBSCRIBE, 7)}"


def test_every_field_of_the_form_has_a_label_and_the_words_agreed_to(visitor: Visitor) -> None:
    form = soup(visitor.get(FORM)).select_one("form.subscribe")
    for field in form.select("input:not([type=hidden])"):
        assert form.select_one(f"label[for={field['id']}]") is not None
    assert form.select_one("input[name=address]")["autocomplete"] == "email"
    assert "leave at any time" in form.select_one("#consent").text
    assert "style" not in str(form)


def test_the_words_shown_are_the_words_kept(visitor: Visitor, parts: Parts) -> None:
    shown = soup(visitor.get(FORM)).select_one("#consent").text
    answer = send_form(visitor, parts, "pip@pear.test", name="Pip")
    assert (answer.status_code, answer.headers["location"]) == (303, "/orchard/subscribe/sent")
    answer_all(parts)
    asked = all_of(parts, ConsentRecord)[0]
    assert (asked.action, asked.wording, asked.ip) == ("asked", shown, "192.0.2.7")
    assert "Check your mail" in visitor.get("/orchard/subscribe/sent").text


def test_known_and_unknown_addresses_get_the_same_answer(visitor: Visitor, parts: Parts, orchard: Publication) -> None:
    delivered(parts, orchard, "known@pear.test")
    known, unknown = (send_form(visitor, parts, f"{name}@pear.test") for name in ("known", "unknown"))
    assert (known.status_code, known.headers, known.content) == (unknown.status_code, unknown.headers, unknown.content)


def test_while_the_database_is_locked_nobody_is_lost_and_every_door_says_to_come_back(
    parts: Parts, visitor: Visitor, orchard: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = delivered(parts, orchard)
    token = str(soup(visitor.get(FORM)).select_one("input[name=token]")["value"])
    parts.clock.sleep(5)
    parts.database.engine.dispose()
    monkeypatch.setattr("newsletter.store.database._BUSY_MS", 20)  # for the connections made from now on
    other = sqlite3.connect(make_url(parts.database.url).database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        answers = [visitor.post(FORM, address="new@pear.test", token=token), visitor.ask("POST", path)]
    finally:
        other.close()
    for answer in answers:
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert "Nothing is lost" in answer.text and "locked" not in answer.text
    assert [s.state for s in all_of(parts, Subscription)] == [SubscriptionState.ACTIVE]
    assert visitor.post(FORM, address="new@pear.test", token=token).status_code == 303
    assert visitor.ask("POST", path).status_code == 200
    answer_all(parts)
    standings = {s.state for s in all_of(parts, Subscription)}
    assert standings == {SubscriptionState.PENDING, SubscriptionState.UNSUBSCRIBED}


def test_a_form_that_was_used_leads_to_a_fresh_one_that_serves_at_once(visitor: Visitor, parts: Parts) -> None:
    token = str(soup(visitor.get(FORM)).select_one("input[name=token]")["value"])
    parts.clock.sleep(5)
    assert visitor.post(FORM, address="pip@pear.test", token=token).status_code == 303
    again = visitor.post(FORM, address="quince@pear.test", name="Quince", token=token)
    assert (again.status_code, again.headers["cache-control"]) == (400, "no-store")
    page = soup(again)
    assert "used already" in page.select_one("[role=alert]").text
    typed = {field["name"]: field.get("value", "") for field in page.select("form.subscribe input")}
    assert (typed["address"], typed["name"]) == ("quince@pear.test", "Quince")
    assert visitor.post(FORM, **typed).status_code == 303  # pressed within the same second
    assert [row.address for row in all_of(parts, SignUp)] == ["pip@pear.test", "quince@pear.test"]


def test_readers_who_were_shown_one_copy_of_the_first_page_all_get_in(visitor: Visitor, parts: Parts) -> None:
    """A cache keeps the archive's first page for up to an hour, with the token of its form."""
    page = visitor.get("/orchard")
    token = str(soup(page).select_one("input[name=token]")["value"])
    parts.clock.sleep(1800)
    assert visitor.ask("GET", "/orchard", headers={"if-none-match": page.headers["etag"]}).status_code == 304
    for number in range(4):
        reader = Visitor(create_app(parts), ip=f"198.51.100.{number}")
        answer = reader.post(FORM, address=f"r{number}@pear.test", token=token)
        if answer.status_code != 303:
            fresh = {field["name"]: field.get("value", "") for field in soup(answer).select("form.subscribe input")}
            answer = reader.post(FORM, **fresh)
        assert answer.status_code == 303
    assert len(all_of(parts, SignUp)) == 4


def test_a_filled_honeypot_is_thanked_and_forgotten(visitor: Visitor, parts: Parts) -> None:
    answer = send_form(visitor, parts, "bot@pear.test", website="http://buy.test")
    assert answer.status_code == 303
    assert (all_of(parts, Subscriber), all_of(parts, SignUp)) == ([], [])


def test_a_wrong_address_is_explained_beside_its_field_and_kept(visitor: Visitor, parts: Parts) -> None:
    answer = send_form(visitor, parts, 'pip"<b>@', name="Pip")
    page = soup(answer)
    field = page.select_one("input[name=address]")
    assert answer.status_code == 422
    assert field["aria-invalid"] == "true" and field["value"] == 'pip"<b>@'
    assert page.select_one(f"#{field['aria-describedby'].split()[0]}").text
    assert page.select_one("input[name=name]")["value"] == "Pip"
    assert page.title.text.startswith("Please check")


@pytest.mark.parametrize("seconds", [0, 90_000])
def test_a_form_sent_at_once_or_after_a_day_asks_to_press_again(visitor: Visitor, parts: Parts, seconds: int) -> None:
    token = soup(visitor.get(FORM)).select_one("input[name=token]")["value"]
    parts.clock.sleep(seconds)
    answer = visitor.post(FORM, address="pip@pear.test", token=str(token))
    assert answer.status_code == 400
    assert soup(answer).select_one("[role=alert]").text
    assert soup(answer).select_one("input[name=address]")["value"] == "pip@pear.test"
    assert all_of(parts, Subscriber) == []


def test_a_form_without_its_token_is_refused(visitor: Visitor, parts: Parts) -> None:
    assert visitor.post(FORM, address="pip@pear.test").status_code == 400
    assert visitor.ask("POST", FORM).status_code == 400
    assert all_of(parts, Subscriber) == []


def test_too_many_requests_from_one_network_are_told_when_to_come_back(parts: Parts, visitor: Visitor) -> None:
    answers = [send_form(visitor, parts, f"pip{n}@pear.test") for n in range(12)]
    limited = [answer for answer in answers if answer.status_code == 429]
    assert limited and int(limited[0].headers["retry-after"]) > 0
    assert "Too many requests" in limited[0].text
    neighbour = Visitor(create_app(parts), ip="198.51.100.9")
    assert send_form(neighbour, parts, "other@pear.test").status_code == 303


def test_looking_at_the_confirm_page_changes_nothing_and_the_button_confirms(visitor: Visitor, parts: Parts) -> None:
    send_form(visitor, parts, "pip@pear.test")
    assert all_of(parts, Subscription) == []
    path = confirm_path(parts)
    page = soup(visitor.get(path))
    assert page.select_one("form")["action"] == path
    assert all_of(parts, Subscription)[0].state is SubscriptionState.PENDING
    assert "The next issue" in visitor.post(path).text
    assert all_of(parts, Subscription)[0].state is SubscriptionState.ACTIVE
    assert "already" in visitor.post(path).text
    assert "already" in visitor.get(path).text


@pytest.mark.parametrize("token", ["x", "A" * 24, "A" * 30, "%E2%82%AC", "é", "a.b"])
def test_a_forged_link_is_a_clear_page(visitor: Visitor, token: str) -> None:
    for path in (f"/u/{token}", f"/confirm/{token}"):
        for answer in (visitor.get(path), visitor.post(path)):
            assert answer.status_code == 400
            assert "link is not valid" in answer.text
            assert answer.headers["referrer-policy"]


def test_the_unsubscribe_page_masks_the_address_and_changes_nothing(
    visitor: Visitor, parts: Parts, orchard: Publication
) -> None:
    path = delivered(parts, orchard)
    answer = visitor.get(path)
    assert "pip@pear.test" not in answer.text and "pear.test" in answer.text
    assert soup(answer).select_one("form")["action"] == path
    assert all_of(parts, Subscription)[0].state is SubscriptionState.ACTIVE
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


def test_the_button_unsubscribes_and_shows_the_way_back(visitor: Visitor, parts: Parts, orchard: Publication) -> None:
    path = delivered(parts, orchard)
    page = visitor.ask("POST", path)
    assert "You are unsubscribed" in page.text and 'href="/orchard/subscribe"' in page.text
    assert all_of(parts, Subscription)[0].state is SubscriptionState.UNSUBSCRIBED
    assert all_of(parts, ConsentRecord)[0].place == "address page"
    assert "You are unsubscribed" in visitor.get(path).text
    for shown in (page, visitor.get(path), visitor.get(f"{path}/tracking")):
        assert soup(shown).select_one(f'form[action="{path}/again"] button').text == "Subscribe again"
    assert "re in</h1>" in visitor.ask("POST", f"{path}/again").text
    assert all_of(parts, Subscription)[0].state is SubscriptionState.ACTIVE
    assert "by email" in all_of(parts, ConsentRecord)[-1].wording
    assert "/again" not in visitor.get(path).text + visitor.get(f"{path}/tracking").text


@pytest.mark.parametrize(
    "given",
    [
        {"data": {"List-Unsubscribe": "One-Click"}},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},  # RFC 8058 section 3.2 prefers multipart/form-data
    ],
    ids=["urlencoded", "multipart"],
)
def test_one_click_unsubscribes_without_cookie_or_page(
    visitor: Visitor, parts: Parts, orchard: Publication, given: dict
) -> None:
    path = delivered(parts, orchard)
    for _ in range(2):  # a mail program may press twice
        answer = visitor.ask("POST", path, **given)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        assert "set-cookie" not in answer.headers
    assert all_of(parts, Subscription)[0].state is SubscriptionState.UNSUBSCRIBED
    assert [record.place for record in all_of(parts, ConsentRecord)] == ["one-click"]


_MULTIPART = "multipart/form-data; boundary=b"
_FIELD = b'Content-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n'


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", ""),
        (b"", "application/x-www-form-urlencoded"),
        (b"List-Unsubscribe=One-Click", ""),
        (b"List-Unsubscribe=One-Click", "text/plain"),
        (b"List-Unsubscribe=One%2DClick", "application/x-www-form-urlencoded; charset=utf-7"),
        (b"list-unsubscribe=one-click\r\n", "application/x-www-form-urlencoded"),
        (b'{"List-Unsubscribe": "One-Click"}', "application/json"),
        (b"List-Unsubscribe=One-Click&x=\xff\x00", "application/x-www-form-urlencoded"),
        (b"&" * 5000 + b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        (b"--b\r\n" + _FIELD + b"--b--\r\n", "multipart/form-data"),
        (b"--b\r\n" + _FIELD + b"--b--\r\n", 'multipart/form-data; boundary="a boundary?"'),
        (b"--b\r\n" + _FIELD + b"--b--\r\n", "multipart/form-data; boundary=" + "b" * 200),
        (b"--other\r\n" + _FIELD + b"--other--\r\n", _MULTIPART),
        (b"--b\r\n" + _FIELD, _MULTIPART),
        (b"--b\r\n" + _FIELD[:30], _MULTIPART),
        (b"--b\r\nContent-Disposition: nonsense\r\n\r\n--b--", _MULTIPART),
        (b"\r\n" * 2000 + b"--b\r\n" + _FIELD + b"--b--\r\n", _MULTIPART),
        (b"\0" * 70, _MULTIPART),
        (b"x" * (64 * 1024 + 1), "application/x-www-form-urlencoded"),
        (b"x" * (5 * 1024 * 1024), "application/octet-stream"),
        (b"x", ";;;;"),
    ],
)
def test_a_post_with_a_valid_token_unsubscribes_whatever_its_body(
    visitor: Visitor, parts: Parts, orchard: Publication, content: bytes, kind: str
) -> None:
    path = delivered(parts, orchard)
    answer = visitor.ask("POST", path, content=content, headers={"content-type": kind} if kind else {})
    assert answer.status_code == 200
    assert all_of(parts, Subscription)[0].state is SubscriptionState.UNSUBSCRIBED
    by_machine = answer.headers["content-type"].startswith("text/plain")
    said = b"one-click" in content.lower().replace(b"%2d", b"-")[: 64 * 1024]
    assert by_machine == said
    assert [record.place for record in all_of(parts, ConsentRecord)] == ["one-click" if said else "address page"]


def test_without_a_valid_token_no_body_unsubscribes_anybody(
    visitor: Visitor, parts: Parts, orchard: Publication
) -> None:
    path = delivered(parts, orchard)
    forged = path[:-4] + ("AAAA" if not path.endswith("AAAA") else "BBBB")
    assert visitor.ask("POST", forged, content=b"List-Unsubscribe=One-Click").status_code == 400
    assert all_of(parts, Subscription)[0].state is SubscriptionState.ACTIVE


def test_no_public_page_sets_a_cookie_or_needs_a_script(visitor: Visitor) -> None:
    for path in ("/", "/orchard", FORM, f"/orchard/{date(2026, 3, 1)}"):
        answer = visitor.get(path)
        assert "set-cookie" not in answer.headers
        assert soup(answer).find("script", type=lambda kind: kind != "application/ld+json") is None
