"""Sessions: named by secrets that only browsers hold, ended at once, kept while one works, never longer than thirty days."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

import pytest
from sqlalchemy import select

from newsletter.accounts import sessions
from newsletter.accounts.sessions import Brought, Opened
from newsletter.errors import ForbiddenError
from newsletter.model import EditorSession, KnownBrowser
from newsletter.model.actor import Actor, ActorKind
from newsletter.model.rights import Right, Role
from newsletter.store.accounts import grants
from newsletter.store.accounts.sessions import MOST_KNOWN
from tests.accounts.conftest import BOSS, MARA, Desk

BEA = "bea@tide.example.org"


def test_a_secret_has_32_octets_and_the_row_only_their_hash(desk: Desk) -> None:
    opened = desk.enter()
    octets = base64.urlsafe_b64decode(opened.session + "=")
    with desk.sign_in.database.read() as session:
        row = session.scalars(select(EditorSession)).one()
        known = session.scalars(select(KnownBrowser)).one()
    assert len(octets) == 32
    assert row.secret_hash == hashlib.sha256(octets).digest()
    assert known.secret_hash == hashlib.sha256(base64.urlsafe_b64decode(opened.browser + "=")).digest()


def test_whoever_is_signed_in_acts_with_the_rights_of_this_moment_from_where_they_are_now(desk: Desk) -> None:
    opened, database = desk.enter(), desk.sign_in.database
    seat = desk.expect(opened)
    assert seat.actor == Actor(ActorKind.EDITOR, seat.editor.id, MARA, "", {None: frozenset(Right)})
    with database.write() as session:
        grants.take(session, seat.editor.id, None)
        grants.give(session, seat.editor.id, None, Role.WRITER, desk.sign_in.clock.now())
    again = sessions.look_up(database, clock=desk.sign_in.clock, secret=opened.session, network="203.0.113.0/24")
    assert again is not None
    assert (again.actor.place, again.actor.grants[None]) == ("203.0.113.0/24", frozenset({Right.READ, Right.WRITE}))


def test_what_stands_in_the_ledger_opens_nothing(desk: Desk) -> None:
    desk.enter()
    with desk.sign_in.database.read() as session:
        row = session.scalars(select(EditorSession)).one()
    for secret in (
        str(row.id),
        row.secret_hash.hex(),
        base64.urlsafe_b64encode(row.secret_hash).decode().rstrip("="),
        base64.urlsafe_b64encode(row.secret_hash).decode(),
    ):
        assert desk.look_up(Opened(secret, "")) is None


def test_a_secret_has_one_spelling(desk: Desk) -> None:
    secret = desk.enter().session
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    odd = last[last.index(secret[-1]) ^ 1]  # the same octets: two bits of the last character are unused
    for other in (secret[:-1] + odd, secret + "=", f" {secret}", secret + "A", secret[:-1], "", "\udcff", "é" * 43):
        assert desk.look_up(Opened(other, "")) is None, other


def test_a_session_ends_on_signing_out_and_ending_it_twice_changes_nothing(desk: Desk) -> None:
    first, second = desk.enter(), desk.enter()
    seat = desk.expect(first)
    for _ in range(2):
        sessions.end_one(
            desk.sign_in.database, seat.editor.id, seat.session_id, clock=desk.sign_in.clock, by=seat.actor
        )
    assert desk.look_up(first) is None
    assert desk.look_up(second) is not None


def test_signing_out_leaves_no_way_to_the_next_session_whoever_opens_it(desk: Desk) -> None:
    desk.add(BEA)
    old = desk.enter()
    seat = desk.expect(old)
    sessions.end_one(desk.sign_in.database, seat.editor.id, seat.session_id, clock=desk.sign_in.clock, by=seat.actor)
    new = desk.expect(desk.enter(BEA))
    assert desk.look_up(old) is None
    assert new.session_id != seat.session_id
    assert not new.made(seat.csrf)


def test_a_session_ends_twelve_hours_after_it_was_last_used(desk: Desk) -> None:
    opened = desk.enter()
    desk.sign_in.clock.sleep(sessions.IDLE_SECONDS - 1)
    assert desk.look_up(opened) is not None
    desk.sign_in.clock.sleep(sessions.IDLE_SECONDS - 1)
    assert desk.look_up(opened) is not None
    desk.sign_in.clock.sleep(sessions.IDLE_SECONDS)
    assert desk.look_up(opened) is None


def test_a_session_ends_after_thirty_days_however_busy(desk: Desk) -> None:
    opened = desk.enter()
    hours = sessions.LONGEST_SECONDS // 3600
    for _ in range(0, hours, 8):
        assert desk.look_up(opened) is not None
        desk.sign_in.clock.sleep(8 * 3600)
    assert desk.look_up(opened) is None


def test_a_page_that_asks_by_itself_does_not_make_a_session_last(desk: Desk) -> None:
    opened = desk.enter()
    clock, database = desk.sign_in.clock, desk.sign_in.database
    for _ in range(2):
        clock.sleep(sessions.IDLE_SECONDS / 2 - 1)
        assert sessions.look_up(database, clock=clock, secret=opened.session, at_work=False) is not None
    clock.sleep(2)
    assert desk.look_up(opened) is None


def test_expired_sessions_and_browsers_leave_no_rows(desk: Desk) -> None:
    desk.enter()
    desk.sign_in.clock.sleep(sessions.KNOWN_SECONDS)
    desk.enter()
    with desk.sign_in.database.read() as session:
        assert len(session.scalars(select(EditorSession)).all()) == 1
        assert len(session.scalars(select(KnownBrowser)).all()) == 1


def test_nobody_ends_the_session_of_another(desk: Desk) -> None:
    bea = desk.add(BEA)
    opened = desk.enter()
    seat = desk.expect(opened)
    database = desk.sign_in.database
    hers = desk.expect(desk.enter(BEA)).actor
    for by in (hers, BOSS):
        sessions.end_one(database, bea.id, seat.session_id, clock=desk.sign_in.clock, by=by)
        sessions.end_others(database, bea.id, seat.session_id, clock=desk.sign_in.clock, by=by)
        sessions.end_all(database, bea.id, clock=desk.sign_in.clock, by=by)
        assert desk.look_up(opened) is not None
        assert desk.knows(opened)


@pytest.mark.parametrize("end", [sessions.end_one, sessions.end_others, sessions.end_all])
def test_only_somebody_who_manages_accounts_may_name_another_editor(desk: Desk, end: Callable[..., None]) -> None:
    seat = desk.expect(desk.enter())
    desk.add(BEA, role=Role.PUBLISHER)
    hers = desk.expect(desk.enter(BEA)).actor
    which = () if end is sessions.end_all else (seat.session_id,)
    with pytest.raises(ForbiddenError):
        end(desk.sign_in.database, seat.editor.id, *which, clock=desk.sign_in.clock, by=hers)
    assert desk.look_up(Opened("", "")) is None
    end(desk.sign_in.database, seat.editor.id, *which, clock=desk.sign_in.clock, by=BOSS)


def test_the_end_of_a_session_is_written_down_once(desk: Desk) -> None:
    seat = desk.expect(desk.enter())
    for _ in range(2):
        sessions.end_one(
            desk.sign_in.database, seat.editor.id, seat.session_id, clock=desk.sign_in.clock, by=seat.actor
        )
    ended = [entry for entry in desk.trail() if entry.action == "session.end"]
    assert [(entry.actor_name, entry.subject_id, entry.new) for entry in ended] == [(MARA, seat.editor.id, "one")]


def test_all_others_end_and_this_one_stays(desk: Desk) -> None:
    first, second, third = desk.enter(), desk.enter(), desk.enter()
    seat = desk.expect(second)
    sessions.end_others(desk.sign_in.database, seat.editor.id, seat.session_id, clock=desk.sign_in.clock, by=seat.actor)
    assert [desk.look_up(each) is not None for each in (first, second, third)] == [False, True, False]


def test_everywhere_means_that_no_browser_is_signed_in_or_known(desk: Desk) -> None:
    opened = [desk.enter(), desk.enter()]
    seat = desk.expect(opened[0])
    sessions.end_all(desk.sign_in.database, seat.editor.id, clock=desk.sign_in.clock, by=seat.actor)
    assert [desk.look_up(each) for each in opened] == [None, None]
    assert [desk.knows(each) for each in opened] == [False, False]


def test_when_a_session_was_seen_is_kept_to_five_minutes(desk: Desk) -> None:
    opened = desk.enter()
    seat = desk.expect(opened)
    clock, database = desk.sign_in.clock, desk.sign_in.database
    begun = clock.now()

    def seen() -> float:
        (row,) = sessions.open_of(database, clock=clock, editor_id=seat.editor.id)
        return (row.seen_at - begun).total_seconds()

    clock.sleep(299)
    desk.expect(opened)
    assert seen() == 0
    clock.sleep(1)
    desk.expect(opened)
    assert seen() == 300


def test_the_token_of_a_form_is_bound_to_the_session_and_no_key_to_it(desk: Desk) -> None:
    first, second = desk.enter(), desk.enter()
    seat, other = desk.expect(first), desk.expect(second)
    assert seat.made(seat.csrf)
    assert not seat.made(other.csrf)
    for token in ("", "x", seat.csrf[:-1], seat.csrf + "=", "é", "\udcff", first.session):
        assert not seat.made(token)
    assert desk.look_up(Opened(seat.csrf, "")) is None


def test_a_browser_is_known_for_a_year_and_not_by_the_secret_of_its_session(desk: Desk) -> None:
    opened = desk.enter()
    assert desk.knows(opened)
    assert not desk.knows(Opened("", opened.session))
    assert desk.look_up(Opened(opened.browser, "")) is None
    desk.sign_in.clock.sleep(sessions.KNOWN_SECONDS)
    assert not desk.knows(opened)


def test_so_many_browsers_are_known_and_the_oldest_is_forgotten(sqlite_desk: Desk) -> None:
    sqlite_desk.add(BEA)
    other = sqlite_desk.enter(BEA)
    opened = [sqlite_desk.enter() for _ in range(MOST_KNOWN + 1)]
    assert [sqlite_desk.knows(each) for each in opened] == [False] + [True] * MOST_KNOWN
    assert sqlite_desk.knows(other, BEA)


@pytest.mark.parametrize("odd", ["", "x", "A" * 43, "é"])
def test_what_a_browser_made_up_is_ended_without_harm(desk: Desk, odd: str) -> None:
    first = desk.enter()
    desk.expect(desk.enter(brought=Brought(odd, odd)))
    desk.expect(first)
