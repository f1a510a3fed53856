"""The table of faults: what each does to the service, what undoes it, and what an operator must be told meanwhile.

A further fault is one more row, with a function that does it and one that mends it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass

from newsletter.bench.soak.case import CONNECTIONS, LEASE_SECONDS, PROCESSES
from newsletter.bench.soak.rig import Rig
from newsletter.bench.soak.views import Expected, doctor_says, fewer_workers, metric, status_says
from newsletter.errors import UnavailableError

WIRE = PROCESSES * CONNECTIONS
"""Mails of one host whose end is written and whose answer is not read: what nobody can know after a cut."""
_PATIENCE = 120.0
_NO_NAME = "mail.nowhere.invalid"  # RFC 6761 section 6.4
_SKEW_HOURS = 24
_KEPT = ".away"
_FULL = 4096

Act = Callable[[Rig], None]


@dataclass(frozen=True)
class Fault:
    """`hits` is `host`, or `all`: whose mail must come again. `said` must be told while it lasts, `seconds` at least; `expected` is how long it takes in all."""

    name: str
    begin: Act
    mend: Act
    hits: str
    said: tuple[Expected, ...]
    seconds: float
    expected: float
    doubts: int = 0  # mails for each host it hits of which nobody may know
    needs: str = ""  # `postgres` or `valkey` of our own

    @property
    def key(self) -> str:
        """What it is called on the command line."""
        return self.name.replace(" ", "-")


def _kill_host(rig: Rig) -> None:
    rig.victim().running.kill()


def _start_host(rig: Rig) -> None:
    rig.victim().start()


def _restart_host(rig: Rig) -> None:
    rig.victim().stop()
    rig.victim().start()


def _stop_valkey(rig: Rig) -> None:
    assert rig.valkey is not None
    rig.valkey.kill()


def _start_valkey(rig: Rig) -> None:
    assert rig.valkey is not None
    rig.valkey.start()


def _kill_postgres(rig: Rig) -> None:
    assert rig.postgres is not None
    rig.postgres.kill()


def _start_postgres(rig: Rig) -> None:
    assert rig.postgres is not None
    rig.postgres.start()


def _refuse(rig: Rig) -> None:
    rig.receiver.tell("refuse")
    if not rig.wait_for(lambda: rig.operator.status().get("state") == "paused", _PATIENCE):
        raise UnavailableError("the issue was not paused although everybody is refused", where="breaker")


def _take_again(rig: Rig) -> None:
    rig.receiver.tell("take")
    rig.operator.resume()


def _fill_disk(rig: Rig) -> None:
    rig.victim().running.let_write(_FULL)


def _free_disk(rig: Rig) -> None:
    rig.victim().running.let_write(None)


def _take_name_server(rig: Rig) -> None:
    host = rig.victim()
    host.stop()
    host.start(smtp_url=f"smtp://{_NO_NAME}:{rig.receiver.port}?tls=none&ehlo={host.name}.example")


def _set_clock_wrong(rig: Rig) -> None:
    rig.victim().stop()
    rig.victim().start(clock_hours=rig.chance.choice((-_SKEW_HOURS, _SKEW_HOURS)))


def _take_key(rig: Rig) -> None:
    for path in rig.victim().keys.glob("*.pem"):
        path.rename(f"{path}{_KEPT}")


def _give_key_back(rig: Rig) -> None:
    for path in rig.victim().keys.glob(f"*{_KEPT}"):
        path.rename(str(path).removesuffix(_KEPT))
    os.utime(rig.victim().keys)


def _freeze(rig: Rig) -> None:
    rig.victim().running.signal(signal.SIGSTOP)


def _thaw(rig: Rig) -> None:
    rig.victim().running.signal(signal.SIGCONT)


def _stop_all(rig: Rig) -> None:
    codes = {host.name: host.stop() for host in rig.hosts}
    if any(codes.values()) or None in codes.values():
        raise UnavailableError(f"workers did not drain and end politely: {codes}", where="SIGTERM")


def _start_all(rig: Rig) -> None:
    for host in rig.hosts:
        host.start()


def _pause(rig: Rig) -> None:
    rig.operator.pause()


def _resume(rig: Rig) -> None:
    rig.operator.resume()


_IN_TROUBLE = metric("processes_in_trouble", lambda number: number >= PROCESSES)
_NONE = metric("workers_alive", lambda alive: alive == 0)
_AWAY = {part: metric(f'up{{part="{part}"}}', lambda up: up == 0) for part in ("ledger", "queue")}

FAULTS: tuple[Fault, ...] = (
    Fault("host killed", _kill_host, _start_host, "host", (doctor_says("at work"), fewer_workers), 5, 30, WIRE),
    Fault("valkey away", _stop_valkey, _start_valkey, "all", (doctor_says("broker"), _AWAY["queue"]), 15, 35, 0, "valkey"),
    Fault("postgresql killed", _kill_postgres, _start_postgres, "all", (doctor_says("database"), status_says("error"), _AWAY["ledger"]), 5, 35, 0, "postgres"),
    Fault("receiver down", lambda rig: rig.receiver.tell("down"), lambda rig: rig.receiver.tell("up"), "all", (doctor_says("way out"), status_says("waiting_why", "is down"), metric("brake_failures", lambda n: n >= 1)), 15, 45, WIRE),
    Fault("receiver refuses", _refuse, _take_again, "all", (doctor_says("alarms", "paused"), status_says("paused_why", "refuses the "), metric("issues_tripped", lambda n: n == 1)), 5, 40),
    Fault("disk full", _fill_disk, _free_disk, "host", (doctor_says("journal"), _IN_TROUBLE), 10, 50),
    Fault("no name server", _take_name_server, _restart_host, "host", (doctor_says(_NO_NAME, "name server"), _IN_TROUBLE), 10, 45),
    Fault("wrong clock", _set_clock_wrong, _restart_host, "host", (doctor_says("clock of this machine"), _IN_TROUBLE), 10, 45),
    Fault("no dkim key", _take_key, _give_key_back, "host", (doctor_says("dkim"), _IN_TROUBLE), 10, 50),
    Fault("host frozen", _freeze, _thaw, "host", (doctor_says("at work"), fewer_workers), LEASE_SECONDS * 2, 60),
    Fault("pause", _pause, _resume, "all", (status_says("state", "paused"),), 5, 20),
    Fault("nobody works", _stop_all, _start_all, "all", (doctor_says("no worker is at work"), status_says("nobody_works", "no worker"), _NONE), 5, 70),
)  # fmt: skip
"""In the order in which they are applied: the one that restarts everybody comes last, so that the others' memory is seen for long."""

BY_KEY = {fault.key: fault for fault in FAULTS}
