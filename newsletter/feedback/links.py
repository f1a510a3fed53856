"""Where the numbered links of an edition lead: kept in memory for the redirects, listed and changed by the editor.

A tracked mail carries only a number: whatever is asked for, the answer is an address from our own table.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import InputError, NotFoundError
from newsletter.model import EditionLink
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.feedback import events
from newsletter.store.issues import editions, issues

FRESH_SECONDS = 5.0
"""A changed link is followed by every process after this."""
MOST_EDITIONS = 500
MOST_RANGES = 10_000
_SAFE = "".join(chr(c) for c in range(0x21, 0x7F) if chr(c) not in '"<>\\^`{|}')


@dataclass(slots=True)
class _CachedLinks:
    """The links of one edition, ready to stand in a Location header."""

    targets: dict[int, bytes]
    fresh_until: float


class LinkCache:
    """Answers from memory; a miss costs one or two queries. Thread-safe."""

    def __init__(self, database: Database, clock: Clock, *, base_url: str) -> None:
        self._database = database
        self._clock = clock
        self._base_url = base_url
        self._shelves: OrderedDict[int, _CachedLinks] = OrderedDict()
        self._ranges: list[tuple[int, int, int]] = []  # first delivery, last delivery, edition; in order
        self._lock = threading.Lock()

    def known_target(self, edition_id: int, number: int) -> bytes | None:
        """Return where a link leads if memory knows the edition, b"" when it has no such link, None when memory must look.

        Memory holds no edition whose sending has not begun.
        """
        shelf = self._shelves.get(edition_id)
        if shelf is None or self._clock.monotonic() > shelf.fresh_until:
            return None
        return shelf.targets.get(number, b"")

    def known_edition(self, delivery_id: int) -> int | None:
        """Return the edition of a delivery if memory knows it."""
        ranges = self._ranges
        place = bisect_right(ranges, (delivery_id, float("inf"), 0)) - 1
        if place >= 0 and ranges[place][0] <= delivery_id <= ranges[place][1]:
            return ranges[place][2]
        return None

    def target(self, edition_id: int, number: int) -> bytes:
        """Return where a link leads, b"" when there is no such link; asks the ledger if need be."""
        known = self.known_target(edition_id, number)
        return self._load(edition_id).get(number, b"") if known is None else known

    def edition(self, delivery_id: int) -> int | None:
        """Return the edition of a delivery, None when there is none; asks the ledger if need be."""
        known = self.known_edition(delivery_id)
        if known is not None:
            return known
        with self._database.read() as session:
            found = events.range_around(session, delivery_id)
        if found is None:
            return None
        with self._lock:
            kept = self._ranges if len(self._ranges) < MOST_RANGES else []
            self._ranges = sorted({*kept, found})  # a new list: readers hold the old one
        return found[2]

    def _load(self, edition_id: int) -> dict[int, bytes]:
        with self._database.read() as session:
            links = events.links_of(session, edition_id)
            home = events.home_of(session, edition_id) if links else ""
        if not links:
            # Not kept: an edition whose sending begins is reached at once, and who counts up ids drives out no other.
            return {}
        targets = {number: location(url) for number, url in links.items()}
        if home:
            targets[0] = location(f"{self._base_url}/{home}")  # the link no person sees
        with self._lock:
            self._shelves[edition_id] = _CachedLinks(targets, self._clock.monotonic() + FRESH_SECONDS)
            self._shelves.move_to_end(edition_id)
            while len(self._shelves) > MOST_EDITIONS:
                self._shelves.popitem(last=False)
        return targets


def location(url: str) -> bytes:
    """Return a URL as it may stand in a Location header: ASCII, without spaces and line breaks (RFC 3986 section 2)."""
    return quote(url.strip(), safe=_SAFE).encode("ascii")


def listing(database: Database, *, issue_id: int) -> list[dict[str, Any]]:
    """Return the links of an issue's last edition as plain values."""
    with database.read() as session:
        edition = editions.newest(session, issue_id)
        return [] if edition is None else [_plain(link) for link in events.links_for_people(session, edition.id)]


def change(database: Database, *, clock: Clock, issue_id: int, number: int, url: str, by: Actor) -> str:
    """Let a counted or tracked link that was sent lead elsewhere; return where it led.

    Mails without tracking carry their links themselves, which nobody can change. Raises NotFoundError, ForbiddenError, InputError.
    """
    wanted = _checked(url)
    with database.write() as session:
        issue = issues.by_id(session, issue_id)
        require(by, Right.SEND, issue.publication_id)
        edition = editions.newest(session, issue.id)
        if edition is None:
            raise NotFoundError(f"{issue.slug} was never frozen", remedy="change the link in the draft")
        old = events.set_link(session, edition.id, number, wanted)
        subject = audit.Subject("issue", issue.id, issue.slug)
        words = {"old": f"{number}: {old}", "new": f"{number}: {wanted}"}
        audit.add(session, by, "issue.relink", subject, at=clock.now(), publication_id=issue.publication_id, **words)
        return old


def _checked(url: str) -> str:
    wanted = url.strip()
    try:
        parts = urlsplit(wanted)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or not wanted.isprintable():
        raise InputError(
            "this is not an address on the web", where="url", remedy="write it as https://example.org/page"
        )
    return wanted


def _plain(link: EditionLink) -> dict[str, Any]:
    return {"number": link.number, "url": link.url, "item": link.item_key}
