"""The one place where rights are checked. Every room may ask here: it knows nothing but the words of the ground."""

from __future__ import annotations

from newsletter.errors import ForbiddenError
from newsletter.model.actor import Actor, ActorKind
from newsletter.model.rights import Right


def may(actor: Actor, right: Right, publication: int | None) -> bool:
    """Tell whether somebody has a right on the publication with this id; None asks for the whole service."""
    granted = actor.grants.get(None, frozenset())
    if publication is not None:
        granted |= actor.grants.get(publication, frozenset())
    return right in granted


def require(actor: Actor, right: Right, publication: int | None) -> None:
    """Let somebody go on who has the right. Raises ForbiddenError, which says what is missing and who can give it."""
    if not may(actor, right, publication):
        whole = "" if publication is not None else " for the whole service"
        raise ForbiddenError(
            f"you may not do this: it takes the right to {right}{whole}",
            remedy="an owner can grant it: `newsletter editor role`",
        )


def require_reader(actor: Actor, subscription_id: int, publication: int) -> None:
    """Let the reader of this subscription go on, or somebody who manages its audience. Raises ForbiddenError."""
    if actor.kind is ActorKind.READER and actor.id == subscription_id:
        return
    require(actor, Right.MANAGE_AUDIENCE, publication)


def require_editor(actor: Actor, editor_id: int) -> None:
    """Let the editor with this id go on, or somebody who manages accounts. Raises ForbiddenError."""
    if actor.kind is ActorKind.EDITOR and actor.id == editor_id:
        return
    require(actor, Right.MANAGE_ACCOUNTS, None)
