"""From the plan to the ledger, with a provider as the way out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.delivery.engine import Engine
from newsletter.delivery.planning import plan_due
from newsletter.mail.verp import read_message_id
from newsletter.model import Batch, Delivery
from newsletter.store.database import Database
from newsletter.tokens import Signer
from newsletter.transports.providers.registry import ProviderTransport
from tests.parts.engines import make_engine
from tests.parts.fake_provider import FakeProvider, Reply
from tests.parts.ledger import add_issue, add_publication, add_readers, states
from tests.transports.providers.conftest import IDEMPOTENT


@pytest.fixture
def engine(
    sqlite_database: Database, clock: SettableClock, signer: Signer, transport: ProviderTransport, tmp_path: Path
) -> Engine:
    settings = Settings(data_dir=tmp_path, batch_size=40, _env_file=None)
    return make_engine(settings, sqlite_database, clock, signer, transport)


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
    assert {read_message_id(signer, mail.token).subject for mail in fake.mail} == ids


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


def send_all(engine: Engine) -> None:
    with engine.database.read() as session:
        ids = list(session.scalars(select(Batch.id).order_by(Batch.id)))
    for batch_id in ids:
        engine.sender.send_batch(batch_id)


@pytest.mark.parametrize("provider", IDEMPOTENT, indirect=True)
def test_what_stayed_uncertain_is_sent_again_under_its_old_key_and_nobody_gets_two(
    engine: Engine, fake: FakeProvider, clock: SettableClock
) -> None:
    planned(engine)
    fake.faults.extend(["drop"] * 4)
    send_all(engine)
    assert states(engine.database) == {"submitted": 60, "uncertain": 40}

    clock.advance(2 * engine.settings.lease_seconds + 1)
    again = engine.sweeper.resend_uncertain(policy="resend", after=timedelta(seconds=2 * engine.settings.lease_seconds))
    send_all(engine)

    assert again == 40
    assert states(engine.database) == {"submitted": 100}
    assert len({mail.to for mail in fake.mail}) == len(fake.mail) == 100


def test_what_is_uncertain_is_held_unless_somebody_says_otherwise(
    provider: str, engine: Engine, fake: FakeProvider, clock: SettableClock
) -> None:
    planned(engine)
    fake.faults.extend(["cut"] * 4)
    send_all(engine)
    clock.advance(24 * 3600)
    engine.tick()
    send_all(engine)

    uncertain = sum(number for state, number in states(engine.database).items() if state == "uncertain")
    # Four cut answers are one batch of those that replay, and all three of the others.
    assert uncertain == (40 if provider in IDEMPOTENT else 100)
    assert len({mail.to for mail in fake.mail}) == len(fake.mail) == 100


def test_the_wait_that_a_provider_asks_for_is_told_to_the_other_workers(
    engine: Engine, fake: FakeProvider, transport: ProviderTransport
) -> None:
    asked: list[float] = []
    transport.pace.on_limit = asked.append
    batches = planned(engine)
    fake.faults.append(Reply(429, {"message": "slow down"}, headers={"Retry-After": "90"}))
    engine.sender.send_batch(batches[0])
    assert asked == [90.0]
    assert states(engine.database) == {"queued": 100}
