"""What editors do about themselves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from newsletter.accounts import own_account
from newsletter.accounts.sessions import Opened
from newsletter.errors import ConflictError, InputError, StoreError
from newsletter.model.rights import Role
from newsletter.store.accounts import sessions as store
from tests.accounts.conftest import BOSS, MARA, PASSWORD, VISIT, WRONG, Desk

ADA, NEW = "ada@tide.example.org", "another four words entirely"


def _change(desk: Desk, opened: Opened, present: str = PASSWORD, new: str = NEW) -> Opened:
    seat = desk.expect(opened)
    return own_account.change_password(
        desk.sign_in, desk.admit(seat.editor.address), seat, present=present, new=new, visit=VISIT
    )


def _leave(step: Callable[..., Any]) -> Callable[..., Any]:
    def leave(desk: Desk, opened: Opened, password: str = PASSWORD) -> None:
        seat = desk.expect(opened)
        step(desk.sign_in, desk.admit(seat.editor.address), seat, password=password)

    return leave


STEPS: dict[str, Callable[..., Any]] = {
    "password": _change,
    "disable": _leave(own_account.disable),
    "remove": _leave(own_account.remove),
}


@pytest.mark.parametrize("step", STEPS)
def test_each_step_asks_for_the_password_and_changes_nothing_without_it(desk: Desk, step: str) -> None:
    desk.add(ADA)
    opened, other = desk.enter(), desk.enter()
    with pytest.raises(InputError, match="not your password"):
        STEPS[step](desk, opened, WRONG)
    assert desk.look_up(opened) is not None
    assert desk.look_up(other) is not None
    assert desk.look_up(desk.enter()) is not None


@pytest.mark.parametrize("step", STEPS)
def test_each_step_ends_every_session_there_was(desk: Desk, step: str) -> None:
    desk.add(ADA)
    opened, other, hers = desk.enter(), desk.enter(), desk.enter(ADA)
    STEPS[step](desk, opened)
    assert [desk.look_up(each) is None for each in (opened, other, hers)] == [True, True, False]
    assert [desk.knows(each) for each in (opened, other)] == [False, False]
    with pytest.raises(InputError):
        desk.enter()


@pytest.mark.parametrize("step", ["password", "disable"])
def test_nothing_changes_when_the_sessions_cannot_be_ended(
    desk: Desk, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.add(ADA)
    opened = desk.enter()

    def broken(*_: object) -> None:
        raise StoreError("full")

    monkeypatch.setattr(store, "end_all", broken)
    with pytest.raises(StoreError):
        STEPS[step](desk, opened)
    monkeypatch.undo()
    assert desk.look_up(opened) is not None
    assert desk.look_up(desk.enter()) is not None


def test_a_new_password_opens_a_new_session_for_this_browser_alone(desk: Desk) -> None:
    opened = desk.enter()
    fresh = _change(desk, opened)
    assert desk.expect(fresh).editor.address == MARA
    assert desk.knows(fresh)
    assert fresh.session != opened.session
    assert desk.look_up(desk.enter(password=NEW)) is not None


@pytest.mark.parametrize("new", ["short", "x" * 1025, PASSWORD])
def test_a_new_password_that_will_not_do_is_refused_and_the_old_one_stays(desk: Desk, new: str) -> None:
    opened = desk.enter()
    with pytest.raises(InputError):
        _change(desk, opened, new=new)
    assert desk.look_up(opened) is not None
    assert desk.look_up(desk.enter()) is not None


@pytest.mark.parametrize("step", ["disable", "remove"])
def test_the_last_owner_who_can_sign_in_cannot_leave_and_anybody_else_can(desk: Desk, step: str) -> None:
    desk.add(ADA)
    desk.add("bo@tide.example.org", role=Role.PUBLISHER)
    desk.team.disable(ADA, by=BOSS)
    opened = desk.enter()
    with pytest.raises(ConflictError, match="the last owner"):
        STEPS[step](desk, opened)
    assert desk.look_up(opened) is not None
    STEPS[step](desk, desk.enter("bo@tide.example.org"))
    desk.team.enable(ADA, by=BOSS)
    STEPS[step](desk, opened)


@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_written_down_with_who_took_it(desk: Desk, step: str) -> None:
    desk.add(ADA)
    opened = desk.enter()
    STEPS[step](desk, opened)
    newest = desk.trail()[0]
    assert (newest.action, newest.actor, newest.actor_name) == (f"editor.{step}", "editor", MARA)
    assert newest.subject_name == MARA


@pytest.mark.parametrize("step", STEPS)
def test_a_password_given_by_the_operator_meanwhile_is_not_overruled(desk: Desk, step: str) -> None:
    desk.add(ADA)
    seat = desk.expect(desk.enter())
    desk.team.set_password(MARA, NEW, by=BOSS)
    admission = desk.admit()
    steps: dict[str, Callable[[], Any]] = {
        "password": lambda: own_account.change_password(
            desk.sign_in, admission, seat, present=PASSWORD, new=NEW + " indeed", visit=VISIT
        ),
        "disable": lambda: own_account.disable(desk.sign_in, admission, seat, password=PASSWORD),
        "remove": lambda: own_account.remove(desk.sign_in, admission, seat, password=PASSWORD),
    }
    with pytest.raises(ConflictError, match="changed meanwhile"):
        steps[step]()
    assert desk.look_up(desk.enter(password=NEW)) is not None


def test_of_two_last_owners_who_leave_at_once_one_stays(desk: Desk) -> None:
    desk.add(ADA)
    opened = [desk.enter(), desk.enter(ADA)]
    together = threading.Barrier(2)

    def leave(each: Opened) -> bool:
        seat = desk.expect(each)
        admission = desk.admit(seat.editor.address)
        together.wait(30)
        try:
            own_account.disable(desk.sign_in, admission, seat, password=PASSWORD)
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, opened)) == [False, True]
    assert [member.listed.editor.disabled_at is None for member in desk.team.members()].count(True) == 1
