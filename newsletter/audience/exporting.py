"""Export the readers of a publication, page by page, so that a million of them need no memory."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.store import publications, subscriptions
from newsletter.store.database import Database
from newsletter.store.subscriptions import Membership

COLUMNS = ("email", "name", "state", "tracking", "created_at", "changed_at")
_PAGE = 1000


def export_subscribers(database: Database, *, publication: str) -> Iterator[dict[str, str]]:
    """Return the readers in the order they came, one dict with `COLUMNS` each; moments in ISO 8601, UTC.

    Raises NotFoundError at once. Each page is read on its own: a reader who comes while it runs may be in or not.
    """
    with database.read() as session:
        publication_id = publications.get(session, publication).id
    return _rows(database, publication_id)


def _rows(database: Database, publication_id: int) -> Iterator[dict[str, str]]:
    after = 0
    while True:
        with database.read() as session:
            page = subscriptions.page(session, publication_id, after=after, limit=_PAGE)
        if not page:
            return
        yield from map(_row, page)
        after = page[-1].subscription.id


def _row(member: Membership) -> dict[str, str]:
    subscription, subscriber = member.subscription, member.subscriber
    return {
        "email": subscriber.address,
        "name": subscriber.name,
        "state": subscription.state.value,
        "tracking": subscription.tracking.value,
        "created_at": subscription.created_at.isoformat(),
        "changed_at": subscription.changed_at.isoformat(),
    }
