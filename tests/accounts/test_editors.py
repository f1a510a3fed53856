"""What the operator does to an editor: what takes a right away ends the sessions in the same transaction."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from newsletter.accounts import editors
from newsletter.errors import ConflictError, InputError, NotFoundError, StoreError
from newsletter.store import sessions as store
from tests.accounts.conftest import MARA, PASSWORD, Desk, cheap

NEW = "another four words entirely"

SHUTTING_OUT: dict[str, Callable[[Desk, str], None]] = {
    "password": lambda desk, address: editors.set_password(
        desk.sign_in.database, cheap(), address=address, password=NEW
    ),
    "sign-out": lambda desk, address: editors.sign_out(desk.sign_in.database, address=address),
    "disable": lambda desk, address: editors.disable(desk.sign_in.database, clock=desk.sign_in.clock, address=address),
    "remove": lambda desk, address: editors.remove(desk.sign_in.database, address=address),
}


@pytest.mark.parametrize("step", SHUTTING_OUT)
def test_every_session_of_the_editor_ends_and_no_other(desk: Desk, step: str) -> None:
    desk.add("ada@tide.example.org")
    mine, hers = [desk.enter(), desk.enter()], desk.enter("ada@tide.example.org")
    SHUTTING_OUT[step](desk, MARA.upper())
    assert [desk.look_up(each) for each in mine] == [None, None]
    assert [desk.knows(each) for each in mine] == [False, False]
    assert desk.look_up(hers) is not None


@pytest.mark.parametrize("step", [step for step in SHUTTING_OUT if step != "remove"])
def test_nothing_changes_when_the_sessions_cannot_be_ended(
    desk: Desk, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = desk.enter()

    def broken(*_: object) -> None:
        raise StoreError("full")

    monkeypatch.setattr(store, "end_all", broken)
    with pytest.raises(StoreError):
        SHUTTING_OUT[step](desk, MARA)
    monkeypatch.undo()
    assert desk.look_up(opened) is not None
    assert desk.look_up(desk.enter()) is not None


@pytest.mark.parametrize("step", [*SHUTTING_OUT, "enable"])
def test_an_editor_who_is_not_there_is_told(desk: Desk, step: str) -> None:
    do = SHUTTING_OUT.get(step, lambda desk, address: editors.enable(desk.sign_in.database, address=address))
    with pytest.raises(NotFoundError, match="no editor has this address"):
        do(desk, "nobody@tide.example.org")
    with pytest.raises(InputError):
        do(desk, "no address")


def test_a_new_password_takes_the_place_of_the_old(desk: Desk) -> None:
    SHUTTING_OUT["password"](desk, MARA)
    with pytest.raises(InputError):
        desk.enter()
    assert desk.look_up(desk.enter(password=NEW)) is not None


def test_a_disabled_editor_is_let_in_again_when_enabled(desk: Desk) -> None:
    opened = desk.enter()
    for _ in range(2):
        SHUTTING_OUT["disable"](desk, MARA)
    with pytest.raises(InputError):
        desk.enter()
    assert editors.nobody_is_left(desk.sign_in.database)
    editors.enable(desk.sign_in.database, address=MARA)
    assert desk.look_up(desk.enter()) is not None
    assert desk.look_up(opened) is None
    assert not editors.nobody_is_left(desk.sign_in.database)


def test_the_address_of_a_removed_editor_may_be_used_again_by_somebody_with_another_id(desk: Desk) -> None:
    (before,) = editors.listed(desk.sign_in.database, clock=desk.sign_in.clock)
    opened = desk.enter()
    SHUTTING_OUT["remove"](desk, MARA)
    assert desk.add().id > before.editor.id
    assert desk.look_up(opened) is None


def test_the_list_tells_who_is_signed_in_and_when_they_were_seen(desk: Desk) -> None:
    desk.add("ada@tide.example.org")
    desk.enter()
    desk.sign_in.clock.sleep(60)
    desk.enter()
    rows = editors.listed(desk.sign_in.database, clock=desk.sign_in.clock)
    assert [(r.editor.address, r.sessions, r.seen_at) for r in rows] == [
        (MARA, 2, desk.sign_in.clock.now()),
        ("ada@tide.example.org", 0, None),
    ]
    desk.sign_in.clock.sleep(12 * 3600)
    assert [r.sessions for r in editors.listed(desk.sign_in.database, clock=desk.sign_in.clock)] == [0, 0]


def test_an_address_has_one_editor(desk: Desk) -> None:
    with pytest.raises(ConflictError):
        desk.add(MARA.upper())


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 1025])
def test_a_password_that_will_not_do_changes_nothing(desk: Desk, password: str) -> None:
    with pytest.raises(InputError):
        desk.add("ada@tide.example.org", password)
    with pytest.raises(InputError):
        editors.set_password(desk.sign_in.database, cheap(), address=MARA, password=password)
    assert desk.look_up(desk.enter(password=PASSWORD)) is not None
