"""Ask the pending people of imported lists whether they want it: one mail each, once ever, at a steady pace.

Here they are only put in line; `newsletter.audience.invitation_rounds` deals the turns, `newsletter.audience.invitation_mail` writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from newsletter.clock import Clock
from newsletter.model.states import SubscriptionState
from newsletter.store import invitations, publications
from newsletter.store.database import Database

_RANGE = 20_000
"""Subscriptions that one transaction looks at."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How the invitations of a publication go: invited == confirmed + declined + silent, without those who were erased since."""

    waiting: int
    ahead: int  # who wait, of every publication: they share one pace
    confirmed: int
    declined: int  # or left later
    silent: int

    @property
    def invited(self) -> int:
        """To how many the mail was written."""
        return self.confirmed + self.declined + self.silent


def line_up(database: Database, *, clock: Clock, publication: str, most: int | None = None) -> int:
    """Put everybody in line who may be asked, `most` of them; return how many are new. Raises NotFoundError.

    Run again after a kill, it ends the same. Whoever leaves, confirms or is ruled out before their turn is not asked.
    """
    now, added = clock.now(), 0
    publication_id, ranges = _ranges(database, publication)
    for ids in ranges:
        left = _RANGE if most is None else min(_RANGE, most - added)
        if not left:
            break
        with database.write() as session:
            added += invitations.queue_range(session, publication_id, ids, left, now)
    return added


def count(database: Database, *, clock: Clock, publication: str, most: int | None = None) -> int:
    """Count whom `line_up` would put in line; changes nothing. Raises NotFoundError."""
    now, found = clock.now(), 0
    publication_id, ranges = _ranges(database, publication)
    for ids in ranges:
        if most is not None and found >= most:
            break
        with database.read() as session:
            found += invitations.count_range(session, publication_id, ids, now)
    return found if most is None else min(found, most)


def stop(database: Database, *, publication: str) -> int:
    """Let nobody wait any more; return how many did. Whose mail is written already gets it. Raises NotFoundError."""
    with database.write() as session:
        return invitations.stop(session, publications.get(session, publication).id)


def progress(database: Database, *, publication: str) -> Progress:
    """Say how it goes. Raises NotFoundError."""
    with database.read() as session:
        waiting, invited = invitations.counts(session, publications.get(session, publication).id)
        ahead = invitations.ahead(session)
    of = dict.fromkeys(SubscriptionState, 0) | invited
    return Progress(
        waiting,
        ahead,
        confirmed=of[SubscriptionState.ACTIVE],
        declined=of[SubscriptionState.UNSUBSCRIBED],
        silent=of[SubscriptionState.PENDING],
    )


def in_line(database: Database) -> int:
    """Count all who wait, of every publication."""
    with database.read() as session:
        return invitations.ahead(session)


def lasting(number: int, per_hour: int) -> timedelta:
    """Return how long so many mails take at that pace."""
    return timedelta(hours=number / per_hour)


def _ranges(database: Database, publication: str) -> tuple[int, Iterator[tuple[int, int]]]:
    with database.read() as session:
        publication_id, last = publications.get(session, publication).id, invitations.last_subscription(session)
    return publication_id, ((first, first + _RANGE - 1) for first in range(1, last + 1, _RANGE))
