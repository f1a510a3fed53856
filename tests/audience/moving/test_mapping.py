"""What somebody says of the columns by hand counts; it makes nobody active who may have left."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.audience.moving.mapping import FIELDS, read_mapping
from newsletter.errors import InputError
from tests.audience.conftest import Desk
from tests.audience.moving.test_moving_in import move, written


def test_columns_that_nobody_could_guess_are_named_by_hand(small_desk: Desk, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "Wer;Kontakt;Seit wann;Von wo;Gruppen;Ort;Nr\nAda;ada@example.org;2024-01-02;192.0.2.7;a,b;Wien;7\n",
    )
    said = read_mapping(
        [
            *("Kontakt=address", "Wer=name", "seit wann=consent_at", "Von wo=consent-ip"),
            *("Gruppen=Tags", "Ort=Home town", "Nr=ignore"),
        ]
    )
    report, (row,) = move(small_desk, [path], mapping=said)
    assert report.added == 1
    assert (row["address"], row["name"], row["tags"]) == ("ada@example.org", "Ada", ["a", "b"])
    assert (row["consent_at"], row["consent_ip"]) == ("2024-01-02T00:00:00Z", "192.0.2.7")
    assert row["fields"] == {"Home town": "Wien"}
    assert report.lists[0].left_behind == ["nr"]


def test_another_column_than_the_one_called_email_may_hold_the_addresses(small_desk: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, "email,private,town\nyes,ada@example.org,Wien\n")
    _, (row,) = move(small_desk, [path], mapping=read_mapping(["private=address", "email=ignore"]))
    assert (row["address"], row["fields"]) == ("ada@example.org", {"town": "Wien"})


def test_a_column_of_standing_is_named_and_its_words_are_explained(small_desk: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, "email,mood\na@example.org,in\nb@example.org,out\nc@example.org,perhaps\n")
    with pytest.raises(InputError, match="may name people who left"):
        move(small_desk, [path], mapping=read_mapping(["mood=state"]))
    _, told = move(small_desk, [path], "mood:in=active", "mood:out=unsubscribed", mapping=read_mapping(["mood=state"]))
    assert [row["state"] for row in told] == ["active", "unsubscribed", "pending"]


def test_what_sounds_like_a_standing_is_let_be_only_where_somebody_says_so(small_desk: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, "email,status\na@example.org,gold\n")
    for field in ("tags", "name", "field", "Level"):
        with pytest.raises(InputError, match="may name people who left"):
            move(small_desk, [path], mapping=read_mapping([f"status={field}"]))
    _, (row,) = move(small_desk, [path], mapping=read_mapping(["status=ignore"]))
    assert (row["state"], row["fields"]) == ("active", {})


def test_ignoring_one_column_explains_no_other(small_desk: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, "email,status,optout\na@example.org,gold,1\n")
    with pytest.raises(InputError, match="optout"):
        move(small_desk, [path], mapping=read_mapping(["status=ignore"]))


def test_a_column_by_which_a_product_tells_who_left_is_made_nothing_else(small_desk: Desk, tmp_path: Path) -> None:
    path = written(
        tmp_path, "Email Address,First Name,Last Name,State,Created At,Tags\na@example.org,A,B,cancelled,,\n", "kit.csv"
    )
    with pytest.raises(InputError, match="says who left"):
        move(small_desk, [path], product="kit", mapping=read_mapping(["State=tags"]))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["mail"], "says nothing"),
        (["mail="], "says nothing"),
        (["=name"], "says nothing"),
        (["mail=adress"], "no field 'adress'"),
        (["a=address", "b=address"], "two columns"),
    ],
)
def test_what_says_nothing_is_refused(said: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_mapping(said)


def test_every_field_is_taken_as_it_is_told() -> None:
    for field in FIELDS:
        assert read_mapping([f"a=b={field}"]) == {"a=b": field}


@pytest.mark.parametrize("said", ["nowhere=name", "nowhere=address", "email=name"])
def test_a_column_that_is_not_there_is_told_and_the_address_is_never_lost(
    small_desk: Desk, tmp_path: Path, said: str
) -> None:
    with pytest.raises(InputError, match="column"):
        move(small_desk, [written(tmp_path, "email,town\na@example.org,Wien\n")], mapping=read_mapping([said]))


def test_a_column_without_addresses_is_no_column_of_addresses(small_desk: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, "who,town\na@example.org,Wien\n")
    with pytest.raises(InputError, match="holds no mail addresses"):
        move(small_desk, [path], mapping=read_mapping(["town=address"]))
