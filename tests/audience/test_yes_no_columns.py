"""A plain list makes nobody active who said no in a column of yes and no, whatever it is called and however it is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.audience.moving.mapping import read_mapping
from newsletter.audience.moving.opening import opened
from newsletter.audience.moving.recognising import NOTHING_SAID, SaidOfFiles, recognise
from newsletter.audience.moving.survey import survey
from newsletter.audience.yes_no_columns import YesNoColumns
from newsletter.errors import InputError
from newsletter.model import FieldKind, FieldValue, ReaderField
from tests.audience.conftest import Desk
from tests.audience.moving.test_moving_in import ACTIVE, UNSUBSCRIBED, move, whole, written

SAID_NO = {
    "Sub": ("yes", "no"),
    "Mailing": ("Yes", "No"),
    "Send": ("Y", "N"),
    "Accepts emails": ("true", "false"),
    "Agreed": ("yes", "no"),
    "Contactable": ("1", "0"),
    "Opt": ("in", "out"),
    "In list": ("TRUE", "FALSE"),
    "Muted": ("0", "1"),
    "Paused": ("", "x"),
    "Digest": ("1", "0"),
    "Current": ("yes", "no"),
    "flag": ("A", "U"),
    "Weekly letter": ("x", ""),
    "Stopped": ("", "2020-01-02"),
    "Withdrawn": ("", "2020-01-02"),
    "Terminated on": ("", "2 May 2020"),
    "End date": ("", "02.05.2020"),
    "Kind": ("member", "ex-member"),
    "Nouvelles": ("oui", "non"),
    "Rundbrief": ("ja", "nein"),
    "gold": ("on", "off"),
    "Post": ("-", "✓"),
    "vip": ("yes", "no"),
    "Letters": ("wanted", "unwanted"),
    "Ended": ("", "May"),
    "may contact": ("gladly", "never"),
}


@pytest.mark.parametrize("column", SAID_NO)
def test_a_column_by_which_somebody_may_have_said_no_refuses_the_list(
    small_desk: Desk, tmp_path: Path, column: str
) -> None:
    one, other = SAID_NO[column]
    path = written(tmp_path, f"email,town,{column}\nada@example.org,Ulm,{one}\nbo@example.org,Rom,{other}\n")
    before = whole(small_desk)
    with pytest.raises(InputError, match="may name people who left") as caught:
        move(small_desk, [path])
    assert column.lower() in str(caught.value.what)
    assert "--state" in caught.value.remedy
    assert whole(small_desk) == before


def test_both_ways_to_go_on_are_told_and_lead_on(small_desk: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, "email,vip\nada@example.org,yes\nbo@example.org,no\ncy@example.org,\n")
    with pytest.raises(InputError, match="'vip' says only 'no' and 'yes'") as caught:
        move(small_desk, [path])
    assert "--state 'vip:no=...'" in caught.value.remedy and "--map 'vip=field'" in caught.value.remedy
    move(small_desk, [path], mapping=read_mapping(["vip=field"]))
    assert small_desk.state("bo@example.org") is ACTIVE
    with small_desk.database.read() as session:
        assert set(session.scalars(select(FieldValue.text))) == {"yes", "no"}
    move(small_desk, [path], "vip:yes=active", "vip:no=unsubscribed", "vip:=active")
    assert small_desk.state("bo@example.org") is UNSUBSCRIBED


def test_saying_something_of_one_column_explains_no_other(small_desk: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, "email,vip,digest\nada@example.org,yes,1\nbo@example.org,no,0\n")
    with pytest.raises(InputError, match="'digest' says only"):
        move(small_desk, [path], mapping=read_mapping(["vip=field"]))
    with pytest.raises(InputError, match="'digest' says only"):
        move(small_desk, [path], "vip:yes=active", "vip:no=unsubscribed")


@pytest.mark.parametrize("name", ["Send", "Sub", "Accepts emails", "Agreed", "Contactable", "Opt"])
def test_a_name_that_may_mean_either_is_a_field_where_somebody_says_so(
    small_desk: Desk, tmp_path: Path, name: str
) -> None:
    path = written(tmp_path, f"email,{name}\nada@example.org,gladly\n")
    with pytest.raises(InputError, match="looks like one"):
        move(small_desk, [path])
    move(small_desk, [path], mapping=read_mapping([f"{name}=field"]))
    assert small_desk.state("ada@example.org") is ACTIVE


@pytest.mark.parametrize("kind", [FieldKind.YES_NO, FieldKind.NUMBER])
def test_a_field_of_which_somebody_said_what_it_holds_is_explained(
    small_desk: Desk, tmp_path: Path, kind: FieldKind
) -> None:
    with small_desk.database.write() as session:
        said = {"key": "member", "title": "Member", "kind": kind, "choices": "", "created_at": small_desk.clock.now()}
        session.add(ReaderField(publication_id=small_desk.publication_id, **said))
    path = written(tmp_path, "email,Member\nada@example.org,1\nbo@example.org,0\n")
    move(small_desk, [path])
    assert small_desk.state("bo@example.org") is ACTIVE


@pytest.mark.parametrize(
    "cells", [["Ulm", "Rom"], ["1", "2", "3"], ["yes", "no", "perhaps"], ["2020", "2021"], ["", ""], ["S", "M", "L"]]
)
def test_other_columns_are_fields_as_before(small_desk: Desk, tmp_path: Path, cells: list[str]) -> None:
    rows = "".join(f"r{number}@example.org,{cell}\n" for number, cell in enumerate(cells))
    move(small_desk, [written(tmp_path, f"email,thing\n{rows}")])
    assert small_desk.state("r0@example.org") is ACTIVE


def test_a_no_far_down_is_found() -> None:
    columns = YesNoColumns(["a", "b", "c"])
    for _ in range(5_000):
        columns.see({"a": "", "b": "yes", "c": "yes"})
    columns.see({"a": "no", "b": "N", "c": "sometimes"})
    assert columns.found == {"a": {"no": 1}, "b": {"yes": 5_000, "n": 1}}


def test_the_survey_has_such_a_column_and_its_words_to_be_explained(tmp_path: Path) -> None:
    path = written(tmp_path, "email,vip,town\nada@example.org,yes,Ulm\nbo@example.org,no,Rom\n")
    for said, field in ((NOTHING_SAID, "state"), (SaidOfFiles(mapping={"vip": "field"}), "field")):
        with opened([str(path)]) as files:
            told = survey(recognise(files, said), ())
        assert {each["name"]: each["field"] for each in told["columns"]}["vip"] == field
        assert [(each["column"], each["word"]) for each in told["words"]] == (
            [("vip", "no"), ("vip", "yes")] if field == "state" else []
        )
    with opened([str(path)]) as files:
        told = survey(recognise(files), (), defined={"vip"})
    assert told["words"] == []
