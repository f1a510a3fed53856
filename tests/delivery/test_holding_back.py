"""One process stops an issue because a server refuses us; another has heard a few of the same refusals, too few to stop anything, and writes of them later. They keep their places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.delivery import holding_back
from newsletter.delivery.control import Control
from newsletter.delivery.engine import Engine
from newsletter.delivery.progress import progress
from newsletter.mail.envelope import Envelope, Outcome, Refused
from newsletter.model import Batch, Delivery
from newsletter.model.states import DeliveryState, IssueState
from newsletter.store.database import Database
from newsletter.tokens import Signer
from newsletter.transports.memory import MemoryTransport
from tests.parts.actors import OPERATOR
from tests.parts.engines import make_engine
from tests.parts.ledger import add_issue, add_publication, add_readers, states
from tests.parts.named import id_of_issue

ISSUE = {"publication": "daily", "slug": "first"}
NO = Refused(550, "5.7.1", "550 5.7.1 rejected due to local policy")
FEW = 4
EACH = 8
READERS = 3 * EACH


class Killed(BaseException):
    """What kill -9 is to the code of the process."""


class Hosts:
    """Two processes on one ledger, each with a folder and a way out of its own, and the batches of an issue."""

    def __init__(self, database: Database, clock: SettableClock, signer: Signer, folder: Path) -> None:
        self.database, self.clock = database, clock
        self.mended = False
        self.meanwhile: Callable[[], None] = lambda: None
        self.heard: Counter[str] = Counter()
        self.quick = self._engine(signer, folder / "quick", lambda envelope: self._refused())
        self.slow = self._engine(signer, folder / "slow", self._few)
        publication = add_publication(database, clock)
        for domain in ("one.example", "two.example", "three.example"):
            add_readers(database, clock, publication, EACH, domain)
        add_issue(database, clock, publication)
        self.quick.tick()

    def _engine(self, signer: Signer, folder: Path, script: Callable[[Envelope], Outcome]) -> Engine:
        settings = Settings(data_dir=folder, batch_size=READERS // 2, lease_seconds=60, _env_file=None)
        return make_engine(settings, self.database, self.clock, signer, MemoryTransport(script))

    def _refused(self) -> Outcome:
        return MemoryTransport.kept if self.mended else NO

    def _few(self, _envelope: Envelope) -> Outcome:
        """Take some, then refuse a few; then comes what happens meanwhile."""
        self.heard["answers"] += 1
        if self.mended or self.heard["answers"] <= 3:
            return MemoryTransport.kept
        if self.heard["answers"] == 3 + FEW:
            self.meanwhile()
            self.slow.claims.beat()
        return NO

    @property
    def batches(self) -> list[int]:
        with self.database.read() as session:
            return list(session.scalars(select(Batch.id).order_by(Batch.id)))

    @property
    def state(self) -> IssueState:
        return progress(self.database, clock=self.clock, issue_id=id_of_issue(self.database, **ISSUE)).state

    def stop(self) -> None:
        """The quick one hears enough to stop the issue."""
        self.quick.sender.send_batch(self.batches[1])
        assert self.state is IssueState.PAUSED

    def resume(self) -> None:
        Control(self.database, self.clock).resume(id_of_issue(self.database, **ISSUE), by=OPERATOR)

    def mend(self, uncertain: int = 0) -> None:
        """The server takes all again: everyone gets it, once, but whom nobody knows of."""
        self.mended = True
        if self.state is IssueState.PAUSED:
            self.resume()
        for _ in range(3):
            self.clock.advance(120)
            for batch_id in self.batches:
                self.quick.sender.send_batch(batch_id)
        doubt = {"uncertain": uncertain} if uncertain else {}
        assert states(self.database) == {"submitted": READERS - uncertain} | doubt
        taken = [each for engine in (self.quick, self.slow) for each in engine.sender.transport.envelopes]
        assert Counter(each.delivery_id for each in taken).most_common(1)[0][1] == 1
        assert len(taken) == READERS - uncertain


@pytest.fixture
def hosts(database: Database, clock: SettableClock, signer: Signer, tmp_path: Path) -> Hosts:
    return Hosts(database, clock, signer, tmp_path)


def test_who_was_refused_while_another_process_stopped_the_issue_keeps_the_place(hosts: Hosts) -> None:
    hosts.meanwhile = hosts.stop
    hosts.slow.sender.send_batch(hosts.batches[0])
    assert states(hosts.database) == {"submitted": 3, "queued": READERS - 3}
    hosts.mend()


def test_also_when_somebody_resumed_it_before_that_was_written(hosts: Hosts) -> None:
    hosts.meanwhile = lambda: [hosts.stop(), hosts.resume()]
    hosts.slow.sender.send_batch(hosts.batches[0])
    assert "rejected" not in states(hosts.database)
    hosts.mend()


@pytest.mark.parametrize("resumed", [False, True])
def test_also_when_only_the_journal_of_one_that_was_killed_tells_of_it(hosts: Hosts, resumed: bool) -> None:
    def killed() -> None:
        hosts.stop()
        raise Killed

    hosts.meanwhile = killed
    with pytest.raises(Killed):
        hosts.slow.sender.send_batch(hosts.batches[0])
    hosts.clock.advance(120)
    if resumed:
        hosts.resume()
    hosts.quick.sweeper.take_back_expired()
    assert hosts.slow.sweeper.sweep_journals() == 1
    assert "rejected" not in states(hosts.database)
    hosts.mend(uncertain=1)


def test_whoever_resumes_looks_once_more_for_one_that_died_in_between(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding_back, "hold_late", lambda *_, **__: 0)
    hosts.meanwhile = hosts.stop
    hosts.slow.sender.send_batch(hosts.batches[0])
    assert states(hosts.database)["rejected"] == FEW
    hosts.mend()


def test_a_few_that_stop_nothing_are_refused(hosts: Hosts) -> None:
    hosts.meanwhile = hosts.slow.claims.end
    hosts.slow.sender.send_batch(hosts.batches[0])
    assert hosts.state is IssueState.SENDING
    assert states(hosts.database)["rejected"] == FEW


def test_what_was_refused_long_after_an_issue_stopped_and_went_on_is_about_the_reader(hosts: Hosts) -> None:
    hosts.stop()
    hosts.resume()
    hosts.clock.advance(3600)
    hosts.meanwhile = hosts.slow.claims.end
    with hosts.database.write() as session:  # nobody of this batch was held
        assert session.scalars(select(Delivery.state).where(Delivery.id < 4)).all() == [DeliveryState.QUEUED] * 3
    hosts.slow.sender.send_batch(hosts.batches[0])
    assert states(hosts.database)["rejected"] == FEW
