"""The HTTP API: readers found, added, described and unsubscribed by programs that bear a key, and by nobody else."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from newsletter.accounts.api_keys import Wanted
from newsletter.audience.keeping_fields import FieldWish
from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model import AuditEntry, ConsentRecord, Notice, Subscription
from newsletter.model.actor import operator
from newsletter.model.reader_fields import FieldKind
from newsletter.model.rights import Right
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.web.places import Visitor, add_publication, make_parts

ALL = (Right.SEE_PEOPLE, Right.MANAGE_AUDIENCE)
CONSENT = {"sentence": "The Orchard, each morning.", "day": "2025-11-02"}
PIP = {"address": "pip@pear.example", "consent": CONSENT, "proven": True}


class Program:
    """A program of somebody's, with a key that has these rights on a publication."""

    def __init__(self, parts: Parts, *rights: Right, publication: str = "orchard") -> None:
        wanted = Wanted("their shop", rights or ALL, publication)
        self.key = parts.accounts.api_keys.create(wanted, by=operator())
        self._visitor = Visitor(create_app(parts))

    def call(self, name: str, says: object, *, home: str = "orchard", **headers: str) -> httpx.Response:
        given_headers = {"authorization": f"Bearer {self.key}"} | headers
        content = says if isinstance(says, bytes) else json.dumps(says).encode()
        path = f"/api/{home}/readers{name and f'/{name}'}"
        return self._visitor.ask("POST", path, content=content, headers=given_headers)


@pytest.fixture
def home(parts: Parts) -> int:
    """A publication with a field of each kind that can be wrong."""
    home = add_publication(parts.database).id
    for title, kind, choices in (
        ("Town", FieldKind.TEXT, ()),
        ("Born", FieldKind.DATE, ()),
        ("Plan", FieldKind.CHOICE, ("free", "paid")),
    ):
        parts.keeping_fields.add(home, FieldWish(title, kind, choices=choices), by=operator())
    return home


@pytest.fixture
def program(parts: Parts, home: int) -> Program:
    return Program(parts)


def test_a_reader_is_added_found_described_and_unsubscribed(parts: Parts, program: Program) -> None:
    known = PIP | {"name": "Pip", "fields": {"town": "Graz", "plan": "PAID"}, "tags": ["early"]}
    answer = program.call("", known)
    assert (answer.status_code, answer.json()) == (201, {"became": "added"})
    assert answer.headers["cache-control"] == "no-store"
    described = program.call("describe", {"address": "PIP@pear.example", "fields": {"town": "", "born": "1999-05-01"}})
    assert described.status_code == 200, described.text
    found = program.call("find", {"address": "pip@pear.example"}).json()
    assert found == {
        "address": "pip@pear.example",
        "name": "Pip",
        "state": "active",
        "since": found["since"],
        "fields": {"born": "1999-05-01", "plan": "paid"},
        "tags": ["early"],
    }
    assert program.call("unsubscribe", {"address": "pip@pear.example"}).json() == {"became": "unsubscribed"}
    assert program.call("find", {"address": "pip@pear.example"}).json()["state"] == "unsubscribed"
    with parts.database.read() as session:
        records = [(each.action, each.wording, each.place) for each in session.scalars(select(ConsentRecord))]
        names = {entry.actor for entry in session.scalars(select(AuditEntry)) if entry.action.startswith("sub")}
    assert records[0][1] == "The Orchard, each morning. (by another form, 2025-11-02)"
    assert records[-1][0::2] == ("unsubscribed", "by a program")
    assert names == {"api key"}


def test_the_same_call_again_changes_nothing_and_tags_add_up(program: Program) -> None:
    assert program.call("", PIP | {"tags": ["early"]}).status_code == 201
    again = program.call("", PIP | {"tags": ["shop"]})
    assert (again.status_code, again.json()) == (200, {"became": "known"})
    assert program.call("find", {"address": "pip@pear.example"}).json()["tags"] == ["early", "shop"]
    program.call("describe", {"address": "pip@pear.example", "tags": []})
    assert program.call("find", {"address": "pip@pear.example"}).json()["tags"] == []


def test_whose_consent_is_not_proven_is_asked_by_one_mail_and_waits_then(parts: Parts, program: Program) -> None:
    answer = program.call("", PIP | {"proven": False})
    assert (answer.status_code, answer.json()) == (201, {"became": "asked"})
    again = program.call("", PIP | {"proven": False})
    assert (again.status_code, again.json()) == (201, {"became": "waits"})
    assert program.call("find", {"address": "pip@pear.example"}).json()["state"] == "pending"


def test_who_left_stays_out_and_nothing_is_written_of_them(program: Program) -> None:
    program.call("", PIP)
    program.call("unsubscribe", {"address": "pip@pear.example"})
    back = program.call("", PIP | {"tags": ["again"]})
    assert (back.status_code, back.json()) == (200, {"became": "left"})
    found = program.call("find", {"address": "pip@pear.example"}).json()
    assert (found["state"], found["tags"]) == ("unsubscribed", [])


@pytest.mark.parametrize(
    ("says", "where"),
    [
        (PIP | {"fields": {"village": "x"}}, "There is no such field."),
        (PIP | {"fields": {"born": "soon"}}, "'soon' is no date."),
        (PIP | {"fields": {"plan": "gold"}}, "'gold' is none of the choices."),
        (PIP | {"tags": ["x" * 101]}, "A tag has 1 to 100 characters."),
        (PIP | {"tags": [""] * 101}, "List should have at most 100 items"),
        (PIP | {"tag": ["x"]}, "Extra inputs are not permitted."),
        (PIP | {"proven": "yes"}, "Input should be a valid boolean."),
        (PIP | {"consent": CONSENT | {"day": "2030-01-01"}}, "This day has not come"),
        (PIP | {"consent": CONSENT | {"sentence": " "}}, "Say to what they agreed."),
        (PIP | {"consent": CONSENT | {"way": "by telepathy"}}, "Say how they agreed."),
        (PIP | {"address": "pip"}, "address"),
        (PIP | {"name": "a\nb"}, "A name stands on one line"),
        ({"address": "pip@pear.example"}, "Field required."),
        ([], "Input should be an object"),
        (b"\xff", "Invalid JSON"),
        (b"", "Invalid JSON"),
        (b"[" * 60_000, "Invalid JSON"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(parts: Parts, program: Program, says: object, where: str) -> None:
    answer = program.call("", says)
    assert answer.status_code == 422
    assert where in answer.json()["what"] or where in answer.text
    with parts.database.read() as session:
        assert session.scalars(select(Subscription)).all() == []
        assert session.scalars(select(Notice)).all() == []


@pytest.mark.parametrize("name", ["find", "describe", "unsubscribe"])
def test_nobody_is_404_and_told_as_json(program: Program, name: str) -> None:
    answer = program.call(name, {"address": "nobody@pear.example"})
    assert answer.status_code == 404
    assert answer.json()["what"] == "This is no reader of the publication."


def test_a_call_without_a_key_that_works_is_401(parts: Parts, program: Program) -> None:
    for authorization in ("", "Bearer ", "Bearer nlk_", f"Basic {program.key}", f"Bearer {program.key[:-1]}x"):
        answer = program.call("find", PIP, authorization=authorization)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert answer.json()["what"] == "An API key belongs here."
    parts.accounts.api_keys.revoke(program.key[:12], by=operator())
    assert program.call("", PIP).status_code == 401
    assert program.call("", PIP, home="nowhere").status_code == 401, "a stranger does not learn what there is"


def test_a_key_does_what_its_rights_and_its_publication_allow(parts: Parts, home: int) -> None:
    add_publication(parts.database, "tide")
    seeing, managing, elsewhere = (
        Program(parts, Right.SEE_PEOPLE),
        Program(parts, Right.MANAGE_AUDIENCE),
        Program(parts, publication="tide"),
    )
    assert [each.call("", PIP).status_code for each in (seeing, elsewhere, managing)] == [403, 403, 201]
    assert [
        each.call("find", {"address": "pip@pear.example"}).status_code for each in (managing, elsewhere, seeing)
    ] == [403, 403, 200]
    for name in ("describe", "unsubscribe"):
        assert [
            each.call(name, {"address": "pip@pear.example"}).status_code for each in (seeing, elsewhere, managing)
        ] == [403, 403, 200]


def test_the_right_to_manage_the_audience_is_enough_to_add_with_tags_and_fields(parts: Parts, home: int) -> None:
    managing, seeing = Program(parts, Right.MANAGE_AUDIENCE), Program(parts, Right.SEE_PEOPLE)
    assert managing.call("", PIP | {"tags": ["early"], "fields": {"town": "Graz"}}).status_code == 201
    found = seeing.call("find", {"address": "pip@pear.example"}).json()
    assert (found["tags"], found["fields"]) == (["early"], {"town": "Graz"})


@pytest.mark.parametrize("known", [False, True])
def test_calls_at_the_same_time_add_their_tags_up(
    database: Database, clock: SettableClock, tmp_path: Path, known: bool
) -> None:
    parts = make_parts(database, clock, tmp_path)
    add_publication(database)
    program, names = Program(parts), [f"tag{n}" for n in range(6)]
    if known:
        program.call("", PIP)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda name: program.call("", PIP | {"tags": [name]}).json()["became"], names))
    assert answers.count("added") == (0 if known else 1)
    assert program.call("find", {"address": "pip@pear.example"}).json()["tags"] == names


@pytest.mark.parametrize(
    "says",
    [
        PIP | {"tags": ["a\0b"]},
        PIP | {"tags": ["a\nb"]},
        PIP | {"tags": ["\x1b[31mred"]},
        PIP | {"name": "a\0b"},
        PIP | {"consent": CONSENT | {"sentence": "a\0b"}},
        PIP | {"consent": CONSENT | {"day": "20250101"}},
        PIP | {"consent": CONSENT | {"day": "2025-W01-1"}},
        PIP | {"consent": CONSENT | {"way": "\0"}},
        PIP | {"address": "pip\0@pear.example"},
        PIP | {"fields": {"to\0wn": "x"}},
    ],
)
def test_what_no_database_holds_is_refused_on_each(
    database: Database, clock: SettableClock, tmp_path: Path, says: dict[str, Any]
) -> None:
    parts = make_parts(database, clock, tmp_path)
    add_publication(database)
    assert Program(parts).call("", says).status_code == 422
    with database.read() as session:
        assert session.scalars(select(Subscription)).all() == []


def test_a_value_loses_what_no_database_holds(database: Database, clock: SettableClock, tmp_path: Path) -> None:
    parts = make_parts(database, clock, tmp_path)
    parts.keeping_fields.add(add_publication(database).id, FieldWish("Town"), by=operator())
    program = Program(parts)
    assert program.call("", PIP | {"fields": {"town": "Gr\0az"}}).status_code == 201
    assert program.call("find", {"address": "pip@pear.example"}).json()["fields"] == {"town": "Graz"}


def test_a_key_of_the_address_and_no_cookie_opens_nothing(program: Program) -> None:
    answer = program.call("find", PIP, authorization="", cookie=f"desk={program.key}")
    assert answer.status_code == 401


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["address", "consent", "fields", "tags", "x"]), inner, max_size=4)
        ),
    )
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_breaks_it(program: Program, says: Any) -> None:
    for name in ("", "find", "describe", "unsubscribe"):
        assert program.call(name, says).status_code in {404, 422}
