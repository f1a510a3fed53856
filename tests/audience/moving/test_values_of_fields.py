"""Values of a list are read by the kind of the field that is there: what does not fit is told and left out, and its reader comes in."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from newsletter.audience.import_report import ImportReport
from newsletter.audience.importing import Importing
from newsletter.audience.lists_reading import ListTerms, Watching
from newsletter.audience.moving.error_files import ErrorFiles, error_name, plain_error_name
from newsletter.audience.moving.opening import opened
from newsletter.audience.moving.recognising import SaidOfFiles, recognise
from newsletter.audience.standing_words import word_of_file
from newsletter.errors import InputError
from newsletter.model import FieldKind, FieldValue, ReaderField, Subscriber, Subscription
from tests.audience.conftest import Desk
from tests.parts.actors import OPERATOR

FIELDS = {
    "colour": (FieldKind.CHOICE, "Red\nBlue"),
    "born": (FieldKind.DATE, ""),
    "children": (FieldKind.NUMBER, ""),
    "member": (FieldKind.YES_NO, ""),
}
LIST = """email,colour,born,children,member,city
all@readers.example, blue ,1980-05-09,2,ja,Ulm
none@readers.example,green,soon,many,perhaps,Ulm
some@readers.example,RED,,1.5,perhaps,
"""


@pytest.fixture
def fields(desk: Desk) -> Desk:
    """A publication whose readers have a field of each kind."""
    with desk.database.write() as session:
        for key, (kind, choices) in FIELDS.items():
            said = {"key": key, "title": key.title(), "kind": kind, "choices": choices, "created_at": desk.clock.now()}
            session.add(ReaderField(publication_id=desk.publication_id, **said))
    return desk


def move(desk: Desk, path: Path, *, dry_run: bool = False) -> tuple[ImportReport, dict[str, str], list[dict[str, Any]]]:
    """Move a list in; return what is told of it, the files of errors, and the rows."""
    files: dict[str, StringIO] = {}
    told: list[dict[str, Any]] = []

    @contextmanager
    def make(name: str) -> Any:
        yield files.setdefault(name, StringIO())

    with opened([str(path)]) as found, ErrorFiles(make) as wrong:
        report = Importing(desk.database, desk.clock).move_in(
            recognise(found, SaidOfFiles()).lists,
            ListTerms("a test", "They agreed there", confirmed=True),
            publication_id=desk.publication_id,
            by=OPERATOR,
            dry_run=dry_run,
            watching=Watching(row=told.append, unusable=wrong.write),
        )
    return report, {name: file.getvalue() for name, file in files.items()}, told


def known(desk: Desk) -> dict[str, dict[str, str]]:
    """Return what fields hold of each reader."""
    with desk.database.read() as session:
        found: dict[str, dict[str, str]] = {
            address: {}
            for address in session.scalars(select(Subscriber.address).where(Subscriber.address.contains("@readers")))
        }
        rows = (
            select(Subscriber.address, ReaderField.key, FieldValue.text)
            .join(Subscription, Subscription.subscriber_id == Subscriber.id)
            .join(FieldValue, FieldValue.subscription_id == Subscription.id)
            .join(ReaderField, ReaderField.id == FieldValue.field_id)
        )
        for address, key, text in session.execute(rows):
            found[address][key] = text
    return found


ALL = {"colour": "Blue", "born": "1980-05-09", "children": "2", "member": "yes", "city": "Ulm"}
UNFIT = {"colour": 1, "born": 1, "children": 1, "member": 2}


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_does_not_fit_is_told_row_by_row_and_left_out(fields: Desk, tmp_path: Path, dry_run: bool) -> None:
    path = tmp_path / "readers.csv"
    path.write_text(LIST)
    report, files, told = move(fields, path, dry_run=dry_run)
    assert (report.added, report.unusable, report.unfit) == (3, 0, UNFIT)
    assert report.told()["unfit"] == UNFIT
    assert (3, "colour: 'green' is none of the choices; it is left out") in report.changed
    [file] = files.values()
    rows = list(csv.DictReader(StringIO(file)))
    assert [row["email"] for row in rows] == ["none@readers.example", "some@readers.example"]
    assert rows[1]["colour"] == "RED" and rows[1]["line"] == "4"
    assert list(rows[1].values())[-2:] == ["member", "member: 'perhaps' is neither yes nor no"]
    assert [row["fields"] for row in told][1] == {"city": "Ulm"}
    expected = {"all": ALL, "none": {"city": "Ulm"}, "some": {"colour": "Red", "children": "1.5"}}
    assert known(fields) == ({} if dry_run else {f"{name}@readers.example": held for name, held in expected.items()})


def test_the_file_of_errors_once_mended_brings_the_values_in(fields: Desk, tmp_path: Path) -> None:
    path = tmp_path / "readers.csv"
    path.write_text(LIST)
    _, files, _ = move(fields, path)
    [file] = files.values()
    path.write_text(
        file.replace("green", "Red").replace("soon", "1990-01-02").replace("many", "3").replace("perhaps", "no")
    )
    report, files, _ = move(fields, path)
    assert (report.added, report.known, report.unfit, files) == (0, 2, {}, {})
    assert known(fields)["none@readers.example"] == {
        "colour": "Red",
        "born": "1990-01-02",
        "children": "3",
        "member": "no",
        "city": "Ulm",
    }


def test_lists_one_after_another_define_no_more_fields_than_there_may_be(small_desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    for number, head in enumerate("ab"):
        columns = ",".join(f"{head}{each}" for each in range(60))
        path.write_text(f"email,{columns}\nada{number}@readers.example,{','.join(['Ulm'] * 60)}\n")
        if head == "a":
            move(small_desk, path)
            continue
        with pytest.raises(InputError, match="more than 100 fields"):
            move(small_desk, path)
    assert list(known(small_desk)) == ["ada0@readers.example"]


@pytest.mark.parametrize(
    ("source", "number", "name"),
    [
        ("people.csv", 0, "people.errors.csv"),
        ("unsubscribed_members_export_1.csv", 0, "unsubscribed_members_export_1.errors.csv"),
        ("export/subscribed_members.csv", 2, "2-subscribed_members.errors.csv"),
        ("byadmin.txt", 0, "byadmin.errors.csv"),
        ("Left/people.csv", 1, "1-left-people.errors.csv"),
        ("unsubscribed.zip/subscribed_members.csv", 0, "unsubscribed-subscribed_members.errors.csv"),
    ],
)
def test_a_file_of_errors_says_by_its_name_what_its_list_said(source: str, number: int, name: str) -> None:
    assert error_name(source, number) == name
    assert word_of_file(name, {}) == word_of_file(source, {})
    assert word_of_file(plain_error_name(name, "list-1-0.errors.csv"), {}) == word_of_file(source, {})
