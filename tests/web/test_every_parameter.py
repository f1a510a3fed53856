"""Every parameter of every route, found by asking the application, with what no database holds: never a broken page."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_from_bytes

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel

from newsletter.accounts import sessions
from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.feedback.intake import Intake
from newsletter.pacing import MemoryBuckets
from newsletter.store.database import Database
from newsletter.store.feedback import reports
from newsletter.tokens import Purpose
from newsletter.web.app import create_app
from tests.accounts.conftest import cheap
from tests.parts.actors import OPERATOR
from tests.parts.named import id_of_publication
from tests.test_floors import ROOT
from tests.web.places import add_publication, make_document, make_parts, publish
from tests.web.public.test_subscribe import delivered
from tests.web.routes import routes
from tests.web.seats import Browser, add_editor

WEB = ROOT / "newsletter" / "web"
UNTEXTUAL = (b"\0", b"a\0b", b"1\0", b"\xff", b"a\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf5\x80\x80\x80")
"""NUL, octets that begin no character, half a character, a lone surrogate, an overlong NUL, past the last plane (RFC 3629)."""
TOO_GREAT = (*(str(n).encode() for n in (2**53 + 1, 2**63, 2**64, 10**22)), b"9" * 5_000)
ODD = (
    *(
        b"-1",
        b"-9223372036854775809",
        b"1e400",
        b"NaN",
        b"0x10",
        b"1_0",
        b" 7 ",
        "١٢٣".encode(),
        "²".encode(),
        b"1.0",
        b"",
    ),
    *(b"2026-01-01_99999999999999999999", b"9999-12-31_1", b"0000-00-00_1", b"2026-01-01.999999999999999999"),
    *(b"9999-12-31T23:59:59", b"0001-01-01T00:00", b"2026-05-09T08:00+23:59", b"x" * 9_000, "é".encode() * 4_000),
    *(
        b"%",
        b"'\"<>\\",
        b"../../x",
        b"\x01\x1b\x7f",
        "\u202e\ufffe\U0010ffff".encode(),
        b"http://[",
        b"a@b@c",
        b"1" * 60_000,
    ),
)
HEADERS = (
    "host",
    "origin",
    "cookie",
    "accept",
    "authorization",
    "content-type",
    "if-none-match",
    "if-modified-since",
    "range",
)
_TAKEN = re.compile(r'query_params(?:\.get\(|\[)"(\w+)"')


@dataclass(frozen=True)
class Asked:
    """A route, one of its parameters, and where that stands."""

    method: str
    path: str
    name: str
    place: str  # path | query | form | header
    is_number: bool


def parameters(app: FastAPI) -> Iterator[Asked]:
    """Yield every parameter of every route, those included that a view takes out of the request itself."""
    for route in routes(app):
        if not isinstance(route, APIRoute):
            continue
        known = list(_needed(route.dependant))
        by_hand = _taken_by_hand() if "GET" in route.methods else []
        places = {
            "path": [p for one in known for p in one.path_params],
            "query": [*(p for one in known for p in one.query_params), *by_hand],
            "form": [p for one in known for p in _fields(one.body_params)],
            "header": [*(p for one in known for p in one.header_params), *HEADERS],
        }
        for method in sorted(route.methods):
            for place, found in places.items():
                for parameter in found:
                    name, is_number = _named(parameter)
                    yield Asked(method, route.path, name, place, is_number)


def _needed(dependant: Any) -> Iterator[Any]:
    yield dependant
    for inner in dependant.dependencies:
        yield from _needed(inner)


def _fields(parameters: Sequence[Any]) -> Iterator[Any]:
    for parameter in parameters:
        model = parameter.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from model.model_fields
        else:
            yield parameter


def _named(parameter: Any) -> tuple[str, bool]:
    if isinstance(parameter, str):
        return parameter, False
    return parameter.alias, parameter.field_info.annotation is int


@cache
def _taken_by_hand() -> list[str]:
    return sorted({name for path in WEB.rglob("*.py") for name in _TAKEN.findall(path.read_text(encoding="utf-8"))})


def values_for(asked: Asked, turn: int, *, is_first: bool) -> Sequence[bytes]:
    """Return what fits the place: all that is odd where a name is asked for the first time, and a hand of it everywhere else.

    A name that many routes take is read by the same code in each. So each of them gets what no database holds, what is too great,
    and the next of the odd ones in turn: together they get all of them many times over.
    """
    if asked.place == "header":
        return ((b"\xff", b"http://[", b"9" * 5_000)[turn % 3],)
    if asked.name in _taken_by_hand():
        return *UNTEXTUAL[:1], *ODD[-3:]
    if (
        is_first and asked.place == "form"
    ):  # a field of one form is read by its own code, and half of them are enough for that
        return *UNTEXTUAL[::3], *TOO_GREAT[turn % 2 :: 2], *ODD[turn % 2 :: 2]
    if is_first:
        return *UNTEXTUAL[::3], *TOO_GREAT, *ODD
    odd = (*UNTEXTUAL[1:], *TOO_GREAT[:-1], *ODD)
    return UNTEXTUAL[0], TOO_GREAT[-1], *(odd[(turn * HAND + each) % len(odd)] for each in range(HAND))


HAND = 4
"""How many of the odd values a route gets whose parameter others have, too."""


class Knocker:
    """Asks the application without a socket."""

    def __init__(self, app: FastAPI, good: dict[str, str], browser: Browser | None) -> None:
        self._app = app
        self._good = good
        self._browser = browser

    async def ask(self, asked: Asked, value: bytes) -> httpx.Response:
        """Ask with `value` for the one parameter and something good for all others."""
        raw = quote_from_bytes(value, safe="")
        path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: self._in_path(found[1], asked, raw), asked.path)
        query = f"?{asked.name}={raw}" if asked.place == "query" else ""
        headers = {"origin": b"http://news.test", "content-type": b"application/x-www-form-urlencoded"}
        if asked.place == "header":
            headers[asked.name] = value
        content = self._form(asked, raw) if asked.method == "POST" else None
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False, client=("192.0.2.7", 1))
        cookies = self._browser.cookies if self._browser else None
        async with httpx.AsyncClient(transport=transport, base_url="http://news.test", cookies=cookies) as client:
            return await client.request(asked.method, path + query, headers=headers, content=content)

    def _in_path(self, name: str, asked: Asked, raw: str) -> str:
        return raw if (asked.place, asked.name) == ("path", name) else quote(self._good.get(name, "1"), safe="")

    def _form(self, asked: Asked, raw: str) -> bytes:
        fields = {name: quote(value, safe="") for name, value in self._good.items() if name != "number"}
        if self._browser:
            fields["csrf"] = self._browser.csrf
        if asked.place == "form":
            fields[asked.name] = raw
        return "&".join(f"{name}={value}" for name, value in fields.items()).encode()


class NoLimits(MemoryBuckets):
    """Never empty: what is behind a limit is asked too, and nobody waits."""

    def take(self, name: str, amount: float, **_: float) -> float:
        return 0.0


@pytest.fixture
def parts(database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    """Parts on each database, with a draft, published issues, a reader, a report and a mail in the inbox."""
    made = make_parts(database, clock, tmp_path)
    made.__dict__.update(passwords=cheap(), buckets=NoLimits(clock))
    publication = add_publication(database)
    for day in (1, 2):
        publish(database, publication, make_document(f"2026-03-0{day}", date(2026, 3, day)))
    delivered(made, publication)
    kept = Intake(database, clock, made.queue).keep(b"x", source="post").raw_report_id
    with database.write() as session:
        reports.set_aside(session, kept, "not to be read")
    return made


def good_values(parts: Parts) -> dict[str, str]:
    """Return what leads somewhere, by the parameter's name; any other parameter gets a 1."""
    draft = parts.editing.new(id_of_publication(parts.database, "orchard"), by=OPERATOR)
    return {
        "issue_id": str(draft.id),
        "pub": "orchard",
        "publication": "orchard",
        "issue": "2026-03-02",
        "section": "papers",
        "key": "grafting-1",
        "digits": "1f5f8b",
        "provider": "postmark",
        "name": "saved",
        "kind": "email",
        "address": "pip@pear.test",
        "token": parts.signer.issue(Purpose.UNSUBSCRIBE, 7),
    }


SHARES = 4
"""Each takes every fourth parameter, so that they run beside each other."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("who", ["nobody", "editor"])
def test_no_parameter_of_any_route_breaks_a_page(parts: Parts, who: str, share: int) -> None:
    app = create_app(parts)
    browser = Browser(app) if who == "editor" else None
    knocker = Knocker(app, good_values(parts), browser)
    # The second database is asked for what it refuses by itself, and no ledger for a header.
    is_alone = parts.database.engine.dialect.name == "sqlite"
    places = {"path", "query", "form"} | ({"header"} if is_alone else set())

    async def all_of_them() -> tuple[int, list[str]]:
        count, broken, everything = 0, [], list(parameters(app))
        firsts = {(asked.name, asked.place): number for number, asked in reversed(list(enumerate(everything)))}
        for number, asked in list(enumerate(everything))[share::SHARES]:
            if asked.place not in places:
                continue
            if browser is not None:
                keep_seated(browser, parts, number)
            # whoever is not signed in gets no further than the desk's door, whatever they send
            behind_a_door = browser is None and asked.path.startswith("/desk")
            is_first = is_alone and not behind_a_door and firsts[asked.name, asked.place] == number
            for value in values_for(asked, number, is_first=is_first):
                answer = await knocker.ask(asked, value)
                count += 1
                if not _fits(answer.status_code, asked, value):
                    broken.append(
                        f"{asked.method} {asked.path} {asked.place} {asked.name}={value[:30]!r}: {answer.status_code}"
                    )
        return count, broken

    count, broken = asyncio.run(all_of_them())
    assert broken == [], "\n".join(broken)
    assert count > 400 * len(places) / SHARES


def keep_seated(browser: Browser, parts: Parts, number: int) -> None:
    """Sit down again when what was asked before ended the session: a route that signs out was among them."""
    secret = browser.cookies.get("desk") or ""
    if sessions.look_up(parts.database, clock=parts.clock, secret=secret) is None:
        browser.take_seat(parts, add_editor(parts, f"mara{number}@tide.example.org"))


def _fits(status: int, asked: Asked, value: bytes) -> bool:
    if asked.name == "List-Unsubscribe" and asked.path.startswith("/u/"):  # the token here is good for no other door
        return status == 200  # whoever leaves with a valid token leaves, whatever the body holds: RFC 8058 section 3.2
    if asked.name == "List-Unsubscribe":
        return status == 400
    if asked.place != "header" and value in UNTEXTUAL:
        return status in {404, 422}
    if asked.is_number and value in TOO_GREAT:
        return status in {303, 401, 403, 404, 422}  # the first three: of somebody who has no seat
    return 200 <= status < 500


def test_every_route_and_every_kind_of_place_is_found(parts: Parts) -> None:
    app = create_app(parts)
    found = list(parameters(app))
    assert {asked.place for asked in found} == {"path", "query", "form", "header"}
    assert {"website", "List-Unsubscribe", "revision", "before", "tab", "csrf", "x-csrf-token"} <= {
        a.name for a in found
    }
    with_parameters = {route.path for route in routes(app) if "{" in getattr(route, "path", "")}
    assert (
        with_parameters - {asked.path for asked in found if asked.place == "path"}
        == {"/static/{path:path}"} & with_parameters
    )
    assert not [a for a in found if a.place in {"path", "query"} and a.is_number and a.name in {"", None}]


def test_numbers_in_addresses_have_one_type() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in WEB.rglob("*.py"))
    assert re.findall(r"\{\w+:int\}", source) == [], "its converter breaks on 5,000 digits: use `Number`"
    assert re.findall(r"Annotated\[int, (?:Form|Query|Path)", source) == []
