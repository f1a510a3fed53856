"""Who acts in tests."""

from __future__ import annotations

from types import MappingProxyType

from newsletter.model.actor import Actor, ActorKind, operator
from newsletter.model.rights import Right

OPERATOR = operator("tests", place="here")
"""Whoever may do everything."""


def able(*rights: Right, publication_id: int | None = None, editor_id: int = 1) -> Actor:
    """Return an editor with these rights and no others, on one publication or everywhere."""
    granted = MappingProxyType({publication_id: frozenset(rights)})
    return Actor(ActorKind.EDITOR, editor_id, "somebody@tide.example.org", "192.0.2.0/24", granted)
