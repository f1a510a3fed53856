"""An issue that was sent, and the reports that may come back for it, in words of our own."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from newsletter.clock import SettableClock
from newsletter.delivery import planning
from newsletter.feedback.intake import Intake
from newsletter.mail.verp import message_id, return_path
from newsletter.model import AppliedReport, Delivery, Issue, Publication, RawReport, Subscription, Suppression
from newsletter.model.feedback import RawState
from newsletter.model.states import DeliveryState, SubscriptionState
from newsletter.queue import connect
from newsletter.store.database import Database
from newsletter.store.delivery import progress
from newsletter.tokens import Signer
from tests.parts.kept_counts import put
from tests.parts.ledger import add_issue, add_publication, add_readers

DOMAIN = "bounces.example"


@dataclass
class Mailing:
    """Deliveries by the reader's number, all submitted."""

    database: Database
    clock: SettableClock
    signer: Signer
    publication: Publication
    issue: Issue
    deliveries: list[int]

    def path(self, reader: int = 0) -> str:
        """Return path of the delivery to a reader."""
        return return_path(self.signer, self.deliveries[reader], DOMAIN)

    def name(self, reader: int = 0) -> str:
        """Message-ID of the delivery to a reader, in angle brackets."""
        return f"<{message_id(self.signer, self.deliveries[reader], DOMAIN)}>"

    def keep(self, content: bytes, *, sent_to: str = "") -> int:
        """Take a report in and return its id."""
        queue = connect("")
        return Intake(self.database, self.clock, queue).keep(content, source="smtp", sent_to=sent_to).raw_report_id

    def state(self, reader: int = 0) -> DeliveryState:
        """Where a reader's delivery stands."""
        with self.database.read() as session:
            return session.scalars(select(Delivery.state).where(Delivery.id == self.deliveries[reader])).one()

    def put(self, state: DeliveryState, reader: int = 0) -> None:
        """Put a reader's delivery into a state."""
        with self.database.write() as session:
            put(session, Delivery.id == self.deliveries[reader], state=state)

    def standing(self, reader: int = 0) -> SubscriptionState:
        """Where a reader stands on the publication."""
        with self.database.read() as session:
            delivery = session.get(Delivery, self.deliveries[reader])
            statement = select(Subscription.state).where(Subscription.subscriber_id == delivery.subscriber_id)
            return session.scalars(statement).one()

    def suppressions(self) -> list[tuple[str, str, bool, bool]]:
        """(address, reason, everywhere, for good) of each suppression."""
        with self.database.read() as session:
            found = session.scalars(select(Suppression).order_by(Suppression.id))
            return [(s.address, s.reason, s.publication_id is None, s.expires_at is None) for s in found]

    def raw_state(self, raw_id: int) -> RawState:
        """Where a raw report stands."""
        with self.database.read() as session:
            return session.scalars(select(RawReport.state).where(RawReport.id == raw_id)).one()

    def applied(self) -> list[AppliedReport]:
        """What followed, oldest first."""
        with self.database.read() as session:
            return list(session.scalars(select(AppliedReport).order_by(AppliedReport.id)))

    def send_another(self, slug: str) -> None:
        """Send one more issue; its deliveries take the place of the old ones."""
        self.issue = add_issue(self.database, self.clock, self.publication, slug)
        self.deliveries = _submit(self.database, self.clock, self.issue)


def send_issue(database: Database, clock: SettableClock, signer: Signer) -> Mailing:
    """Plan an issue for three readers and mark every delivery as submitted."""
    publication = add_publication(database, clock)
    add_readers(database, clock, publication, 3)
    issue = add_issue(database, clock, publication)
    return Mailing(database, clock, signer, publication, issue, _submit(database, clock, issue))


def _submit(database: Database, clock: SettableClock, issue: Issue) -> list[int]:
    planning.plan(database, clock=clock, issue_id=issue.id, batch_size=2)
    with database.write() as session:
        put(session, Delivery.issue_id == issue.id, state=DeliveryState.SUBMITTED)
        progress.publish(session, issue.id, clock.now())
        return list(session.scalars(select(Delivery.id).where(Delivery.issue_id == issue.id).order_by(Delivery.id)))


def dsn(
    recipient: str,
    *,
    to: str = "",
    status: str = "5.1.1",
    said: str = "550 5.1.1 no such mailbox here",
    action: str = "failed",
    quoted: str = "",
) -> bytes:
    """A delivery status notification (RFC 3464); `quoted` are headers of the message that came back."""
    lines = f"""From: MAILER-DAEMON@relay.example
To: {to or "someone@bounces.example"}
Subject: Mail delivery report
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=frontier

--frontier
Content-Type: text/plain

Your letter met a closed door.

--frontier
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.readers.example
Diagnostic-Code: smtp; {said}

--frontier
Content-Type: text/rfc822-headers

From: The Daily <daily@news.example>
Subject: First
{quoted}
--frontier--
"""
    return lines.replace("\n", "\r\n").encode()


def complaint(message: str, *, to: str = "fbl@bounces.example", kind: str = "abuse") -> bytes:
    """A complaint (RFC 5965) that quotes the Message-ID and hides the recipient."""
    lines = f"""From: feedback@provider.example
To: {to}
Subject: complaint about a message
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=frontier

--frontier
Content-Type: text/plain

A reader pressed the button.

--frontier
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Loop/1.0
Version: 1

--frontier
Content-Type: message/rfc822

From: The Daily <daily@news.example>
To: undisclosed
Subject: First
Message-ID: {message}

Hello
--frontier--
"""
    return lines.replace("\n", "\r\n").encode()
