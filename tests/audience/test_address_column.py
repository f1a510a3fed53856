"""The column of addresses is found by its name in many languages, else by what stands in it; never one that tells of others, or of leaving."""

from __future__ import annotations

import io

import pytest

from newsletter.audience.list_file import read_csv
from newsletter.errors import InputError


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Deine E-Mail Adresse",
            "Mailadresse",
            "Adresse e-mail",
            "Courriel",
            "Correo electrónico",
            "Dirección de correo electrónico",
        ),
        *(
            "Indirizzo e-mail",
            "Endereço de e-mail",
            "E-mailadres",
            "E-postadress",
            "Sähköposti",
            "Электронная почта",
            "メールアドレス",
            "电子邮件",
        ),
        *("E-mail 1 - Value", "Primary Email", "What is your e-mail?", "E-Mail (Pflichtfeld)"),
    ],
)
@pytest.mark.parametrize("head", ["Address,{},City", "{},Name,Note", "Name,,{}"])
def test_it_is_found_though_streets_stand_in_another(name: str, head: str) -> None:
    place = head.split(",").index("{}")
    rows = [["1 Quay", "2 Quay", "3 Quay"] for _ in range(3)]
    for number, row in enumerate(rows):
        row[place] = f"reader{number}@example.org"
    content = "\n".join([head.format(name), *map(",".join, rows)]).encode()
    assert [row["email"] for row in read_csv(io.BytesIO(content))] == [
        f"reader{number}@example.org" for number in range(3)
    ]


@pytest.mark.parametrize(
    "content",
    [
        "Name,Referred by (mail)\nAda,bob@example.org\n",
        "Name,Unsubscribed mail\nAda,ada@example.org\n",
        "Name,Work mail,Home mail\nAda,ada@example.org,ada@example.net\n",
        "Name,Best mail\nAda,call her\nBob,bob@example.org\n",
        "Name,Best mail\nAda,\n",
        "Name,Who\nAda,ada@example.org\n",
        "Name\nAda\n",
        "ada@example.org,Ada\nbob@example.org,Bob\n",
    ],
)
def test_what_may_be_somebody_elses_or_none_is_not_guessed(content: str) -> None:
    with pytest.raises(InputError, match="there is no column of addresses"):
        list(read_csv(io.BytesIO(content.encode())))


def test_a_column_that_is_named_by_hand_is_not_guessed() -> None:
    with pytest.raises(InputError, match="there is no column 'mail2'"):
        read_csv(io.BytesIO(b"Name,Mail of yours\nAda,ada@example.org\n"), address="mail2")


def test_lines_that_were_looked_at_are_rows_with_their_number() -> None:
    found = list(read_csv(io.BytesIO(b"A title\n\nMail?,Name\nada@example.org,Ada\n\nbob@example.org,Bob\n")))
    assert [(row["email"], row.line) for row in found] == [("ada@example.org", 4), ("bob@example.org", 6)]
