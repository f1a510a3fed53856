"""Many sign-ups that nobody confirms are told by domain and by pattern of address, and what is usual is not."""

from __future__ import annotations

from datetime import timedelta

from newsletter.audience import sign_up_bursts
from newsletter.audience.sign_up_bursts import LEAST, SignUpBurst
from newsletter.mail.address import address_hash
from newsletter.model import Subscriber, Subscription
from newsletter.model.states import SubscriptionState
from newsletter.store.audience import consents
from newsletter.store.audience.consents import ConsentAction
from tests.audience.conftest import Desk


def sign_up(desk: Desk, address: str, count: int, *, days: float = 0, state: str = "pending") -> None:
    """Let so many have filled in the form; `address` has a place for the number."""
    at = desk.clock.now() - timedelta(days=days)
    with desk.database.write() as session:
        for n in range(count):
            own = address.format(n)
            known = {"address": own, "address_hash": address_hash(own), "domain": own.partition("@")[2]}
            person = Subscriber(name="", created_at=at, **known)
            session.add(person)
            session.flush()
            places = {"publication_id": desk.publication_id, "subscriber_id": person.id}
            row = Subscription(**places, state=SubscriptionState(state), created_at=at, changed_at=at)
            session.add(row)
            session.flush()
            consents.add(session, [row.id], ConsentAction.ASKED, at=at, place="form:subscribe")


def look(desk: Desk) -> list[SignUpBurst]:
    return sign_up_bursts.look(desk.database, clock=desk.clock, publication_id=desk.publication_id)


def test_a_burst_of_one_domain_is_told_with_what_was_usual(desk: Desk) -> None:
    sign_up(desk, "b{}@spam.example", LEAST)
    sign_up(desk, "p{}@pear.example", 9, days=9, state="active")
    sign_up(desk, "q{}@pear.example", 45)
    assert look(desk) == [
        SignUpBurst("pear.example", "", 45, 0, usual=1.0),
        SignUpBurst("spam.example", "", LEAST, 0, usual=0.0),
    ]


def test_a_pattern_tells_of_a_machine_where_everybody_has_an_address(small_desk: Desk) -> None:
    sign_up(small_desk, "jo{}x@gmail.com", LEAST)
    for n in range(LEAST):
        sign_up(small_desk, f"person-{'abcdefghijklmnopqrstuvwxyz'[n]}@gmail.com", 1)
    assert look(small_desk) == [SignUpBurst("gmail.com", "jo#x", LEAST, 0, usual=0.0)]


def test_what_is_confirmed_usual_small_or_old_is_no_burst(small_desk: Desk) -> None:
    sign_up(small_desk, "a{}@one.example", LEAST - 1)
    sign_up(small_desk, "b{}@two.example", LEAST)
    sign_up(small_desk, "b900{}@two.example", LEAST, state="active")
    sign_up(small_desk, "d{}@three.example", LEAST, days=4)
    sign_up(small_desk, "e{}@four.example", LEAST)
    sign_up(small_desk, "f{}@four.example", 60, days=10, state="active")
    assert look(small_desk) == []


def test_a_list_that_was_imported_is_no_burst(small_desk: Desk) -> None:
    small_desk.import_list([{"email": f"r{n}@corp.example"} for n in range(LEAST)], consent="x")
    assert look(small_desk) == []
