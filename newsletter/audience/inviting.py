"""Ask the pending people of imported lists whether they want it: one mail each, once ever, at a steady pace.

Here they are only put in line; `newsletter.audience.invitation_rounds` deals the turns, `newsletter.audience.invitation_mail` writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from newsletter.accounts.permissions import require
from newsletter.audience import entries
from newsletter.clock import Clock
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.model.states import SubscriptionState
from newsletter.store.audience import invitations
from newsletter.store.database import Database
from newsletter.store.publications import publications

_RANGE = 20_000
"""Subscriptions that one transaction looks at."""


@dataclass(frozen=True, slots=True)
class InvitationProgress:
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


def line_up(database: Database, *, clock: Clock, publication_id: int, by: Actor, most: int | None = None) -> int:
    """Put everybody in line who may be asked, `most` of them; return how many are new. Raises ForbiddenError.

    Run again after a kill, it ends the same. Whoever leaves, confirms or is ruled out before their turn is not asked.
    """
    require(by, Right.MANAGE_AUDIENCE, publication_id)
    with database.read() as session:
        publications.see_open(session, publication_id)
    now, added = clock.now(), 0
    for ids, is_last in _ranges(database):
        left = _RANGE if most is None else min(_RANGE, most - added)
        with database.write() as session:
            added += invitations.queue_range(session, publication_id, ids, left, now)
            if done := is_last or added == most:
                entries.of_list(session, by, "invitations.ask", publication_id, at=now, words=f"{added:,} people")
        if done:
            break
    return added


def count(database: Database, *, clock: Clock, publication_id: int, most: int | None = None) -> int:
    """Count whom `line_up` would put in line; changes nothing."""
    now, found = clock.now(), 0
    for ids, _ in _ranges(database):
        if most is not None and found >= most:
            break
        with database.read() as session:
            found += invitations.count_range(session, publication_id, ids, now)
    return found if most is None else min(found, most)


def stop(database: Database, *, clock: Clock, publication_id: int, by: Actor) -> int:
    """Let nobody wait any more; return how many did. Whose mail is written already gets it. Raises ForbiddenError."""
    require(by, Right.MANAGE_AUDIENCE, publication_id)
    with database.write() as session:
        stopped = invitations.stop(session, publication_id)
        entries.of_list(session, by, "invitations.stop", publication_id, at=clock.now(), words=f"{stopped:,} people")
    return stopped


def progress(database: Database, *, publication_id: int) -> InvitationProgress:
    """Say how it goes."""
    with database.read() as session:
        waiting, invited = invitations.counts(session, publication_id)
        ahead = invitations.ahead(session)
    of = dict.fromkeys(SubscriptionState, 0) | invited
    return InvitationProgress(
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


def _ranges(database: Database) -> Iterator[tuple[tuple[int, int], bool]]:
    """Yield ranges of subscriptions' ids, and whether each is the last."""
    with database.read() as session:
        last = invitations.last_subscription(session)
    for first in range(1, last + 1, _RANGE):
        yield (first, first + _RANGE - 1), first + _RANGE > last
