"""Whoever does something to the audience needs the right to, and is written down: once, in the same transaction, without an address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from sqlalchemy import select

from newsletter.audience import erasure, inviting
from newsletter.audience.declining import Declining
from newsletter.audience.exporting import export_subscribers
from newsletter.audience.importing import Importing
from newsletter.audience.lists_reading import ListTerms
from newsletter.audience.said import Said
from newsletter.audience.tracking_consent import TrackingConsent
from newsletter.errors import ForbiddenError
from newsletter.model import AuditEntry
from newsletter.model.actor import SCHEDULER, Actor, reader
from newsletter.model.rights import Right
from newsletter.model.states import Consent
from newsletter.store.accounts import audit
from tests.audience.conftest import READER, Desk
from tests.audience.test_erasure import everything
from tests.audience.waiting_list import bring, link, work
from tests.parts.actors import able

Do = Callable[[Actor], Any]
EVERYWHERE = "everywhere"


class Act(NamedTuple):
    """Something that is done: what must be there before, who may do it, and the word for it."""

    prepare: Callable[[Desk], Do]
    right: Right | None  # None: the reader alone, and whoever manages the audience
    action: str
    scope: str = ""


def _suppress(desk: Desk) -> Do:
    return lambda by: desk.suppressing.suppress(READER, publication_id=desk.publication_id, by=by)


def _suppress_everywhere(desk: Desk) -> Do:
    return lambda by: desk.suppressing.suppress(READER, by=by)


def _lift(desk: Desk) -> Do:
    _suppress_everywhere(desk)(able(Right.MANAGE_AUDIENCE))
    return lambda by: desk.suppressing.lift(READER, by=by)


def _rule_out_a_list(desk: Desk) -> Do:
    rows = [{"email": "out@example.org"}]
    return lambda by: desk.suppressing.import_list(rows, publication_id=desk.publication_id, by=by)


def _rule_out_a_list_that_reaches_further(desk: Desk) -> Do:
    return lambda by: desk.suppressing.import_list([{"email": "out@example.org"}], by=by)


def _take_suppressions_out(desk: Desk) -> Do:
    return lambda by: list(desk.suppressing.export_list(publication_id=desk.publication_id, by=by))


def _import(desk: Desk) -> Do:
    room, said = Importing(desk.database, desk.clock), ListTerms("list.csv", "at the fair")
    rows = [{"email": f"r{n}@example.org"} for n in range(3)]
    return lambda by: room.import_list(rows, said, publication_id=desk.publication_id, by=by)


def _export(desk: Desk) -> Do:
    owner = desk.publication_id
    return lambda by: list(export_subscribers(desk.database, clock=desk.clock, publication_id=owner, by=by))


def _ask(desk: Desk) -> Do:
    bring(desk, "ada@example.org")
    owner = desk.publication_id
    return lambda by: inviting.line_up(desk.database, clock=desk.clock, publication_id=owner, by=by)


def _stop(desk: Desk) -> Do:
    bring(desk, "ada@example.org", ask=True)
    owner = desk.publication_id
    return lambda by: inviting.stop(desk.database, clock=desk.clock, publication_id=owner, by=by)


def _erase(desk: Desk) -> Do:
    return lambda by: erasure.forget(desk.database, clock=desk.clock, address=READER, by=by)


def _track_by_hand(desk: Desk) -> Do:
    room = TrackingConsent(desk.database, desk.clock, desk.signer)
    return lambda by: room.decide_for(READER, desk.publication_id, Consent.GRANTED, by=by)


def _track(desk: Desk) -> Do:
    room = TrackingConsent(desk.database, desk.clock, desk.signer)
    return lambda by: room.decide(1, Consent.GRANTED, Said(wording="You may."), by=by)


def _leave(desk: Desk) -> Do:
    return lambda by: desk.preferences.unsubscribe(1, Said("address page"), by=by)


def _return(desk: Desk) -> Do:
    desk.unsubscribe(desk.deliver())
    return lambda by: desk.preferences.return_again(1, Said(wording="Send it again."), by=by)


def _confirm(desk: Desk) -> Do:
    desk.unsubscribe(desk.deliver())
    desk.clock.advance(60)
    desk.subscribe()
    token = desk.token()
    return lambda by: desk.confirming.confirm(token, Said("confirm page"), by=by)


def _decline(desk: Desk) -> Do:
    bring(desk, "ada@example.org", ask=True)
    work(desk)
    room, token = Declining(desk.database, desk.clock, desk.signer), link(desk)
    return lambda by: room.decline(token, Said("invitation page"), by=by)


ACTS = {
    "suppress": Act(_suppress, Right.MANAGE_AUDIENCE, "subscriber.suppress"),
    "suppress everywhere": Act(_suppress_everywhere, Right.MANAGE_AUDIENCE, "subscriber.suppress", EVERYWHERE),
    "lift": Act(_lift, Right.MANAGE_AUDIENCE, "subscriber.lift", EVERYWHERE),
    "suppress a list": Act(_rule_out_a_list, Right.MANAGE_AUDIENCE, "suppressions.import"),
    "suppress a list everywhere": Act(
        _rule_out_a_list_that_reaches_further, Right.MANAGE_AUDIENCE, "suppressions.import", EVERYWHERE
    ),
    "export suppressions": Act(_take_suppressions_out, Right.SEE_PEOPLE, "suppressions.export"),
    "import": Act(_import, Right.MANAGE_AUDIENCE, "subscribers.import"),
    "export": Act(_export, Right.SEE_PEOPLE, "subscribers.export"),
    "ask": Act(_ask, Right.MANAGE_AUDIENCE, "invitations.ask"),
    "stop asking": Act(_stop, Right.MANAGE_AUDIENCE, "invitations.stop"),
    "erase": Act(_erase, Right.MANAGE_AUDIENCE, "subscriber.erase", EVERYWHERE),
    "note consent by hand": Act(_track_by_hand, Right.MANAGE_AUDIENCE, "subscription.tracking"),
    "consent": Act(_track, None, "subscription.tracking"),
    "leave": Act(_leave, None, "subscription.end"),
    "return": Act(_return, None, "subscription.take-up-again"),
    "confirm": Act(_confirm, None, "subscription.confirm"),
    "decline": Act(_decline, None, "subscription.decline"),
}


@pytest.fixture(params=ACTS)
def act(request: pytest.FixtureRequest) -> Act:
    """Each act in turn."""
    return ACTS[request.param]


def _those_who_may_not(act: Act, desk: Desk) -> list[Actor]:
    every_other = [right for right in Right if right not in (act.right, Right.MANAGE_AUDIENCE)]
    needed = act.right or Right.MANAGE_AUDIENCE
    elsewhere = desk.publication_id + 1
    here_alone = [able(needed, publication_id=desk.publication_id)] if act.scope == EVERYWHERE else []
    return [able(*every_other), able(needed, publication_id=elsewhere), reader(99), SCHEDULER, *here_alone]


def _whoever_may(act: Act, desk: Desk, subscription_id: int) -> Actor:
    if act.right is None:
        return reader(subscription_id, place="192.0.2.0/24")
    return able(act.right, publication_id=None if act.scope == EVERYWHERE else desk.publication_id)


def _entries(desk: Desk) -> list[AuditEntry]:
    with desk.database.read() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def test_nobody_acts_without_the_right_and_whoever_does_is_written_down_once(desk: Desk, act: Act) -> None:
    desk.join()
    do = act.prepare(desk)
    before, written = everything(desk.database), len(_entries(desk))
    for actor in _those_who_may_not(act, desk):
        with pytest.raises(ForbiddenError):
            do(actor)
        assert everything(desk.database) == before
    by = _whoever_may(act, desk, 2 if act.action == "subscription.decline" else 1)
    do(by)
    (entry,) = _entries(desk)[written:]
    assert (entry.action, entry.actor, entry.actor_id, entry.place) == (act.action, by.kind, by.id, by.place)
    assert entry.publication_id == (None if act.scope == EVERYWHERE else desk.publication_id)
    assert "@example.org" not in f"{entry.subject_name} {entry.old} {entry.new}"


def test_an_act_that_cannot_be_written_down_is_not_done(desk: Desk, act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.join()
    do = act.prepare(desk)
    before = everything(desk.database)

    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(audit, "add", fails)
    with pytest.raises(ZeroDivisionError):
        do(_whoever_may(act, desk, 2 if act.action == "subscription.decline" else 1))
    assert everything(desk.database) == before


def test_an_import_of_many_readers_is_one_entry_with_its_counts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.audience.importing._CHUNK", 10)
    rows = [{"email": f"r{n}@example.org"} for n in range(35)]
    for dry_run in (True, False):
        desk.import_list(rows, consent="at the fair", confirmed=True, dry_run=dry_run)
    (entry,) = _entries(desk)
    assert entry.new == "35 added, 0 known, 0 ended, 0 to be asked"
