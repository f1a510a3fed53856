"""Who of an imported list is asked whether they want it, and that nobody is asked twice, whatever is done to them or their list."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest

from newsletter import csv_guard
from newsletter.audience import erasure, inviting
from newsletter.audience.exporting import COLUMNS
from newsletter.audience.list_file import read_csv
from newsletter.model import Base
from newsletter.model.states import SubscriptionState
from newsletter.store.database import Database
from newsletter.tokens import Signer
from tests.audience.conftest import READER, Desk
from tests.audience.waiting_list import bring, decline, every, invited, line_up, link, second_publication, work
from tests.parts.actors import OPERATOR
from tests.parts.empty import empty_postgres, empty_sqlite

__all__ = ["empty_postgres", "empty_sqlite"]
OTHER = "other@example.org"


def test_pending_people_of_a_list_are_put_in_line_once(desk: Desk) -> None:
    bring(desk, READER, OTHER)
    assert inviting.count(desk.database, clock=desk.clock, publication_id=desk.publication_id) == 2
    assert line_up(desk) == 2
    assert line_up(desk) == 0
    work(desk)
    assert invited(desk) == [READER, OTHER]
    assert line_up(desk) == 0


def test_an_import_that_asks_puts_its_own_people_in_line_and_no_others(desk: Desk) -> None:
    bring(desk, "earlier@example.org")
    report = bring(desk, READER, OTHER, ask=True)
    assert (report.added, report.asked) == (2, 2)
    assert bring(desk, READER, OTHER, ask=True).asked == 0
    work(desk)
    assert invited(desk) == [READER, OTHER]
    assert bring(desk, "earlier@example.org", READER, ask=True).asked == 1, "known, and never asked"


def test_a_dry_run_stores_nothing_and_counts_the_same(desk: Desk) -> None:
    desk.suppressing.suppress("out@example.org", by=OPERATOR)
    people = (READER, OTHER, READER, "out@example.org")
    dry = bring(desk, *people, ask=True, dry_run=True)
    assert (desk.state(), every(desk), desk.actions()) == (None, [], [])
    assert bring(desk, *people, ask=True) == dry
    assert dry.asked == 2


def unsubscribed(desk: Desk) -> None:
    bring(desk, READER, consent="x", rows=[{"email": READER, "status": "gone"}], states=["gone=unsubscribed"])


def active(desk: Desk) -> None:
    bring(desk, READER, confirmed=True)


def asked_by_themselves(desk: Desk) -> None:
    bring(desk, READER)
    desk.subscribe()


def asked_before_the_list_came(desk: Desk) -> None:
    desk.subscribe()
    bring(desk, READER)


def unexplained(desk: Desk) -> None:
    bring(desk, rows=[{"email": READER, "status": "fnord"}, {"email": OTHER, "status": "ok"}], states=["ok=pending"])


def ruled_out(reason: str, publication: str | None) -> Callable[[Desk], None]:
    def apply(desk: Desk) -> None:
        second_publication(desk)
        bring(desk, READER)
        scope = desk.id_of(publication) if publication else None
        desk.suppressing.suppress(READER, publication_id=scope, reason=reason, by=OPERATOR)

    return apply


def erased(desk: Desk) -> None:
    bring(desk, READER)
    erasure.forget(desk.database, clock=desk.clock, address=READER, by=OPERATOR)


@pytest.mark.parametrize(
    "happened",
    [
        unsubscribed,
        active,
        asked_by_themselves,
        asked_before_the_list_came,
        unexplained,
        erased,
        ruled_out("manual", None),
        ruled_out("mailboxfull", None),
        ruled_out("complaint", "harbour"),
        ruled_out("complaint", "tide"),
    ],
)
def test_who_gave_no_cause_to_ask_is_not_asked(desk: Desk, happened: Callable[[Desk], None]) -> None:
    happened(desk)
    line_up(desk)
    bring(desk, READER, ask=True) if happened is not unexplained else None
    work(desk, times=3)
    assert READER not in invited(desk)


@pytest.mark.parametrize("happened", [asked_by_themselves, erased, ruled_out("complaint", "harbour"), active])
def test_what_happens_while_they_wait_keeps_the_mail_back(desk: Desk, happened: Callable[[Desk], None]) -> None:
    bring(desk, READER, ask=True)
    assert len(every(desk)) == 1
    happened(desk)
    work(desk, times=3)
    assert (invited(desk), every(desk)) == ([], [])


def test_a_list_that_explains_the_word_lets_its_people_be_asked(desk: Desk) -> None:
    unexplained(desk)
    assert sorted(desk.actions()) == ["imported", "unexplained"]
    bring(desk, rows=[{"email": READER, "status": "fnord"}], states=["fnord=pending"], ask=True)
    work(desk)
    assert invited(desk) == [READER]
    assert desk.actions()[2:] == ["imported", "invited"]


def test_a_suppression_that_was_lifted_is_no_hindrance(desk: Desk) -> None:
    ruled_out("manual", None)(desk)
    desk.suppressing.lift(READER, by=OPERATOR)
    assert line_up(desk) == 1


def test_a_person_on_the_lists_of_two_publications_is_asked_by_the_first(desk: Desk) -> None:
    second_publication(desk)
    bring(desk, READER)
    bring(desk, READER.upper(), publication="tide")
    assert (line_up(desk), line_up(desk, "tide")) == (1, 0)
    work(desk, times=2)
    assert line_up(desk, "tide") == 0
    assert invited(desk) == [READER]


def test_no_limit_is_passed_and_the_rest_may_be_asked_later(desk: Desk) -> None:
    bring(desk, *(f"r{n}@example.org" for n in range(5)))
    assert inviting.count(desk.database, clock=desk.clock, publication_id=desk.publication_id, most=3) == 3
    assert (line_up(desk, most=3), line_up(desk, most=3)) == (3, 2)


def test_who_waits_can_be_let_go_and_be_asked_later(desk: Desk) -> None:
    bring(desk, READER, OTHER, ask=True)
    assert inviting.stop(desk.database, clock=desk.clock, publication_id=desk.publication_id, by=OPERATOR) == 2
    work(desk)
    assert invited(desk) == []
    assert line_up(desk) == 2


def test_progress_says_who_waits_and_what_was_answered(desk: Desk) -> None:
    people = [f"r{n}@example.org" for n in range(4)]
    bring(desk, *people[:3], ask=True)
    work(desk)
    desk.confirm(link(desk))
    bring(desk, people[3], ask=True)
    found = inviting.progress(desk.database, publication_id=desk.publication_id)
    assert (found.waiting, found.invited, found.confirmed, found.silent, found.declined) == (1, 3, 1, 2, 0)
    work(desk)
    decline(desk, link(desk))
    assert inviting.progress(desk.database, publication_id=desk.publication_id).declined == 1


def test_who_was_asked_and_forgotten_is_not_asked_again(desk: Desk) -> None:
    bring(desk, READER, ask=True)
    work(desk)
    erasure.forget(desk.database, clock=desk.clock, address=READER, by=OPERATOR)
    (row,) = every(desk)
    assert (row.publication_id, row.subscription_id) == (None, None), "the hash leads to nothing they did here"
    desk.suppressing.lift(READER, by=OPERATOR)
    assert bring(desk, READER, ask=True).asked == 0
    assert desk.state() is SubscriptionState.PENDING


def exported(desk: Desk, publication: str = "harbour", *, since: str = "") -> str:
    """What a house exports; with `since`, as one exports it that took that in then, where the pending are so since."""
    pending = {"changed_at": since} if since else {}
    rows = [row | pending if row["state"] == "pending" else row for row in desk.export(publication)]
    return "".join(csv_guard.lines(COLUMNS, ([row[c] for c in COLUMNS] for row in rows)))


def take(desk: Desk, content: str) -> None:
    rows = read_csv(io.BytesIO(content.encode()))
    desk.import_list(rows, place="own.csv", ask=True)


@pytest.fixture
def other_desk(request: pytest.FixtureRequest, desk: Desk, signer: Signer) -> Desk:
    """A second house, on the database that the test names."""
    database: Database = request.getfixturevalue(request.param)
    Base.metadata.create_all(database.engine)
    return Desk(database, desk.clock, signer, desk.renderer)


@pytest.mark.parametrize("other_desk", ["empty_sqlite", "empty_postgres"], indirect=True)
def test_nobody_is_asked_again_in_another_house(desk: Desk, other_desk: Desk) -> None:
    """Whether asked here, by another publication, erased since, or erased and let back in."""
    second_publication(desk)
    erased_since, let_back, of_tide = "erased@example.org", "back@example.org", "tide@example.org"
    bring(desk, READER, erased_since, let_back, ask=True)
    bring(desk, of_tide, publication="tide", ask=True)
    bring(desk, of_tide, "never-asked@example.org")
    work(desk)
    for address in (erased_since, let_back):
        erasure.forget(desk.database, clock=desk.clock, address=address, by=OPERATOR)
    desk.suppressing.lift(let_back, by=OPERATOR)
    desk.clock.advance(3600)
    before = exported(desk)
    take(other_desk, before)
    assert exported(other_desk) == exported(desk, since=desk.clock.now().isoformat())
    for address in (READER, erased_since, let_back, of_tide):
        assert bring(other_desk, address, ask=True).asked == 0, address
    work(other_desk, times=3)
    assert invited(other_desk) == ["never-asked@example.org"]
    take(desk, before)
    assert exported(desk) == before


def test_who_waits_here_and_was_asked_elsewhere_waits_no_longer(desk: Desk) -> None:
    bring(desk, READER, ask=True)
    work(desk)
    told = exported(desk)
    with desk.database.write() as session:  # as if this were another house
        session.delete(session.merge(every(desk)[0]))
        session.flush()
        session.connection().exec_driver_sql("DELETE FROM consent_records WHERE action = 'invited'")
    assert line_up(desk) == 1
    take(desk, told)
    (row,) = every(desk)
    assert row.invited_at is not None
    work(desk, times=2)
    assert invited(desk) == [READER]


def test_a_thousand_take_as_long_as_the_pace_says() -> None:
    assert inviting.lasting(1000, 500) == timedelta(hours=2)
