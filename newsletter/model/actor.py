"""Who acts: every function of a room that changes something is told, refuses without the right, and writes it down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from newsletter.model.rights import Right

Grants = Mapping[int | None, frozenset[Right]]
"""Rights by publication id; those under None hold for the service, and so for every publication."""
_NONE: Grants = MappingProxyType({})


class ActorKind(StrEnum):
    """What somebody acts as."""

    EDITOR = "editor"
    API_KEY = "api key"
    OPERATOR = "operator"  # whoever may run commands on the machine: all rights
    SCHEDULER = "scheduler"  # what the service does by itself, at its time
    READER = "reader"  # whoever holds the token of one subscription


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts, with the rights they have at this moment.

    `id` is that of the editor or key, or of the reader's subscription; `name` is how people know them (never a reader's address);
    `place` is from where: a network, or the name of a machine.
    """

    kind: ActorKind
    id: int | None = None
    name: str = ""
    place: str = ""
    grants: Grants = field(default_factory=lambda: _NONE, repr=False, hash=False)
    called: str = ""
    """How colleagues call an editor who said so; the audit trail goes by `name`, which nobody chooses."""

    @property
    def person(self) -> str:
        """Tell by what two actors are the same person: an id where there is one, else kind and name."""
        return f"{self.kind} {self.name}".strip()[:250] if self.id is None else f"{self.kind} {self.id}"

    @property
    def shown_as(self) -> str:
        """How pages name whoever acted: as they are called, else by name, else by what they are."""
        return self.called or self.name or self.kind.value

    def has_anywhere(self, right: str) -> bool:
        """Tell whether somebody has a right on any publication, or on the service: for what leads there."""
        return any(right in granted for granted in self.grants.values())

    def __str__(self) -> str:
        """Name the actor for a log: by id, never by address."""
        return f"{self.kind} {self.id}" if self.id is not None else str(self.kind)


SCHEDULER = Actor(
    ActorKind.SCHEDULER, name="scheduler", grants=MappingProxyType({None: frozenset({Right.SEND, Right.WRITE})})
)
"""The service itself: it starts what was scheduled, pauses what does harm, and puts what was gathered into drafts."""


def operator(name: str = "", *, place: str = "") -> Actor:
    """Return the operator: `name` is the account on the machine `place`."""
    return Actor(ActorKind.OPERATOR, None, name, place, MappingProxyType({None: frozenset(Right)}))


def reader(subscription_id: int, *, place: str = "") -> Actor:
    """Return the reader who holds the token of a subscription; it is all they may change."""
    return Actor(ActorKind.READER, subscription_id, "reader", place)
