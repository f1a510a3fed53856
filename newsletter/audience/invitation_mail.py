"""Write the one mail that asks a person of an imported list whether they want it: in a worker, which holds the key of its link."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.errors import QueueError
from newsletter.mail.address import readable
from newsletter.model import INVITE, ConsentRecord, Invitation, Notice
from newsletter.model.brand import brand_of
from newsletter.model.states import NoticeState
from newsletter.queue import Job, Queue
from newsletter.rendering.language import language_of
from newsletter.rendering.renderer import NoticeRendering, Renderer
from newsletter.store.audience import consents, invitations, subscriptions
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.audience.subscriptions import Membership
from newsletter.store.database import Database
from newsletter.store.delivery import notices
from newsletter.tokens import Purpose, Signer

log = structlog.get_logger(__name__)

PLACE = "invitation"
MOST_QUOTED = 400
"""Characters of the operator's words on how the address came here; the consent record keeps all of them."""


@dataclass(frozen=True)
class Inviting:
    """The tools of inviting, put together once per process."""

    database: Database
    clock: Clock
    queue: Queue
    signer: Signer
    renderer: Renderer
    base_url: str

    def invite(self, invitation_id: int) -> None:
        """Owe one person the mail that asks them, unless something speaks against it by now. Safe to call any number of times."""
        now = self.clock.now()
        with self.database.read() as session:
            invitation = invitations.find(session, invitation_id)
            if invitation is None:
                return
            member = subscriptions.find(session, invitation.subscription_id or 0)
            origin = consents.last(session, member.subscription.id, ConsentAction.IMPORTED) if member else None
        mail = self._render(member, origin, now) if member and member.subscriber.address and origin else None
        with self.database.write() as session:
            notice = self._record(session, invitation, mail, now)
        self._tell(invitation_id, notice)

    def _record(self, session: Session, seen: Invitation, mail: NoticeRendering | None, now: datetime) -> Notice | None:
        """Write record and notice in one transaction, so that a kill leaves both or neither; whoever may not be asked waits no more."""
        member = subscriptions.lock(session, seen.subscription_id or 0)  # first, as whoever erases does
        invitation = invitations.lock(session, seen.id)
        if invitation is None:  # another worker wrote it, or it was stopped
            return None
        if mail is None or member is None or not self._may_ask(session, member, now):
            session.delete(invitation)
            return None
        invitation.invited_at, invitation.due_at = now, None
        consents.add(
            session, [member.subscription.id], ConsentAction.INVITED, at=now, place=PLACE, wording=mail.subject
        )
        return notices.add(session, _notice(mail, member, now))

    def _may_ask(self, session: Session, member: Membership, now: datetime) -> bool:
        return invitations.still_wanted(session, member.subscription.id, now, written=False)

    def _render(self, member: Membership, origin: ConsentRecord, now: datetime) -> NoticeRendering:
        brand = brand_of(member.publication, self.base_url)
        token = self.signer.issue_timed(Purpose.CONFIRM, member.subscription.id, now)
        words = " ".join(origin.wording.split())
        return self.renderer.notice(
            INVITE,
            brand,
            address=readable(member.subscriber.address),
            confirm_url=brand.confirm_url(token),
            never_url=brand.never_url(token),
            since=language_of(brand.language).spoken.date(origin.at.date()),
            wording=words if len(words) <= MOST_QUOTED else words[:MOST_QUOTED].rstrip() + " …",
        )

    def _tell(self, invitation_id: int, notice: Notice | None) -> None:
        log.info("invitation", invitation_id=invitation_id, written=notice is not None)
        if notice is not None:
            with contextlib.suppress(QueueError):  # the scheduler rings again for every notice that is due
                self.queue.ring(Job.SEND_NOTICE, notice.id)


def _notice(mail: NoticeRendering, member: Membership, now: datetime) -> Notice:
    return Notice(
        kind=INVITE,
        publication_id=member.publication.id,
        subscription_id=member.subscription.id,
        to_address=member.subscriber.address,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        state=NoticeState.QUEUED,
        next_attempt_at=now,
        created_at=now,
    )
