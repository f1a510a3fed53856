"""A second factor: codes of an authenticator, each once; recovery codes; and the step of signing in that asks for them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest
from sqlalchemy import select

from newsletter.accounts import challenges, codes, limits
from newsletter.accounts.sealing import Sealer
from newsletter.accounts.second_factor import Enrolled, SecondFactor
from newsletter.accounts.sessions import Brought, Opened, SignedIn
from newsletter.accounts.sign_in import Half
from newsletter.errors import ConflictError, ForbiddenError, InputError, LimitError
from newsletter.model import Authenticator, RecoveryCode
from newsletter.model.rights import Role
from tests.accounts.conftest import BOSS, HERE, MARA, PASSWORD, VISIT, Desk

BO = "bo@tide.example.org"


class Phone:
    """An editor with a program that shows codes."""

    def __init__(self, desk: Desk, address: str = MARA) -> None:
        self.desk, self.address = desk, address
        self.tools = SecondFactor(desk.sign_in, "https://news.example")
        self.totp: pyotp.TOTP | None = None
        self.recovery: list[str] = []
        self.seat: SignedIn | None = None

    def enrol(self) -> Opened:
        seat = self.desk.expect(self.desk.enter(self.address))
        self.totp = pyotp.parse_uri(self.tools.begin(seat).uri)  # type: ignore[assignment]
        return self.take(self.tools.confirm(seat, self.code(), visit=VISIT))

    def take(self, enrolled: Enrolled) -> Opened:
        self.recovery = [*enrolled.recovery_codes] or self.recovery
        self.seat = self.desk.expect(enrolled.opened)
        return enrolled.opened

    def code(self, *, ahead: int = 0) -> str:
        assert self.totp is not None
        return self.totp.at(int(self.desk.sign_in.clock.now().timestamp()) + ahead)

    def half(self) -> str:
        sign_in = self.desk.sign_in
        admission = self.desk.admit(self.address)
        given = {"address": self.address, "password": PASSWORD, "visit": VISIT, "brought": Brought()}
        half = sign_in.authenticate(admission, **given)
        assert isinstance(half, Half)
        return half.secret

    def finish(self, secret: str, code: str) -> Opened:
        admission = self.desk.admit(self.address)
        return self.desk.sign_in.finish(admission, secret, code, visit=VISIT, brought=Brought())

    def enter(self, code: str | None = None) -> Opened:
        self.desk.sign_in.clock.sleep(codes.STEP_SECONDS)  # to the next code
        return self.finish(self.half(), code or self.code())


@pytest.fixture
def phone(desk: Desk) -> Phone:
    made = Phone(desk)
    made.enrol()
    return made


def test_the_password_alone_opens_nothing_any_more_and_the_code_opens_it(phone: Phone) -> None:
    secret = phone.half()
    assert phone.desk.look_up(Opened(secret, "")) is None
    assert phone.desk.expect(phone.enter()).editor.address == MARA


def test_it_counts_only_once_its_first_code_was_typed(desk: Desk) -> None:
    made = Phone(desk)
    seat = desk.expect(desk.enter())
    made.totp = pyotp.parse_uri(made.tools.begin(seat).uri)  # type: ignore[assignment]
    with pytest.raises(InputError, match="not the code"):
        made.tools.confirm(seat, "000000" if made.code() != "000000" else "111111", visit=VISIT)
    assert desk.look_up(desk.enter()) is not None, "nobody is asked for it yet"
    assert made.tools.begun(seat) is not None


@pytest.mark.parametrize("seconds", [-30, 0, 30])
def test_a_clock_may_be_off_by_one_step(phone: Phone, seconds: int) -> None:
    phone.desk.sign_in.clock.sleep(120)
    assert phone.desk.look_up(phone.finish(phone.half(), phone.code(ahead=seconds))) is not None


@pytest.mark.parametrize("seconds", [-90, -60, 60, 90])
def test_and_by_no_more(phone: Phone, seconds: int) -> None:
    phone.desk.sign_in.clock.sleep(300)
    with pytest.raises(InputError, match="not right"):
        phone.finish(phone.half(), phone.code(ahead=seconds))


def test_no_code_is_taken_twice_nor_an_older_one_after_it(phone: Phone) -> None:
    phone.desk.sign_in.clock.sleep(120)
    older, code = phone.code(ahead=-30), phone.code()
    phone.finish(phone.half(), code)
    for used in (code, older):
        with pytest.raises(InputError, match="used before"):
            phone.finish(phone.half(), used)


def test_the_code_that_set_it_up_signs_nobody_in(phone: Phone) -> None:
    with pytest.raises(InputError):
        phone.finish(phone.half(), phone.code())


def test_of_those_who_show_a_code_at_once_one_is_let_in(phone: Phone) -> None:
    phone.desk.sign_in.clock.sleep(60)
    steps, code = [phone.half() for _ in range(3)], phone.code()

    def finish(secret: str) -> bool:
        try:
            phone.finish(secret, code)
        except InputError:
            return False
        return True

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(finish, steps)) == [False, False, True]


def test_a_step_takes_a_few_tries_and_then_begins_anew_whatever_the_code(phone: Phone) -> None:
    phone.desk.sign_in.clock.sleep(60)
    secret = phone.half()
    for _ in range(challenges.MOST_TRIES):
        with pytest.raises(InputError, match="not right"):
            phone.finish(secret, "12345")
    with pytest.raises(InputError, match="too long"):
        phone.finish(secret, phone.code())


def test_guessing_at_codes_meets_the_limits_of_signing_in(phone: Phone) -> None:
    for _ in range(limits.PER_PAIR // challenges.MOST_TRIES):
        secret = phone.half()
        for _ in range(challenges.MOST_TRIES):
            with pytest.raises(InputError):
                phone.finish(secret, "12345")
    with pytest.raises(LimitError):
        phone.desk.admit(ip=HERE)


@pytest.mark.parametrize("secret", ["", "x", "A" * 43])
def test_nobody_finishes_what_nobody_began(phone: Phone, secret: str) -> None:
    with pytest.raises(InputError):
        phone.finish(secret, phone.code(ahead=30))
    assert phone.desk.sign_in.half(secret) is None


def test_a_step_ends_with_its_time_with_signing_in_and_with_whatever_ends_sessions(phone: Phone) -> None:
    phone.desk.add(BO)
    old = phone.half()
    phone.desk.sign_in.clock.sleep(challenges.SECONDS)
    used = phone.half()
    phone.finish(used, phone.code())
    ended = phone.half()
    phone.desk.team.sign_out(MARA, by=BOSS)
    phone.desk.sign_in.clock.sleep(60)
    for secret in (old, used, ended):
        with pytest.raises(InputError, match="too long"):
            phone.finish(secret, phone.code())
    shut_out = phone.half()
    phone.desk.team.disable(MARA, by=BOSS)
    with pytest.raises(InputError):
        phone.finish(shut_out, phone.code())


# --- recovery codes


def test_each_recovery_code_stands_in_once_in_whatever_way_it_is_typed(phone: Phone) -> None:
    assert len(set(phone.recovery)) == codes.RECOVERY_CODES
    first, second, *_ = phone.recovery
    for typed in (first, second.upper().replace("-", " ")):
        assert phone.desk.look_up(phone.enter(typed)) is not None
        with pytest.raises(InputError):
            phone.enter(typed)
    assert phone.seat is not None
    assert phone.tools.of(phone.seat).recovery_codes == codes.RECOVERY_CODES - 2


def test_new_recovery_codes_end_the_old_ones(phone: Phone) -> None:
    seat = phone.desk.expect(phone.enter())
    fresh = phone.tools.new_recovery_codes(seat)
    with pytest.raises(InputError):
        phone.enter(phone.recovery[0])
    assert phone.desk.look_up(phone.enter(fresh[0])) is not None


def test_a_recovery_code_of_another_editor_is_worth_nothing(phone: Phone) -> None:
    phone.desk.add(BO)
    other = Phone(phone.desk, BO)
    other.enrol()
    with pytest.raises(InputError):
        other.enter(phone.recovery[0])


# --- what it changes

REMOVALS: dict[str, Callable[[Phone], object]] = {
    "oneself": lambda phone: phone.take(phone.tools.remove(phone.desk.expect(phone.enter()), visit=VISIT)),
    "an owner": lambda phone: phone.desk.team.remove_second_factor(MARA, by=BOSS),
}


@pytest.mark.parametrize("by", REMOVALS)
def test_whoever_takes_it_away_ends_every_other_session_and_the_recovery_codes(phone: Phone, by: str) -> None:
    opened = phone.enter()
    REMOVALS[by](phone)
    assert phone.desk.look_up(opened) is None
    assert phone.desk.look_up(phone.desk.enter()) is not None, "the password is enough again"
    with phone.desk.sign_in.database.read() as session:
        assert session.scalars(select(RecoveryCode)).all() == session.scalars(select(Authenticator)).all() == []


def test_setting_one_up_ends_every_other_session(desk: Desk) -> None:
    before = desk.enter()
    opened = Phone(desk).enrol()
    assert desk.look_up(before) is None
    assert desk.expect(opened).second_factor


def test_a_second_authenticator_or_none_at_all_is_told(phone: Phone) -> None:
    seat = phone.desk.expect(phone.enter())
    with pytest.raises(ConflictError, match="already"):
        phone.tools.begin(seat)
    seat = phone.desk.expect(phone.tools.remove(seat, visit=VISIT).opened)
    for step in (lambda: phone.tools.remove(seat, visit=VISIT), lambda: phone.tools.new_recovery_codes(seat)):
        with pytest.raises(ConflictError):
            step()


def test_only_who_manages_accounts_takes_that_of_another_away(phone: Phone) -> None:
    phone.desk.add(BO, role=Role.PUBLISHER)
    hers = phone.desk.expect(phone.desk.enter(BO)).actor
    with pytest.raises(ForbiddenError):
        phone.desk.team.remove_second_factor(MARA, by=hers)
    assert isinstance(phone.half(), str)


def test_each_change_is_written_down(phone: Phone) -> None:
    phone.tools.new_recovery_codes(phone.desk.expect(phone.enter()))
    REMOVALS["oneself"](phone)
    told = [
        (entry.action, entry.new) for entry in phone.desk.trail() if entry.action.startswith("editor.") and entry.new
    ]
    assert told[:3] == [
        ("editor.authenticator", "removed"),
        ("editor.recovery codes", "new"),
        ("editor.authenticator", "added"),
    ]


# --- what the ledger holds


def test_the_ledger_holds_neither_the_secret_nor_a_recovery_code(phone: Phone) -> None:
    assert phone.totp is not None
    with phone.desk.sign_in.database.read() as session:
        sealed = session.scalars(select(Authenticator.sealed)).one()
        hashes = set(session.scalars(select(RecoveryCode.code_hash)))
    assert phone.totp.byte_secret() not in sealed
    assert hashes == {hashlib.sha256(code.replace("-", "").encode()).digest() for code in phone.recovery}


def test_a_sealed_secret_opens_for_its_owner_under_its_key_and_nowhere_else() -> None:
    old, new = Sealer(lambda: {1: b"o" * 32}), Sealer(lambda: {2: b"n" * 32, 1: b"o" * 32})
    sealed = old.seal(b"secret", owner=7)
    assert new.open(sealed, owner=7) == b"secret"
    assert new.seal(b"secret", owner=7)[0] == 2
    for sealer, owner, octets in (
        (old, 8, sealed),
        (Sealer(lambda: {2: b"n" * 32}), 7, sealed),
        (Sealer(lambda: {1: b"x" * 32}), 7, sealed),
        (old, 7, sealed[:-1] + bytes([sealed[-1] ^ 1])),
    ):
        with pytest.raises(ConflictError, match="cannot be read"):
            sealer.open(octets, owner=owner)


# --- proving oneself once more


def test_a_proof_lasts_a_while_and_is_renewed_by_password_or_code(phone: Phone) -> None:
    opened, clock = phone.enter(), phone.desk.sign_in.clock
    for given in ({"password": PASSWORD}, {"code": None}):
        clock.sleep(15 * 60)
        seat = phone.desk.expect(opened)
        assert not seat.is_proved(clock.now())
        proof = {name: value or phone.code() for name, value in given.items()}
        phone.desk.sign_in.prove(phone.desk.admit(), seat, **proof)
        assert phone.desk.expect(opened).is_proved(clock.now())


@pytest.mark.parametrize("given", [{"password": "wrong horse battery"}, {"code": "12345"}, {}])
def test_what_proves_nothing_is_refused_and_counted(phone: Phone, given: dict[str, str]) -> None:
    opened = phone.enter()
    phone.desk.sign_in.clock.sleep(15 * 60)
    seat = phone.desk.expect(opened)
    for _ in range(limits.PER_PAIR):
        with pytest.raises(InputError):
            phone.desk.sign_in.prove(phone.desk.admit(), seat, **given)
    with pytest.raises(LimitError):
        phone.desk.admit()
    assert not phone.desk.expect(opened).is_proved(phone.desk.sign_in.clock.now())


@pytest.mark.parametrize("typed", ["", "é" * 6, "١٢٣٤٥٦", "²²²²²²", "\udcff", "000 000"])
def test_whatever_is_typed_in_place_of_the_first_code_is_told_in_words(desk: Desk, typed: str) -> None:
    seat = desk.expect(desk.enter())
    tools = SecondFactor(desk.sign_in, "https://news.example")
    tools.begin(seat)
    with pytest.raises(InputError):
        tools.confirm(seat, typed, visit=VISIT)
