"""Passkeys with a real authenticator in software: a good one signs in and proves, and every answer that is wrong opens nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from newsletter.accounts.passkeys import MOST_NAME_CHARS, MOST_PASSKEYS, Begun, Passkeys
from newsletter.accounts.second_factor import Enrolled, SecondFactor
from newsletter.accounts.sessions import Brought, Opened, SignedIn
from newsletter.errors import ConflictError, InputError
from newsletter.model import EditorSession, Passkey
from tests.accounts.conftest import BOSS, MARA, VISIT, Desk
from tests.parts.authenticator import (
    ATTESTED,
    ES256,
    GOOD,
    PRESENT,
    RS256,
    VERIFIED,
    Credential,
    Fault,
    SoftwareAuthenticator,
    new_key,
)

HOME, BO = "https://news.example", "bo@tide.example.org"
REFUSED, ENDED = "this passkey does not fit", "took too long, or was done already"


class Device:
    """An editor and their authenticator."""

    def __init__(self, desk: Desk, address: str = MARA, algorithm: int = ES256, home: str = HOME) -> None:
        self.desk, self.address = desk, address
        self.tools = Passkeys(SecondFactor(desk.sign_in, home))
        self.device = SoftwareAuthenticator(home, algorithm)
        self.seat: SignedIn = desk.expect(desk.enter(address))

    def register(self, fault: Fault = GOOD, name: str = "Laptop", again: Credential | None = None) -> Enrolled:
        begun = self.tools.begin(self.seat)
        return self.add(begun, self.device.create(begun.options, fault, again=again), name)

    def add(self, begun: Begun, answer: str, name: str = "Laptop") -> Enrolled:
        enrolled = self.tools.add(self.seat, begun.secret, answer, name, visit=VISIT)
        self.seat = self.desk.expect(enrolled.opened)
        return enrolled

    def enter(self, fault: Fault = GOOD, credential: Credential | None = None) -> Opened:
        begun = self.tools.begin_sign_in()
        return self.show(begun, self.device.get(begun.options, fault, credential=credential))

    def show(self, begun: Begun, answer: str) -> Opened:
        admission = self.desk.admit("passkey")
        return self.tools.sign_in(admission, begun.secret, answer, visit=VISIT, brought=Brought())

    def prove(self, fault: Fault = GOOD, credential: Credential | None = None) -> None:
        begun = self.tools.begin_proof(self.seat)
        answer = self.device.get(begun.options, fault, credential=credential)
        self.tools.prove(self.desk.admit(self.address), self.seat, begun.secret, answer)

    def rows(self) -> list[Passkey]:
        with self.desk.sign_in.database.read() as session:
            return list(session.scalars(select(Passkey).order_by(Passkey.id)))


@pytest.fixture
def device(desk: Desk) -> Device:
    """A device with a passkey, on each database."""
    made = Device(desk)
    made.register()
    return made


@pytest.fixture
def sqlite_device(sqlite_desk: Desk) -> Device:
    """The same on SQLite, for what the answer alone decides."""
    made = Device(sqlite_desk)
    made.register()
    return made


def refused(step: Callable[[], object], words: str = REFUSED) -> None:
    with pytest.raises(InputError, match=words):
        step()


# --- good ones


@pytest.mark.parametrize("algorithm", [ES256, RS256])
def test_a_passkey_is_registered_signs_in_by_itself_and_proves(desk: Desk, algorithm: int) -> None:
    device = Device(desk, algorithm=algorithm)
    enrolled = device.register(name=" My laptop ")
    assert len(enrolled.recovery_codes) == 10
    (row,) = device.rows()
    assert (row.name, row.credential_id, row.sign_count) == ("My laptop", device.device.credentials[0].id, 0)
    opened = device.enter()
    seat = desk.expect(opened)
    assert seat.editor.address == MARA and seat.second_factor and seat.is_proved(desk.sign_in.clock.now())
    desk.sign_in.clock.sleep(3600)
    device.seat = desk.expect(opened)
    assert not device.seat.is_proved(desk.sign_in.clock.now())
    device.prove()
    assert desk.expect(opened).is_proved(desk.sign_in.clock.now())
    (row,) = device.rows()
    assert (row.sign_count, row.used_at) == (2, desk.sign_in.clock.now())


def test_what_is_asked_binds_to_the_service_and_demands_a_verified_person(sqlite_device: Device) -> None:
    new = json.loads(sqlite_device.tools.begin(sqlite_device.seat).options)
    assert new["rp"]["id"] == "news.example" and new["user"]["name"] == MARA
    assert (
        new["authenticatorSelection"]["userVerification"] == new["authenticatorSelection"]["residentKey"] == "required"
    )
    assert {ES256, RS256} <= {each["alg"] for each in new["pubKeyCredParams"]}
    assert len(new["excludeCredentials"]) == 1
    known = json.loads(sqlite_device.tools.begin_sign_in().options)
    assert known["userVerification"] == "required" and not known.get("allowCredentials"), "nobody need say who they are"
    assert known["challenge"] != json.loads(sqlite_device.tools.begin_sign_in().options)["challenge"]


def test_a_passkey_that_counts_nothing_is_good_each_time(device: Device) -> None:
    device.device.counts = False
    for _ in range(2):
        assert device.desk.expect(device.enter()).editor.address == MARA
    assert [row.sign_count for row in device.rows()] == [0]


def test_adding_one_ends_every_other_session_and_is_written_down(desk: Desk) -> None:
    other = desk.enter()
    device = Device(desk)
    device.register()
    assert desk.look_up(other) is None and desk.expect(device.enter()) is not None
    assert ("editor.passkey", "added") in [(row.action, row.new) for row in desk.trail()]


def test_a_name_is_cut_and_one_of_nothing_is_a_passkey(sqlite_desk: Desk) -> None:
    device = Device(sqlite_desk)
    device.register(name="x" * 500)
    device.register(name="  ")
    assert [row.name for row in device.rows()] == ["x" * MOST_NAME_CHARS, "Passkey"]


# --- answers that are wrong


WRONG: dict[str, Fault] = {
    "another origin": Fault(origin="https://evil.example"),
    "the origin without https": Fault(origin="http://news.example"),
    "a port of the origin": Fault(origin="https://news.example:444"),
    "a name below ours": Fault(origin="https://x.news.example"),
    "another name": Fault(rp_id="evil.example"),
    "a name above ours": Fault(rp_id="example"),
    "a challenge of their own": Fault(challenge=b"x" * 32),
    "no challenge": Fault(challenge=b""),
    "the person not verified": Fault(flags=PRESENT | ATTESTED),
    "nobody present": Fault(flags=VERIFIED | ATTESTED),
}
NEW = {
    **WRONG,
    "an answer to a sign-in": Fault(kind="webauthn.get"),
    "nothing attested": Fault(flags=PRESENT | VERIFIED),
}
NEW |= {"a kind of key that nobody asked for": Fault(algorithm=-65535)}
USED = {
    **{name: fault for name, fault in WRONG.items() if fault.flags is None},
    "the person not verified": Fault(flags=PRESENT),
    "nobody present": Fault(flags=VERIFIED),
    "an answer to a registration": Fault(kind="webauthn.create"),
    "another key": Fault(key=new_key()),
    "another kind of key": Fault(key=new_key(RS256)),
}


@pytest.mark.parametrize("fault", NEW.values(), ids=NEW)
def test_a_wrong_answer_registers_nothing_and_ends_no_session(sqlite_desk: Desk, fault: Fault) -> None:
    device = Device(sqlite_desk)
    refused(lambda: device.register(fault))
    assert device.rows() == [] and sqlite_desk.sign_in.database is not None
    with sqlite_desk.sign_in.database.read() as session:
        assert len(session.scalars(select(EditorSession)).all()) == 1


@pytest.mark.parametrize("fault", USED.values(), ids=USED)
def test_a_wrong_answer_signs_nobody_in_and_proves_nothing(sqlite_device: Device, fault: Fault) -> None:
    desk = sqlite_device.desk
    refused(lambda: sqlite_device.enter(fault))
    desk.sign_in.clock.sleep(3600)
    refused(lambda: sqlite_device.prove(fault))
    with desk.sign_in.database.read() as session:
        (left,) = session.scalars(select(EditorSession)).all()
    assert not (left.proved_at and left.proved_at >= desk.sign_in.clock.now())
    assert [row.used_at for row in sqlite_device.rows()] == [None]
    assert desk.expect(sqlite_device.enter()).editor.address == MARA, "and a good one goes on working"


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", "7", "{", '{"id": 1}', "\0", '{"id":"x","rawId":"eA","type":"x"}', "é" * 9]
)
def test_what_is_no_answer_at_all_is_refused_in_the_same_words(sqlite_device: Device, answer: str) -> None:
    begun = sqlite_device.tools.begin_sign_in()
    refused(lambda: sqlite_device.show(begun, answer))
    again = sqlite_device.tools.begin(sqlite_device.seat)
    refused(lambda: sqlite_device.add(again, answer))


@pytest.mark.parametrize("count", [0, 4, 5])
def test_a_counter_that_does_not_go_on_is_a_copy_and_refused(device: Device, count: int) -> None:
    device.device.credentials[0].count = 4
    device.enter()  # 5
    refused(lambda: device.enter(Fault(count=count)))
    assert [row.sign_count for row in device.rows()] == [5], "it is not set back by that"
    assert device.desk.expect(device.enter(Fault(count=9))) is not None


# --- challenges


def test_a_challenge_is_taken_once_whatever_came_of_it(device: Device) -> None:
    begun = device.tools.begin_sign_in()
    answer = device.device.get(begun.options)
    device.show(begun, answer)
    refused(lambda: device.show(begun, answer), ENDED)
    wrong = device.tools.begin_sign_in()
    refused(lambda: device.show(wrong, device.device.get(wrong.options, Fault(origin="https://evil.example"))))
    refused(lambda: device.show(wrong, device.device.get(wrong.options)), ENDED)
    new = device.tools.begin(device.seat)
    made = device.device.create(new.options)
    device.add(new, made)
    refused(lambda: device.add(new, made), ENDED)
    assert len(device.rows()) == 2


def test_of_many_at_once_one_is_let_in(device: Device) -> None:
    begun = device.tools.begin_sign_in()
    answer = device.device.get(begun.options)

    def show(_: int) -> bool:
        try:
            device.show(begun, answer)
        except InputError:
            return False
        return True

    with ThreadPoolExecutor(4) as several:
        assert sorted(several.map(show, range(4))) == [False, False, False, True]


def test_a_challenge_is_too_old_after_ten_minutes(device: Device) -> None:
    begun, new = device.tools.begin_sign_in(), device.tools.begin(device.seat)
    answer, made = device.device.get(begun.options), device.device.create(new.options)
    device.desk.sign_in.clock.sleep(600)
    refused(lambda: device.show(begun, answer), ENDED)
    refused(lambda: device.add(new, made), ENDED)


def test_a_challenge_of_one_purpose_is_none_for_another_nor_for_another_editor(device: Device) -> None:
    proof = device.tools.begin_proof(device.seat)
    refused(lambda: device.show(proof, device.device.get(proof.options)), ENDED)
    sign_in = device.tools.begin_sign_in()
    answer = device.device.get(sign_in.options)
    admission = device.desk.admit()
    refused(lambda: device.tools.prove(admission, device.seat, sign_in.secret, answer), ENDED)
    device.desk.add(BO)
    bo = Device(device.desk, BO)
    hers = device.tools.begin(device.seat)
    refused(lambda: bo.add(hers, bo.device.create(hers.options)), ENDED)
    assert len(device.rows()) == 1


def test_an_answer_to_one_challenge_is_none_to_another(device: Device) -> None:
    first, second = device.tools.begin_sign_in(), device.tools.begin_sign_in()
    refused(lambda: device.show(second, device.device.get(first.options)))


# --- whose it is


def test_another_editors_passkey_proves_nothing_and_lets_in_its_own_editor(device: Device) -> None:
    device.desk.add(BO)
    bo = Device(device.desk, BO)
    bo.register()
    theirs = bo.device.credentials[0]
    device.desk.sign_in.clock.sleep(3600)
    refused(lambda: device.prove(credential=theirs))
    assert device.desk.expect(device.enter(credential=theirs)).editor.address == BO
    bos = next(row for row in bo.rows() if row.credential_id == theirs.id)
    with pytest.raises(ConflictError, match="gone already"):
        device.tools.remove(device.seat, bos.id, visit=VISIT)
    assert len(device.rows()) == 2


@pytest.mark.parametrize("own", [True, False])
def test_a_passkey_is_known_once_whoever_shows_it_again(device: Device, own: bool) -> None:
    first = device.device.credentials[0]
    device.desk.add(BO)
    again = device if own else Device(device.desk, BO)
    with pytest.raises(ConflictError, match="known already"):
        again.register(again=first)
    assert len(device.rows()) == 1 and device.desk.expect(device.enter(credential=first)).editor.address == MARA


def test_a_removed_passkey_opens_nothing_and_ends_every_session(device: Device) -> None:
    other = device.enter()
    (row,) = device.rows()
    enrolled = device.tools.remove(device.desk.expect(other), row.id, visit=VISIT)
    assert device.desk.look_up(other) is None and device.rows() == []
    assert not device.desk.expect(enrolled.opened).second_factor
    refused(device.enter)
    assert ("editor.passkey", "removed") in [(entry.action, entry.new) for entry in device.desk.trail()]


def test_the_passkey_of_a_disabled_editor_opens_nothing(device: Device) -> None:
    device.desk.add(BO)
    device.desk.team.disable(MARA, by=BOSS)
    refused(device.enter)


def test_a_passkey_that_nobody_registered_opens_nothing(device: Device) -> None:
    refused(lambda: device.enter(credential=Credential(new_key(), b"\0" * 8)))


def test_nobody_has_more_than_so_many(sqlite_desk: Desk) -> None:
    device = Device(sqlite_desk)
    for _ in range(MOST_PASSKEYS):
        device.register()
    with pytest.raises(ConflictError, match=f"{MOST_PASSKEYS} passkeys"):
        device.tools.begin(device.seat)


# --- where there can be none


@pytest.mark.parametrize(
    "home", ["http://news.example", "https://192.0.2.1", "https://[2001:db8::1]", "http://127.0.0.1:8025"]
)
def test_without_a_name_or_https_there_are_none(sqlite_desk: Desk, home: str) -> None:
    device = Device(sqlite_desk, home=home)
    assert device.tools.name == ""
    for ask in (device.tools.begin_sign_in, lambda: device.tools.begin(device.seat)):
        with pytest.raises(ConflictError, match="need a name"):
            ask()


def test_on_this_machine_a_passkey_works_over_http(sqlite_desk: Desk) -> None:
    device = Device(sqlite_desk, home="http://localhost:8025")
    device.register()
    assert sqlite_desk.expect(device.enter()).editor.address == MARA
