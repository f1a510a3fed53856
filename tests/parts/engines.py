"""An engine for tests: wired by the fuse box, with what this process alone needs."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import select

from newsletter import resources
from newsletter.bootstrap import Parts
from newsletter.clock import Clock
from newsletter.config import Settings
from newsletter.delivery.engine import Engine
from newsletter.model import Batch
from newsletter.pacing import MemoryBuckets
from newsletter.queue import Queue, connect
from newsletter.rendering.renderer import Renderer
from newsletter.store.database import Database
from newsletter.tokens import Signer
from newsletter.transports.base import Transport

_KEPT = ("database", "signer", "transport", "queue", "buckets", "renderer")
"""Parts that another engine shares with the first, where nothing else is said."""


@cache
def _renderer() -> Renderer:
    return Renderer(resources.TEMPLATES)


def make_engine(
    settings: Settings,
    database: Database,
    clock: Clock,
    signer: Signer,
    transport: Transport,
    *,
    queue: Queue | None = None,
) -> Engine:
    """Return an engine of one process."""
    given = {"database": database, "signer": signer, "transport": transport, "queue": queue or connect("")}
    return _engine(Parts(settings, clock), given | {"buckets": MemoryBuckets(clock), "renderer": _renderer()})


def rewired(engine: Engine, **changes: Any) -> Engine:
    """Return the engine of another process on the same tools; `changes` take the place of settings, clock, or parts by name."""
    before: Parts = engine.__dict__["_parts"]
    values = {name: changes.pop(name, getattr(before, name)) for name in ("settings", "clock", "processes")}
    return _engine(Parts(**values), {name: getattr(before, name) for name in _KEPT} | changes)


def _engine(parts: Parts, given: dict[str, Any]) -> Engine:
    parts.__dict__.update(given)
    engine = parts.engine
    engine.__dict__["_parts"] = parts  # kept for `rewired`
    return engine


def send_all(engine: Engine) -> None:
    """Plan what is due, send every batch there is, and finish what is done."""
    engine.tick()
    with engine.database.read() as session:
        ids = list(session.scalars(select(Batch.id).order_by(Batch.id)))
    for batch_id in ids:
        engine.sender.send_batch(batch_id)
    engine.tick()
