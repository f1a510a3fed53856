"""What may tell who left is never passed over beside a list: packed, hidden, broken, or of a kind that is not read."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.audience.moving.opening import opened
from newsletter.audience.moving.recognising import recognise
from newsletter.audience.moving.survey import survey
from newsletter.errors import InputError
from tests.audience.conftest import Desk
from tests.audience.moving.test_moving_in import HEADS, move, whole, written
from tests.audience.moving.test_opening import zipped

LIST = b"email,name\nada@example.org,Ada\n"
ONE_ADDRESS = b"email\nada@example.org\n"
MAILCHIMP = f"{HEADS['mailchimp']}\nada@example.org,Ada,,,,,2024-01-01 10:00:00,,1,2,\n".encode()
REFUSED = {
    **dict.fromkeys(
        ["unsubscribed.xlsx", "unsub list.xls", "unsubscribed.csv.gz", "unsubscribed.dat", "unsubscribes.pdf"], b"\1\2"
    ),
    **dict.fromkeys(["members.xlsx", "people.ods", "Members.NUMBERS", "bounces.json", "stopped.xml", "gone"], b"{}"),
    **dict.fromkeys(["audience.zip", "unsub.zip", "deep/a.zip", "export.tar.gz", "x.7z"], b"PK\x03\x04"),
    "audience": b"PK\x03\x04 an archive without an ending",
    **dict.fromkeys([".hidden/unsubscribed.csv", "__MACOSX/unsubscribed.csv", ".unsubscribed.csv"], ONE_ADDRESS),
    **dict.fromkeys(["Left/list.csv", "Members who quit/a/list.csv", "stopped.csv", "ex members.csv"], ONE_ADDRESS),
    **dict.fromkeys(["withdrawn-2025.csv", "paused.csv", "Leavers/all.csv", "declined.tsv"], ONE_ADDRESS),
    "members.csv": b"email\0\nada@example.org\n",
    "people.csv": b"ada@example.org,Ada\nbo@example.org,Bo\n",
    "others.tsv": b"\x01\x02\x03\nada@example.org,Ada\n",
    "members.txt": b"\xff\xfee\0m\0\x00\xd8 ada@example.org",
}
HARMLESS = {
    "__MACOSX/._unsubscribed.csv": b"\0\5\x16\7",
    "._unsubscribed.csv": b"\0\5\x16\7",
    ".DS_Store": b"\0",
    "posts/1.why-i-left.html": b"<p>Gone</p>",
    "posts.csv": b"post_id,title\n1,Who unsubscribed\n",
    "pictures/dead-end.png": b"\x89PNG",
    "README.txt": b"Lists of the weekly",
    "empty.csv": b"",
    "terms.pdf": b"%PDF",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_may_tell_who_left_refuses_an_archive_and_a_folder(small_desk: Desk, tmp_path: Path, name: str) -> None:
    packed = zipped(tmp_path / "export.zip", {"list.csv": LIST, name: REFUSED[name]})
    folder = tmp_path / "export"
    written(folder, LIST, "list.csv")
    written(folder, REFUSED[name], name)
    before = whole(small_desk)
    for path in (packed, folder):
        with pytest.raises(InputError) as caught:
            move(small_desk, [path])
        assert caught.value.remedy
    assert whole(small_desk) == before


@pytest.mark.parametrize("name", ["unsub.zip", "audience.zip", "cleaned.xlsx"])
def test_it_refuses_a_products_list_too(small_desk: Desk, tmp_path: Path, name: str) -> None:
    before = whole(small_desk)
    files = {"subscribed_members_export_1.csv": MAILCHIMP, name: b"PK\x03\x04"}
    with pytest.raises(InputError, match="not read"):
        move(small_desk, [zipped(tmp_path / "export.zip", files)])
    assert whole(small_desk) == before


def test_what_tells_of_nobody_is_left_and_told(small_desk: Desk, tmp_path: Path) -> None:
    move(small_desk, [zipped(tmp_path / "export.zip", {"list.csv": LIST, **HARMLESS})])
    assert small_desk.state("ada@example.org") is not None


def test_a_hidden_list_that_is_explained_is_read(small_desk: Desk, tmp_path: Path) -> None:
    packed = zipped(tmp_path / "a.zip", {"list.csv": LIST, ".hidden/unsubscribed.csv": ONE_ADDRESS})
    report, _ = move(small_desk, [packed], "file name:unsubscribed=unsubscribed")
    assert small_desk.state("ada@example.org") == "unsubscribed"
    assert len(report.lists) == 2


def test_an_archive_within_an_archive_of_past_issues_alone_is_told(tmp_path: Path) -> None:
    packed = zipped(tmp_path / "export.zip", {"posts/1.html": b"<p>x</p>", "pictures.zip": b"PK\x03\x04"})
    with opened([str(packed)]) as files:
        found = recognise(files, may_be_none=True)
        assert not found.lists
        assert "not read" in dict(found.others)["pictures.zip"]


def test_a_list_of_kit_without_its_column_of_states_must_be_explained(small_desk: Desk, tmp_path: Path) -> None:
    head = "Subscriber ID,First Name,Email Address,Created At,Tags"
    path = written(tmp_path, f"{head}\n1,Ada,ada@example.org,2023-01-15,\n", "kit.csv")
    with pytest.raises(InputError, match="Kit says in a column who stands where"):
        move(small_desk, [path])
    assert small_desk.state("ada@example.org") is None
    with opened([str(path)]) as files:
        assert [(each["column"], each["word"]) for each in survey(recognise(files), ())["words"]] == [("file name", "")]
    move(small_desk, [path], "file name:=active")
    assert small_desk.state("ada@example.org") == "active"
