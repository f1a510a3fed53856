"""Whether an address is an editor's cannot be told from any way in: the answers are equal, and so is the work behind them.

The work is counted and not timed: hashes of passwords, statements of the database, random secrets that are made, mails that are owed.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import event, func, select

from newsletter.accounts.passwords import Passwords
from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model import AccountLink, Editor, Notice
from newsletter.model.actor import operator
from newsletter.model.rights import HeldGrant, Role
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.parts.authenticator import SoftwareAuthenticator
from tests.parts.oidc_issuer import OidcIssuer
from tests.web.desk.signing_on import MARA, Place
from tests.web.places import add_publication, make_parts
from tests.web.seats import PASSWORD, Browser, add_editor

KNOWN, OFF, SAFER, ISSUERS = (f"{name}@tide.example.org" for name in ("known", "off", "safer", "issuers"))
"""An editor, one who is disabled, one with a second factor, and one who has no password."""
PEOPLE = (KNOWN, OFF, SAFER, ISSUERS, "invited@tide.example.org", "nobody@tide.example.org", "Nobody@elsewhere.example")
_RANDOM = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass
class Work:
    """What was done for one request, and what it was answered."""

    answer: tuple[int, str, tuple[tuple[str, str], ...]] = (0, "", ())
    done: Counter[str] = field(default_factory=Counter)

    def told(self, answer: httpx.Response, address: str) -> None:
        """Note an answer, but for its random parts and the address that was typed."""

        def plain(text: str) -> str:
            return _RANDOM.sub("(random)", text.replace(address, "(address)").replace(address.lower(), "(address)"))

        headers = sorted((name, plain(value)) for name, value in answer.headers.items() if name != "content-length")
        self.answer = answer.status_code, plain(answer.text), tuple(headers)


class Counting(PasswordHasher):
    """Hashes that cost little, and are counted."""

    work: ClassVar[Counter[str]] = Counter()

    def hash(self, *args: Any, **more: Any) -> str:
        Counting.work["hash"] += 1
        return super().hash(*args, **more)

    def verify(self, hash: str, *args: Any, **more: Any) -> bool:  # noqa: A002 - the library's name
        Counting.work[f"verification of {hash.rpartition('$')[0].rpartition('$')[0]}"] += 1
        return super().verify(hash, *args, **more)


@contextmanager
def watched(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    """Count what is done while the body runs."""
    work, dealt = Work(), secrets.token_bytes

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        work.done[statement] += 1

    def deal(octets: int | None = None) -> bytes:
        work.done[f"{octets} random octets"] += 1
        return dealt(octets)

    before = _mails(parts)
    Counting.work = work.done
    event.listen(parts.database.engine, "before_cursor_execute", note)
    with monkeypatch.context() as during:
        during.setattr(secrets, "token_bytes", deal)
        yield work
    event.remove(parts.database.engine, "before_cursor_execute", note)
    Counting.work = Counter()
    work.done["mails"] = _mails(parts) - before


def _mails(parts: Parts) -> int:
    with parts.database.read() as session:
        return session.scalar(select(func.count()).select_from(Notice)) or 0


@pytest.fixture
def parts(database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    """A service over https with editors of each kind, somebody who is invited, and hashes that are counted."""
    made = make_parts(database, clock, tmp_path, "https://news.test")
    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    made.__dict__["passwords"] = Passwords(hasher=hasher)
    add_publication(database)
    for address in (KNOWN, OFF, SAFER, ISSUERS):
        editor = add_editor(made, address)
        with database.write() as session:
            hashed = made.passwords.unusable() if address == ISSUERS else hasher.hash(PASSWORD)
            session.get_one(Editor, editor.id).password_hash = hashed
    made.accounts.team.disable(OFF, by=operator())
    made.accounts.links.invite_by_hand("invited@tide.example.org", HeldGrant(Role.WRITER), by=operator())
    _give_a_passkey(made, SAFER)
    return made


def _give_a_passkey(parts: Parts, address: str) -> None:
    with parts.database.read() as session:
        editor = session.scalars(select(Editor).where(Editor.address == address)).one()
    browser, device = Browser(create_app(parts), scheme="https"), SoftwareAuthenticator("https://news.test")
    browser.take_seat(parts, editor)
    browser.cookies["__Host-desk"] = browser.cookies.pop("desk")
    asked = browser.post("/desk/account/passkeys/options").text
    assert browser.post("/desk/account/passkeys", passkey=device.create(asked)).status_code == 200


def _password(browser: Browser, address: str) -> httpx.Response:
    return browser.post("/desk/sign-in", address=address, password="not the password of anybody")


def _password_for_a_script(browser: Browser, address: str) -> httpx.Response:
    return browser.post("/desk/sign-in", {"accept": "application/json"}, address=address, password="not it at all")


def _password_over_what_was_typed(browser: Browser, address: str) -> httpx.Response:
    return browser.post(
        "/desk/sign-in/again", address=address, password="not it at all", where="/desk/orchard/issues/1"
    )


def _endless_password(browser: Browser, address: str) -> httpx.Response:
    return browser.post("/desk/sign-in", address=address, password="x" * 5000)


def _reset_link(browser: Browser, address: str) -> httpx.Response:
    return browser.post("/desk/sign-in/forgotten", address=address, what="reset")


def _sign_in_link(browser: Browser, address: str) -> httpx.Response:
    return browser.post("/desk/sign-in/forgotten", address=address, what="sign-in")


def _passkey_options(browser: Browser, address: str) -> httpx.Response:
    return browser.post("/desk/sign-in/passkey/options", address=address)


def _second_step(browser: Browser, address: str) -> httpx.Response:
    return browser.post("/desk/sign-in/second", address=address, code="000000")


WAYS = (
    _password,
    _password_for_a_script,
    _password_over_what_was_typed,
    _endless_password,
    _reset_link,
    _sign_in_link,
    _passkey_options,
    _second_step,
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.strip("_"))
def test_every_address_gets_the_same_answer_after_the_same_work(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, way: Callable[[Browser, str], httpx.Response]
) -> None:
    app, found = create_app(parts), {}
    way(Browser(app, scheme="https"), "warm@up.example")  # what is made when first asked for
    for number, address in enumerate(PEOPLE):
        browser = Browser(app, scheme="https", ip=f"198.51.100.{number + 1}")
        with watched(parts, monkeypatch) as work:
            work.told(way(browser, address), address)
        found[address] = work
    reference = found[PEOPLE[-1]]
    assert reference.done, "something is done at all"
    for address, work in found.items():
        assert work.answer == reference.answer, address
        assert work.done == reference.done, (address, work.done - reference.done, reference.done - work.done)


def test_what_is_counted_tells_a_right_password_from_a_wrong_one(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    app, found = create_app(parts), []
    for address in (KNOWN, "nobody@tide.example.org"):
        with watched(parts, monkeypatch) as work:
            work.told(Browser(app, scheme="https").post("/desk/sign-in", address=address, password=PASSWORD), address)
        found.append(work)
    known, nobody = found
    assert known.answer != nobody.answer and known.done != nobody.done
    assert known.done["32 random octets"] == 2 and nobody.done["32 random octets"] == 0


def test_as_many_mails_are_owed_to_each_until_the_limit_of_the_address(parts: Parts) -> None:
    app = create_app(parts)
    for number, address in enumerate(PEOPLE):
        browser, before = Browser(app, scheme="https", ip=f"203.0.113.{number + 1}"), _mails(parts)
        for _ in range(5):
            assert _reset_link(browser, address).status_code == 303
        assert _mails(parts) - before == 3, address
    with parts.database.read() as session:
        kept = session.scalars(select(AccountLink.address).where(AccountLink.kind == "reset")).all()
    assert sorted(kept) == sorted(address.lower() for address in PEOPLE), "each has one, and nobody is looked up"


def test_whoever_tries_too_often_is_told_the_same_of_every_address(parts: Parts) -> None:
    app, answers = create_app(parts), set()
    for number, address in enumerate(PEOPLE):
        browser = Browser(app, scheme="https", ip=f"198.51.100.{number + 1}")
        statuses = [_password(browser, address).status_code for _ in range(11)]
        answers.add(tuple(statuses))
    assert answers == {(422,) * 10 + (429,)}


def test_an_issuer_that_vouches_for_somebody_who_is_not_let_in_makes_us_do_the_same_work(
    each_place: Place, monkeypatch: pytest.MonkeyPatch, issuer: OidcIssuer
) -> None:
    place = each_place
    linked, off = add_editor(place.parts, KNOWN), add_editor(place.parts, OFF)
    issuer.person = {**MARA, "sub": "known", "email": linked.address}
    place.enter(place.browser())
    issuer.person = {**MARA, "sub": "off, linked", "email": off.address}
    place.enter(place.browser())
    add_editor(place.parts, ISSUERS)
    for address in (OFF, ISSUERS):
        place.parts.accounts.team.disable(address, by=operator())
    people = {
        "nobody": {"sub": "nobody", "email": "nobody@tide.example.org"},
        "disabled": {"sub": "disabled", "email": ISSUERS},
        "disabled and linked": {"sub": "off, linked", "email": off.address},
        "replaced": {"sub": "another by now", "email": KNOWN},
    }
    found = {}
    for name, person in people.items():
        issuer.person = {**MARA, **person}
        browser = place.browser()
        back = issuer.follow(place.go(browser)).removeprefix("http://news.test")
        with watched(place.parts, monkeypatch) as work:
            work.told(browser.get(back), person["email"])
        found[name] = work
    for name, work in found.items():
        assert work.answer == found["nobody"].answer, name
        assert work.done == found["nobody"].done, (name, work.done - found["nobody"].done)
