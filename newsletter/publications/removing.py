"""Remove what is kept of a publication that somebody asked to be removed: step by step, so that no transaction is long; a kill loses nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

import structlog

from newsletter.clock import Clock, NowAndThen
from newsletter.model import Image
from newsletter.model.images import EXTENSIONS
from newsletter.store.database import Database
from newsletter.store.images import images
from newsletter.store.publications import removing
from newsletter.transports.image_store.base import ImageStore

log = structlog.get_logger(__name__)

LOOK_SECONDS = 10
"""How often it is looked whether anything is to be removed."""
MOST_STEPS = 20
"""Transactions of one round: the scheduler has other work."""


@dataclass
class RemovalRounds:
    """What the scheduler does for publications that end: `tick` is called after each round that this process led."""

    database: Database
    clock: Clock
    image_store: ImageStore
    _looking: NowAndThen = field(default_factory=lambda: NowAndThen(LOOK_SECONDS), init=False)

    def tick(self) -> None:
        """Remove some of what is to go, now and then. Raises StoreError, UnavailableError."""
        if not self._looking.is_time(self.clock):
            return
        with self.database.read() as session:
            due = removing.to_be_removed(session)
        for publication_id in due:
            self._go_on(publication_id)

    def _go_on(self, publication_id: int) -> None:
        for _ in range(MOST_STEPS):
            with self.database.write() as session:
                step = removing.remove_some(session, publication_id)
            self._let_go(step.images)
            if step.is_last:
                log.info("publication removed", publication_id=publication_id)
                return
            if not step.rows:
                return  # an issue is on its way again: a late journal told of somebody who never got it

    def _let_go(self, gone: list[Image]) -> None:
        """Remove the octets of images that no other publication has."""
        for image in gone:
            with self.database.read() as session:
                is_orphaned = images.with_digest(session, image.digest) is None
            if is_orphaned:
                self.image_store.remove(f"{image.digest}.{EXTENSIONS[image.media_type]}")
