"""Rights are checked here and nowhere else: by role, by publication, for whoever acts."""

from __future__ import annotations

import pytest

from newsletter.accounts.permissions import may, require, require_reader
from newsletter.errors import ForbiddenError
from newsletter.model.actor import SCHEDULER, Actor, ActorKind, operator, reader
from newsletter.model.rights import OF_THE_SERVICE, RIGHTS_OF, Right, Role, rights_of

HERE, THERE = 7, 8


def _editor(role: Role, publication: int | None) -> Actor:
    return Actor(ActorKind.EDITOR, 1, grants={publication: rights_of(role, publication_id=publication)})


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("role", Role)
def test_a_role_on_one_publication_holds_there_and_nowhere_else(role: Role, right: Right) -> None:
    actor = _editor(role, HERE)
    assert may(actor, right, HERE) == (right in RIGHTS_OF[role] - OF_THE_SERVICE)
    assert not may(actor, right, THERE)
    assert not may(actor, right, None)


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("role", Role)
def test_a_role_on_the_service_holds_everywhere(role: Role, right: Right) -> None:
    actor = _editor(role, None)
    assert {may(actor, right, where) for where in (None, HERE, THERE)} == {right in RIGHTS_OF[role]}


def test_two_roles_add_up_where_both_hold() -> None:
    grants = {None: rights_of(Role.ANALYST, publication_id=None), HERE: rights_of(Role.WRITER, publication_id=HERE)}
    actor = Actor(ActorKind.EDITOR, 1, grants=grants)
    assert may(actor, Right.WRITE, HERE)
    assert may(actor, Right.SEE_NUMBERS, HERE)
    assert not may(actor, Right.WRITE, THERE)


def test_nobody_has_a_right_by_being_somebody() -> None:
    for kind in ActorKind:
        assert not any(may(Actor(kind, 1), right, HERE) for right in Right)


def test_the_operator_may_do_everything_and_the_scheduler_send_and_write_the_draft_of_the_day() -> None:
    assert all(may(operator(), right, where) for right in Right for where in (None, HERE))
    assert {right for right in Right if may(SCHEDULER, right, HERE)} == {Right.SEND, Right.WRITE}


def test_a_refusal_says_what_is_missing_and_who_can_give_it() -> None:
    with pytest.raises(ForbiddenError, match=r"the right to send .*owner can grant"):
        require(_editor(Role.WRITER, HERE), Right.SEND, HERE)
    with pytest.raises(ForbiddenError, match="for the whole service"):
        require(_editor(Role.PUBLISHER, HERE), Right.MANAGE_SERVICE, None)
    require(_editor(Role.PUBLISHER, HERE), Right.SEND, HERE)


def test_a_reader_changes_their_own_subscription_and_no_other() -> None:
    require_reader(reader(5), 5, HERE)
    require_reader(_editor(Role.PUBLISHER, HERE), 5, HERE)
    for other in (reader(6), Actor(ActorKind.EDITOR, 5), _editor(Role.PUBLISHER, THERE)):
        with pytest.raises(ForbiddenError):
            require_reader(other, 5, HERE)
