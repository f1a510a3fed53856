"""A list is stored whole, in bulk, and never brings back someone who left."""

from __future__ import annotations

import contextlib
import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.audience import erasure, importing
from newsletter.audience.import_report import ImportReport
from newsletter.audience.list_file import read_csv
from newsletter.errors import InputError, NotFoundError
from newsletter.model import ConsentRecord, Subscriber, Subscription
from newsletter.model.states import SubscriptionState
from newsletter.store.audience import consents
from tests.audience.conftest import READER, Desk
from tests.parts.actors import OPERATOR


def load(desk: Desk, content: str | bytes, *, confirmed: bool = True, consent: str = "at the fair") -> ImportReport:
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    return desk.import_list(read_csv(file), consent=consent, confirmed=confirmed, place="list.csv")


def test_proven_readers_are_active_at_once_with_the_proof(desk: Desk) -> None:
    report = load(desk, "email,name\nada@example.org,Ada\nbob@example.org,\n")
    assert (report.added, report.pending) == (2, False)
    assert desk.state("ada@example.org") is SubscriptionState.ACTIVE
    with desk.database.read() as session:
        (record,) = consents.of(session, 1)
    assert (record.action, record.wording, record.place) == ("imported", "at the fair", "list.csv")


def test_unproven_readers_wait_and_get_no_mail(small_desk: Desk) -> None:
    report = load(small_desk, "email\nada@example.org\n", confirmed=False)
    assert (report.added, report.pending) == (1, True)
    assert small_desk.state("ada@example.org") is SubscriptionState.PENDING
    assert small_desk.notices() == []


def test_a_proven_list_makes_waiting_readers_active(desk: Desk) -> None:
    load(desk, "email\nada@example.org\n", confirmed=False)
    assert load(desk, "email\nada@example.org\n").confirmed == 1
    assert desk.state("ada@example.org") is SubscriptionState.ACTIVE
    assert load(desk, "email\nada@example.org\n").known == 1
    assert desk.actions() == ["imported", "imported"]


def test_who_left_stays_gone_even_after_a_stranger_typed_the_address(desk: Desk) -> None:
    desk.join()
    desk.unsubscribe(desk.deliver())
    desk.subscribe()
    assert load(desk, f"email\n{READER}\n").unsubscribed == 1
    assert desk.state() is SubscriptionState.UNSUBSCRIBED


def test_who_is_suppressed_or_erased_is_counted_and_not_stored(desk: Desk) -> None:
    desk.join()
    erasure.forget(desk.database, clock=desk.clock, address=READER, by=OPERATOR)
    desk.suppressing.suppress("bob@example.org", publication_id=desk.publication_id, by=OPERATOR)
    report = load(desk, f"email\n{READER}\nbob@example.org\nada@example.org\n")
    assert (report.suppressed, report.added) == (2, 1)
    assert desk.count(Subscriber) == 2  # the erased row, and Ada


def test_a_row_that_cannot_be_used_is_reported_by_line_and_does_not_stop_the_rest(small_desk: Desk) -> None:
    report = load(small_desk, 'Email,Name\nnonsense,\n"ada@example.org","A\nda"\n\nbob@example.org,Bob,\n,\n,Nobody\n')
    assert [line for line, _ in report.invalid] == [2, 8]
    assert report.changed == [(4, "the name was put on one line, without control characters")]
    assert report.added == 2


def test_one_address_twice_in_a_list_is_one_reader_with_the_first_name(small_desk: Desk) -> None:
    report = load(small_desk, "\ufeffADDRESS , name\nAda@Example.org,Ada\nada@example.ORG,Eve\n")
    assert (report.added, report.known) == (1, 1)
    with small_desk.database.read() as session:
        assert session.get_one(Subscriber, 1).name == "Ada"


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"", ":1"),
        (b"name,phone\nAda,1\n", ":1"),
        (b"email\na@example.org\nb\xff@example.org\n", ":3"),
        (b"email\na@example.org\nb\0@example.org\n", ":3"),
        (b"email\na@example.org\n" + b"x" * 200_000 + b"\n", ":3"),
    ],
)
def test_a_broken_file_stores_nothing_and_names_the_line(small_desk: Desk, content: bytes, where: str) -> None:
    with pytest.raises(InputError) as caught:
        load(small_desk, content)
    assert caught.value.where.endswith(where)
    assert small_desk.count(Subscriber) == 0


def test_a_list_needs_words_of_consent_and_a_publication(small_desk: Desk) -> None:
    with pytest.raises(InputError, match="consent"):
        load(small_desk, "email\na@example.org\n", consent=" ")
    with pytest.raises(NotFoundError):
        small_desk.import_list([{"email": READER}], publication="nowhere", consent="yes", confirmed=True, place="")


def test_a_list_of_several_batches_is_stored_once(desk: Desk) -> None:
    content = "email,name\n" + "".join(f"r{n}@example.org,Reader {n}\n" for n in range(2_500))
    assert load(desk, content).added == 2_500
    assert load(desk, content).known == 2_500
    assert desk.count(Subscription) == 2_500


@given(st.binary(max_size=300))
@settings(max_examples=200)
def test_any_octets_are_rows_or_an_input_error_with_a_place(content: bytes) -> None:
    rows: list[importing.Row] = []
    with contextlib.suppress(InputError):
        rows.extend(read_csv(io.BytesIO(b"email,name\n" + content)))
    assert all(row.line >= 2 and set(row) <= {"email", "name"} for row in rows)


@given(st.lists(st.tuples(st.emails(), st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20))))
@settings(max_examples=50)
def test_what_a_csv_writer_wrote_is_read_as_it_was(people: list[tuple[str, str]]) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(["email", "name"])
    writer.writerows(people)
    rows = list(read_csv(io.BytesIO(written.getvalue().encode()), raw=True))
    assert [(row["email"], row["name"]) for row in rows] == people


def test_an_import_that_was_killed_half_way_ends_the_same_when_it_is_run_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = "email\n" + "".join(f"r{n}@example.org\n" for n in range(50))
    done, admit = [], importing.admit

    def killed(*values: Any) -> Any:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(values)
        return admit(*values)

    with monkeypatch.context() as patched:
        patched.setattr(importing, "_CHUNK", 10)
        patched.setattr(importing, "admit", killed)
        with pytest.raises(KeyboardInterrupt):
            load(desk, content)
    assert desk.count(Subscription) == 20
    report = load(desk, content)
    assert (report.added, report.known) == (30, 20)
    assert desk.count(Subscription) == desk.count(ConsentRecord) == 50
