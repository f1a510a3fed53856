"""A process that gathers: `python -m tests.sources.gathering_process DATABASE PUBLICATION FOLDER`, by the clock of 2026-05-08.

Every host is here. It prints `gathered: ...`, or `refused: ...`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from newsletter.errors import ConflictError
from newsletter.fetch import Fetcher, FetchLimits
from newsletter.sources.asking import OCTETS, SECONDS
from newsletter.store.database import Database
from tests.parts.actors import OPERATOR
from tests.parts.source_server import HERE, PLAIN
from tests.sources.gathering_rig import WalkingClock
from tests.web.places import make_parts


def main(url: str, publication_id: int, folder: Path) -> None:
    """Gather once."""
    clock = WalkingClock()
    database = Database(url)
    parts = make_parts(database, clock, folder)  # type: ignore[arg-type]
    parts.__dict__["source_fetcher"] = Fetcher(
        FetchLimits(octets=OCTETS, seconds=SECONDS, redirects=5, schemes=PLAIN),
        clock=clock,
        allowed=lambda address: str(address) == HERE,
        look_up=lambda _host, _port: [HERE],
    )
    try:
        print("gathered:", parts.gathering.gather(publication_id, by=OPERATOR).sentence)
    except ConflictError as error:
        print("refused:", error)
    finally:
        parts.source_reader.close()
        database.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
