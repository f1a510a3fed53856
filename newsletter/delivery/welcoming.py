"""What a welcome says, written when it goes: what was subscribed to, when it comes, the latest issue, and the way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from statistics import median

from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.mail.address import parse_address
from newsletter.mail.list_headers import feedback_id, list_headers
from newsletter.model import Notice, Publication
from newsletter.model.brand import Brand, brand_of
from newsletter.model.states import SubscriptionState
from newsletter.rendering.headlines import headline
from newsletter.rendering.language import language_of
from newsletter.rendering.renderer import NoticeRendering, Renderer
from newsletter.sentences import sentence
from newsletter.store.archive import published
from newsletter.store.audience import subscriptions, suppressions
from newsletter.store.database import Database
from newsletter.tokens import Purpose, Signer

LOOKED_AT = 9
"""Of so many newest issues the dates say how often it comes."""
_FEWEST = 3
"""Fewer issues tell of no rhythm."""
_RHYTHMS = (
    (1.5, sentence("Lately it came nearly every day.")),
    (4, sentence("Lately it came every few days.")),
    (10, sentence("Lately it came about once a week.")),
    (20, sentence("Lately it came about every two weeks.")),
    (45, sentence("Lately it came about once a month.")),
)
"""The most days from one issue to the next, and the sentence for it."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a notice says, and the headers that go with it: for a welcome those of a list, with the way out (RFC 8058)."""

    rendering: NoticeRendering
    headers: list[tuple[str, str]]


@dataclass(frozen=True)
class Welcoming:
    """The tools of welcoming, put together once per process."""

    database: Database
    clock: Clock
    signer: Signer
    renderer: Renderer
    base_url: str
    leave_address: str = ""

    def write(self, notice: Notice, publication: Publication) -> Words | None:
        """Return the welcome; None when its reader is one no more, or no mail may go to them (law 1)."""
        with self.database.read() as session:
            if not _is_reader(session, notice, self.clock.now()):
                return None
            issues = published.latest(session, publication.id, limit=LOOKED_AT)
        brand = brand_of(publication, self.base_url)
        token = self.signer.issue(Purpose.PREFERENCES, notice.subscription_id or 0)
        way_out = brand.unsubscribe_url(token)
        often = language_of(brand.language).say(rhythm([issue.dated for issue in issues]))
        values = {"address": notice.to_address, "unsubscribe_url": way_out, "rhythm": often}
        if issues:
            values |= {
                "latest_title": headline(issues[0], publication.name),
                "latest_url": brand.issue_url(issues[0].slug),
            }
        return Words(self.renderer.notice("welcome", brand, **values), self._headers(publication, brand, token))

    def _headers(self, publication: Publication, brand: Brand, token: str) -> list[tuple[str, str]]:
        leave = f"mailto:{self.leave_address}?subject={token}" if self.leave_address else ""  # RFC 6068 section 2
        return [
            *([("Reply-To", publication.reply_to)] if publication.reply_to else []),
            *list_headers(
                name=publication.name,
                list_id=publication.list_id,
                unsubscribe_url=brand.unsubscribe_url(token),
                unsubscribe_mailto=leave,
                archive_url=brand.home,
                feedback=feedback_id(
                    issue="welcome",
                    publication=publication.slug,
                    kind="notice",
                    sender=parse_address(publication.from_address).domain,
                ),
            ),
        ]


def rhythm(dates: Sequence[date]) -> str:
    """Return how often issues of these dates (newest first) came, in a sentence; empty when they are too few or far between to say."""
    if len(dates) < _FEWEST:
        return ""
    days = median((newer - older).days for newer, older in pairwise(dates))
    return next((words for most, words in _RHYTHMS if days <= most), "")


def _is_reader(session: Session, notice: Notice, now: datetime) -> bool:
    member = subscriptions.find(session, notice.subscription_id) if notice.subscription_id else None
    if member is None or member.subscription.state is not SubscriptionState.ACTIVE:
        return False
    return not suppressions.is_suppressed(session, member.subscriber.address_hash, member.publication.id, now)
