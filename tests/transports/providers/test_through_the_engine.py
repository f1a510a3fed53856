"""From the plan to the ledger, with a provider as the way out."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.delivery.engine import Engine
from newsletter.delivery.planning import plan_due
from newsletter.mail.verp import read_return_path
from newsletter.model import Batch, Delivery
from newsletter.queue import connect
from newsletter.store.database import Database
from newsletter.tokens import Signer
from newsletter.transports.providers.registry import ProviderTransport
from tests.parts.fake_provider import FakeProvider, Reply
from tests.parts.ledger import add_issue, add_publication, add_readers, states
from tests.transports.providers.conftest import IDEMPOTENT


@pytest.fixture
def engine(
    sqlite_database: Database, clock: SettableClock, signer: Signer, transport: ProviderTransport, tmp_path: Path
) -> Engine:
    settings = Settings(data_dir=tmp_path, batch_size=40, _env_file=None)
    return Engine(settings, sqlite_database, clock, connect(""), signer, transport)


def planned(engine: Engine) -> list[int]:
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, 100)
    add_issue(engine.database, engine.clock, publication)
    plan_due(engine.database, clock=engine.clock, batch_size=40)
    with engine.database.read() as session:
        return list(session.scalars(select(Batch.id).order_by(Batch.id)))


def test_an_issue_goes_out_and_each_token_leads_back_to_its_delivery(
    engine: Engine, fake: FakeProvider, signer: Signer
) -> None:
    fake.bad = {"reader7@readers.example"}
    for batch_id in planned(engine):
        engine.sender.send_batch(batch_id)

    assert states(engine.database) == {"submitted": 99, "rejected": 1}
    with engine.database.read() as session:
        ids = set(session.scalars(select(Delivery.id).where(Delivery.state == "submitted")))
    assert {read_return_path(signer, f"{mail.token}@").subject for mail in fake.mail} == ids


def test_a_dropped_answer_touches_one_call_and_nobody_gets_two(
    provider: str, engine: Engine, fake: FakeProvider
) -> None:
    fake.faults.append("drop")
    for batch_id in planned(engine) * 2:
        engine.sender.send_batch(batch_id)

    expected = {"submitted": 100} if provider in IDEMPOTENT else {"submitted": 60, "uncertain": 40}
    assert states(engine.database) == expected
    assert len({mail.to for mail in fake.mail}) == len(fake.mail) == 100


def test_expired_credentials_leave_every_reader_queued(engine: Engine, fake: FakeProvider) -> None:
    batches = planned(engine)
    fake.faults.extend([Reply(401, {"message": "expired"})] * len(batches))
    for batch_id in batches:
        engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"queued": 100}
    assert fake.mail == []
