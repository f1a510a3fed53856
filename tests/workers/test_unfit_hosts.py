"""One host in trouble starves nobody: it says what, where and the remedy, and the other host sends everything, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.bootstrap import wire
from newsletter.clock import SystemClock
from newsletter.config import Settings
from newsletter.delivery import known_keys
from newsletter.delivery.checks import at_work
from newsletter.keyring import Keyring
from newsletter.mail.dkim import DkimKey
from newsletter.model import Batch, Heartbeat
from newsletter.model.states import BatchState
from newsletter.store.database import Database
from tests.parts.disks import small_disk
from tests.parts.faulty_smtp import Faults, FaultySmtp
from tests.parts.ledger import add_issue, add_publication, add_readers, states
from tests.parts.valkey import ValkeyServer

READERS = 200
WORKER = "from workers.processes import run_worker; run_worker(2, 1)"
SCHEDULER = "from workers.processes import run_scheduler; run_scheduler()"
WRONG_CLOCK = (
    "from datetime import timedelta; from newsletter.clock import SystemClock; right = SystemClock.now; "
    "SystemClock.now = lambda self: right(self) + timedelta(hours={}); "
)


@dataclass
class Service:
    """A ledger, a broker and a receiver that several hosts share; each host has a folder of its own."""

    folder: Path
    database: Database
    valkey: ValkeyServer
    receiver: FaultySmtp
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def settings(self, host: str, **more: str) -> dict[str, str]:
        given = {
            "DATABASE_URL": self.database.url,
            "REDIS_URL": self.valkey.url,
            "SMTP_URL": self.receiver.url,
            "DATA_DIR": str(self.folder / host),
            "SECRET_KEY": "a secret for tests only, which is long enough",
            "CONNECTIONS": "2",
            "BATCH_SIZE": "10",
            "LEASE_SECONDS": "60",
            "LOG_LEVEL": "info",
        }
        return os.environ | {f"NEWSLETTER_{name}": value for name, value in (given | more).items()}

    def start(self, host: str, program: str = WORKER, **more: str) -> subprocess.Popen[bytes]:
        """Start a process of a host; what it says stands in `<host>.log`."""
        with (self.folder / f"{host}.log").open("ab") as log:
            self.running[host] = subprocess.Popen(
                [sys.executable, "-c", program],
                env=self.settings(host, **more),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self.running[host]

    def log(self, host: str) -> str:
        return (self.folder / f"{host}.log").read_text(errors="replace")

    def troubles(self) -> list[str]:
        with self.database.read() as session:
            return [text for text in session.scalars(select(Heartbeat.trouble)) if text]

    def wait_for(self, enough: Callable[[], object], seconds: float = 240) -> None:
        deadline = time.monotonic() + seconds
        while not enough():
            assert time.monotonic() < deadline, {host: self.log(host)[-2000:] for host in self.running}
            time.sleep(0.1)

    def all_got_it(self) -> bool:
        return len(set(self.receiver.taken.recipients)) == READERS and states(self.database) == {"submitted": READERS}

    def held(self) -> Counter[str]:
        """Count the batches that are claimed, by whoever holds them."""
        with self.database.read() as session:
            rows = session.execute(select(Batch.holder).where(Batch.state == BatchState.CLAIMED))
            return Counter(holder for (holder,) in rows)

    def doctor(self) -> str:
        """What the doctor says of those who work."""
        parts = wire(Settings(database_url=self.database.url, data_dir=self.folder, _env_file=None))
        try:
            return " ".join(
                " ".join(
                    f"{found.verdict} {found.what} {found.remedy}"
                    for found in at_work(parts.database, parts.clock, parts.settings.lease_seconds)
                ).split()
            )
        finally:
            parts.close()

    def stop(self) -> None:
        for process in self.running.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


@pytest.fixture
def service(tmp_path: Path, postgres_database: Database, valkey: ValkeyServer) -> Iterator[Service]:
    valkey.flush()
    with ExitStack() as stack:
        receiver = FaultySmtp(Faults(pause=0.01))
        stack.callback(receiver.stop)
        clock = SystemClock()
        publication = add_publication(postgres_database, clock)
        add_readers(postgres_database, clock, publication, READERS)
        add_issue(postgres_database, clock, publication)
        made = Service(tmp_path, postgres_database, valkey, receiver)
        stack.callback(made.stop)
        yield made


def no_room(service: Service, stack: ExitStack) -> list[str]:
    service.start("unfit", small_disk(service.folder / "unfit", stack) + WORKER)
    return ["journal: cannot write", str(service.folder / "unfit" / "journal"), "free some space"]


def no_name_server(service: Service, stack: ExitStack) -> list[str]:
    port = service.receiver.url.rpartition(":")[2]
    service.start("unfit", SMTP_URL=f"smtp://mail.nowhere.invalid:{port.partition('?')[0]}?tls=none")
    return ["mail.nowhere.invalid", "name server"]


def clock_ahead(service: Service, stack: ExitStack) -> list[str]:
    service.start("unfit", WRONG_CLOCK.format(24) + WORKER)
    return ["clock: the clock of this machine is", "ahead of that of the database", "NTP"]


def clock_behind(service: Service, stack: ExitStack) -> list[str]:
    service.start("unfit", WRONG_CLOCK.format(-24) + WORKER)
    return ["clock: the clock of this machine is", "behind that of the database", "NTP"]


def no_key(service: Service, stack: ExitStack) -> list[str]:
    for host in ("unfit", "well"):
        Keyring(service.folder / host / "dkim").make("news.example", "news1")
    for key in (service.folder / "unfit" / "dkim" / "news.example").glob("*.pem"):
        key.unlink()
    service.start("unfit")
    return [str(service.folder / "unfit" / "dkim" / "news.example")]


def no_keys_at_all(service: Service, stack: ExitStack) -> list[str]:
    declare(service, make(service, "well"))
    service.start("unfit")
    return ["has no key in use", str(service.folder / "unfit" / "dkim" / "news.example"), "copy the folder of its keys"]


def another_key(service: Service, stack: ExitStack) -> list[str]:
    declare(service, make(service, "well"))
    make(service, "unfit")
    service.start("unfit")
    return ["is another than that of", str(service.folder / "unfit" / "dkim" / "news.example"), "newsletter domain use"]


def make(service: Service, host: str) -> list[DkimKey]:
    return Keyring(service.folder / host / "dkim").make("news.example", "news1")


def declare(service: Service, keys: list[DkimKey]) -> None:
    """What `newsletter domain records` does on the host that makes the keys."""
    known_keys.declare(service.database, SystemClock(), "news.example", keys)


OF_ONE_DOMAIN = (no_key, no_keys_at_all, another_key)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault", [no_room, no_name_server, clock_ahead, clock_behind, *OF_ONE_DOMAIN])
def test_a_host_in_trouble_says_so_and_the_other_sends_everything_once(
    service: Service, fault: Callable[[Service, ExitStack], list[str]]
) -> None:
    with ExitStack() as stack:
        stack.callback(service.stop)
        words = fault(service, stack)
        service.start("scheduler", SCHEDULER)
        service.wait_for(lambda: service.troubles() and states(service.database))
        [said] = service.troubles()
        assert [word for word in words if word not in said] == [], said
        service.start("well")
        service.wait_for(service.all_got_it)
        assert max(Counter(service.receiver.taken.recipients).values()) == 1
        assert service.held() == {}
        assert service.troubles() == [said] or fault in OF_ONE_DOMAIN
        log = service.log("unfit")
        assert log.count("cannot work and leaves it to others") == 1, log
        assert " ".join(said.split()) in service.doctor() or fault in OF_ONE_DOMAIN


@pytest.mark.timeout(900)
def test_a_host_that_was_stopped_beyond_its_lease_hands_over_nothing_more_and_tells_what_it_had_heard(
    service: Service,
) -> None:
    service.start("scheduler", SCHEDULER, LEASE_SECONDS="5")
    stopped = service.start("stopped", LEASE_SECONDS="5")
    service.wait_for(lambda: len(service.receiver.taken.recipients) > 10)
    stopped.send_signal(signal.SIGSTOP)
    service.start("well", LEASE_SECONDS="5")
    service.wait_for(lambda: set(states(service.database)) <= {"submitted", "uncertain"})
    assert service.held() == {}, "nobody waits for it"
    before = Counter(service.receiver.taken.recipients)
    stopped.send_signal(signal.SIGCONT)
    service.wait_for(service.all_got_it)
    assert max(Counter(service.receiver.taken.recipients).values()) == 1, before


@pytest.mark.timeout(900)
def test_a_host_goes_on_by_itself_once_its_trouble_is_mended(service: Service) -> None:
    keys = service.folder / "unfit" / "dkim" / "news.example"
    Keyring(keys.parent).make("news.example", "news1")
    kept = {path.name: path.read_bytes() for path in keys.glob("*.pem")}
    for name in kept:
        (keys / name).unlink()
    service.start("unfit")
    service.start("scheduler", SCHEDULER)
    service.wait_for(service.troubles)
    assert service.receiver.taken.recipients == []
    for name, octets in kept.items():
        (keys / name).write_bytes(octets)
    service.wait_for(service.all_got_it)
    service.wait_for(lambda: not service.troubles())
    assert "can work again" in service.log("unfit")
