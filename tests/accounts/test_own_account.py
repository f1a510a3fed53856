"""What editors do about themselves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from newsletter.accounts import editors, own_account
from newsletter.accounts.sessions import Opened
from newsletter.errors import ConflictError, InputError, StoreError
from newsletter.store import sessions as store
from tests.accounts.conftest import MARA, PASSWORD, VISIT, WRONG, Desk, cheap

ADA, NEW = "ada@tide.example.org", "another four words entirely"


def _change(desk: Desk, opened: Opened, present: str = PASSWORD, new: str = NEW) -> Opened:
    seat = desk.expect(opened)
    return own_account.change_password(
        desk.sign_in, desk.admit(seat.editor.address), seat.editor, present=present, new=new, visit=VISIT
    )


def _leave(step: Callable[..., Any]) -> Callable[..., Any]:
    def leave(desk: Desk, opened: Opened, password: str = PASSWORD) -> None:
        editor = desk.expect(opened).editor
        step(desk.sign_in, desk.admit(editor.address), editor, password=password)

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
def test_the_last_editor_who_can_sign_in_cannot_leave(desk: Desk, step: str) -> None:
    desk.add(ADA)
    editors.disable(desk.sign_in.database, clock=desk.sign_in.clock, address=ADA)
    opened = desk.enter()
    with pytest.raises(ConflictError, match="the last editor"):
        STEPS[step](desk, opened)
    assert desk.look_up(opened) is not None
    editors.enable(desk.sign_in.database, address=ADA)
    STEPS[step](desk, opened)


@pytest.mark.parametrize("step", STEPS)
def test_a_password_given_by_the_operator_meanwhile_is_not_overruled(desk: Desk, step: str) -> None:
    desk.add(ADA)
    seat = desk.expect(desk.enter())
    editors.set_password(desk.sign_in.database, cheap(), address=MARA, password=NEW)
    admission = desk.admit()
    steps: dict[str, Callable[[], Any]] = {
        "password": lambda: own_account.change_password(
            desk.sign_in, admission, seat.editor, present=PASSWORD, new="x" * 20, visit=VISIT
        ),
        "disable": lambda: own_account.disable(desk.sign_in, admission, seat.editor, password=PASSWORD),
        "remove": lambda: own_account.remove(desk.sign_in, admission, seat.editor, password=PASSWORD),
    }
    with pytest.raises(ConflictError, match="changed meanwhile"):
        steps[step]()
    assert desk.look_up(desk.enter(password=NEW)) is not None


def test_of_two_last_editors_who_leave_at_once_one_stays(desk: Desk) -> None:
    desk.add(ADA)
    opened = [desk.enter(), desk.enter(ADA)]
    together = threading.Barrier(2)

    def leave(each: Opened) -> bool:
        editor = desk.expect(each).editor
        admission = desk.admit(editor.address)
        together.wait(30)
        try:
            own_account.disable(desk.sign_in, admission, editor, password=PASSWORD)
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, opened)) == [False, True]
    assert not editors.nobody_is_left(desk.sign_in.database)
