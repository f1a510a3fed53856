"""Addresses are ruled out, for a scope and a time, and ruled in again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsletter.audience import suppressing
from newsletter.errors import InputError, NotFoundError
from newsletter.model import Suppression
from tests.audience.conftest import READER, Desk


def reasons(desk: Desk, publication: str | None = None) -> list[str]:
    return [row["reason"] for row in suppressing.listing(desk.database, clock=desk.clock, publication=publication)]


def test_a_suppression_counts_until_it_is_lifted_and_stays_as_history(desk: Desk) -> None:
    assert suppressing.suppress(desk.database, clock=desk.clock, address=READER) is True
    assert suppressing.suppress(desk.database, clock=desk.clock, address="READER@example.org") is False
    assert reasons(desk) == ["manual"]
    assert suppressing.lift(desk.database, clock=desk.clock, address=READER) == 1
    assert reasons(desk) == []
    assert desk.count(Suppression) == 1


def test_a_scope_is_lifted_by_its_own_name_only(small_desk: Desk) -> None:
    suppressing.suppress(small_desk.database, clock=small_desk.clock, address=READER, publication="harbour")
    with pytest.raises(NotFoundError, match="everywhere"):
        suppressing.lift(small_desk.database, clock=small_desk.clock, address=READER)
    assert suppressing.lift(small_desk.database, clock=small_desk.clock, address=READER, publication="harbour") == 1


def test_an_expired_suppression_no_longer_counts_and_a_longer_one_wins(desk: Desk) -> None:
    def suppress(days: int | None) -> bool:
        until = None if days is None else desk.clock.now() + timedelta(days=days)
        return suppressing.suppress(
            desk.database, clock=desk.clock, address=READER, reason="mailboxfull", expires_at=until
        )

    assert [suppress(2), suppress(1), suppress(3)] == [True, False, True]
    assert desk.count(Suppression) == 1
    desk.clock.advance(3 * 86_400 - 1)
    assert reasons(desk) == ["mailboxfull"]
    desk.clock.advance(1)
    assert reasons(desk) == []
    assert [suppress(1), suppress(None), suppress(1)] == [True, True, False]
    assert desk.count(Suppression) == 2


def test_a_publication_obeys_its_own_suppressions_and_those_for_all(small_desk: Desk) -> None:
    suppressing.suppress(small_desk.database, clock=small_desk.clock, address="a@example.org")
    suppressing.suppress(small_desk.database, clock=small_desk.clock, address="b@example.org", publication="harbour")
    rows = suppressing.listing(small_desk.database, clock=small_desk.clock, publication="harbour")
    assert [(row["address"], row["publication"]) for row in rows] == [
        ("a@example.org", None),
        ("b@example.org", "harbour"),
    ]
    (last,) = suppressing.listing(small_desk.database, clock=small_desk.clock, after=rows[0]["id"])
    assert last["address"] == "b@example.org"


def test_a_list_is_stored_once_and_bad_rows_are_named(desk: Desk) -> None:
    rows = [{"email": f"r{n}@example.org"} for n in range(1_200)] + [{"address": "R1@example.org"}, {"email": "no"}]
    first = suppressing.import_suppressions(desk.database, clock=desk.clock, rows=rows)
    assert (first.added, first.known, [line for line, _ in first.invalid]) == (1_200, 1, [1_202])
    again = suppressing.import_suppressions(desk.database, clock=desk.clock, rows=rows)
    assert (again.added, again.known) == (0, 1_201)


@pytest.mark.parametrize("reason", ["", " ", "x" * 41])
def test_a_reason_has_to_be_given_and_short(small_desk: Desk, reason: str) -> None:
    with pytest.raises(InputError, match="reason"):
        suppressing.suppress(small_desk.database, clock=small_desk.clock, address=READER, reason=reason)


def test_an_end_that_is_past_is_refused(small_desk: Desk) -> None:
    with pytest.raises(InputError, match="after now"):
        suppressing.suppress(
            small_desk.database, clock=small_desk.clock, address=READER, expires_at=small_desk.clock.now()
        )
