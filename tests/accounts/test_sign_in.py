"""Who gets in: the right password of an editor who is not disabled, and everybody else is told the same."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from newsletter.accounts import limits
from newsletter.accounts.editors import Team
from newsletter.accounts.passwords import Passwords
from newsletter.accounts.sessions import Brought
from newsletter.clock import SettableClock
from newsletter.errors import InputError, LimitError
from newsletter.model import Editor
from newsletter.store.accounts import editors as store
from newsletter.store.database import Database
from tests.accounts.conftest import BOSS, ELSEWHERE, MARA, PASSWORD, VISIT, WRONG, Desk, cheap, make_desk


def test_an_editor_signs_in_whatever_the_letter_case_of_the_address(desk: Desk) -> None:
    opened = desk.enter(" Mara@tide.EXAMPLE.org ")
    assert desk.expect(opened).editor.address == MARA


def test_signing_in_makes_new_secrets_and_ends_the_session_that_the_browser_brought(desk: Desk) -> None:
    first = desk.enter()
    other = desk.enter()
    again = desk.enter(brought=Brought(first.session, first.browser))
    assert len({first.session, first.browser, other.session, other.browser, again.session, again.browser}) == 6
    assert desk.look_up(first) is None
    assert not desk.knows(first)
    assert desk.expect(other).editor.address == desk.expect(again).editor.address == MARA


class Counting(Passwords):
    """Counts hashes."""

    made = 0

    def match(self, password_hash: str | None, password: str) -> bool:
        Counting.made += 1
        return super().match(password_hash, password)


def test_whatever_is_wrong_costs_one_hash_and_is_told_in_the_same_words(
    database: Database, clock: SettableClock
) -> None:
    desk = make_desk(database, clock, cheap(Counting))
    desk.add("off@tide.example.org")
    desk.team.disable("off@tide.example.org", by=BOSS)
    said = set()
    for address, password in (
        (MARA, WRONG),
        (MARA, ""),
        ("nobody@tide.example.org", PASSWORD),
        ("", PASSWORD),
        ("no address at all", PASSWORD),
        ("off@tide.example.org", PASSWORD),
        ("off@tide.example.org", WRONG),
        (MARA, "x" * 5000),
    ):
        before = Counting.made
        with pytest.raises(InputError) as caught:
            desk.enter(address, password)
        said.add((str(caught.value), Counting.made - before))
    assert len(said) == 1
    assert {made for _, made in said} == {1}


class Meanwhile(Passwords):
    """Lets something happen between the proof of a password and the session that follows from it."""

    happens = staticmethod(lambda: None)

    def match(self, password_hash: str | None, password: str) -> bool:
        found = super().match(password_hash, password)
        self.happens()
        return found


@pytest.mark.parametrize("what", ["password", "disable", "remove"])
def test_who_is_shut_out_while_signing_in_stays_out(database: Database, clock: SettableClock, what: str) -> None:
    passwords = cheap(Meanwhile)
    desk = make_desk(database, clock, passwords)
    desk.add("ada@tide.example.org")
    team = Team(database, clock, cheap())
    steps = {
        "password": lambda: team.set_password(MARA, "another one of these", by=BOSS),
        "disable": lambda: team.disable(MARA, by=BOSS),
        "remove": lambda: team.remove(MARA, by=BOSS),
    }
    passwords.happens = steps[what]  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="do not belong together"):
        desk.enter()


def test_no_hash_is_made_for_a_try_beyond_a_limit(sqlite_database: Database, clock: SettableClock) -> None:
    desk = make_desk(sqlite_database, clock, cheap(Counting))
    for _ in range(limits.PER_PAIR):
        with pytest.raises(InputError):
            desk.enter(password=WRONG)
    before = Counting.made
    with pytest.raises(LimitError):
        desk.enter()
    assert Counting.made == before


def test_ten_wrong_tries_from_one_network_do_not_keep_the_editor_out_elsewhere(desk: Desk) -> None:
    for _ in range(limits.PER_PAIR):
        with pytest.raises(InputError):
            desk.enter(password=WRONG)
    assert desk.expect(desk.enter(ip=ELSEWHERE)).editor.address == MARA


def test_a_known_browser_gets_in_from_the_network_that_guesses_and_without_waiting(desk: Desk) -> None:
    known = desk.enter()
    for n in range(limits.PER_PAIR):
        for ip in ("192.0.2.1", f"10.0.0.{n}"):
            with pytest.raises(InputError):
                desk.enter(password=WRONG, ip=ip)
    with pytest.raises(LimitError):
        desk.admit()
    assert desk.admit(ip=ELSEWHERE).delay > 0
    brought = Brought(browser=known.browser)
    assert desk.admit(brought=brought).delay == 0
    assert desk.expect(desk.enter(brought=brought)).editor.address == MARA


def test_a_browser_known_for_one_editor_is_a_stranger_to_another(desk: Desk) -> None:
    desk.add("ada@tide.example.org")
    known = desk.enter("ada@tide.example.org")
    assert not desk.knows(known, MARA)
    assert desk.knows(known, "ada@tide.example.org")


def test_the_addresses_of_one_64_are_one_network(sqlite_desk: Desk) -> None:
    for n in range(limits.PER_PAIR):
        sqlite_desk.admit(ip=f"2001:db8:1:2::{n:x}")
    with pytest.raises(LimitError):
        sqlite_desk.admit(ip="2001:db8:1:2:ffff::1")
    sqlite_desk.admit(ip="2001:db8:1:3::1")


def test_right_passwords_are_not_counted(sqlite_desk: Desk) -> None:
    for _ in range(3 * limits.PER_NETWORK):
        sqlite_desk.enter()


def test_a_try_that_finds_the_queue_full_is_not_counted(sqlite_database: Database, clock: SettableClock) -> None:
    desk = make_desk(sqlite_database, clock, cheap())
    desk.sign_in.passwords._places._value = 0  # as if two made hashes and ten waited
    for _ in range(2 * limits.PER_NETWORK):
        with pytest.raises(LimitError, match="at this moment"):
            desk.enter()


def test_a_hash_of_yesterdays_parameters_is_made_anew(desk: Desk) -> None:
    yesterday = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    database = desk.sign_in.database
    with database.write() as session:
        found = store.find(session, MARA)
        assert isinstance(found, Editor)
        found.password_hash = yesterday
    desk.expect(desk.enter())
    with database.read() as session:
        made = store.find(session, MARA)
    assert made is not None
    assert made.password_hash != yesterday
    assert not desk.sign_in.passwords.is_outdated(made.password_hash)
    desk.expect(desk.enter())


def test_asking_for_the_password_once_more_counts_like_signing_in(desk: Desk) -> None:
    seat = desk.expect(desk.enter())
    for _ in range(limits.PER_PAIR):
        with pytest.raises(InputError, match="not your password"):
            desk.sign_in.confirm(desk.admit(), seat.editor, WRONG)
    with pytest.raises(LimitError):
        desk.admit()
    for _ in range(2 * limits.PER_PAIR):
        desk.sign_in.confirm(desk.admit(ip=ELSEWHERE), seat.editor, PASSWORD)


def test_a_session_is_told_by_browser_and_network(desk: Desk) -> None:
    from newsletter.accounts import sessions

    seat = desk.expect(desk.enter())
    (row,) = sessions.open_of(desk.sign_in.database, clock=desk.sign_in.clock, editor_id=seat.editor.id)
    assert (row.browser, row.network) == (VISIT.browser, VISIT.network)
