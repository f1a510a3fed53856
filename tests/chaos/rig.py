"""Real processes on real PostgreSQL and Valkey, killed at random while they send."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select, update

from newsletter.clock import SystemClock
from newsletter.errors import NewsletterError
from newsletter.model import Delivery, Subscription
from newsletter.model.states import DeliveryState, SubscriptionState
from newsletter.store.database import Database
from newsletter.store.migrating import upgrade
from tests.parts.faulty_smtp import FaultySmtp
from tests.parts.ledger import add_issue, add_publication, add_readers
from tests.parts.postgres import PostgresServer
from tests.parts.valkey import ValkeyServer

CONNECTIONS = 4
SCRIPTS = {
    "worker": "from workers.processes import run_worker; run_worker(2)",
    "scheduler": "from workers.processes import run_scheduler; run_scheduler()",
}


@dataclass
class Rig:
    """Two workers and a scheduler as processes of their own; each is started again when it dies."""

    postgres: PostgresServer
    valkey: ValkeyServer
    receiver: FaultySmtp
    folder: Path
    readers: int
    seed: int = 1
    kills: int = 0
    leavers: set[str] = field(default_factory=set)
    processes: list[tuple[str, subprocess.Popen[bytes]]] = field(default_factory=list)

    def prepare(self) -> None:
        """Make the ledger: readers and an issue that is due."""
        self.chance = random.Random(self.seed)
        self.url = self.postgres.url(self.postgres.create_database())
        self.database = Database(self.url)
        upgrade(self.database)
        self.clock = SystemClock()
        publication = add_publication(self.database, self.clock)
        add_readers(self.database, self.clock, publication, self.readers)
        add_issue(self.database, self.clock, publication, size=1000)

    def start(self) -> None:
        """Start every process."""
        self.processes = [(role, self._spawn(role)) for role in ("worker", "worker", "scheduler")]

    def kill_one(self) -> None:
        """kill -9 a random process and start it again."""
        place = self.chance.randrange(len(self.processes))
        role, process = self.processes[place]
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        self.kills += role == "worker"
        self.processes[place] = (role, self._spawn(role))

    def restart_the_dead(self) -> None:
        """Start again whatever ended by itself."""
        self.processes = [(r, p if p.poll() is None else self._spawn(r)) for r, p in self.processes]

    def let_someone_leave(self) -> None:
        """Unsubscribe a reader whose delivery still waits unclaimed: it must not be sent."""
        try:
            with self.database.write() as session:
                waiting = session.scalars(
                    select(Delivery).where(Delivery.state == DeliveryState.QUEUED).order_by(Delivery.id.desc()).limit(1)
                ).first()
                if waiting is None:
                    return
                session.execute(
                    update(Subscription)
                    .where(Subscription.subscriber_id == waiting.subscriber_id)
                    .values(state=SubscriptionState.UNSUBSCRIBED)
                )
                self.leavers.add(f"reader{waiting.subscriber_id - 1}@readers.example")
        except NewsletterError:
            return

    def states(self) -> dict[str, int]:
        """Count deliveries by state; empty while the database is away."""
        try:
            with self.database.read() as session:
                found: dict[str, int] = {}
                for state in session.scalars(select(Delivery.state)):
                    found[DeliveryState(state).value] = found.get(DeliveryState(state).value, 0) + 1
                return found
        except NewsletterError:
            return {}

    def wait_until_ended(self, seconds: float) -> dict[str, int]:
        """Wait until no delivery has work left."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.restart_the_dead()
            found = self.states()
            if found and not {"queued", "submitting", "deferred"} & set(found):
                return found
            time.sleep(0.3)
        return self.states()

    def stop(self) -> list[int | None]:
        """SIGTERM everything and return the exit codes."""
        for _, process in self.processes:
            process.send_signal(signal.SIGTERM)
        codes = []
        for _, process in self.processes:
            try:
                codes.append(process.wait(40))
            except subprocess.TimeoutExpired:
                process.kill()
                codes.append(process.wait(10))
        self.database.close()
        return codes

    def _spawn(self, role: str) -> subprocess.Popen[bytes]:
        settings = {
            "DATABASE_URL": self.url,
            "REDIS_URL": self.valkey.url,
            "SMTP_URL": self.receiver.url,
            "DATA_DIR": str(self.folder),
            "SECRET_KEY": "a secret for chaos only",
            "CONNECTIONS": str(CONNECTIONS),
            "BATCH_SIZE": "50",
            "LEASE_SECONDS": "5",
            "RETRY_SECONDS": "2",
            "LOG_LEVEL": "warning",
        }
        environment = os.environ | {f"NEWSLETTER_{name}": value for name, value in settings.items()}
        with (self.folder / f"{role}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", SCRIPTS[role]], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )


def check_ledger(rig: Rig) -> dict[str, int]:
    """Compare the ledger with what the receiver took: nothing lost, nothing doubled, every doubt named. Return the sums."""
    taken = rig.receiver.taken
    with rig.database.read() as session:
        rows = session.execute(select(Delivery.id, Delivery.state, Delivery.subscriber_id)).all()
    state_of = {f"reader{subscriber - 1}@readers.example": DeliveryState(state) for _, state, subscriber in rows}
    seen: dict[str, int] = {}
    for recipient in taken.recipients:
        seen[recipient] = seen.get(recipient, 0) + 1
    doubled = [recipient for recipient, times in seen.items() if times > 1]
    lost = [r for r, state in state_of.items() if state == DeliveryState.SUBMITTED and r not in seen]
    untold = [r for r in seen if state_of[r] not in (DeliveryState.SUBMITTED, DeliveryState.UNCERTAIN)]
    uncertain = sum(state == DeliveryState.UNCERTAIN for state in state_of.values())
    return {
        "deliveries": len(rows),
        "lost": len(lost),
        "doubled": len(doubled),
        "untold": len(untold),
        "uncertain": uncertain,
        "uncertain_allowed": rig.kills * CONNECTIONS + len(taken.silent),
        "sent_to_leavers": len(rig.leavers & set(seen)),
        "kills": rig.kills,
    }
