"""What the operator or an owner does to an editor: what changes a right ends the sessions in the same transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from newsletter.errors import ConflictError, ForbiddenError, InputError, NotFoundError, StoreError
from newsletter.model.actor import Actor, ActorKind
from newsletter.model.rights import HeldGrant, Right, Role, rights_of
from newsletter.store.accounts import audit, grants
from newsletter.store.accounts import sessions as store
from tests.accounts.conftest import BOSS, MARA, PASSWORD, Desk
from tests.web.places import add_publication

NEW, ADA = "another four words entirely", "ada@tide.example.org"
Step = Callable[[Desk, str, Actor], object]

SHUTTING_OUT: dict[str, Step] = {
    "password": lambda desk, address, by: desk.team.set_password(address, NEW, by=by),
    "sign-out": lambda desk, address, by: desk.team.sign_out(address, by=by),
    "role": lambda desk, address, by: desk.team.give_role(address, HeldGrant(Role.WRITER), by=by),
    "no role": lambda desk, address, by: desk.team.take_role(address, None, by=by),
    "disable": lambda desk, address, by: desk.team.disable(address, by=by),
    "remove": lambda desk, address, by: desk.team.remove(address, by=by),
}
CHANGES: dict[str, Step] = {
    **SHUTTING_OUT,
    "enable": lambda desk, address, by: desk.team.enable(address, by=by),
    "create": lambda desk, address, by: desk.team.create(f"new-{address}", NEW, HeldGrant(Role.WRITER), by=by),
}
WRITTEN = {
    "password": "editor.password",
    "sign-out": "session.end",
    "role": "editor.role",
    "no role": "editor.role",
    "disable": "editor.disable",
    "enable": "editor.enable",
    "remove": "editor.remove",
    "create": "editor.create",
}


@pytest.mark.parametrize("step", SHUTTING_OUT)
def test_every_session_of_the_editor_ends_and_no_other(desk: Desk, step: str) -> None:
    desk.add(ADA)
    mine, hers = [desk.enter(), desk.enter()], desk.enter(ADA)
    SHUTTING_OUT[step](desk, MARA.upper(), BOSS)
    assert [desk.look_up(each) for each in mine] == [None, None]
    assert [desk.knows(each) for each in mine] == [False, False]
    assert desk.look_up(hers) is not None


@pytest.mark.parametrize("step", [step for step in SHUTTING_OUT if step != "remove"])
def test_nothing_changes_when_the_sessions_cannot_be_ended(
    desk: Desk, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.add(ADA)
    opened = desk.enter()

    def broken(*_: object) -> None:
        raise StoreError("full")

    monkeypatch.setattr(store, "end_all", broken)
    with pytest.raises(StoreError):
        SHUTTING_OUT[step](desk, MARA, BOSS)
    monkeypatch.undo()
    assert desk.expect(opened).actor.grants == {None: frozenset(Right)}
    assert desk.look_up(desk.enter()) is not None


@pytest.mark.parametrize("step", CHANGES)
def test_each_change_is_written_down_with_who_made_it_or_not_made(
    desk: Desk, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.add(ADA)
    if step == "enable":
        desk.team.disable(MARA, by=BOSS)
    before = [entry.id for entry in desk.trail()]
    with monkeypatch.context() as patched:
        patched.setattr(audit, "add", lambda *_, **__: (_ for _ in ()).throw(StoreError("full")))
        with pytest.raises(StoreError):
            CHANGES[step](desk, MARA, BOSS)
    assert [entry.id for entry in desk.trail()] == before
    assert [member.listed.editor.address for member in desk.team.members()] == [MARA, ADA]
    CHANGES[step](desk, MARA, BOSS)
    (newest,) = desk.trail()[: len(desk.trail()) - len(before)]
    assert (newest.action, newest.actor, newest.actor_name, newest.place) == (
        WRITTEN[step],
        "operator",
        "root",
        "desk.example.org",
    )
    assert newest.subject_name == (f"new-{MARA}" if step == "create" else MARA)


@pytest.mark.parametrize("step", CHANGES)
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_only_an_owner_may(desk: Desk, step: str, role: Role) -> None:
    by = Actor(ActorKind.EDITOR, 99, "eve@tide.example.org", "", {None: rights_of(role, publication_id=None)})
    opened = desk.enter()
    before = [entry.id for entry in desk.trail()]
    with pytest.raises(ForbiddenError, match="manage accounts"):
        CHANGES[step](desk, MARA, by)
    assert desk.expect(opened).actor.grants == {None: frozenset(Right)}
    assert [entry.id for entry in desk.trail()] == before


@pytest.mark.parametrize("step", [*SHUTTING_OUT, "enable"])
def test_an_editor_who_is_not_there_is_told(desk: Desk, step: str) -> None:
    with pytest.raises(NotFoundError, match="no editor has this address"):
        CHANGES[step](desk, "nobody@tide.example.org", BOSS)
    with pytest.raises(InputError):
        CHANGES[step](desk, "no address", BOSS)


def test_a_new_password_takes_the_place_of_the_old(desk: Desk) -> None:
    desk.team.set_password(MARA, NEW, by=BOSS)
    with pytest.raises(InputError):
        desk.enter()
    assert desk.look_up(desk.enter(password=NEW)) is not None


def test_a_disabled_editor_is_let_in_again_when_enabled(desk: Desk) -> None:
    desk.add(ADA)
    opened = desk.enter()
    for _ in range(2):
        desk.team.disable(MARA, by=BOSS)
    with pytest.raises(InputError):
        desk.enter()
    desk.team.enable(MARA, by=BOSS)
    assert desk.look_up(desk.enter()) is not None
    assert desk.look_up(opened) is None
    told = [entry.action for entry in desk.trail() if entry.action in {"editor.enable", "editor.disable"}]
    assert told == ["editor.enable", "editor.disable"], "each once"


def test_the_address_of_a_removed_editor_may_be_used_again_by_somebody_with_another_id(desk: Desk) -> None:
    desk.add(ADA)
    opened, before = desk.enter(), desk.team.members()[0]
    desk.team.remove(MARA, by=BOSS)
    assert desk.add().id > before.listed.editor.id
    assert desk.look_up(opened) is None


def test_the_list_tells_the_roles_who_is_signed_in_and_when_they_were_seen(desk: Desk) -> None:
    add_publication(desk.sign_in.database, "orchard")
    add_publication(desk.sign_in.database, "daily")
    desk.add(ADA, role=Role.ANALYST)
    for held in (HeldGrant(Role.WRITER, "orchard"), HeldGrant(Role.PUBLISHER, "daily")):
        desk.team.give_role(ADA, held, by=BOSS)
    desk.enter()
    desk.sign_in.clock.sleep(60)
    desk.enter()
    first, second = desk.team.members()
    assert (first.listed.editor.address, first.listed.sessions, first.listed.seen_at) == (
        MARA,
        2,
        desk.sign_in.clock.now(),
    )
    assert (second.listed.editor.address, second.listed.sessions, second.listed.seen_at) == (ADA, 0, None)
    assert [*first.roles] == [HeldGrant(Role.OWNER)]
    assert [*second.roles] == [
        HeldGrant(Role.ANALYST),
        HeldGrant(Role.PUBLISHER, "daily"),
        HeldGrant(Role.WRITER, "orchard"),
    ]
    desk.sign_in.clock.sleep(12 * 3600)
    assert [member.listed.sessions for member in desk.team.members()] == [0, 0]


def test_an_address_has_one_editor(desk: Desk) -> None:
    with pytest.raises(ConflictError):
        desk.add(MARA.upper())


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 1025])
def test_a_password_that_will_not_do_changes_nothing(desk: Desk, password: str) -> None:
    with pytest.raises(InputError):
        desk.add(ADA, password)
    with pytest.raises(InputError):
        desk.team.set_password(MARA, password, by=BOSS)
    assert desk.look_up(desk.enter(password=PASSWORD)) is not None


# --- roles


def test_a_role_of_one_publication_stands_beside_that_of_the_service_and_is_taken_alone(desk: Desk) -> None:
    publication = add_publication(desk.sign_in.database, "orchard")
    desk.add(ADA, role=Role.ANALYST)
    desk.team.give_role(ADA, HeldGrant(Role.WRITER, "orchard"), by=BOSS)
    granted = desk.expect(desk.enter(ADA)).actor.grants
    assert granted[publication.id] == {Right.READ, Right.WRITE}
    assert granted[None] == {Right.READ, Right.SEE_NUMBERS}
    desk.team.take_role(ADA, publication.id, by=BOSS)
    assert list(desk.expect(desk.enter(ADA)).actor.grants) == [None]
    with pytest.raises(NotFoundError, match="no role there"):
        desk.team.take_role(ADA, publication.id, by=BOSS)
    with pytest.raises(NotFoundError):
        desk.team.give_role(ADA, HeldGrant(Role.WRITER, "nowhere"), by=BOSS)


def test_the_trail_tells_what_a_role_was_and_where(desk: Desk) -> None:
    publication = add_publication(desk.sign_in.database, "orchard")
    desk.team.give_role(MARA, HeldGrant(Role.WRITER, "orchard"), by=BOSS)
    desk.team.give_role(MARA, HeldGrant(Role.EDITOR, "orchard"), by=BOSS)
    told = [(entry.publication_id, entry.old, entry.new) for entry in desk.trail()[:2]]
    assert told == [(publication.id, "writer", "editor"), (publication.id, "", "writer")]


def test_a_role_that_they_have_already_changes_nothing_and_signs_nobody_out(desk: Desk) -> None:
    opened = desk.enter()
    before = [entry.id for entry in desk.trail()]
    desk.team.give_role(MARA, HeldGrant(Role.OWNER), by=BOSS)
    assert desk.look_up(opened) is not None
    assert [entry.id for entry in desk.trail()] == before


# --- the last owner

LEAVING = ("role", "no role", "disable", "remove")


@pytest.mark.parametrize("step", LEAVING)
def test_the_last_owner_who_can_sign_in_stays_one(desk: Desk, step: str) -> None:
    desk.add(ADA)
    desk.add("bo@tide.example.org", role=Role.PUBLISHER)
    desk.team.disable(ADA, by=BOSS)
    opened = desk.enter()
    with pytest.raises(ConflictError, match="the last owner"):
        SHUTTING_OUT[step](desk, MARA, BOSS)
    assert desk.expect(opened).actor.grants == {None: frozenset(Right)}
    SHUTTING_OUT[step](desk, ADA, BOSS)
    SHUTTING_OUT[step](desk, "bo@tide.example.org", BOSS)


@pytest.mark.parametrize("first", LEAVING)
@pytest.mark.parametrize("second", LEAVING)
def test_of_two_last_owners_who_are_let_go_at_once_one_stays(desk: Desk, first: str, second: str) -> None:
    desk.add(ADA)
    together = threading.Barrier(2)

    def let_go(step: str, address: str) -> bool:
        together.wait(30)
        try:
            SHUTTING_OUT[step](desk, address, BOSS)
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(let_go, first, MARA), pool.submit(let_go, second, ADA)]
        assert sorted(each.result(60) for each in done) == [False, True]
    with desk.sign_in.database.read() as session:
        assert len(grants.able_owners(session)) == 1
