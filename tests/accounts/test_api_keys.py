"""Keys of programs: shown once, found by what is shown of them, never more than who made them may do."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from newsletter.accounts.api_keys import ApiKeys, Wanted
from newsletter.errors import ForbiddenError, InputError, NotFoundError
from newsletter.model import ApiKey, Publication
from newsletter.model.actor import Actor, ActorKind
from newsletter.model.rights import HeldGrant, Right, Role, rights_of
from tests.accounts.conftest import BOSS, HERE, MARA, Desk
from tests.web.places import add_publication

DAY = 86_400
WANTED = Wanted("importer", [Right.READ, Right.MANAGE_AUDIENCE], "orchard", 90)


@pytest.fixture
def publication(desk: Desk) -> Publication:
    return add_publication(desk.sign_in.database)


@pytest.fixture
def keys(desk: Desk, publication: Publication) -> ApiKeys:
    return ApiKeys(desk.sign_in.database, desk.sign_in.clock)


def mara(desk: Desk) -> Actor:
    return desk.expect(desk.enter()).actor


def test_a_key_acts_with_its_rights_on_its_publication_from_where_it_is_used(
    desk: Desk, keys: ApiKeys, publication: Publication
) -> None:
    key = keys.create(WANTED, by=mara(desk))
    actor = keys.authenticate(key, network=HERE)
    assert actor is not None
    assert (actor.kind, actor.name, actor.place) == (ActorKind.API_KEY, f"importer ({key[:12]})", HERE)
    assert actor.grants == {publication.id: {Right.READ, Right.MANAGE_AUDIENCE}}


def test_the_ledger_holds_nothing_that_opens_and_the_list_shows_the_beginning_alone(desk: Desk, keys: ApiKeys) -> None:
    key = keys.create(WANTED, by=BOSS)
    assert re.fullmatch(r"nlk_[a-z0-9]{8}_[\w-]{43}", key)
    with desk.sign_in.database.read() as session:
        row = session.scalars(select(ApiKey)).one()
    assert key[13:] not in str(vars(row))
    (shown,) = keys.listed()
    assert (shown.prefix, shown.publication, shown.maker, shown.works) == (key[:12], "orchard", "", True)
    assert key[13:] not in str(shown)


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"),
        lambda key: key[:-1],
        lambda key: key + "A",
        lambda key: key.upper(),
        lambda key: key.removeprefix("nlk_"),
        lambda key: "nlk_aaaaaaaa" + key[12:],
        lambda key: key[:12],
        lambda _: "",
        lambda _: "é" * 56,
        lambda _: "\udcff",
    ],
)
def test_a_key_that_is_not_whole_is_nobody(keys: ApiKeys, change) -> None:
    assert keys.authenticate(change(keys.create(WANTED, by=BOSS))) is None


def test_a_key_ends_with_its_time_or_when_it_is_revoked(desk: Desk, keys: ApiKeys) -> None:
    short, endless = keys.create(WANTED, by=BOSS), keys.create(Wanted("exporter", [Right.READ]), by=BOSS)
    desk.sign_in.clock.sleep(90 * DAY - 1)
    assert keys.authenticate(short) is not None
    desk.sign_in.clock.sleep(1)
    assert keys.authenticate(short) is None
    assert keys.authenticate(endless) is not None
    for _ in range(2):
        keys.revoke(endless[:12], by=BOSS)
    assert keys.authenticate(endless) is None
    assert [shown.works for shown in keys.listed()] == [False, False]
    told = [(entry.action, entry.subject_name) for entry in desk.trail() if entry.subject == "api key"]
    assert [action for action, _ in told] == ["key.revoke", "key.create", "key.create"]
    with pytest.raises(NotFoundError):
        keys.revoke("nlk_nothere0", by=BOSS)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_only_who_manages_accounts_makes_or_revokes_keys(keys: ApiKeys, role: Role) -> None:
    by = Actor(ActorKind.EDITOR, 9, "eve@tide.example.org", "", {None: rights_of(role, publication_id=None)})
    key = keys.create(WANTED, by=BOSS)
    for step in (lambda: keys.create(WANTED, by=by), lambda: keys.revoke(key, by=by)):
        with pytest.raises(ForbiddenError):
            step()
    assert keys.authenticate(key) is not None


def test_nobody_gives_a_key_what_they_lack_themselves(keys: ApiKeys) -> None:
    by = Actor(ActorKind.EDITOR, 9, "eve@tide.example.org", "", {None: frozenset({Right.MANAGE_ACCOUNTS, Right.READ})})
    with pytest.raises(ForbiddenError, match="manage audience"):
        keys.create(WANTED, by=by)
    assert keys.listed() == []


def test_a_key_loses_what_its_maker_loses_and_gets_it_back_with_them(desk: Desk, keys: ApiKeys) -> None:
    desk.add("ada@tide.example.org")
    key = keys.create(WANTED, by=mara(desk))
    desk.team.give_role(MARA, HeldGrant(Role.WRITER), by=BOSS)
    actor = keys.authenticate(key)
    assert actor is not None
    assert [*actor.grants.values()] == [{Right.READ}]
    desk.team.disable(MARA, by=BOSS)
    assert keys.authenticate(key) is None
    desk.team.enable(MARA, by=BOSS)
    assert keys.authenticate(key) is not None
    desk.team.remove(MARA, by=BOSS)
    assert keys.authenticate(key) is None


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted("", [Right.READ]),
        Wanted("importer", []),
        Wanted("importer", [Right.READ], days=-1),
        Wanted("importer", [Right.MANAGE_ACCOUNTS], "orchard"),
    ],
)
def test_a_key_that_cannot_be_is_refused(keys: ApiKeys, wanted: Wanted) -> None:
    with pytest.raises(InputError):
        keys.create(wanted, by=BOSS)
    with pytest.raises(NotFoundError):
        keys.create(Wanted("importer", [Right.READ], "nowhere"), by=BOSS)


def test_when_a_key_was_last_used_is_kept_to_five_minutes(desk: Desk, keys: ApiKeys) -> None:
    key, clock = keys.create(WANTED, by=BOSS), desk.sign_in.clock
    assert keys.listed()[0].used_at is None
    begun = clock.now()
    for seconds, seen in ((0, 0), (299, 0), (1, 300)):
        clock.sleep(seconds)
        keys.authenticate(key)
        assert (keys.listed()[0].used_at - begun).total_seconds() == seen  # type: ignore[operator]
