"""An engine on each database, with a transport that keeps what it is given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.delivery.engine import Engine
from newsletter.store.database import Database
from newsletter.tokens import Signer
from newsletter.transports.memory import MemoryTransport
from tests.parts.engines import make_engine
from tests.parts.kept_counts import agree


@pytest.fixture
def transport() -> MemoryTransport:
    """Keeps envelopes; its script may answer otherwise."""
    return MemoryTransport()


@pytest.fixture
def engine(
    database: Database, clock: SettableClock, signer: Signer, transport: MemoryTransport, tmp_path: Path
) -> Iterator[Engine]:
    """The engine of one process; whatever a test does with it, the kept counts are those of the rows."""
    settings = Settings(data_dir=tmp_path, batch_size=10, lease_seconds=60, _env_file=None)
    yield make_engine(settings, database, clock, signer, transport)
    agree(database)
