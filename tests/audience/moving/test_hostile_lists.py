"""Lists put together carelessly, or to do harm: nothing that somebody named is passed over, and what no database takes is made fit."""

from __future__ import annotations

import io
import json
import os
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from newsletter.audience.moving.opening import opened
from newsletter.audience.moving.recognising import recognise
from newsletter.errors import InputError
from newsletter.model import ConsentRecord, Subscriber, Subscription
from newsletter.model.states import SubscriptionState
from tests.audience.conftest import Desk
from tests.audience.moving.test_moving_in import HEADS, move, whole, written

KIT = f"{HEADS['kit']}\n1,Ada,,ada@example.org,active,2023-01-15,,\n"


def states(desk: Desk) -> dict[str, SubscriptionState]:
    with desk.database.read() as session:
        found = select(Subscriber.address, Subscription.state).join(Subscription)
        return {row.address: row.state for row in session.execute(found)}


@pytest.mark.parametrize("name", ["bounced.csv", "gone-people.csv", "left/list.csv"])
def test_a_list_that_was_named_beside_a_products_is_never_passed_over(
    small_desk: Desk, tmp_path: Path, name: str
) -> None:
    others = written(tmp_path, "email,name\nada@example.org,Ada\nbo@example.org,\n", name)
    before = whole(small_desk)
    if "/" not in name:
        with pytest.raises(InputError, match="may name people who left"):
            move(small_desk, [written(tmp_path, KIT, "kit.csv"), others])
        assert whole(small_desk) == before
    others.write_text("email,status\nada@example.org,unsubscribed\n")
    move(
        small_desk,
        [tmp_path / "kit.csv" if "/" not in name else written(tmp_path, KIT, "kit.csv"), others],
        "unsubscribed=unsubscribed",
        "file name:bounced=unsubscribed",
        "file name:gone=unsubscribed",
    )
    assert states(small_desk)["ada@example.org"] == SubscriptionState.UNSUBSCRIBED


def test_a_list_in_a_products_folder_that_may_tell_who_left_refuses_all(small_desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    written(folder, KIT, "kit.csv")
    for name, content in (
        ("unsubscribed.csv", "email\nada@example.org\n"),
        ("people.csv", "email,status\nada@example.org,gone\n"),
        ("bounced.csv", "Adressen\nada@example.org,\n"),
    ):
        path = written(folder, content, name)
        with pytest.raises(InputError):
            move(small_desk, [folder])
        path.unlink()
    move(small_desk, [folder])
    assert states(small_desk)["ada@example.org"] == SubscriptionState.ACTIVE


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("k.csv", b"\xff\xfeS\0u\xd8"),
        ("k.csv", b"email\0"),
        ("k.csv", b"what,else\n1,2\n"),
        ("k.xlsx", b"PK\x03\x04"),
        ("k.csv", b""),
    ],
)
def test_a_file_that_was_named_and_cannot_be_read_refuses_all(
    small_desk: Desk, tmp_path: Path, name: str, content: bytes
) -> None:
    before = whole(small_desk)
    with pytest.raises(InputError):
        move(small_desk, [written(tmp_path, KIT, "kit.csv"), written(tmp_path, content, name)])
    assert whole(small_desk) == before


def person(number: int, *lists: tuple[int, str], **more: Any) -> dict[str, Any]:
    told = [{"id": key, "name": f"List {key}", "subscription_status": word} for key, word in lists]
    return {"email": f"p{number}@example.org", "name": "", "status": "enabled", "attribs": {}, "lists": told} | more


def pages(folder: Path, *people: list[dict[str, Any]]) -> Path:
    for number, page in enumerate(people):
        written(folder, json.dumps({"data": {"results": page}}), f"page-{number}.json")
    return folder


def test_pages_of_an_api_tell_of_one_list_though_a_page_is_empty_or_tells_of_another(
    small_desk: Desk, tmp_path: Path
) -> None:
    folder = pages(
        tmp_path / "pages",
        [person(1, (3, "confirmed"))],
        [person(2, (4, "confirmed"))],
        [person(3, (3, "unsubscribed"))],
        [],
    )
    with pytest.raises(InputError, match="several lists"):
        move(small_desk, [folder])
    _, told = move(small_desk, [folder], list_id="3")
    assert [(row["address"][:2], row["state"]) for row in told] == [
        ("p1", "active"),
        ("p2", "left out"),
        ("p3", "unsubscribed"),
    ]
    with pytest.raises(InputError, match="nothing of list 9"):
        move(small_desk, [folder], list_id="9")


def test_json_of_something_else_beside_a_list_is_not_read(small_desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    written(folder, KIT, "kit.csv")
    written(folder, '{"db": [{"data": {"posts": [{"html": "the \\"results\\" are", "results": 1}]}}]}', "posts.json")
    move(small_desk, [folder])
    assert "ada@example.org" in states(small_desk)


def test_what_json_may_write_and_no_database_takes_is_made_fit(desk: Desk, tmp_path: Path) -> None:
    attribs = {"city\ud800": "Ulm\ud800", "tags": ["press\ud800", "n\0ul"], "n\0ul": {"deep\ud800": "\0"}}
    folder = pages(tmp_path, [person(1, (3, "confirmed"), name="Ada\0 \ud800", attribs=attribs)])
    _, told = move(desk, [folder])
    assert (told[0]["state"], told[0]["name"], told[0]["tags"]) == ("active", "Ada ?", ["press?", "nul"])
    assert told[0]["fields"]["city?"] == "Ulm?"


def test_text_that_looks_like_an_escape_of_json_stays_text(desk: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, 'email,about\nada@example.org,a \\u0000 and \\ud800 and ""\n')
    _, told = move(desk, [path])
    assert told[0]["fields"]["about"].startswith("a \\u0000 and \\ud800")


def test_names_of_files_may_have_any_octets(small_desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    with open(os.fsencode(folder) + b"/k\xff\x1b[2J.csv", "wb") as file:
        file.write(KIT.encode())
    _, told = move(small_desk, [folder])
    assert told[0]["file"] == "k\ufffd\ufffd[2J.csv"


def test_a_pipe_is_read_whole(small_desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=(KIT,))
    writer.start()
    _, told = move(small_desk, [path])
    writer.join()
    assert [row["address"] for row in told] == ["ada@example.org"]


def test_a_list_put_together_of_two_encodings_keeps_its_addresses(small_desk: Desk, tmp_path: Path) -> None:
    content = (
        b"\xef\xbb\xbfemail,name\n" + "ömer@example.org,Ömer\n".encode() + "bo@example.org,Jürgen\n".encode("cp1252")
    )
    report, told = move(small_desk, [written(tmp_path, content)])
    assert [(row["address"], row["name"]) for row in told] == [
        ("ömer@example.org", "Ömer"),
        ("bo@example.org", "Jürgen"),
    ]
    assert report.lists[0].encoding == "cp1252"


def test_a_title_with_an_address_is_neither_header_nor_reader(small_desk: Desk, tmp_path: Path) -> None:
    content = f"Members of weekly@groups.example\n{HEADS['google-groups']}\nada@example.org,Ada,member,,All email\n"
    _, told = move(small_desk, [written(tmp_path, content)])
    assert [(row["address"], row["state"]) for row in told] == [("ada@example.org", "active")]


def test_a_cell_too_long_to_be_one_is_told_as_such(small_desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="longer than 131,072 characters"):
        move(small_desk, [written(tmp_path, f"email,about\nada@example.org,{'x' * 1_000_000}\n")])


def test_files_of_one_name_in_one_archive_are_both_read(small_desk: Desk, tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("kit.csv", KIT)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("kit.csv", KIT.replace("active", "cancelled"))
    move(small_desk, [written(tmp_path, content.getvalue(), "two.zip")])
    assert states(small_desk)["ada@example.org"] == SubscriptionState.UNSUBSCRIBED


def test_a_wide_list_costs_no_more_than_its_width(tmp_path: Path) -> None:
    path = written(tmp_path, f"email,{','.join(f'c{n}' for n in range(100_000))}\n")
    with opened([str(path)]) as files:
        assert len(recognise(files).lists[0].columns) == 100_001


@pytest.mark.parametrize("name", ["Unsubscribed", "bounced addresses"])
def test_a_folder_or_an_archive_whose_name_says_who_left_is_heard(small_desk: Desk, tmp_path: Path, name: str) -> None:
    written(tmp_path / name, "email\nada@example.org\n", "members.csv")
    with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
        archive.write(tmp_path / name / "members.csv", "members.csv")
    for path in (tmp_path / name, tmp_path / f"{name}.zip"):
        with pytest.raises(InputError, match="may name people who left"):
            move(small_desk, [path])


def test_of_two_rows_of_a_person_that_which_proves_consent_counts(small_desk: Desk, tmp_path: Path) -> None:
    rows = "1,ada@example.org,regular,2020-01-01,,,,,,\n2,ADA@example.org,regular,2019-01-01,192.0.2.1,2019-02-03T04:05:06Z,,,,\n"
    move(small_desk, [written(tmp_path, f"{HEADS['buttondown']},city\n{rows}")])
    with small_desk.database.read() as session:
        kept = session.scalars(select(ConsentRecord).order_by(ConsentRecord.id.desc())).first()
    assert kept is not None
    assert (kept.at.isoformat()[:19], kept.ip) == ("2019-02-03T04:05:06", "192.0.2.1")
