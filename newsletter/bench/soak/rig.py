"""A whole service with what it needs, made for one soak and taken down after it; faults are done to it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from newsletter import private_files
from newsletter.bench.soak import ledger
from newsletter.bench.soak.case import LEASE_SECONDS, PROCESSES, SoakCase
from newsletter.bench.soak.groups import ReceiverGroup
from newsletter.bench.soak.hosts import Host, Surroundings, give_keys
from newsletter.bench.soak.memory import Memory
from newsletter.bench.soak.postgres import Postgres, free_port
from newsletter.bench.soak.receiver import SoakReceiver
from newsletter.bench.soak.valkey import Valkey
from newsletter.bench.soak.views import Operator
from newsletter.bootstrap import Parts, wire
from newsletter.children import module_command
from newsletter.config import Settings, load
from newsletter.errors import UnavailableError
from newsletter.signing_keys import ProcessRole, new_secret
from newsletter.store.migrating import upgrade

_LOOK_SECONDS = 0.25


@dataclass
class Rig:
    """`postgres` and `valkey` are None where they are not ours to kill."""

    case: SoakCase
    parts: Parts
    receiver: SoakReceiver
    postgres: Postgres | None
    valkey: Valkey | None
    hosts: list[Host]
    operator: Operator
    issue_id: int
    around: Surroundings
    chance: random.Random
    memory: Memory
    web: dict[str, str]  # environment of the web server
    pace: float = 0.0  # mails a second that the receiver takes; 0: as many as come
    others: dict[str, ReceiverGroup] = field(default_factory=dict)  # schedulers and web server

    def slow_to(self, pace: float) -> None:
        """Let the receiver take so many mails a second; 0: as many as come."""
        self.receiver.tell(f"pace {pace:.1f}")
        self.pace = pace

    def victim(self) -> Host:
        """Return the host that faults of one host are done to: always the last, so that the others show what a long life costs."""
        return self.hosts[-1]

    def wait_for(self, enough: Callable[[], object], seconds: float) -> bool:
        """Look again and again until it is enough; False when it is not after `seconds`. Memory is looked at meanwhile."""
        deadline = time.monotonic() + seconds
        while not enough():
            if time.monotonic() > deadline:
                return False
            self.rest(_LOOK_SECONDS)
        return True

    def rest(self, seconds: float) -> None:
        """Let it work for so long, and look at its memory."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.memory.look(self.hosts, self.others, self.receiver.look())
            time.sleep(min(left, _LOOK_SECONDS))

    def is_alive(self) -> None:
        """Raise UnavailableError when a scheduler or the web server ended by itself."""
        ended = [name for name, group in self.others.items() if not group.runs]
        if ended:
            raise UnavailableError(f"{', '.join(ended)} ended by itself", where=str(self.around.folder))


@contextmanager
def service(case: SoakCase) -> Iterator[Rig]:
    """Make everything and start it; at the end, however it comes, everything is ended, and nothing is left but what was not ours."""
    with ExitStack() as ending:
        folder = Path(ending.enter_context(TemporaryDirectory(prefix="newsletter-soak-")))
        rig = _made(case, folder, ending)
        ending.callback(_keep_logs, rig)
        ending.callback(_end, rig)
        _start(rig)
        yield rig


def _made(case: SoakCase, folder: Path, ending: ExitStack) -> Rig:
    postgres, valkey = _servers(case, ending)
    receiver = SoakReceiver(folder)
    ending.callback(receiver.stop)
    database = postgres.url if postgres else case.database_url
    redis = valkey.url if valkey else case.redis_url
    around = Surroundings(folder, database, redis, new_secret(), case.batch_size)
    parts = wire(load(data_dir=folder / "operator", database_url=database, redis_url=redis), role=ProcessRole.SCHEDULER)
    ending.callback(parts.close)
    upgrade(parts.database)
    issue_id = ledger.fill(parts, case.deliveries)
    hosts = [Host(n, around, receiver.url(f"host{n}.example")) for n in range(1, case.hosts + 1)]
    give_keys(hosts)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    web = around.environment(
        "web", receiver.url("web.example"), PORT=str(port), BASE_URL=address, METRICS_TOKEN=new_secret()
    )
    operator = Operator(
        _settings_of(around, receiver, web["NEWSLETTER_METRICS_TOKEN"]), f"{address}/metrics", case.hosts * PROCESSES
    )
    chance = random.Random(case.seed)  # noqa: S311 - a game, not a secret
    return Rig(case, parts, receiver, postgres, valkey, hosts, operator, issue_id, around, chance, Memory(), web)


def _settings_of(around: Surroundings, receiver: SoakReceiver, metrics_token: str) -> Settings:
    """Return the settings of the operator's own host: the same service from another data folder."""
    return load(
        data_dir=around.folder / "operator",
        database_url=around.database_url,
        redis_url=around.redis_url,
        smtp_url=receiver.url("operator.example"),
        secret_key=around.secret,
        signing_keys="",
        metrics_token=metrics_token,
        lease_seconds=LEASE_SECONDS,
    )


def _servers(case: SoakCase, ending: ExitStack) -> tuple[Postgres | None, Valkey | None]:
    postgres = None if case.database_url else Postgres()
    if postgres:
        ending.callback(postgres.stop)
    valkey = None if case.redis_url else Valkey()
    if valkey:
        ending.callback(valkey.stop)
    return postgres, valkey


def _start(rig: Rig) -> None:
    around, way_out = rig.around, rig.receiver.url("web.example")
    for name in ("scheduler1", "scheduler2"):
        environment = around.environment(name, way_out)
        rig.others[name] = around.start(name, module_command("newsletter", "scheduler"), environment)
    rig.others["web"] = around.start("web", module_command("newsletter", "serve"), rig.web)
    for host in rig.hosts:
        host.start()


def _keep_logs(rig: Rig) -> None:
    if rig.case.logs:
        kept = Path(rig.case.logs)
        private_files.make_folder(kept)
        for log in rig.around.folder.glob("*.log"):
            private_files.write(kept / log.name, log.read_bytes())


def _end(rig: Rig) -> None:
    """Send SIGKILL to whatever still runs: who shall end politely was told so before."""
    for group in [*(host.group for host in rig.hosts), *rig.others.values()]:
        if group is not None:
            group.kill()
