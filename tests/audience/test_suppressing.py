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
from newsletter.store.audience import suppressions
from newsletter.store.publications import publications
from tests.audience.conftest import READER, Desk
from tests.parts.actors import OPERATOR


def reasons(desk: Desk) -> list[str]:
    return [row["reason"] for row in desk.suppressing.listing()]


def test_a_suppression_counts_until_it_is_lifted_and_stays_as_history(desk: Desk) -> None:
    assert desk.suppressing.suppress(READER, by=OPERATOR) is True
    assert desk.suppressing.suppress("READER@example.org", by=OPERATOR) is False
    assert reasons(desk) == ["manual"]
    assert desk.suppressing.lift(READER, by=OPERATOR) == 1
    assert reasons(desk) == []
    assert desk.count(Suppression) == 1


def test_a_scope_is_lifted_by_its_own_name_only(small_desk: Desk) -> None:
    small_desk.suppressing.suppress(READER, publication_id=small_desk.publication_id, by=OPERATOR)
    with pytest.raises(NotFoundError, match="everywhere"):
        small_desk.suppressing.lift(READER, by=OPERATOR)
    assert small_desk.suppressing.lift(READER, publication_id=small_desk.publication_id, by=OPERATOR) == 1


def test_an_expired_suppression_no_longer_counts_and_a_longer_one_wins(desk: Desk) -> None:
    def suppress(days: int | None) -> bool:
        until = None if days is None else desk.clock.now() + timedelta(days=days)
        return desk.suppressing.suppress(READER, reason="mailboxfull", expires_at=until, by=OPERATOR)

    assert [suppress(2), suppress(1), suppress(3)] == [True, False, True]
    assert desk.count(Suppression) == 1
    desk.clock.advance(3 * 86_400 - 1)
    assert reasons(desk) == ["mailboxfull"]
    desk.clock.advance(1)
    assert reasons(desk) == []
    assert [suppress(1), suppress(None), suppress(1)] == [True, True, False]
    assert desk.count(Suppression) == 2


def test_a_publication_obeys_its_own_suppressions_and_those_for_all(small_desk: Desk) -> None:
    small_desk.suppressing.suppress("a@example.org", by=OPERATOR)
    small_desk.suppressing.suppress("b@example.org", publication_id=small_desk.publication_id, by=OPERATOR)
    rows = small_desk.suppressing.listing(publication_id=small_desk.publication_id)
    assert [(row["address"], row["publication"]) for row in rows] == [
        ("a@example.org", None),
        ("b@example.org", "harbour"),
    ]
    (last,) = small_desk.suppressing.listing(after=rows[0]["id"])
    assert last["address"] == "b@example.org"


def test_a_list_is_stored_once_and_bad_rows_are_named(desk: Desk) -> None:
    rows = [{"email": f"r{n}@example.org"} for n in range(1_200)] + [{"address": "R1@example.org"}, {"email": "no"}]
    first = desk.suppressing.import_list(rows, by=OPERATOR)
    assert (first.added, first.known, [line for line, _ in first.invalid]) == (1_200, 1, [1_202])
    again = desk.suppressing.import_list(rows, by=OPERATOR)
    assert (again.added, again.known) == (0, 1_201)


def test_an_exported_list_says_the_same_elsewhere(desk: Desk) -> None:
    end = desk.clock.now() + timedelta(days=30)
    at = {"clock": desk.clock}
    desk.suppressing.suppress("a@example.org", reason="userunknown", by=OPERATOR)
    desk.suppressing.suppress("b@example.org", reason="mailboxfull", expires_at=end, by=OPERATOR)
    desk.suppressing.suppress("c@example.org", reason="complaint", publication_id=desk.publication_id, by=OPERATOR)
    desk.suppressing.suppress("d@example.org", reason="manual", by=OPERATOR)
    erasure.forget(desk.database, **at, address="d@example.org", by=OPERATOR)
    rows = list(desk.suppressing.export_list(by=OPERATOR))
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
    report = desk.suppressing.import_list(rows, by=OPERATOR)
    assert (report.added, report.known, report.invalid) == (4, 1, [])
    assert desk.suppressing.import_list(rows, by=OPERATOR).added == 0
    back = list(desk.suppressing.export_list(by=OPERATOR))
    kept = ("email", "hash", "publication", "reason", "expires_at")
    same = [{name: row[name] for name in kept} for row in back]
    assert sorted(map(str, same)) == sorted(str({name: row[name] for name in kept}) for row in rows[:4])
    only = desk.suppressing.export_list(by=OPERATOR, publication_id=desk.publication_id)
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
    rows = list(desk.suppressing.export_list(by=OPERATOR))
    assert [row["unproven"] for row in rows] == ["yes"]
    with desk.database.write() as session:
        session.execute(delete(Suppression))
    assert desk.suppressing.import_list(rows, by=OPERATOR).added == 1
    assert desk.suppressing.import_list(rows, by=OPERATOR).known == 1
    assert [row["unproven"] for row in desk.suppressing.listing()] == [True]
    with desk.database.write() as session:
        assert suppressions.add(session, **at, publication_id=scope), "now it is proven"
        assert not suppressions.add(session, **at, publication_id=scope, unproven=True), "and stays so"
    assert [row["unproven"] for row in desk.suppressing.listing()] == [False]


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
    report = small_desk.suppressing.import_list([row, {"email": "good@example.org"}], by=OPERATOR)
    assert report.added == 1
    [(line, told)] = report.invalid
    assert line == 1
    assert words in told


@pytest.mark.parametrize("reason", ["", " ", "x" * 41])
def test_a_reason_has_to_be_given_and_short(small_desk: Desk, reason: str) -> None:
    with pytest.raises(InputError, match="reason"):
        small_desk.suppressing.suppress(READER, reason=reason, by=OPERATOR)


def test_an_end_that_is_past_is_refused(small_desk: Desk) -> None:
    with pytest.raises(InputError, match="after now"):
        small_desk.suppressing.suppress(READER, expires_at=small_desk.clock.now(), by=OPERATOR)
