"""After erasure nothing tells who the person was, and only the hash keeps them from being mailed."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect, text

from newsletter.audience import erasure
from newsletter.errors import NotFoundError
from newsletter.mail.address import address_hash
from newsletter.model import Subscriber, Suppression
from newsletter.model.states import NoticeState, SubscriptionState
from newsletter.store.database import Database
from tests.audience.conftest import READER, Desk
from tests.parts.actors import OPERATOR


def everything(database: Database) -> str:
    """Every value of every table, as text."""
    with database.read() as session:
        return "\n".join(
            repr(row)
            for table in inspect(database.engine).get_table_names()
            if table != "publications"
            for row in session.execute(text(f"SELECT * FROM {table}"))
        )


def test_no_table_holds_the_address_the_name_or_the_ip_any_more(desk: Desk) -> None:
    desk.subscribe(name="Adaline Pike")
    desk.confirm(desk.token())
    desk.deliver()
    desk.subscribe()
    desk.suppressing.suppress(READER, publication_id=desk.publication_id, by=OPERATOR)
    for trace in (READER, "Adaline Pike", "192.0.2."):
        assert trace in everything(desk.database)
    erasure.forget(desk.database, clock=desk.clock, address=READER, by=OPERATOR)
    for trace in (READER, "Adaline Pike", "192.0.2.", "example.org"):
        assert trace not in everything(desk.database)


def test_the_standing_ends_with_a_record_and_the_ledger_keeps_its_rows(desk: Desk) -> None:
    desk.join()
    desk.deliver()
    erasure.forget(desk.database, clock=desk.clock, address=READER, by=OPERATOR)
    assert desk.actions() == ["asked", "confirmed", "erased"]
    with desk.database.read() as session:
        assert session.scalars(text("SELECT state FROM deliveries")).all() == ["submitted"]
        assert session.scalars(text("SELECT state FROM subscriptions")).all() == [SubscriptionState.UNSUBSCRIBED]
        assert session.get_one(Subscriber, 1).address_hash != address_hash(READER)


def test_a_mail_that_was_owed_is_given_up(small_desk: Desk) -> None:
    small_desk.subscribe()
    erasure.forget(small_desk.database, clock=small_desk.clock, address=READER, by=OPERATOR)
    (notice,) = small_desk.notices()
    assert (notice.state, notice.to_address, notice.html) == (NoticeState.REJECTED, "", "")


def test_forgetting_again_changes_nothing(desk: Desk) -> None:
    desk.join()
    erasure.forget(desk.database, clock=desk.clock, address=READER, by=OPERATOR)
    before = everything(desk.database)
    erasure.forget(desk.database, clock=desk.clock, address=READER, by=OPERATOR)
    assert everything(desk.database) == before
    assert desk.count(Suppression) == 1


def test_someone_we_only_know_as_suppressed_can_be_forgotten(small_desk: Desk) -> None:
    small_desk.suppressing.suppress(READER, by=OPERATOR)
    erasure.forget(small_desk.database, clock=small_desk.clock, address=READER, by=OPERATOR)
    assert READER not in everything(small_desk.database)


def test_a_person_nobody_knows_is_not_found(small_desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        erasure.forget(small_desk.database, clock=small_desk.clock, address=READER, by=OPERATOR)
