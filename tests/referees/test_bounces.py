"""A real Postfix between the engine and the readers: its own bounces come back to the right delivery with the right reason."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import func, select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.delivery import planning
from newsletter.model import AppliedReport, Batch, Delivery, RawReport, Subscriber, Suppression
from newsletter.model.feedback import Blame
from newsletter.store.database import Database
from tests.conftest import absent
from tests.parts.ledger import add_issue, add_publication, add_readers
from tests.parts.postgres import free_port
from tests.parts.smtp import SmtpSink
from tests.referees.postfix import Postfix, missing
from workers.inbound import Inbound

WAIT_SECONDS = 60
ANSWERS = {
    "refuse.test": "550 5.1.1 <{address}>: no such mailbox",
    "full.test": "552 5.2.2 mailbox is over its quota",
    "policy.test": "554 5.7.1 message rejected for policy reasons",
    "busy.test": "450 4.2.1 this mailbox is busy, come back later",
}
EXPECTED = {
    "local.test": ("permanent", "userunknown", Blame.READER),
    "refuse.test": ("permanent", "userunknown", Blame.READER),
    "full.test": ("transient", "mailboxfull", Blame.READER),
    "policy.test": ("transient", "policyviolation", Blame.SENDER),
}
EXPIRING = ("busy.test", "down.test")
"""Deferred by the receiver, or not to be reached: tried once and then given up."""
FINE = "fine.test"


class Grumpy:
    """A receiver that answers each domain in its own way."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Refuse."""
        return ANSWERS[address.rpartition("@")[2]].format(address=address)


@dataclass
class Stage:
    """Everything that runs."""

    parts: Parts
    postfix: Postfix


@pytest.fixture(scope="module")
def clock() -> SettableClock:
    """Now, as Postfix sees it too."""
    return SettableClock(datetime.now(UTC))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, clock: SettableClock) -> Iterator[Stage]:
    """The engine, Postfix, a grumpy receiver, a friendly one, and our own listener for what comes back."""
    if part := missing():
        absent(part)
    folder: Path = tmp_path_factory.mktemp("referee")
    grumpy, friendly = Controller(Grumpy(), hostname="127.0.0.1", port=free_port()), SmtpSink()
    grumpy.start()
    settings = {
        "data_dir": folder,
        "secret_key": "a secret for the referee",
        "return_path_domain": "bounces.test",
        "inbound_port": 0,
        "_env_file": None,
    }
    parts = Parts(Settings(**settings), clock)
    _make_tables(parts.database)
    listener = Inbound(parts)
    ports = dict.fromkeys(ANSWERS, grumpy.port) | {"down.test": free_port(), FINE: friendly.port}
    postfix = Postfix(ports | {"bounces.test": listener.port})
    object.__setattr__(parts, "settings", parts.settings.model_copy(update={"smtp_url": postfix.url}))
    yield Stage(parts, postfix)
    listener.stop()
    postfix.stop()
    grumpy.stop()
    friendly.stop()
    parts.close()


def _make_tables(database: Database) -> None:
    from newsletter.model import Base

    Base.metadata.create_all(database.engine)


@pytest.fixture(scope="module")
def results(stage: Stage, clock: SettableClock) -> dict[str, tuple[Delivery, AppliedReport | None]]:
    """What became of each domain's delivery after an issue went out and the bounces came back."""
    parts, domains = stage.parts, [*EXPECTED, *EXPIRING, FINE]
    publication = add_publication(parts.database, clock)
    for domain in domains:
        add_readers(parts.database, clock, publication, 1, domain)
    issue = add_issue(parts.database, clock, publication)
    planning.plan(parts.database, clock=clock, issue_id=issue.id, batch_size=100)
    with parts.database.read() as session:
        batches = list(session.scalars(select(Batch.id)))
    for batch in batches:
        parts.engine.sender.send_batch(batch)
    for raw_id in _await_reports(stage, len(domains) - 1):
        parts.reports.handle(raw_id)
    with parts.database.read() as session:
        rows = session.execute(
            select(Subscriber.domain, Delivery, AppliedReport)
            .join(Delivery, Delivery.subscriber_id == Subscriber.id)
            .outerjoin(AppliedReport, AppliedReport.delivery_id == Delivery.id)
        )
        return {domain: (delivery, applied) for domain, delivery, applied in rows}


def _await_reports(stage: Stage, wanted: int) -> list[int]:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        with stage.parts.database.read() as session:
            if session.scalar(select(func.count()).select_from(RawReport)) >= wanted:
                return list(session.scalars(select(RawReport.id)))
        assert time.monotonic() < deadline, stage.postfix.log
        time.sleep(0.1)


@pytest.mark.parametrize("domain", EXPECTED)
def test_a_bounce_of_postfix_finds_its_delivery_and_its_reason(
    results: dict[str, tuple[Delivery, AppliedReport | None]], domain: str
) -> None:
    delivery, applied = results[domain]
    assert delivery.state == "bounced"
    assert applied is not None
    assert (applied.kind, applied.reason, applied.blame) == EXPECTED[domain]
    assert applied.reported_by == "relay.test"


@pytest.mark.parametrize("domain", EXPIRING)
def test_what_expired_at_postfix_counts_and_condemns_nobody(
    results: dict[str, tuple[Delivery, AppliedReport | None]], domain: str
) -> None:
    delivery, applied = results[domain]
    assert delivery.state == "bounced"
    assert applied is not None
    assert applied.kind == "transient"
    assert applied.effect == "counted"
    assert applied.status.startswith("4.")


def test_what_arrived_stays_submitted(results: dict[str, tuple[Delivery, AppliedReport | None]]) -> None:
    delivery, applied = results[FINE]
    assert (delivery.state, applied) == ("submitted", None)


def test_only_the_dead_addresses_are_suppressed(
    stage: Stage, results: dict[str, tuple[Delivery, AppliedReport | None]]
) -> None:
    with stage.parts.database.read() as session:
        found = {row.address.partition("@")[2]: row.reason for row in session.scalars(select(Suppression))}
    assert found == {"local.test": "userunknown", "refuse.test": "userunknown"}
