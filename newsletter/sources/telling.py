"""What the editors are told of sources: which rest because they failed again and again, once for each."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.errors import QueueError
from newsletter.model import Source
from newsletter.model.brand import brand_of
from newsletter.queue import Job, Queue
from newsletter.rendering.alerts import alerts
from newsletter.rendering.renderer import Renderer
from newsletter.store import alarms
from newsletter.store.accounts import editors
from newsletter.store.database import Database
from newsletter.store.delivery import notices
from newsletter.store.publications import publications
from newsletter.store.sources import sources as store

log = structlog.get_logger(__name__)

MOST_TOLD, MOST_NAMED = 500, 20
_PAGES = {"resting": "sources", "unassembled": "candidates"}
"""Where of the desk each matter is looked at and mended."""

_RESTING = """{number} of the sources of {publication} did not answer as they should, again and again, and are asked more seldom from now on:

{names}

They are asked again by themselves, once a day at least, and come back when they answer. `newsletter source show NAME` tells what was \
wrong, and `newsletter source change`, `off` or `remove` ends it."""

_UNASSEMBLED = """The sources of {publication} were asked at their hour, and no draft could be made of what they offered: {why}

What was gathered is kept: `newsletter issue assemble` makes a draft of it."""


@dataclass(frozen=True)
class SourceTeller:
    """The tools of writing to the editors about sources, put together once per process."""

    database: Database
    clock: Clock
    queue: Queue
    renderer: Renderer
    base_url: str

    def tell_resting(self, publication_id: int) -> int:
        """Write to each editor of the sources that have begun to rest, all in one mail; return how many were written to."""
        with self.database.read() as session:
            if not store.any_waits_to_be_told(session, publication_id):
                return 0
        now = self.clock.now()
        with self.database.write() as session:
            name = publications.lock(session, publication_id).name
            found = store.waiting_to_be_told(session, publication_id, limit=MOST_TOLD)
            if not found:
                return 0
            for source in found:
                source.told_at = now
            message = _RESTING.format(number=len(found), publication=name, names=_named(found))
            title = f"{len(found)} sources rest" if len(found) > 1 else f"The source {found[0].name} rests"
            ids = self._write(session, publication_id, "resting", title, message)
        log.warning("sources rest after failures", publication_id=publication_id, sources=len(found))
        return self._ring(ids)

    def tell_unassembled(self, publication_id: int, why: str) -> int:
        """Write to each editor that the hour of a publication brought no draft; return how many were written to."""
        with self.database.write() as session:
            name = publications.by_id(session, publication_id).name
            message = _UNASSEMBLED.format(publication=name, why=why)
            ids = self._write(session, publication_id, "unassembled", "No draft was assembled", message)
        return self._ring(ids)

    def _write(self, session: Session, publication_id: int, matter: str, title: str, message: str) -> list[int]:
        home, now = publications.by_id(session, publication_id), self.clock.now()
        cause = alarms.cause_of("sources", f"{publication_id} {matter}")
        alarm = alarms.raise_alarm(
            session,
            cause,
            title=f"{home.name}: {title}",
            message=message,
            url=f"{self.base_url}/desk/{home.slug}/{_PAGES[matter]}",
            now=now,
            publication_id=publication_id,
        )
        brand, able = brand_of(home, self.base_url), editors.able(session)
        written = alerts(self.renderer, brand, able, alarm, publication_id=home.id, now=now)
        return [notices.add(session, notice).id for notice in written]

    def _ring(self, notice_ids: list[int]) -> int:
        with contextlib.suppress(QueueError):  # the scheduler rings again for every notice that is due
            for notice_id in notice_ids:
                self.queue.ring(Job.SEND_NOTICE, notice_id)
        return len(notice_ids)


def _named(found: Sequence[Source]) -> str:
    lines = [f"- {source.name}: {source.last_result}, {source.last_words[:200]}" for source in found[:MOST_NAMED]]
    return "\n".join(lines + ([f"- and {len(found) - MOST_NAMED} more"] if len(found) > MOST_NAMED else []))
