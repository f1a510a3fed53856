"""A batch is kept alive while it is sent, whatever the database does, and let go when the process ends."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from newsletter.clock import SettableClock
from newsletter.delivery.claims import Claims
from newsletter.delivery.engine import Engine
from newsletter.errors import StoreError
from newsletter.mail.envelope import Accepted, Envelope, Outcome
from newsletter.model import Batch
from newsletter.model.states import BatchState
from newsletter.store.delivery import batches
from newsletter.transports.memory import MemoryTransport
from tests.delivery.test_recovery import planned
from tests.parts.ledger import states


def held(engine: Engine) -> Batch:
    with engine.database.read() as session:
        return session.scalars(select(Batch)).one()


def test_a_batch_that_is_claimed_when_the_end_begins_is_given_back_at_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = planned(engine)
    claim = batches.claim

    def claim_and_end(*args: object, **values: object) -> object:
        found = claim(*args, **values)  # type: ignore[arg-type]
        engine.claims.end()
        return found

    monkeypatch.setattr(batches, "claim", claim_and_end)
    engine.sender.send_batch(batch_id)
    assert (held(engine).state, held(engine).leased_until) == (BatchState.WAITING, None)
    assert states(engine.database) == {"queued": 10}


def test_a_batch_whose_keeping_begins_after_the_end_hands_nothing_over(
    engine: Engine, transport: MemoryTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = planned(engine)
    keeping = Claims.keeping

    def end_and_keep(self: Claims, claim: object) -> object:
        self.end()
        return keeping(self, claim)  # type: ignore[arg-type]

    monkeypatch.setattr(Claims, "keeping", end_and_keep)
    engine.sender.send_batch(batch_id)
    assert transport.envelopes == []
    assert held(engine).state == BatchState.WAITING
    assert states(engine.database) == {"queued": 10}


@pytest.mark.parametrize("trouble", [StoreError("the database is gone"), ValueError("a bug")])
def test_a_heartbeat_that_fails_once_loses_no_lease(
    engine: Engine, clock: SettableClock, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    claim = engine.claims.claim(planned(engine))
    assert claim is not None
    renew, failed = batches.renew, []

    def fail_once(*args: object) -> object:
        if not failed:
            failed.append(True)
            raise trouble
        return renew(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(batches, "renew", fail_once)
    engine.claims._held[claim.batch.id] = claim
    clock.advance(40)
    engine.claims.beat()
    assert not claim.stopped, "the lease still runs"
    engine.claims.beat()
    clock.advance(40)
    assert not claim.stopped
    assert engine.sweeper.take_back_expired() == 0


def test_a_heartbeat_that_died_is_begun_anew_with_the_next_batch(engine: Engine, transport: MemoryTransport) -> None:
    class Dead:
        def is_alive(self) -> bool:
            return False

    dead = Dead()
    engine.claims._thread = dead  # type: ignore[assignment]
    beating: list[bool] = []

    def script(_: Envelope) -> Outcome:
        beating.append(engine.claims._thread is not dead)
        return Accepted(250, "", "ok")

    transport._script = script
    engine.sender.send_batch(planned(engine))
    assert set(beating) == {True}
