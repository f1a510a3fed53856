"""Each role holds the keys of the purposes it uses, and nothing more: shown on a whole life of mail, role by role."""

from __future__ import annotations

import ast
import re
import smtplib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.errors import InputError, TokenError
from newsletter.issues.editing import Editing
from newsletter.model import Batch, Delivery, Notice, RawReport, SignUp
from newsletter.model.states import Consent
from newsletter.publications.creating import Creating, NewPublication
from newsletter.signing_keys import PURPOSES, ProcessRole, derive_all, lacking, narrow, read, write
from newsletter.store.database import Database
from newsletter.tokens import Purpose, Signer, derive
from newsletter.web.app import create_app
from tests.cli.conftest import ISSUE
from tests.feedback.mailing import dsn
from tests.parts.actors import OPERATOR
from tests.parts.answers import MEANT
from tests.test_floors import modules
from tests.web.places import Visitor
from tests.web.seats import Browser, add_editor
from workers.inbound import Inbound

SECRET = "a secret for this test, which is long enough"
OLD, NEW = b"the secret of last year", b"the secret of this year"
LEAVE = "leave@news.example"


class Recording(Signer):
    """A signer that remembers which purposes it was asked for."""

    used: set[Purpose]

    def _noted(self, name: str, purpose: Purpose, *given: object, **more: object) -> object:
        self.__dict__.setdefault("used", set()).add(purpose)
        return getattr(super(), name)(purpose, *given, **more)


def _recorded(name: str) -> Callable[..., object]:
    return lambda self, purpose, *given, **more: self._noted(name, purpose, *given, **more)


for _name in (
    "issue",
    "issue_octets",
    "read",
    "issue_timed",
    "read_timed",
    "read_dated",
    "issue_address",
    "read_address",
):
    setattr(Recording, _name, _recorded(_name))


class House:
    """One process of each role, on one ledger, with one secret."""

    def __init__(self, database: Database, clock: SettableClock, folder: Path) -> None:
        self.database, self.clock = database, clock
        self.roles = {role: self._process(role, folder) for role in ProcessRole}

    def __getitem__(self, role: ProcessRole) -> Parts:
        return self.roles[role]

    def used(self, role: ProcessRole) -> set[Purpose]:
        return vars(self[role].signer).get("used", set())

    def _process(self, role: ProcessRole, folder: Path) -> Parts:
        settings = Settings(
            data_dir=folder,
            base_url="http://news.test",
            secret_key=SECRET,
            leave_address=LEAVE,
            inbound_port=0,
            _env_file=None,
        )
        parts = Parts(settings, self.clock, role=role)
        parts.__dict__["database"] = self.database
        parts.__dict__["signer"] = Recording.of_keys(derive_all({1: SECRET.encode()}, PURPOSES[role]))
        return parts


@pytest.fixture
def house(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[House]:
    made = House(sqlite_database, clock, tmp_path)
    yield made
    for parts in made.roles.values():
        parts.close()


def rows(house: House, kind: type) -> list:
    with house.database.read() as session:
        return list(session.scalars(select(kind).order_by(kind.id)))


def live(house: House) -> None:
    """Let a reader sign up, confirm, be welcomed, agree to be tracked, get an issue, follow it, bounce, leave; and an editor sign in."""
    Creating(house.database, house.clock).create(
        NewPublication(slug="daily", name="The Daily", from_address="daily@news.example"), by=OPERATOR
    )
    sign_up(house)
    send(house)
    follow(house)
    return_mail(house)
    add_editor(house[ProcessRole.WEB])
    browser = Browser(create_app(house[ProcessRole.WEB]))
    browser.get("/desk/sign-in")
    assert browser.sign_in().status_code == 303
    assert browser.post("/desk/sign-out").status_code == 303


def sign_up(house: House) -> None:
    visitor = Visitor(create_app(house[ProcessRole.WEB]))
    token = re.search(r'name="token" value="([^"]+)"', visitor.get("/daily/subscribe").text)
    assert token
    house.clock.sleep(5)
    assert visitor.post("/daily/subscribe", address="ada@one.example", token=token[1]).status_code == 303
    for sign_up in rows(house, SignUp):
        house[ProcessRole.WORKER].sign_ups.answer(sign_up.id)
    [notice] = rows(house, Notice)
    house[ProcessRole.WORKER].engine.notice_sender.send_notice(notice.id)
    link = re.search(r"http://news\.test(/confirm/[\w-]+)", notice.text)
    assert link and visitor.get(link[1]).status_code == 200
    assert visitor.post(link[1]).status_code in (200, 303)
    be_welcomed(house, visitor)


def be_welcomed(house: House, visitor: Visitor) -> None:
    welcome = rows(house, Notice)[-1]
    house[ProcessRole.WORKER].engine.notice_sender.send_notice(welcome.id)
    inbox = house[ProcessRole.WORKER].settings.inbox / "new"
    mails = [path.read_text(encoding="utf-8").replace("=\n", "") for path in inbox.iterdir()]
    [mail] = [mail for mail in mails if "Subject: Welcome" in mail]
    link = re.search(r"http://news\.test(/u/[\w-]{24})", mail)
    assert link and visitor.get(link[1]).status_code == 200


def send(house: House) -> None:
    command = house[ProcessRole.COMMAND]
    database, clock = house.database, house.clock
    command.tracking_consent.decide_for("ada@one.example", 1, Consent.GRANTED, by=OPERATOR)
    issue = Editing(database, clock).import_issue(
        ISSUE.format(slug="today").replace("---\n", "---\npoll: yes\n", 1), source="today.md", by=OPERATOR
    )
    command.publishing.schedule(issue.id, clock.now(), despite=MEANT, by=OPERATOR)
    house.clock.sleep(60)
    assert house[ProcessRole.SCHEDULER].engine.tick()
    house[ProcessRole.SCHEDULER].feedback_rounds.tick()
    for batch in rows(house, Batch):
        house[ProcessRole.WORKER].engine.sender.send_batch(batch.id)


def mail_of_issue(house: House) -> str:
    inbox = house[ProcessRole.WORKER].settings.inbox / "new"
    return next(text for path in inbox.iterdir() if "What happened" in (text := path.read_text(encoding="utf-8")))


def follow(house: House) -> None:
    text = mail_of_issue(house).replace("=\n", "")
    visitor = Visitor(create_app(house[ProcessRole.WEB]))
    for pattern in (r"/c/[\w-]+/\d", r"/o/[\w-]+\.gif", r"/u/[\w-]{24}", r"/v/[\w-]{24}/up"):
        link = re.search(rf"http://news\.test({pattern})", text)
        assert link, pattern
        assert visitor.get(link[1]).status_code in (200, 302)


def return_mail(house: House) -> None:
    inbox = house[ProcessRole.WORKER].settings.inbox
    paths = [
        re.search(rb"Return-Path: <([^>]+)>", caught.read_bytes())[1].decode() for caught in (inbox / "new").iterdir()
    ]
    leave = re.search(r"/u/([\w-]{24})", mail_of_issue(house).replace("=\n", ""))
    goodbye = f"From: ada@one.example\nTo: {LEAVE}\nSubject: {leave[1]}\n\n".encode()
    listener = Inbound(house[ProcessRole.INBOUND])
    try:
        with smtplib.SMTP("127.0.0.1", listener.port) as client:
            for path in paths:
                client.sendmail("", [path], dsn("ada@one.example", to=path))
            client.sendmail("ada@one.example", [LEAVE], goodbye)
    finally:
        listener.stop()
    for raw in rows(house, RawReport):
        house[ProcessRole.WORKER].reports.handle(raw.id)


def test_each_role_uses_the_keys_it_holds_and_no_others(house: House) -> None:
    live(house)
    assert {
        role: house.used(role)
        for role in (ProcessRole.WEB, ProcessRole.WORKER, ProcessRole.SCHEDULER, ProcessRole.INBOUND)
    } == {
        role: PURPOSES[role]
        for role in (ProcessRole.WEB, ProcessRole.WORKER, ProcessRole.SCHEDULER, ProcessRole.INBOUND)
    }
    assert len(rows(house, Delivery)) == 1, "somebody got something"


def test_a_command_can_do_what_a_worker_does_and_one_process_what_all_do() -> None:
    assert PURPOSES[ProcessRole.COMMAND] == PURPOSES[ProcessRole.WORKER], (
        "`issue send --wait` sends, `feedback take` reads"
    )
    assert PURPOSES[ProcessRole.SERVICE] == frozenset().union(*PURPOSES.values())


def test_every_purpose_that_the_code_names_is_held_by_a_role_and_no_other_is() -> None:
    named = {
        node.attr
        for module, source in modules()
        if module not in ("newsletter.tokens", "newsletter.signing_keys")
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Purpose"
    }
    assert {Purpose[name] for name in named} == PURPOSES[ProcessRole.SERVICE]


def test_every_process_says_which_role_it_has() -> None:
    silent = [
        f"{module}:{node.lineno}"
        for module, source in modules()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "wire"
        and "role" not in {keyword.arg for keyword in node.keywords}
    ]  # fmt: skip
    assert silent == []


def test_no_key_opens_the_desk_and_what_strangers_talk_to_by_mail_can_neither_confirm_nor_leave() -> None:
    assert [purpose for purpose in Purpose if purpose.value in ("session", "csrf", "sign-in", "editor")] == []
    assert not PURPOSES[ProcessRole.INBOUND] & {Purpose.CONFIRM, Purpose.UNSUBSCRIBE, Purpose.FORM}
    assert not PURPOSES[ProcessRole.WORKER] & {Purpose.FORM}


@pytest.mark.parametrize("role", [role for role in ProcessRole if PURPOSES[role]])
def test_derived_keys_do_what_the_secret_does_for_one_role_and_nothing_else(role: ProcessRole, tmp_path: Path) -> None:
    text = write(derive_all({3: SECRET.encode(), 1: OLD}, PURPOSES[role]))
    settings = Settings(data_dir=tmp_path, signing_keys=text, _env_file=None)
    derived = Parts(settings, SettableClock(), role=role).signer
    whole = Signer(SECRET.encode(), key_id=3, previous={1: OLD})
    for purpose in Purpose:
        if purpose in PURPOSES[role]:
            assert derived.issue(purpose, 7) == whole.issue(purpose, 7)
            assert derived.read(purpose, Signer(OLD).issue(purpose, 7)) == 7, "of the previous secret"
        else:
            with pytest.raises(InputError, match="no key"):
                derived.issue(purpose, 7)
            with pytest.raises(InputError, match="no key"):
                derived.read(purpose, whole.issue(purpose, 7))
    assert not (tmp_path / "secret_key").exists(), "no secret is made where none is needed"


def test_a_rotation_with_derived_keys_reads_the_old_and_signs_with_the_new(tmp_path: Path) -> None:
    before = Signer(OLD)
    text = write(derive_all({2: NEW, 1: OLD}, PURPOSES[ProcessRole.INBOUND]))
    after = Signer.of_keys(read(text))
    sent = before.issue_address(Purpose.RETURN_PATH, 9)
    assert after.read_address(Purpose.RETURN_PATH, sent) == 9
    assert after.issue_address(Purpose.RETURN_PATH, 9)[:2] == "02"
    later = Signer.of_keys(read(write(derive_all({2: NEW}, PURPOSES[ProcessRole.INBOUND]))))
    with pytest.raises(TokenError):
        later.read_address(Purpose.RETURN_PATH, sent)


def test_a_key_that_only_a_previous_secret_lacks_makes_a_token_invalid_and_no_error_of_ours() -> None:
    keys = {2: {p: derive(NEW, p) for p in Purpose}, 1: {Purpose.CLICK: derive(OLD, Purpose.CLICK)}}
    signer = Signer.of_keys(keys)
    assert signer.read(Purpose.CLICK, Signer(OLD).issue(Purpose.CLICK, 5)) == 5
    with pytest.raises(TokenError):
        signer.read(Purpose.OPEN, Signer(OLD).issue(Purpose.OPEN, 5))


def test_keys_of_another_role_are_refused_when_the_process_starts(tmp_path: Path) -> None:
    text = write(derive_all({1: SECRET.encode()}, PURPOSES[ProcessRole.INBOUND]))
    parts = Parts(
        Settings(data_dir=tmp_path, signing_keys=text, _env_file=None), SettableClock(), role=ProcessRole.WORKER
    )
    with pytest.raises(InputError, match="unsubscribe") as caught:
        _ = parts.signer
    assert "newsletter keys derive worker" in caught.value.remedy


def test_the_scheduler_needs_no_key_and_makes_no_secret(tmp_path: Path) -> None:
    signer = Parts(Settings(data_dir=tmp_path, _env_file=None), SettableClock(), role=ProcessRole.SCHEDULER).signer
    assert signer.purposes == frozenset()
    assert list(tmp_path.iterdir()) == []


def test_more_keys_than_a_role_needs_are_not_held(tmp_path: Path) -> None:
    text = write(derive_all({1: SECRET.encode()}, tuple(Purpose)))
    parts = Parts(
        Settings(data_dir=tmp_path, signing_keys=text, _env_file=None), SettableClock(), role=ProcessRole.INBOUND
    )
    assert parts.signer.purposes == PURPOSES[ProcessRole.INBOUND]
    assert narrow(read(text), ()) == {1: {}} and lacking({}, [Purpose.CLICK]) == {Purpose.CLICK}


def test_a_signer_does_not_keep_the_secret() -> None:
    kept, seen, waiting = b"", set(), [Signer(SECRET.encode())]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        kept += thing if isinstance(thing, bytes) else b""
        waiting += (
            thing.values() if isinstance(thing, dict) else vars(thing).values() if hasattr(thing, "__dict__") else []
        )
    assert SECRET.encode() not in kept


def test_a_key_is_derived_as_rfc_5869_says() -> None:
    """Extract, then expand once (sections 2.2 and 2.3), made here from HMAC alone."""
    import hmac

    for purpose in Purpose:
        extracted = hmac.digest(bytes(32), OLD, "sha256")
        assert derive(OLD, purpose) == hmac.digest(
            extracted, b"newsletter token: " + purpose.encode() + b"\x01", "sha256"
        )
    assert len({derive(OLD, purpose) for purpose in Purpose}) == len(Purpose)
