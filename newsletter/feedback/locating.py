"""To which delivery a report belongs: surest evidence first.

A return path with our signature proves it; a Message-ID names it; else there is only what the report says: the recipient
and the list, which may be anyone's letter. What follows from each is said in `newsletter.feedback.consequences`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from newsletter.errors import InputError, TokenError
from newsletter.feedback.consequences import Proof, Witness
from newsletter.feedback.unsubscribe_mail import Leaver
from newsletter.mail.address import address_hash
from newsletter.mail.report import Report
from newsletter.mail.verp import Returned, read_message_id, read_return_path, unwrapped
from newsletter.model import Delivery, Notice, Publication, Subscriber
from newsletter.store.audience import subscribers, subscriptions
from newsletter.store.feedback import bounced
from newsletter.store.feedback.bounced import Reported
from newsletter.store.publications import publications
from newsletter.tokens import Signer

_LIKE_A_PATH = re.compile(r"<?[bn][+\-=_][0-9a-f]{20,}", re.IGNORECASE)
_LIKE_A_NAME = re.compile(r"<?[bn][.\-][0-9a-f]{20,}", re.IGNORECASE)
_LIST_ID = re.compile(r"<([^<>\s]{3,255})>")
LATE = timedelta(days=14)
"""Without proof a report is about a mail of these days, or about none."""


@dataclass(frozen=True, slots=True)
class Located:
    """What a report leads back to, and by which witness. `forged` when there was a signature and it is not ours.

    `delivery` and `notice` are set when the report names them, or is proven; `lately` tells whether the reader was
    written to within LATE, and is asked only when nothing proves the report.
    """

    delivery: Reported | None = None
    notice: Notice | None = None
    subscriber: Subscriber | None = None
    publication: Publication | None = None
    witness: Witness = Witness.RECIPIENT
    proof: Proof = Proof.NONE
    lately: bool = False
    forged: bool = False

    @property
    def anybody(self) -> bool:
        """Whether it leads to somebody."""
        return self.subscriber is not None or self.notice is not None

    @property
    def proven(self) -> bool:
        """Whether anything vouches for the report."""
        return self.proof is not Proof.NONE


def locate(
    session: Session, signer: Signer, report: Report, *, sent_to: str, now: datetime, proof: Proof = Proof.NONE
) -> Located:
    """Find what `report` is about; `sent_to` is the envelope's recipient, if it is known, `proof` what vouches for it so far."""
    paths = [(Witness.RETURN_PATH, sent_to), (Witness.RETURN_PATH, report.sent_to)]
    paths.append((Witness.ENVELOPE_ID, report.envelope_id))
    forged = False
    for witness, path in paths:
        found = _read(signer, read_return_path, path)
        if found is not None:
            return _led_back(session, found, witness, Proof.SIGNATURE, now)
        forged = forged or is_forged(signer, path)
    for name in (report.message_id, report.envelope_id):
        found = _read(signer, read_message_id, name)
        if found is not None:
            return _led_back(session, found, Witness.MESSAGE_ID, proof, now)
        forged = forged or _is_forged_name(signer, name)
    return Located(forged=True) if forged else _by_recipient(session, report, proof, now)


def is_signed(signer: Signer, address: str) -> bool:
    """Tell whether an address is a return path that we signed."""
    return _read(signer, read_return_path, address) is not None


def is_forged(signer: Signer, address: str) -> bool:
    """Tell whether an address is made like a return path of ours and signed by someone else, or cut."""
    return bool(_LIKE_A_PATH.match(unwrapped(address))) and _read(signer, read_return_path, address) is None


def _is_forged_name(signer: Signer, name: str) -> bool:
    return bool(_LIKE_A_NAME.match(name.strip())) and _read(signer, read_message_id, name) is None


def _read(signer: Signer, read: Callable[[Signer, str], Returned], text: str) -> Returned | None:
    try:
        return read(signer, text) if text else None
    except TokenError:
        return None


def _led_back(session: Session, found: Returned, witness: Witness, proof: Proof, now: datetime) -> Located:
    if not found.notice:
        return of_delivery(session, found.subject, witness, proof, now)
    notice = bounced.notice(session, found.subject)
    subscriber = _subscriber(session, notice.to_address) if notice else None
    publication = _publication(session, notice)
    lately = notice is not None and notice.created_at >= now - LATE
    return Located(None, notice, subscriber, publication, witness, proof, lately)


def of_delivery(session: Session, delivery_id: int, witness: Witness, proof: Proof, now: datetime) -> Located:
    """Return a delivery, locked until the transaction ends, with its reader and publication."""
    delivery = bounced.lock_delivery(session, delivery_id)
    if delivery is None:
        return Located(witness=witness, proof=proof)
    subscriber, publication = bounced.subscriber_of(session, delivery), bounced.publication_of(session, delivery)
    lately = proof is Proof.NONE and _lately(session, subscriber, publication, now) is not None
    return Located(delivery, None, subscriber, publication, witness, proof, lately)


def of_leaver(session: Session, leaver: Leaver, now: datetime) -> Located:
    """Return the reader whose own token asks to leave, with the publication it is about."""
    if leaver.delivery_id:
        return of_delivery(session, leaver.delivery_id, Witness.GOODBYE, Proof.SIGNATURE, now)
    member = subscriptions.find(session, leaver.subscription_id)
    if member is None:
        return Located(witness=Witness.GOODBYE, proof=Proof.SIGNATURE)
    return Located(None, None, member.subscriber, member.publication, Witness.GOODBYE, Proof.SIGNATURE)


def _by_recipient(session: Session, report: Report, proof: Proof, now: datetime) -> Located:
    subscriber = _subscriber(session, report.alias) or _subscriber(session, report.recipient)
    if subscriber is None:
        return Located(proof=proof)
    list_id = _LIST_ID.search(report.original.get("list-id", ""))
    publication = bounced.publication_by_list_id(session, list_id[1]) if list_id else None
    witness = Witness.RECIPIENT if publication is None else Witness.LIST
    newest = _lately(session, subscriber, publication, now)
    if publication is None or proof is Proof.NONE or newest is None:
        return Located(None, None, subscriber, publication, witness, proof, newest is not None)
    return Located(bounced.lock_delivery(session, newest.id), None, subscriber, publication, witness, proof)


def _lately(
    session: Session, subscriber: Subscriber | None, publication: Publication | None, now: datetime
) -> Delivery | None:
    """The last delivery to this reader, of this publication or of any, that reached a server within LATE."""
    if subscriber is None:
        return None
    return bounced.newest_delivery(session, subscriber.id, publication.id if publication else None, now - LATE)


def _subscriber(session: Session, address: str) -> Subscriber | None:
    try:
        return subscribers.find(session, address_hash(address)) if address else None
    except InputError:
        return None


def _publication(session: Session, notice: Notice | None) -> Publication | None:
    if notice is None or notice.publication_id is None:
        return None
    return publications.by_id(session, notice.publication_id)
