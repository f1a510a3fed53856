"""To which delivery a report belongs: surest evidence first.

A return path or Message-ID with our signature proves it. Without one there is only what the report says: the recipient
and the list; that may be anyone's letter, and is treated so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.errors import InputError, TokenError
from newsletter.mail.address import address_hash
from newsletter.mail.report import Report
from newsletter.mail.verp import Returned, read_return_path
from newsletter.model import Delivery, Notice, Publication, Subscriber
from newsletter.store import publications, returned, subscribers
from newsletter.tokens import Signer

_OURS = re.compile(r"<?[bn][+\-=_.][0-9a-f]{20,}", re.IGNORECASE)
_LIST_ID = re.compile(r"<([^<>\s]{3,255})>")
LATE = timedelta(days=14)
"""A report that names no delivery is about one of these days."""


@dataclass(frozen=True, slots=True)
class Located:
    """What a report leads back to. `proven` by our signature; `forged` when there was one and it is not ours."""

    delivery: Delivery | None = None
    notice: Notice | None = None
    subscriber: Subscriber | None = None
    publication: Publication | None = None
    proven: bool = False
    forged: bool = False

    @property
    def anybody(self) -> bool:
        """Whether it leads to somebody."""
        return self.subscriber is not None or self.notice is not None


def locate(session: Session, signer: Signer, report: Report, *, sent_to: str, now: datetime) -> Located:
    """Find what `report` is about; `sent_to` is the envelope's recipient, if it is known."""
    forged = False
    for witness in (sent_to, report.sent_to, report.message_id, report.envelope_id):
        if not witness:
            continue
        try:
            return _led_back(session, read_return_path(signer, witness))
        except TokenError:
            forged = forged or is_forged(signer, witness)
    return Located(forged=True) if forged else _by_recipient(session, report, now)


def is_forged(signer: Signer, address: str) -> bool:
    """Tell whether an address is made like a return path of ours and signed by someone else, or cut."""
    if not _OURS.match(address.strip()):
        return False
    try:
        read_return_path(signer, address)
    except TokenError:
        return True
    return False


def _led_back(session: Session, path: Returned) -> Located:
    if path.notice:
        notice = returned.notice(session, path.subject)
        subscriber = _subscriber(session, notice.to_address) if notice else None
        return Located(notice=notice, subscriber=subscriber, publication=_publication(session, notice), proven=True)
    return of_delivery(session, path.subject)


def of_delivery(session: Session, delivery_id: int) -> Located:
    """Return a delivery, locked until the transaction ends, with its reader and publication."""
    delivery = returned.lock_delivery(session, delivery_id)
    if delivery is None:
        return Located(proven=True)
    subscriber, publication = returned.subscriber_of(session, delivery), returned.publication_of(session, delivery)
    return Located(delivery, None, subscriber, publication, proven=True)


def _by_recipient(session: Session, report: Report, now: datetime) -> Located:
    subscriber = _subscriber(session, report.alias) or _subscriber(session, report.recipient)
    if subscriber is None:
        return Located()
    list_id = _LIST_ID.search(report.original.get("list-id", ""))
    publication = returned.publication_by_list_id(session, list_id[1]) if list_id else None
    if publication is None:
        return Located(subscriber=subscriber)
    found = returned.newest_delivery(session, subscriber.id, publication.id, now - LATE)
    delivery = returned.lock_delivery(session, found.id) if found else None
    return Located(delivery, None, subscriber, publication)


def _subscriber(session: Session, address: str) -> Subscriber | None:
    try:
        return subscribers.find(session, address_hash(address)) if address else None
    except InputError:
        return None


def _publication(session: Session, notice: Notice | None) -> Publication | None:
    if notice is None or notice.publication_id is None:
        return None
    return publications.by_id(session, notice.publication_id)
