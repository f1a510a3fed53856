"""Heartbeats of others: written, made older, or told of a process that was killed."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

from sqlalchemy import select

from newsletter.clock import Clock
from newsletter.delivery.heartbeats import ledger_time
from newsletter.model import Heartbeat
from newsletter.store.database import Database

_WORDS = "from newsletter.holder import this_process; print(this_process(), flush=True)"


def add_sign(database: Database, clock: Clock, role: str, process: str = "elsewhere:7:0:0.1", **values: object) -> None:
    """Store the heartbeat of a process of another host, of this moment."""
    with database.write() as session:
        now = ledger_time(session, clock)
        given = {"version": "1.0", "since": now, "beat_at": now, "batches": 0, "trouble": "", **values}
        session.add(Heartbeat(process=process, role=role, **given))


def make_older(database: Database, seconds: float, role: str = "") -> None:
    """Let every heartbeat, or those of a role, have been given so many seconds earlier."""
    with database.write() as session:
        for row in session.scalars(select(Heartbeat)):
            if role in ("", row.role):
                row.beat_at -= timedelta(seconds=seconds)
                row.ended_at = row.ended_at and row.ended_at - timedelta(seconds=seconds)


def name_of_the_dead() -> str:
    """Return the name of a process of this host that has ended."""
    return subprocess.run([sys.executable, "-c", _WORDS], capture_output=True, text=True, check=True).stdout.strip()
