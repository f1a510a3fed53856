"""Addresses are ruled out, for a scope and a time, and ruled in again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete

from newsletter.audience import erasure, suppressing
from newsletter.audience.reader import read_reader
from newsletter.errors import InputError, NotFoundError
from newsletter.mail.address import address_hash
from newsletter.model import Suppression
from newsletter.store import publications, suppressions
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


def test_an_exported_list_says_the_same_elsewhere(desk: Desk) -> None:
    end = desk.clock.now() + timedelta(days=30)
    at = {"clock": desk.clock}
    suppressing.suppress(desk.database, **at, address="a@example.org", reason="userunknown")
    suppressing.suppress(desk.database, **at, address="b@example.org", reason="mailboxfull", expires_at=end)
    suppressing.suppress(desk.database, **at, address="c@example.org", reason="complaint", publication="harbour")
    suppressing.suppress(desk.database, **at, address="d@example.org", reason="manual")
    erasure.forget(desk.database, **at, address="d@example.org")
    rows = list(suppressing.export_suppressions(desk.database, **at))
    assert all(set(row) == set(suppressing.COLUMNS) for row in rows)
    assert [(r["email"], r["publication"], r["reason"], r["expires_at"]) for r in rows] == [
        ("a@example.org", "", "userunknown", ""),
        ("b@example.org", "", "mailboxfull", end.isoformat()),
        ("c@example.org", "harbour", "complaint", ""),
        ("", "", "manual", ""),
        ("", "", "erased", ""),
    ]
    assert address_hash("d@example.org").hex() == rows[4]["hash"]

    with desk.database.write() as session:
        session.execute(delete(Suppression))
    report = suppressing.import_suppressions(desk.database, clock=desk.clock, rows=rows)
    assert (report.added, report.known, report.invalid) == (4, 1, [])
    assert suppressing.import_suppressions(desk.database, clock=desk.clock, rows=rows).added == 0
    back = list(suppressing.export_suppressions(desk.database, clock=desk.clock))
    kept = ("email", "hash", "publication", "reason", "expires_at")
    same = [{name: row[name] for name in kept} for row in back]
    assert sorted(map(str, same)) == sorted(str({name: row[name] for name in kept}) for row in rows[:4])
    only = suppressing.export_suppressions(desk.database, clock=desk.clock, publication="harbour")
    assert len(list(only)) == 4


def test_what_an_unproven_report_brought_about_stays_so_elsewhere_until_it_is_proven(desk: Desk) -> None:
    person = read_reader("a@example.org")
    at = {
        "address": person.address,
        "address_hash": person.address_hash,
        "now": desk.clock.now(),
        "reason": "complaint",
    }
    with desk.database.write() as session:
        scope = publications.get(session, "harbour").id
        assert suppressions.add(session, **at, publication_id=scope, unproven=True)
        assert not suppressions.add(session, **at, publication_id=scope, unproven=True)
    rows = list(suppressing.export_suppressions(desk.database, clock=desk.clock))
    assert [row["unproven"] for row in rows] == ["yes"]
    with desk.database.write() as session:
        session.execute(delete(Suppression))
    assert suppressing.import_suppressions(desk.database, clock=desk.clock, rows=rows).added == 1
    assert suppressing.import_suppressions(desk.database, clock=desk.clock, rows=rows).known == 1
    assert [row["unproven"] for row in suppressing.listing(desk.database, clock=desk.clock)] == [True]
    with desk.database.write() as session:
        assert suppressions.add(session, **at, publication_id=scope), "now it is proven"
        assert not suppressions.add(session, **at, publication_id=scope, unproven=True), "and stays so"
    assert [row["unproven"] for row in suppressing.listing(desk.database, clock=desk.clock)] == [False]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"email": "", "hash": "zz"}, "64 hexadecimal"),
        ({"email": "", "hash": "00"}, "64 hexadecimal"),
        ({"email": "a@example.org", "publication": "nowhere"}, "no publication"),
        ({"email": "a@example.org", "reason": "x" * 41}, "1 to 40"),
        ({"email": "a@example.org", "expires_at": "soon"}, "ISO 8601"),
        ({"email": "a@example.org", "expires_at": "2001-01-01T00:00Z"}, "ended already"),
    ],
)
def test_a_row_that_cannot_be_used_is_told(small_desk: Desk, row: dict[str, str], words: str) -> None:
    report = suppressing.import_suppressions(
        small_desk.database, clock=small_desk.clock, rows=[row, {"email": "good@example.org"}]
    )
    assert report.added == 1
    [(line, told)] = report.invalid
    assert line == 1
    assert words in told


@pytest.mark.parametrize("reason", ["", " ", "x" * 41])
def test_a_reason_has_to_be_given_and_short(small_desk: Desk, reason: str) -> None:
    with pytest.raises(InputError, match="reason"):
        suppressing.suppress(small_desk.database, clock=small_desk.clock, address=READER, reason=reason)


def test_an_end_that_is_past_is_refused(small_desk: Desk) -> None:
    with pytest.raises(InputError, match="after now"):
        suppressing.suppress(
            small_desk.database, clock=small_desk.clock, address=READER, expires_at=small_desk.clock.now()
        )
