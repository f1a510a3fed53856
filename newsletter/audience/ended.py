"""A publication that has ended takes nobody any more: said to readers in their language."""

from __future__ import annotations

from newsletter.errors import ConflictError
from newsletter.model import Publication
from newsletter.sentences import sentence


def see_open(home: Publication) -> None:
    """See that people may join. Raises ConflictError where the publication is closed."""
    if home.closed_at is not None:
        raise ConflictError(
            sentence("%(name)s has ended: nothing more is sent, and nobody can join", name=home.name),
            remedy=sentence("its archive stays where it was"),
        )
