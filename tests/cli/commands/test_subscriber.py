"""Readers by command: in, out, shown, forgotten."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.cli.conftest import Newsletter


def test_a_row_that_cannot_be_used_is_told_and_does_not_stop_the_rest(daily: Newsletter, folder: Path) -> None:
    (folder / "list.csv").write_text("email\nada@one.example\nnobody\nada@one.example\n", encoding="utf-8")
    said = daily("subscriber", "import", "list.csv", "-p", "daily", "--consent", "Fair, 2025", "--json")
    assert said.code == 0
    assert (said.json["added"], said.json["known"], said.json["pending"]) == (1, 1, True)
    assert said.json["invalid"][0][0] == 3


def test_a_bad_list_is_refused_whole(daily: Newsletter, folder: Path) -> None:
    (folder / "latin.csv").write_bytes(b"email\nada@one.example\nb\xe9@one.example\n")
    (folder / "columns.csv").write_text("first,second\n1,2\n", encoding="utf-8")
    for name in ("latin.csv", "columns.csv", "."):
        assert daily("subscriber", "import", name, "-p", "daily", "--consent", "x").code == 2, name
    assert daily("subscriber", "import", "none.csv", "-p", "daily", "--consent", "x").code == 3
    assert daily("subscriber", "export", "--json").json == []


def test_an_import_needs_consent_in_words_and_a_publication(draft: Newsletter) -> None:
    assert draft("subscriber", "import", "readers.csv", "-p", "daily", "--consent", " ").code == 2
    assert draft("subscriber", "import", "readers.csv", "-p", "weekly", "--consent", "x").code == 3
    assert draft("subscriber", "import", "readers.csv", "-p", "daily").code == 2


def test_an_export_holds_every_reader(draft: Newsletter, folder: Path) -> None:
    assert draft("subscriber", "export", "-o", "out.csv").code == 0
    with (folder / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted((row["email"], row["state"]) for row in rows) == [
        ("ada@one.example", "active"),
        ("grete@two.example", "active"),
    ]
    assert draft("subscriber", "export").out == (folder / "out.csv").read_text(encoding="utf-8")


def test_a_person_is_shown_and_forgotten(draft: Newsletter) -> None:
    assert draft("subscriber", "show", "ada@one.example", "--json").json["subscriptions"][0]["publication"] == "daily"
    assert "ada@one.example" in draft("subscriber", "show", "ada@one.example").out
    assert draft("subscriber", "forget", "ada@one.example", "--yes").code == 0
    shown = draft("subscriber", "show", "ada@one.example", "--json")
    assert shown.code == 3 or shown.json["subscriber"] is None
    assert len(draft("subscriber", "export", "--json").json) <= 2


def test_a_history_is_told_in_words(draft: Newsletter) -> None:
    assert draft("issue", "send", "today", "--despite", "other-date", "--wait").code == 0
    draft("suppression", "add", "ada@one.example", "--reason", "by letter")
    said = draft("subscriber", "show", "ada@one.example").out
    for told in ("daily: active; tracking unknown", "They asked.", "by letter  everywhere", "today  submitted"):
        assert told in said


def test_a_person_nobody_knows_is_not_found(daily: Newsletter) -> None:
    assert daily("subscriber", "show", "nobody@one.example").code == 3
    assert daily("subscriber", "show", "no address").code == 2


def test_a_name_that_is_a_formula_leaves_as_text_and_comes_back_as_it_was(daily: Newsletter, folder: Path) -> None:
    names = {"a@one.example": '=HYPERLINK("x")', "=b@one.example": "'=1+1", "c@one.example": "O'Neill"}
    rows = "".join(f'{address},"{name.replace(chr(34), chr(34) * 2)}"\n' for address, name in names.items())
    (folder / "list.csv").write_text(f"email,name\n{rows}", encoding="utf-8")

    def said(*words: str) -> dict[str, str]:
        rows = daily("subscriber", "export", "--json", *words).json
        return {row["email"]: row["name"] for row in rows if row["email"]}  # of the forgotten there is the hash alone

    consent = ("-p", "daily", "--consent", "Fair, 2025")
    assert daily("subscriber", "import", "list.csv", "--raw", *consent).code == 0
    assert said() == names
    first = daily("subscriber", "export").out
    cells = {(row["email"], row["name"]) for row in csv.DictReader(first.splitlines())}
    assert cells == {
        ("a@one.example", '\'=HYPERLINK("x")'),
        ("'=b@one.example", "''=1+1"),
        ("c@one.example", "O'Neill"),
    }
    raw = daily("subscriber", "export", "--raw").out
    assert {row["email"]: row["name"] for row in csv.DictReader(raw.splitlines())} == names
    for address in names:
        assert daily("subscriber", "forget", address, "--yes").code == 0
    # With other addresses: the forgotten do not come back.
    (folder / "back.csv").write_text(first.replace("one.example", "two.example"), encoding="utf-8")
    assert daily("subscriber", "import", "back.csv", *consent).code == 0
    assert said() == {address.replace("one.", "two."): name for address, name in names.items()}
    assert daily("subscriber", "export").out.count("''=1+1") == 1


def test_a_list_that_names_people_who_left_is_refused_until_its_words_are_explained(
    daily: Newsletter, folder: Path
) -> None:
    (folder / "list.csv").write_text("email,status\na@one.example,live\nb@one.example,gone\n", encoding="utf-8")
    words = ("subscriber", "import", "list.csv", "-p", "daily", "--confirmed", "--consent", "Fair, 2025")
    said = daily(*words)
    assert said.code == 2
    assert "--state 'status:live=...'" in said.err
    said = daily(*words, "--state", "live=active")
    assert said.code == 0
    assert "nobody said what 'status:gone' means" in said.err
    states = {row["email"]: row["state"] for row in daily("subscriber", "export", "--json").json}
    assert states["a@one.example"] == "active"
    assert states["b@one.example"] != "active"


def test_a_list_without_one_usable_row_ends_with_an_error(daily: Newsletter, folder: Path) -> None:
    for content in ("email\n", "email\nnobody\nno one\n"):
        (folder / "list.csv").write_text(content, encoding="utf-8")
        said = daily("subscriber", "import", "list.csv", "-p", "daily", "--consent", "Fair, 2025")
        assert (said.code, "no row could be used" in said.err) == (1, True)


def test_our_own_export_comes_back_without_a_word_of_consent(draft: Newsletter, folder: Path) -> None:
    before = draft("subscriber", "export", "-o", "out.csv")
    assert before.code == 0
    assert draft("subscriber", "import", "out.csv", "-p", "daily").code == 0
    assert draft("subscriber", "export").out == (folder / "out.csv").read_text(encoding="utf-8")
