"""The second publication of the demonstration: its sources are samples of the package, and its issues assemble themselves.

Yesterday's issue is gathered, assembled and sent; today's lies on the desk as a draft soon afterwards. So boards show how they moved, repositories how many
stars they got, and nothing stands in both issues.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from threading import Event

import structlog

from newsletter.audience.lists_reading import ListTerms
from newsletter.bootstrap import Parts
from newsletter.cli.acting import at_machine
from newsletter.cli.choosing import the_publication
from newsletter.cli.meanwhile import meanwhile
from newsletter.cli.sample_sources import SampleSources
from newsletter.clock import Clock
from newsletter.errors import NewsletterError
from newsletter.issues.addressing import every_publication
from newsletter.issues.catalogue import newest
from newsletter.issues.preflight import OTHER_DATE
from newsletter.issues.starting import LEAD_TO_WRITE
from newsletter.model.states import IssueState
from newsletter.publications.creating import NewPublication
from newsletter.sources import listing
from newsletter.sources.keeping import NewSource, SourceChange
from newsletter.zones import day_of

log = structlog.get_logger(__name__)

PUBLICATION = "gazette"
_LEAD = (
    "Waves, pauses and half a benchmark: a quiet day, gathered from nine sources of which none exists. "
    "These lines were written by hand; all else was put here by the service."
)
_READERS = (("ada@analytical.example", "Ada Quill"), ("hana@tidepool.example", "Hana Mori"))
_INDEX = {
    "format": "json",
    "rows": "data",
    "key": "id",
    "rank": "#",
    "sort": "Score",
    "columns": [
        {"title": "Model", "path": "name"},
        {"title": "Score", "path": "evaluations.evenness", "type": "number", "decimals": 1, "direction": "highest"},
        {"title": "tok/s", "path": "speed", "type": "number", "decimals": 0, "direction": "highest"},
        {"title": "$/1M", "path": "price.blended", "type": "money", "direction": "lowest", "zero_is_unknown": True},
    ],
    "attribution": "Evenness Index, which is invented",
}
_MENDING = {
    "format": "csv",
    "rank": "#",
    "columns": [
        {"title": "Model"},
        {"title": "Score", "path": "Solved", "type": "percent", "decimals": 1, "direction": "highest"},
    ],
    "attribution": "Mending Board, which is invented",
}
_BEFORE = (IssueState.SCHEDULED, IssueState.SENDING)
_PAUSE, _PATIENCE = 0.2, 30.0
_SOURCES: tuple[tuple[str, NewSource], ...] = (
    ("lantern-lab.rss.xml", NewSource("labs", "feed", name="Lantern Lab", weight=6)),
    ("harbour-institute.atom.xml", NewSource("labs", "feed", name="Harbour Institute", weight=5)),
    ("evening-wire.atom.xml", NewSource("wire", "feed", name="The Evening Wire", weight=4)),
    ("slow-notes.feed.json", NewSource("wire", "feed", name="Slow Notes", weight=3)),
    ("front-page.json", NewSource("wire", "hacker-news", name="Front page", weight=3)),
    ("papers.rss.xml", NewSource("papers", "arxiv", name="Papers", wished=("cs.CL",))),
    ("evenness-index.json", NewSource("benchmarks", "table", name="Evenness Index", mapping=_INDEX)),
    ("mending-board.csv", NewSource("benchmarks", "table", name="Mending Board", mapping=_MENDING)),
    ("repositories.json", NewSource("repositories", "github", name="Repositories", wished=("llm",))),
)
"""Samples, and what a source of each is made of."""


class DayBefore:
    """The clock of the first issue: a day behind another."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        """Return the moment a day ago, in UTC."""
        return self._clock.now() - timedelta(days=1)

    def monotonic(self) -> float:
        """Return what the other clock says."""
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._clock.sleep(seconds)


def begin(parts: Parts, samples: SampleSources) -> None:
    """Make what is missing of the publication, up to its first issue, which is sent once somebody sends.

    A second call changes nothing but the port that its sources name.
    """
    if not any(each.slug == PUBLICATION for each in every_publication(parts.database)):
        _create(parts)
    home = the_publication(parts, PUBLICATION).id
    _keep_sources(parts, home, samples)
    if not newest(parts.database, publication_id=home, limit=1):
        samples.second_day = False
        _send_first(parts, home)
        samples.second_day = True


@contextmanager
def second_issue(parts: Parts, samples: SampleSources) -> Iterator[None]:
    """Meanwhile wait until the first issue is sent, for boards tell how they moved since then; then gather and assemble the second."""
    with meanwhile("second issue", partial(_assemble_second, parts, samples), patience=_PATIENCE):
        yield


def _assemble_second(parts: Parts, samples: SampleSources, stopped: Event) -> None:
    home = the_publication(parts, PUBLICATION).id
    while not stopped.is_set():
        issues = [issue for issue, _ in newest(parts.database, publication_id=home, limit=2)]
        if len(issues) > 1 or (issues and issues[0].state not in _BEFORE):
            break
        stopped.wait(_PAUSE)
    if stopped.is_set() or len(issues) > 1 or not samples.second_day:
        return
    try:
        _gather_and_assemble(parts, home, parts.clock)
    except NewsletterError as error:
        log.warning("the second issue could not be assembled", why=str(error))


def has_begun(parts: Parts) -> bool:
    """Tell whether there is its first issue."""
    there = any(each.slug == PUBLICATION for each in every_publication(parts.database))
    return there and bool(newest(parts.database, publication_id=the_publication(parts, PUBLICATION).id, limit=1))


def port_of(parts: Parts) -> int:
    """Return the port that the sources name since the demonstration last ran; 0: none does."""
    for each in every_publication(parts.database):
        if each.slug == PUBLICATION:
            named = [source.address for source in listing.every(parts.database, each.id)]
            ports = [
                int(port)
                for address in named
                if (port := address.partition("example:")[2].partition("/")[0]).isdecimal()
            ]
            return next(iter(ports), 0)
    return 0


def _create(parts: Parts) -> None:
    wanted = NewPublication(
        slug=PUBLICATION,
        name="The Unlikely Gazette",
        from_address="gazette@demo.example",
        description="An issue that assembles itself each morning, of sources that were made up for this demonstration.",
        postal_address="The Unlikely Gazette, 2 Example Street, Exampleton",
    )
    home = parts.creating.create(wanted, by=at_machine())
    few = {"slug": "repositories", "mailed": 3, "kept": 0}  # those of the second issue were seen the day before
    parts.section_keeping.put(home.id, few, by=at_machine())
    parts.importing.import_list(
        [{"email": address, "name": name} for address, name in _READERS],
        ListTerms("demo", "Invented readers of the demo; they agreed to everything.", confirmed=True),
        publication_id=home.id,
        by=at_machine(),
    )


def _keep_sources(parts: Parts, home: int, samples: SampleSources) -> None:
    there = {source.name: source for source in listing.every(parts.database, home)}
    for name, new in _SOURCES:
        address = samples.address(name)
        if new.name not in there:
            parts.sources.add(home, replace(new, address=address, plain_http=True), by=at_machine())
        elif there[new.name].address != address:
            parts.sources.change(there[new.name].id, SourceChange(address=address), by=at_machine())


def _send_first(parts: Parts, home: int) -> None:
    """Gather and assemble yesterday's issue, write its lead, and send it."""
    yesterday = DayBefore(parts.clock)
    number = _gather_and_assemble(parts, home, yesterday)
    if number is None:
        return
    (issue, _), *_rest = newest(parts.database, publication_id=home, limit=1)
    text = issue.source.replace(LEAD_TO_WRITE, _LEAD)
    saved = parts.editing.save(number, text=text, revision=issue.revision, by=at_machine())
    at_once = parts.settings.model_copy(update={"undo_seconds": 0})  # nobody waits here for a change of mind
    publishing = replace(parts.publishing, settings=at_once)
    publishing.schedule(saved.id, parts.clock.now(), despite=[OTHER_DATE], by=at_machine())


def _gather_and_assemble(parts: Parts, home: int, clock: Clock) -> int | None:
    """Do what the scheduler does in the morning, at the time of this clock; return the id of the draft."""
    gathering = replace(parts.gathering, clock=clock, asking=replace(parts.asking_sources, clock=clock))
    gathering.gather(home, by=at_machine())
    replace(parts.ordering, clock=clock).order(home)
    zone = the_publication(parts, PUBLICATION).time_zone
    assembling = replace(parts.assembling, clock=clock)
    return assembling.assemble(home, day_of(clock.now(), zone), by=at_machine()).issue_id
