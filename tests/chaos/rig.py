"""Real processes, killed at random while they send: on PostgreSQL and Valkey as a service of several, or as one on SQLite."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import redis
from sqlalchemy import select, update

from newsletter.clock import SystemClock
from newsletter.errors import NewsletterError
from newsletter.model import Batch, Brake, Delivery, Subscriber, Subscription
from newsletter.model.states import BatchState, DeliveryState, SubscriptionState
from newsletter.store.database import Database
from newsletter.store.migrating import upgrade
from tests.parts.faulty_smtp import FaultySmtp
from tests.parts.ledger import add_issue, add_publication, add_readers
from tests.parts.postgres import PostgresServer
from tests.parts.refusing_smtp import RefusingSmtp
from tests.parts.valkey import ValkeyServer

CONNECTIONS = 4
COMMANDS = {
    "workers": ["-m", "newsletter", "worker", "--processes", "3", "--threads", "2"],
    "host": ["-m", "newsletter", "worker", "--processes", "2", "--threads", "4"],
    "one": ["-c", "from workers.processes import run_worker; run_worker(2, 1)"],
    "scheduler": ["-m", "newsletter", "scheduler"],
    "everything": ["-m", "workers", "embedded", "2"],
}
SERVICE = ("workers", "scheduler", "scheduler")
"""A parent with three workers, and two schedulers of which one waits."""
ALONE = ("everything",)


@dataclass
class Rig:
    """The processes of one service; each is started again when it dies. `happened` counts what really was done to it."""

    receiver: FaultySmtp | RefusingSmtp
    folder: Path
    readers: int
    seed: int = 1
    roles: tuple[str, ...] = ALONE
    uncertain: str = "hold"
    postgres: PostgresServer | None = None
    valkey: ValkeyServer | None = None
    settings: dict[str, str] = field(default_factory=dict)  # besides those of every rig
    happened: Counter[str] = field(default_factory=Counter)
    leavers: set[str] = field(default_factory=set)
    processes: list[tuple[str, subprocess.Popen[bytes]]] = field(default_factory=list)

    def prepare(self) -> None:
        """Make the ledger: readers and an issue that is due."""
        self.chance = random.Random(self.seed)
        sqlite = f"sqlite:///{self.folder / 'newsletter.db'}"
        self.url = self.postgres.url(self.postgres.create_database()) if self.postgres else sqlite
        self.database = Database(self.url)
        upgrade(self.database)
        self.clock = SystemClock()
        publication = add_publication(self.database, self.clock)
        add_readers(self.database, self.clock, publication, self.readers)
        add_issue(self.database, self.clock, publication, size=1000)

    def start(self) -> None:
        """Start every process."""
        self.processes = [(role, self._spawn(role)) for role in self.roles]

    def join(self, role: str) -> None:
        """Start one more process."""
        self.processes.append((role, self._spawn(role)))

    @property
    def under_way(self) -> bool:
        """Whether there are readers who have not got it: what is done later proves nothing."""
        return len(set(self.receiver.taken.recipients)) < self.readers - len(self.leavers)

    def kill(self, victim: str) -> None:
        """kill -9 a `worker`, a `scheduler` or `everything`, one that sends if there is one; it is started again: a worker by its parent."""
        pid = self._victim(victim)
        under_way = self.under_way
        self.happened["killed while it sent"] += _sends(pid)
        os.kill(pid, signal.SIGKILL)
        if victim != "worker":
            for place, (role, process) in enumerate(self.processes):
                if process.pid == pid:
                    process.wait(10)
                    self.processes[place] = (role, self._spawn(role))
        self.happened[f"{victim} killed"] += 1
        self.happened["killed under way"] += under_way

    def restart_the_dead(self) -> None:
        """Start again whatever ended by itself."""
        self.processes = [(r, p if p.poll() is None else self._spawn(r)) for r, p in self.processes]

    def flush_valkey(self) -> None:
        """FLUSHALL; it counts when there was something to lose."""
        assert self.valkey is not None
        with redis.Redis(port=self.valkey.port) as client:
            self.happened["valkey flushed"] += self.under_way and client.dbsize() > 0
        self.valkey.flush()

    def restart_valkey(self) -> None:
        """kill -9 of Valkey: all it held is gone."""
        assert self.valkey is not None
        self.happened["valkey restarted"] += self.under_way
        self.valkey.kill()
        self.valkey.start()

    def restart_postgres(self) -> None:
        """Stop PostgreSQL as `pg_ctl stop -m immediate` does, and start it again."""
        assert self.postgres is not None
        self.happened["postgresql stopped"] += self.under_way
        self.postgres.halt(immediate=True)
        time.sleep(0.5)
        self.postgres.start()

    def shut_receiver(self, seconds: float) -> None:
        """Let nobody in at the receiver for so long, and until the service noticed; only then it counts."""
        self.receiver.down()
        time.sleep(seconds)
        for _ in range(900):
            with self.database.read() as session:
                if session.scalar(select(Brake.failures).where(Brake.part == "")):
                    self.happened["receiver down"] += 1
                    break
            time.sleep(0.1)
        self.receiver.up()

    def let_someone_leave(self) -> None:
        """Unsubscribe a reader whose batch is still unclaimed once that is stored: any later claim must see it."""
        try:
            with self.database.write() as session:
                waiting = session.execute(
                    select(Delivery.subscriber_id, Subscriber.address, Batch.id)
                    .join(Batch, Delivery.id.between(Batch.first_delivery_id, Batch.last_delivery_id))
                    .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
                    .join(Subscription, Subscription.subscriber_id == Delivery.subscriber_id)
                    .where(
                        Delivery.state == DeliveryState.QUEUED,
                        Batch.state == BatchState.WAITING,
                        Subscription.state == SubscriptionState.ACTIVE,
                    )
                    .order_by(Delivery.id.desc())
                    .limit(1)
                ).first()
                if waiting is None:
                    return
                subscriber, address, batch_id = waiting
                session.execute(
                    update(Subscription)
                    .where(Subscription.subscriber_id == subscriber)
                    .values(state=SubscriptionState.UNSUBSCRIBED)
                )
            with self.database.read() as session:
                unclaimed = session.get_one(Batch, batch_id).state == BatchState.WAITING
        except NewsletterError:
            return
        if unclaimed and address not in self.leavers:
            self.leavers.add(address)
            self.happened["left before the claim"] += 1

    def states(self) -> dict[str, int]:
        """Count deliveries by state; empty while the database is away."""
        try:
            with self.database.read() as session:
                return dict(Counter(DeliveryState(state).value for state in session.scalars(select(Delivery.state))))
        except NewsletterError:
            return {}

    def wait_until(self, ended, seconds: float) -> dict[str, int]:
        """Wait until `ended` says of the states that nothing is left to do, or for `seconds`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.restart_the_dead()
            found = self.states()
            if found and ended(found):
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
        self.processes = []
        return codes

    def logged(self, words: str) -> int:
        """Count lines in the logs of all processes."""
        return sum(path.read_text(errors="replace").count(words) for path in self.folder.glob("*.log"))

    def _victim(self, victim: str) -> int:
        if victim == "scheduler":
            return self.chance.choice([process.pid for role, process in self.processes if role == victim])
        for patience in range(300):
            present = self._senders(victim)
            busy = [pid for pid in present if _sends(pid)]
            # one that has only begun holds nothing that could be lost; after half a minute nobody will send any more
            if busy or (present and patience == 299):
                return self.chance.choice(busy or present)
            time.sleep(0.1)
        raise AssertionError("no worker was started again")

    def _senders(self, victim: str) -> list[int]:
        if victim == "worker":
            return [pid for role, process in self.processes if role == "workers" for pid in _workers(process.pid)]
        return [process.pid for _, process in self.processes]

    def _spawn(self, role: str) -> subprocess.Popen[bytes]:
        settings = {
            "DATABASE_URL": self.url,
            "REDIS_URL": self.valkey.url if self.valkey else "",
            "SMTP_URL": self.receiver.url,
            "DATA_DIR": str(self.folder),
            "SECRET_KEY": "a secret for chaos only, which is long enough",
            "CONNECTIONS": str(CONNECTIONS),
            "BATCH_SIZE": "50",
            "LEASE_SECONDS": "5",
            "RETRY_SECONDS": "2",
            "UNCERTAIN": self.uncertain,
            "LOG_LEVEL": "info",
            **self.settings,
        }
        environment = os.environ | {f"NEWSLETTER_{name}": value for name, value in settings.items()}
        with (self.folder / f"{role}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *COMMANDS[role]], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )


def _workers(parent: int) -> list[int]:
    """The pids of the workers below a parent, by what the kernel says."""
    try:
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
        return [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    except FileNotFoundError:
        return []


def _sends(pid: int) -> bool:
    """Whether a process has a journal open, and so a batch on its way."""
    try:
        return any(str(link.readlink()).endswith(".journal") for link in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False
