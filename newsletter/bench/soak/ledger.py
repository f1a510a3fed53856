"""The ledger that a soak begins with: one publication, its readers, and an issue that is due."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.bench.soak.case import SLUG
from newsletter.bootstrap import Parts
from newsletter.mail.address import address_hash
from newsletter.mail.body import Body, build_body
from newsletter.mail.slots import Slot
from newsletter.store import rehearsal
from newsletter.store.audience.subscribers import NewSubscriber

_DOMAINS = 97


def fill(parts: Parts, readers: int) -> int:
    """Store all of it in a ledger without readers, and return the id of the issue. Raises StoreError."""
    now = parts.clock.now()
    with parts.database.write() as session:
        publication_id = rehearsal.add_publication(session, SLUG, now)
    rehearsal.load_plainly(parts.database, _people(readers), publication_id, now)
    with parts.database.write() as session:
        issue_id = rehearsal.add_issue(session, publication_id, SLUG, _body(), now, due=True)
    rehearsal.settle_statistics(parts.database)
    return issue_id


def _people(readers: int) -> Iterator[NewSubscriber]:
    for number in range(readers):
        domain = f"d{number % _DOMAINS}.example"
        address = f"reader{number}@{domain}"
        yield NewSubscriber(address, address_hash(address), domain)


def _body() -> Body:
    link = f"https://news.example/u/{Slot.UNSUBSCRIBE}"
    text = "The quick brown fox jumps over the lazy dog, again and again.\n" * 20
    return build_body(f"Rehearsal\n{text}{link}\n", f'<!DOCTYPE html><p>{text}</p><a href="{link}">leave</a>')
