"""Lists as programs of every kind write them: what is read of each row, whatever its columns are called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from newsletter.errors import InputError
from newsletter.model import ConsentRecord
from tests.audience.conftest import Desk
from tests.audience.moving.test_moving_in import HEADS, move, written

NINE = {"consent_at": "2021-03-07T09:05:00Z", "consent_ip": "192.0.2.1"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "Courriel;Prénom;Nom;Date d'inscription;Adresse IP\nada@example.org;Ada;Muster;2021-03-07 09:05;192.0.2.1\n",
            NINE | {"name": "Ada Muster"},
        ),
        (
            "E-Mail;Name;Vorname;Bestätigt am;IP-Adresse\nada@example.org;Muster;Ada;07.03.2021 09:05;192.0.2.1\n",
            NINE | {"name": "Ada Muster"},
        ),
        (
            "Correo electrónico,Nombre,Apellidos,Fecha de alta\nada@example.org,Ada,Muster,2021-03-07 09:05\n",
            {"name": "Ada Muster"},
        ),
        (
            "Email,Name,Last name,Signup timestamp,Signup IP\nada@example.org,Ada,Muster,2021-03-07 09:05,192.0.2.1\n",
            NINE | {"name": "Ada Muster"},
        ),
        (
            "Email,Name,First,Date Subscribed,Confirmed IP\nada@example.org,Ada Muster,Ada,2021-03-07 09:05,192.0.2.1\n",
            NINE | {"name": "Ada Muster"},
        ),
        (
            "Last,First,E-mail,opt_in_timestamp,opt_in_ip_address\nMuster,Ada,ada@example.org,2021-03-07T09:05:00Z,192.0.2.1\n",
            NINE | {"name": "Ada Muster"},
        ),
        ("ID,EMAIL,Labels\n1,ada@example.org,a|b\n", {"tags": ["a", "b"], "fields": {"id": "1"}}),
    ],
)
def test_a_list_of_any_program_is_read_by_the_names_of_its_columns(
    small_desk: Desk, tmp_path: Path, content: str, expected: dict[str, Any]
) -> None:
    _, (told,) = move(small_desk, [written(tmp_path, content)])
    assert told["state"] == "active"
    assert {name: told[name] for name in expected} == expected


@pytest.mark.parametrize("name", ["Signed up at", "Subscription date", "Joined", "Consented at", "Registered on"])
def test_a_column_of_moments_that_says_yes_and_no_is_no_column_of_moments(
    small_desk: Desk, tmp_path: Path, name: str
) -> None:
    with pytest.raises(InputError, match="may name people who left"):
        move(small_desk, [written(tmp_path, f"email,{name}\nada@example.org,yes\nbob@example.org,no\n")])


def test_the_words_somebody_agreed_to_are_kept_with_their_consent(desk: Desk, tmp_path: Path) -> None:
    rows = "ada@example.org,2021-03-07T09:05:00Z,I want The Weekly\nbob@example.org,2021-03-07T09:05:00Z,\ncy@example.org,,Yes by phone\n"
    move(desk, [written(tmp_path, f"email,consent date,consent text\n{rows}")])
    with desk.database.read() as session:
        kept = [record.wording for record in session.scalars(select(ConsentRecord).order_by(ConsentRecord.id))]
    assert kept == ["I want The Weekly (consent date)", "They agreed there (consent date)", "Yes by phone"]


def test_listmonk_tells_where_somebody_confirmed(small_desk: Desk, tmp_path: Path) -> None:
    on_list = {
        "id": 3,
        "name": "Weekly",
        "subscription_status": "confirmed",
        "subscription_created_at": "2021-03-07T09:05:00Z",
    }
    person = {
        "email": "ada@example.org",
        "status": "enabled",
        "lists": [on_list | {"subscription_meta": {"optin_ip": "192.0.2.1"}}],
    }
    _, (told,) = move(small_desk, [written(tmp_path, json.dumps({"data": {"results": [person]}}), "page.json")])
    assert {name: told[name] for name in NINE} == NINE
    row = 'ada@example.org,enabled,confirmed,2021-03-07T09:05:00Z,"{""optin_ip"": ""192.0.2.1""}"'
    _, (told,) = move(small_desk, [written(tmp_path, f"email,status,subscription_status,subscribed_at,meta\n{row}\n")])
    assert {name: told[name] for name in NINE} == NINE
    assert told["fields"] == {}


def test_a_cell_of_json_is_taken_apart_for_every_product_that_writes_some(small_desk: Desk, tmp_path: Path) -> None:
    buttondown = (
        f'{HEADS["buttondown"]}\n1,ada@example.org,regular,2021-03-07,,,,,"{{""city"": ""Ulm"", ""paid"": true}}"\n'
    )
    _, (told,) = move(small_desk, [written(tmp_path, buttondown)])
    assert told["fields"] == {"city": "Ulm", "paid": "true"}
    kit = 'id,first_name,email_address,state,created_at,fields\n1,Ada,ada@example.org,active,2021-03-07,"{""city"": ""Ulm""}"\n'
    _, (told,) = move(small_desk, [written(tmp_path, kit)])
    assert told["fields"] == {"city": "Ulm"}


@pytest.mark.parametrize(
    "word", ["beehiiv", "ghost", "buttondown", "kit", "listmonk", "listmonk-lists", "google-groups", "mailchimp"]
)
def test_a_list_that_is_said_to_be_a_products_and_does_not_say_who_left_is_refused(
    small_desk: Desk, tmp_path: Path, word: str
) -> None:
    for content in ("email,name\nada@example.org,Ada\n", "email,name,created_at\nada@example.org,Ada,2021-03-07\n"):
        with pytest.raises(InputError, match=r"says in (a column|the name)"):
            move(small_desk, [written(tmp_path, content)], product=word)


def test_the_bare_file_of_listmonk_is_no_standing_on_a_list_whatever_somebody_says_it_is(
    small_desk: Desk, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="says in a column who stands where"):
        move(
            small_desk,
            [written(tmp_path, "email,name,status\nada@example.org,Ada,enabled\n")],
            product="listmonk-lists",
        )


def test_what_stands_for_no_moment_of_leaving_counts_as_none_only_where_somebody_says_so(
    small_desk: Desk, tmp_path: Path
) -> None:
    path = written(
        tmp_path,
        "email,unsubscribed_at\nada@example.org,NULL\nbob@example.org,2021-03-07\ncy@example.org,\ndi@example.org,-\n",
    )
    for states, expected in (
        (("unsubscribed_at:=active",), ["unsubscribed", "unsubscribed", "active", "unsubscribed"]),
        (
            ("unsubscribed_at:=active", "unsubscribed_at:null=active"),
            ["active", "unsubscribed", "active", "unsubscribed"],
        ),
    ):
        _, told = move(small_desk, [path], *states, dry_run=True)
        assert [row["state"] for row in told] == expected
