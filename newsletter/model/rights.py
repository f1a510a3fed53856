"""What somebody may do, by name, and the roles: sets of these rights, granted for one publication or for the service."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Right(StrEnum):
    """A named action. A right of a publication may be granted for that one alone; the others concern the whole service."""

    READ = "read"  # see the publication at the desk: its issues, their drafts and how they go out
    WRITE = "write"  # make, change, preview, test and delete drafts
    APPROVE = "approve"  # say that an issue may go out
    SEND = "send"  # schedule, send, take back, pause, resume, cancel, resend
    SEE_NUMBERS = "see numbers"  # statistics and reports, without addresses
    SEE_PEOPLE = "see people"  # readers by name and address: pages, deliveries, exports
    MANAGE_AUDIENCE = "manage audience"  # add, import, invite, end subscriptions, suppress, erase
    MANAGE_PUBLICATION = "manage publication"  # settings, domain, limits
    MANAGE_SERVICE = "manage service"  # reports set aside, alarms, keys of the machine, new publications
    MANAGE_ACCOUNTS = "manage accounts"  # editors, their roles, API keys
    SEE_AUDIT = "see audit"  # who did what


OF_THE_SERVICE = frozenset({Right.MANAGE_SERVICE, Right.MANAGE_ACCOUNTS, Right.SEE_AUDIT})
"""Rights that concern more than one publication: a grant for a single one does not carry them."""


class Role(StrEnum):
    """A set of rights with a name that people know."""

    OWNER = "owner"
    PUBLISHER = "publisher"
    EDITOR = "editor"
    WRITER = "writer"
    ANALYST = "analyst"


class HeldGrant(NamedTuple):
    """A role and where somebody has it: the slug of a publication, empty for the service."""

    role: Role
    publication: str = ""


_WRITER = frozenset({Right.READ, Right.WRITE})
_EDITOR = _WRITER | {Right.APPROVE, Right.SEE_NUMBERS}
_PUBLISHER = _EDITOR | {Right.SEND, Right.SEE_PEOPLE, Right.MANAGE_AUDIENCE, Right.MANAGE_PUBLICATION}
RIGHTS_OF = {
    Role.OWNER: frozenset(Right),
    Role.PUBLISHER: _PUBLISHER,
    Role.EDITOR: _EDITOR,
    Role.WRITER: _WRITER,
    Role.ANALYST: frozenset({Right.READ, Right.SEE_NUMBERS}),
}
"""What each role may do."""


def rights_of(role: Role, *, publication_id: int | None) -> frozenset[Right]:
    """Return the rights that a grant of `role` carries: for the service (None) all of them, for one publication its own."""
    rights = RIGHTS_OF[role]
    return rights if publication_id is None else rights - OF_THE_SERVICE
