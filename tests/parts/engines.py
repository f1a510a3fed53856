"""An engine for tests: wired as the fuse box wires it, with what this process alone needs."""

from __future__ import annotations

from functools import cache
from typing import Any

from newsletter import resources
from newsletter.clock import Clock
from newsletter.config import Settings
from newsletter.delivery.composing import EditionComposers
from newsletter.delivery.engine import Engine
from newsletter.keyring import Keyring
from newsletter.mail.dkim import Canonicalization
from newsletter.pacing import MemoryBuckets
from newsletter.page_priority import PagePriority
from newsletter.queue import Queue, connect
from newsletter.rendering.renderer import Renderer
from newsletter.store.database import Database
from newsletter.tokens import Signer
from newsletter.transports.base import Transport


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
    **changes: Any,
) -> Engine:
    """Return an engine of one process; `changes` take the place of its parts by name."""
    letters = EditionComposers(
        database,
        signer,
        base_url=settings.base_url,
        return_domain=settings.return_path_domain,
        leave_address=settings.leave_address,
    )
    parts: dict[str, Any] = {
        "buckets": MemoryBuckets(clock),
        "renderer": _renderer(),
        "page_priority": PagePriority(clock),
        "keyring": Keyring(settings.dkim_folder, Canonicalization(f"relaxed/{settings.dkim_body}")),
        "letters": letters,
        "processes": 1,
        "second": lambda: None,
    }
    return Engine(settings, database, clock, queue or connect(""), signer, transport, **(parts | changes))
