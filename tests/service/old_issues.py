"""Issues that a real engine sent to readers of whom everything became, long ago."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, update

from newsletter.audience.said import Said
from newsletter.audience.unsubscribing import Preferences
from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.delivery.engine import Engine
from newsletter.delivery.progress import progress
from newsletter.feedback import reading
from newsletter.feedback.event_buffer import EventBuffer, SeenEvent
from newsletter.feedback.handling import Handler
from newsletter.feedback.intake import Intake
from newsletter.feedback.refusals import judge_refusals
from newsletter.feedback.scoring import BouncePolicy
from newsletter.feedback.statistics import IssueReport, report
from newsletter.mail.envelope import Deferred, Envelope, Outcome, Refused, Unknown
from newsletter.mail.verp import return_path
from newsletter.model import Delivery, EditionLink, Issue, OldDelivery, Publication, Subscription
from newsletter.model.actor import reader as reads
from newsletter.model.feedback import EventKind
from newsletter.model.segment import Clicked, Got
from newsletter.model.states import Consent
from newsletter.queue import connect
from newsletter.service.retention import JOBS, Retention
from newsletter.store.audience import segment_counts
from newsletter.store.audience.segment_rules import RuleScope
from newsletter.store.database import Database
from newsletter.store.delivery import old_deliveries
from newsletter.tokens import Purpose, Signer
from newsletter.transports.memory import MemoryTransport
from newsletter.zones import zone
from tests.feedback.mailing import DOMAIN, dsn
from tests.parts.engines import make_engine, send_all
from tests.parts.ledger import add_issue, add_publication, add_readers

DAY = 86_400.0
FATES = ("taken", "refused", "uncertain", "bounced", "left", "clicked", "late")
"""What becomes of a delivery: `late` is deferred, and then taken."""


@dataclass
class Sent:
    """An issue that went out: what became of each reader's delivery, by its id."""

    engine: Engine
    handler: Handler
    signer: Signer
    publication: Publication
    issue: Issue
    deliveries: Sequence[int]

    @property
    def database(self) -> Database:
        return self.engine.database

    def token(self, reader: int, purpose: Purpose = Purpose.UNSUBSCRIBE) -> str:
        return self.signer.issue(purpose, self.deliveries[reader])

    def leave(self, reader: int) -> None:
        """Let a reader leave by the link in their mail."""
        preferences = Preferences(self.database, self.engine.clock, self.signer)
        standing = preferences.look_up(self.token(reader))
        by = reads(standing.subscription_id)
        assert not preferences.unsubscribe(standing.subscription_id, Said("one-click"), by=by).active

    def bounce(self, reader: int) -> None:
        """Let a mail come back, as a server says it."""
        intake = Intake(self.database, self.engine.clock, connect(""))
        path = return_path(self.signer, self.deliveries[reader], DOMAIN)
        said = dsn(f"reader{reader}@readers.example")
        self.handler.handle(intake.keep(said, source="smtp", sent_to=path).raw_report_id)

    def figures(self) -> tuple[IssueReport, dict[str, Any], list[int]]:
        """All that is shown of it: report, progress, and how many readers segments by it choose."""
        told = progress(self.database, clock=self.engine.clock, issue_id=self.issue.id).as_dict()
        with self.database.read() as session:
            rolled_up = old_deliveries.rolled_up(session, self.publication.id)
            scope = RuleScope(self.publication.id, self.engine.clock.now(), zone("UTC"), rolled_up)
            rules = (Got(issue_id=self.issue.id), Clicked(issue_id=self.issue.id))
            chosen = [
                segment_counts.count(session, rule, each)
                for rule in rules
                for each in (scope, scope._replace(walks=True))
            ]
        shown = replace(report(self.database, issue_id=self.issue.id), deliveries_gone_since="")
        return shown, told | {"deliveries_gone_since": None}, chosen

    def rows(self) -> tuple[int, int]:
        """How many deliveries of it there are, whole ones and old ones; no id is in both."""
        with self.database.read() as session:
            both = select(Delivery.id).join(OldDelivery, OldDelivery.id == Delivery.id)
            assert session.execute(both).first() is None
            kinds = (Delivery, OldDelivery)
            whole, old = (
                session.scalar(select(func.count()).where(rows.issue_id == self.issue.id)) or 0 for rows in kinds
            )
        return whole, old


def kept(database: Database, clock: SettableClock, days: int = 90) -> Retention:
    """Return the one job, with these days."""
    jobs = tuple(job for job in JOBS if job.name == "deliveries")
    return Retention(database, clock, Settings(delivery_days=days, _env_file=None), jobs)


def send(
    database: Database, clock: SettableClock, signer: Signer, folder: Path, fates: Sequence[str], slug: str = "daily"
) -> Sent:
    """Send an issue in batches of two to a reader for each fate, and let it happen."""
    by_address = {f"reader{n}@{slug}.example": fate for n, fate in enumerate(fates)}
    tried: set[str] = set()

    def answer(envelope: Envelope) -> Outcome:
        fate, first = by_address[envelope.rcpt_to], envelope.rcpt_to not in tried
        tried.add(envelope.rcpt_to)
        if fate == "refused":
            return Refused(550, "5.1.1", f"<{envelope.rcpt_to}>: no such user here", at="RCPT")
        if fate == "uncertain":
            return Unknown()
        return Deferred(451, "4.7.1", "greylisted, try later") if fate == "late" and first else MemoryTransport.kept

    settings = Settings(data_dir=folder, batch_size=2, lease_seconds=60, _env_file=None)
    engine = make_engine(settings, database, clock, signer, MemoryTransport(answer))
    publication = add_publication(database, clock, slug)
    readers = add_readers(database, clock, publication, len(fates), f"{slug}.example")
    with database.write() as session:
        mine = Subscription.publication_id == publication.id
        session.execute(update(Subscription).where(mine).values(tracking=Consent.GRANTED))
    issue = add_issue(database, clock, publication, slug)
    send_all(engine)
    for _ in range(3):
        clock.advance(3_600)
        send_all(engine)
    with database.read() as session:
        by_reader = dict(
            iter(session.execute(select(Delivery.subscriber_id, Delivery.id).where(Delivery.issue_id == issue.id)))
        )
    handler = Handler(database, clock, signer, read=reading.read, leave_address="leave@news.example")
    sent = Sent(engine, handler, signer, publication, issue, [by_reader[each] for each in readers])
    _happen(sent, clock, folder, fates)
    return sent


def _happen(sent: Sent, clock: SettableClock, folder: Path, fates: Sequence[str]) -> None:
    judge_refusals(sent.database, clock=clock, policy=BouncePolicy())
    buffer = EventBuffer(sent.database, clock, folder)
    with sent.database.write() as session:
        edition = session.scalars(select(Delivery.edition_id).where(Delivery.issue_id == sent.issue.id)).first() or 0
        session.execute(insert(EditionLink).values(edition_id=edition, number=1, url="https://a.example/", paid=False))
    for reader, fate in enumerate(fates):
        if fate == "bounced":
            sent.bounce(reader)
        elif fate == "left":
            sent.leave(reader)
        elif fate == "clicked":
            buffer.add(SeenEvent(clock.now(), EventKind.CLICK, edition, sent.deliveries[reader], 1))
    buffer.close()
