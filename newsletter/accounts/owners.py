"""Somebody must be able to let others in: the last owner of the service who can sign in stays one."""

from __future__ import annotations

from sqlalchemy.orm import Session

from newsletter.errors import ConflictError
from newsletter.store.accounts import grants


def leave_an_owner(session: Session, editor_id: int) -> None:
    """Let an owner go, be disabled or become less, if another one stays. Raises ConflictError.

    It comes before any other lock on an editor: all owners are locked in one order, so that two who leave at once neither count
    on each other nor wait for each other.
    """
    if list(grants.able_owners(session)) == [editor_id]:
        raise ConflictError(
            "this is the last owner who can sign in",
            remedy="make somebody else an owner first: `newsletter editor role` or `newsletter editor invite --role owner`",
        )
