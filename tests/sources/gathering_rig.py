"""A publication with sources on a server of our own, and what gathers from it: real threads, sockets and children."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from newsletter.bootstrap import Parts
from newsletter.clock import Clock, SystemClock
from newsletter.fetch import Fetcher, FetchLimits
from newsletter.model import Publication, Source
from newsletter.model.sources import SourceKind
from newsletter.sources.asking import OCTETS, SECONDS
from newsletter.sources.keeping import NewSource
from newsletter.sources.reporting import GatheredSource, GatheringReport
from newsletter.store.database import Database
from newsletter.store.sources import sources as store
from tests.parts.actors import OPERATOR
from tests.parts.ledger import add_publication
from tests.parts.source_server import PLAIN, SourceServer
from tests.web.places import make_parts

START = datetime(2026, 5, 8, 5, 30, tzinfo=UTC)
DAY = START.date()


def rss(*titles: str, host: str = "a.example", day: date = DAY) -> bytes:
    """Return a feed of our own, with items of the morning of a day."""
    items = "".join(
        f"<item><title>{title}</title><link>https://{host}/{number}-{title.replace(' ', '-')}</link>"
        f"<guid>{host}-{title}</guid><pubDate>{day:%a, %d %b %Y} 04:{number:02}:00 GMT</pubDate>"
        f"<description>What {title} is about.</description></item>"
        for number, title in enumerate(titles)
    )
    return (
        f'<rss version="2.0"><channel><title>{host}</title><link>https://{host}/</link>{items}</channel></rss>'.encode()
    )


class WalkingClock(SystemClock):
    """The machine's seconds, at a moment that is set: threads and sockets need real time, days need none."""

    def __init__(self, start: datetime = START) -> None:
        self.moment = start
        self.goes_since: float | None = None
        """When it was set going, by the machine's seconds; none: it stands."""

    def now(self) -> datetime:
        """Return the moment last set, and the seconds since where it goes."""
        gone = 0.0 if self.goes_since is None else self.monotonic() - self.goes_since
        return self.moment + timedelta(seconds=gone)


@dataclass
class Rig:
    """What gathers for one publication."""

    database: Database
    clock: WalkingClock
    server: SourceServer
    parts: Parts
    publication: Publication
    names: dict[str, int] = field(default_factory=dict)

    def add(self, host: str, path: str = "/feed", **given: object) -> Source:
        """Add a source at a host of the server, named after the host."""
        wanted: dict[str, object] = {"section": "wire", "kind": SourceKind.FEED, "name": host, "plain_http": True}
        address = self.server.url(host, path)
        source = self.parts.sources.add(
            self.publication.id,
            NewSource(**{"address": address, **wanted, **given}),  # type: ignore[arg-type]
            by=OPERATOR,
        )
        self.names[host] = source.id
        return source

    def gather(self) -> GatheringReport:
        """Ask all of them by hand."""
        return self.parts.gathering.gather(self.publication.id, by=OPERATOR)

    def row(self, host: str) -> Source:
        """Return the row of a source as it is now."""
        with self.database.read() as session:
            return store.by_id(session, self.names[host])


def lines(report: GatheringReport) -> dict[str, GatheredSource]:
    """Return what came of each source, by name."""
    return {line.name: line for line in report.lines}


def results(report: GatheringReport) -> dict[str, str]:
    """Return the result of each source, by name."""
    return {line.name: line.result.value for line in report.lines}


def plain_fetcher(server: SourceServer, clock: Clock, seconds: float = SECONDS) -> Fetcher:
    """Return a fetcher that reaches the server and nothing else."""
    limits = FetchLimits(octets=OCTETS, seconds=seconds, redirects=5, schemes=PLAIN)
    return Fetcher(limits, clock=clock, allowed=server.allowed, look_up=server.look_up)


@contextmanager
def rig_on(
    database: Database, folder: Path, *, seconds: float = SECONDS, start: datetime = START, smtp_url: str = ""
) -> Iterator[Rig]:
    """Open a rig; a source may take so many seconds, and mail goes to `smtp_url`."""
    clock = WalkingClock(start)
    with SourceServer() as server:
        parts = make_parts(database, clock, folder)  # type: ignore[arg-type]
        if smtp_url:
            parts = replace(parts, settings=parts.settings.model_copy(update={"smtp_url": smtp_url}))
            parts.__dict__["database"] = database
        parts.__dict__["source_fetcher"] = plain_fetcher(server, clock, seconds)
        try:
            yield Rig(database, clock, server, parts, add_publication(database, clock))
        finally:
            reader = parts.__dict__.get("source_reader")
            if reader is not None:
                reader.close()
