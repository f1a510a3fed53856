"""Every token at every door: taken where it was made for, and elsewhere, or changed in any way, worth nothing."""

from __future__ import annotations

import base64
import re
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from newsletter.audience import asking
from newsletter.clock import SettableClock
from newsletter.feedback.intake import Intake
from newsletter.model import AppliedReport
from newsletter.store.database import Database
from newsletter.tokens import Purpose, Signer
from tests.feedback.mailing import dsn
from tests.web.places import every_key
from tests.web.route import Who
from tests.web.routes import ROUTES
from tests.web.scene import LEAVE, Caller, Scene, add_notice
from tests.web.test_every_route import OWN
from workers.inbound import Inbound

SUBJECT = 1
"""There is a publication, an issue, a delivery, a subscription, a notice and an editor of this number: whatever is misread leads somewhere."""
NO_DOOR = {Purpose.VIEW, Purpose.PREVIEW}
"""Made for pages that do not exist yet: no door takes them."""
REPORTED = frozenset({"raw_reports", "raw_contents", "applied_reports", "tallies", "unproven_days"})
"""What any letter adds to: it is kept, and what became of it is counted."""
Answer = tuple[Any, ...]


class Shape(StrEnum):
    """How a token is spelled."""

    PLAIN = "plain"
    TIMED = "timed"
    ADDRESS = "address"


@dataclass(frozen=True)
class Door:
    """Where a token is taken: `knock` shows one and returns the answer; what is `taken` is one purpose in one spelling."""

    name: str
    taken: tuple[Purpose, Shape] | None
    knock: Callable[[Scene, str], Answer]
    lets_in: Callable[[Scene, Answer], bool]
    adds_to: frozenset[str] = frozenset({"events"})
    every: int = 1
    """Of the changed tokens every so manieth is shown: where a letter has to be read for each."""
    in_text: bool = False
    """Whether the token stands in words of a person, parted from them by whatever is no letter of a token."""
    also: Purpose | None = None
    """Another purpose that is taken in the same spelling: the link of a welcome leads where that of an issue does."""

    @property
    def all_taken(self) -> tuple[tuple[Purpose, Shape], ...]:
        """Every purpose that is taken, with its spelling."""
        if self.taken is None:
            return ()
        return (self.taken, *([(self.also, self.taken[1])] if self.also else []))


def spelled(signer: Signer, purpose: Purpose, shape: Shape, scene: Scene) -> str:
    """Return the token of SUBJECT; a timed one is old enough for every door and too old for none."""
    if shape is Shape.TIMED and purpose is Purpose.FORM:  # a form's token is one of many of its publication
        return asking.form_token(signer, SettableClock(scene.clock.now() - timedelta(minutes=1)), SUBJECT)
    if shape is Shape.TIMED:
        return signer.issue_timed(purpose, SUBJECT, scene.clock.now() - timedelta(minutes=1))
    return signer.issue(purpose, SUBJECT) if shape is Shape.PLAIN else signer.issue_address(purpose, SUBJECT)


# --- how to knock


def by_address(method: str, address: str, scene: Scene, token: str) -> Answer:
    """Ask an address that holds the token."""
    answer = scene.stranger().ask(method, address.format(token=token))
    return answer.status_code, answer.text.replace(token, "")


def by_form(scene: Scene, token: str) -> Answer:
    """Send the subscribe form."""
    caller = Caller(scene.app, ip=f"192.0.2.{len(scene.names) % 250}")
    answer = caller.ask("POST", "/orchard/subscribe", data={"address": "new@pear.example", "token": token})
    return answer.status_code, answer.status_code == 303 or "form was open" in answer.text


def by_cookie(scene: Scene, token: str) -> Answer:
    """Show the token as the cookie of a session."""
    name = scene.seated().cookies.partition("=")[0]
    printable = token if token.isascii() and token.isprintable() else "x"
    answer = Caller(scene.app, f"{name}={printable}").ask("GET", "/desk")
    return answer.status_code, answer.text


def by_field(scene: Scene, token: str) -> Answer:
    """Change something with the token as that of the form."""
    data = {"publication": "orchard", "csrf": token}
    answer = scene.seated().ask("POST", "/desk/new", headers=OWN, data=data)
    return answer.status_code, answer.status_code == 303 or "not from this session" in answer.text


def by_preview(scene: Scene, token: str) -> Answer:
    """Ask for the frame of a draft by a name that is a token, without a seat."""
    answer = scene.stranger().ask("GET", f"/desk/orchard/issues/1/previews/{token}/email")
    return answer.status_code, answer.text


def by_recipient(tag: str, scene: Scene, token: str) -> Answer:
    """Write to a return path over a real connection."""
    with conversation(scene) as client:
        client.mail("")
        return (client.rcpt(f"{tag}{token}@bounces.example")[0],) if token.isascii() else (550,)


def by_report(witness: Callable[[str], dict[str, str]], tag: str, scene: Scene, token: str) -> Answer:
    """Hand in a report that leads to somebody by the token alone; return to what it led."""
    told = witness(f"{tag}{token}@bounces.example")
    content = dsn("nobody@nowhere.example", to=told.get("to", ""), quoted=told.get("quoted", ""))
    if "envelope" in told:
        content = content.replace(
            b"Reporting-MTA:", f"Original-Envelope-Id: {told['envelope']}\r\nReporting-MTA:".encode()
        )
    return handed_in(scene, content, told.get("sent_to", "someone@bounces.example"))


def by_goodbye(scene: Scene, token: str) -> Answer:
    """Ask by mail to leave."""
    return handed_in(scene, f"Subject: unsubscribe {token}\r\n\r\nbye\r\n".encode(), LEAVE)


def handed_in(scene: Scene, content: bytes, sent_to: str) -> Answer:
    """Keep a letter, have it read, and return which deliveries and notices it was about, or whose subscription."""
    queue = scene.parts.queue
    kept = Intake(scene.database, scene.clock, queue).keep(content, source="smtp", sent_to=sent_to)
    scene.parts.reports.handle(kept.raw_report_id)
    with scene.database.read() as session:
        about = func.coalesce(AppliedReport.delivery_id, AppliedReport.notice_id, AppliedReport.subscriber_id)
        rows = session.scalars(select(about).where(AppliedReport.raw_report_id == kept.raw_report_id)).all()
    return tuple(subject for subject in rows if subject is not None)


@contextmanager
def conversation(scene: Scene) -> Iterator[smtplib.SMTP]:
    """Return a connection to the inbound listener of the scene, which runs until the scene's test ends."""
    listener = scene.names["listener"]
    assert isinstance(listener, Inbound)
    with smtplib.SMTP("127.0.0.1", listener.port) as client:
        client.ehlo()
        yield client


# --- the doors

_C, _U, _O, _F = Purpose.CONFIRM, Purpose.UNSUBSCRIBE, Purpose.OPEN, Purpose.FORM
_P = Purpose.PREFERENCES
WITNESSES: dict[str, Callable[[str], dict[str, str]]] = {
    "the envelope's recipient": lambda address: {"sent_to": address},
    "the report's To": lambda address: {"to": address, "sent_to": ""},
    "the quoted Message-ID": lambda address: {"quoted": f"Message-ID: <{address.replace('+', '.', 1)}>\n"},
    "the envelope id": lambda address: {"envelope": address},
}
TAGS = {"b+": Purpose.RETURN_PATH, "n+": Purpose.NOTICE_RETURN_PATH}
NAMES = {"b+": Purpose.MESSAGE_ID, "n+": Purpose.NOTICE_MESSAGE_ID}
"""What the same digits mean after a dot: a Message-ID."""


def _is_good(scene: Scene, answer: Answer) -> bool:
    return 200 <= answer[0] < 400


def _leads(scene: Scene, answer: Answer) -> bool:
    return answer == (SUBJECT,)


URL_DOORS = tuple(
    Door(
        f"{method} {address}",
        taken,
        partial(by_address, method, address),
        _is_good,
        also=_P if taken[0] is _U else None,
    )
    for address, taken, methods in (
        ("/confirm/{token}/never", (_C, Shape.TIMED), ("GET", "POST")),
        ("/confirm/{token}", (_C, Shape.TIMED), ("GET", "POST")),
        ("/u/{token}/tracking", (_U, Shape.PLAIN), ("GET", "POST")),
        ("/u/{token}/again", (_U, Shape.PLAIN), ("POST",)),
        ("/u/{token}", (_U, Shape.PLAIN), ("GET", "POST")),
        ("/v/{token}/up", (Purpose.VOTE, Shape.PLAIN), ("GET", "POST")),
        ("/c/{token}/1", (Purpose.CLICK, Shape.PLAIN), ("GET",)),
        ("/o/{token}.gif", (_O, Shape.PLAIN), ("GET",)),
    )
    for method in methods
)
OTHER_DOORS = (
    Door("the subscribe form", (_F, Shape.TIMED), by_form, lambda scene, answer: answer[0] == 303),
    Door("a form of the desk", None, by_field, lambda scene, answer: answer[0] == 303, frozenset({"editor_sessions", "known_browsers"})),
    Door("the session's cookie", None, by_cookie, lambda scene, answer: answer[0] == 200, frozenset({"editor_sessions", "known_browsers"})),
    Door("a preview", None, by_preview, lambda scene, answer: answer[0] == 200),
    *(
        Door(f"RCPT TO {tag}", (purpose, Shape.ADDRESS), partial(by_recipient, tag), lambda scene, answer: answer == (250,),
             frozenset({"tallies"}))
        for tag, purpose in TAGS.items()
    ),
    *(
        Door(f"a report by {name}, {tag}", (purpose, Shape.ADDRESS), partial(by_report, witness, tag), _leads, REPORTED, every=7)
        for name, witness in WITNESSES.items()
        for tag, purpose in (NAMES if "Message-ID" in name else TAGS).items()
    ),
    Door("a goodbye by mail", (_U, Shape.PLAIN), by_goodbye, _leads, REPORTED, in_text=True, also=_P),
)  # fmt: skip
DOORS = {door.name: door for door in (*URL_DOORS, *OTHER_DOORS)}


@pytest.fixture
def scene(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Scene]:
    """A service where every kind of thing has one of number SUBJECT, and its inbound listener."""
    made = Scene(sqlite_database, clock, tmp_path)
    assert add_notice(made).id == made.names["draft"] == made.names["delivery"] == made.publication.id == SUBJECT
    made.parts.__dict__["settings"] = made.parts.settings.model_copy(
        update={"inbound_port": 0, "return_path_domain": "bounces.example"}
    )
    made.names["listener"] = listener = Inbound(made.parts)
    yield made
    listener.stop()
    made.parts.report_reader.close()


def test_every_address_with_a_token_is_a_door_of_the_table() -> None:
    listed = {door.name.split("{token}")[0].split(" ")[1] + door.name.split(" ")[0] for door in URL_DOORS}
    routes = [route for route in ROUTES if route.who is Who.TOKEN or "{token}" in route.path]
    assert {route.path.split("{token}")[0] + route.method for route in routes} == listed
    assert len({route.name for route in routes}) == len(URL_DOORS)


def test_every_purpose_has_a_door_or_is_listed_as_one_without() -> None:
    used = {purpose for door in DOORS.values() for purpose, _ in door.all_taken}
    assert used & NO_DOOR == set()
    assert used | NO_DOOR == set(Purpose), "say in DOORS at which door the new purpose is taken"


@pytest.mark.parametrize("name", DOORS)
def test_a_door_takes_only_what_was_made_for_it(scene: Scene, name: str) -> None:
    door, before = DOORS[name], None
    nonsense = door.knock(scene, "A" * 24)
    assert not door.lets_in(scene, nonsense)
    before = scene.fingerprint(door.adds_to)
    for what, token in wrong_for(scene, door):
        assert door.knock(scene, token) == nonsense, f"{name} answers differently to {what}: {token!r}"
    assert scene.fingerprint(door.adds_to) == before, f"{name} changed something for a wrong token"
    for taken in door.all_taken:
        right = spelled(every_key(scene.parts), *taken, scene)
        assert door.lets_in(scene, door.knock(scene, right)), f"{name} does not take what it should: {taken}"


def wrong_for(scene: Scene, door: Door) -> Iterator[tuple[str, str]]:
    """Yield what must be refused at a door, and what it is."""
    for purpose in Purpose:
        for shape in Shape:
            if (purpose, shape) not in door.all_taken:
                yield f"{purpose} ({shape})", spelled(every_key(scene.parts), purpose, shape, scene)
    for purpose, shape in door.all_taken:
        yield from changed_from(scene, door, purpose, shape)


def changed_from(scene: Scene, door: Door, purpose: Purpose, shape: Shape) -> Iterator[tuple[str, str]]:
    """Yield tokens made from a right one by changing it, and what was changed."""
    right = spelled(every_key(scene.parts), purpose, shape, scene)
    respelled = respelled_address if shape is Shape.ADDRESS else respelled_url
    changed = [(f"another spelling of {right}", token) for token in respelled(right)]
    changed += forged(scene, purpose, shape, right)
    parted = re.compile(rf"(?<![\w-]){right}(?![\w-])", re.ASCII)
    yield from (each for each in changed[:: door.every] if not (door.in_text and parted.search(each[1])))


def respelled_url(right: str) -> Iterator[str]:
    """Yield a URL token cut, lengthened, padded, and in every other letter that a lenient decoder might take."""
    yield from (right[:-1], right[1:], right[: len(right) // 2], right + "A", "A" + right, right + right)
    yield from (right + "=", right + "==", right.rstrip("=") + "%3D", right.swapcase(), right.upper(), right.lower())
    yield from (right + ".", right + ",", right + "-", right[:5] + "-" + right[5:], right[:5] + "_" + right[5:])
    yield "".join(chr(ord(letter) + 0xFEE0) for letter in right)  # FULLWIDTH
    yield from (
        token for token in (right.translate({45: "+", 95: "/"}), right.translate({45: "_", 95: "-"})) if token != right
    )
    spare = base64.urlsafe_b64decode(right + "=" * (-len(right) % 4))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for letter in letters:
        other = right[:-1] + letter
        if other != right and base64.urlsafe_b64decode(other + "=" * (-len(other) % 4)) == spare:
            yield other  # the same octets, in bits that no octet uses


def respelled_address(right: str) -> Iterator[str]:
    """Yield an address token cut, lengthened and parted; letter case is the mail servers' to change."""
    yield from (right[:-1], right[1:], right[:18], right + "0", "0" + right, right + right, right[:35] + "g")
    yield from (right[:10] + "+" + right[10:], right[:10] + "." + right[10:], "0x" + right[2:], right[:34] + "%41")


def forged(scene: Scene, purpose: Purpose, shape: Shape, right: str) -> Iterator[tuple[str, str]]:
    """Yield tokens whose octets are another's: a bit changed, another key, another subject, another time."""
    octets = (
        bytes.fromhex(right) if shape is Shape.ADDRESS else base64.urlsafe_b64decode(right + "=" * (-len(right) % 4))
    )

    def spell(changed: bytes) -> str:
        return changed.hex() if shape is Shape.ADDRESS else base64.urlsafe_b64encode(changed).decode().rstrip("=")

    for place in range(len(octets)):
        bit = 1 << place % 8
        yield (
            f"bit {place % 8} of octet {place} changed",
            spell(octets[:place] + bytes([octets[place] ^ bit]) + octets[place + 1 :]),
        )
    yield "no key", spell(b"\0" + octets[1:])
    yield "another key's number", spell(b"\2" + octets[1:])
    yield "another subject with the old signature", spell(octets[:1] + (2).to_bytes(7, "big") + octets[8:])
    yield "no signature", spell(octets[:-10] + bytes(10))
    for key_id in (1, 2):
        other = Signer(b"another secret altogether", key_id=key_id)
        yield f"another secret, key {key_id}", spelled(other, purpose, shape, scene)


@pytest.mark.parametrize("name", [name for name, door in DOORS.items() if door.taken and door.taken[1] is Shape.TIMED])
def test_a_timed_token_is_worth_nothing_before_and_after_its_time(scene: Scene, name: str) -> None:
    door, now = DOORS[name], scene.clock.now()
    assert door.taken
    subject = (
        SUBJECT << 32 if door.taken[0] is Purpose.FORM else SUBJECT
    )  # of a form's, the rest tells it from all others
    before = scene.fingerprint(door.adds_to)
    for away in (timedelta(days=-400), timedelta(days=-4), timedelta(days=1), timedelta(days=4000)):
        token = every_key(scene.parts).issue_timed(door.taken[0], subject, now + away)
        assert not door.lets_in(scene, door.knock(scene, token)), f"{name} takes a token of {away} from now"
    assert scene.fingerprint(door.adds_to) == before
