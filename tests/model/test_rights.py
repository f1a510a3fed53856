"""Roles are sets of rights; a grant for one publication carries nothing of the service."""

from __future__ import annotations

import itertools

import pytest

from newsletter.model.rights import OF_THE_SERVICE, RIGHTS_OF, Right, Role, rights_of

LADDER = (Role.WRITER, Role.EDITOR, Role.PUBLISHER, Role.OWNER)


def test_each_role_above_may_do_all_that_the_one_below_may() -> None:
    rights = [RIGHTS_OF[role] for role in LADDER]
    assert all(below < above for below, above in itertools.pairwise(rights))


def test_an_owner_may_do_everything() -> None:
    assert rights_of(Role.OWNER, publication_id=None) == set(Right)


def test_a_writer_neither_approves_nor_sends_nor_sees_anybody() -> None:
    assert not RIGHTS_OF[Role.WRITER] & {Right.APPROVE, Right.SEND, Right.SEE_PEOPLE, Right.MANAGE_AUDIENCE}


def test_an_analyst_sees_numbers_and_changes_nothing() -> None:
    assert RIGHTS_OF[Role.ANALYST] == {Right.READ, Right.SEE_NUMBERS}


@pytest.mark.parametrize("role", Role)
def test_a_grant_for_one_publication_carries_nothing_of_the_service(role: Role) -> None:
    assert not rights_of(role, publication_id=7) & OF_THE_SERVICE
