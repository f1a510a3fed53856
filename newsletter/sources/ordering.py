"""After a gathering: put the candidates of a publication in order. Each step is bounded, and does no harm when it is done again.

1. Items of former issues get the keys by which they are known again, 1,000 at a time, and what they name is used.
2. Titles that say much the same become clusters, across all sections.
3. Ranks are reckoned anew: time passes, points and weights change.
4. What nobody has offered or chosen for long is forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from newsletter.canonical_url import canonical, key_of
from newsletter.clock import Clock
from newsletter.sources.near_titles import NearTitle, clusters_of
from newsletter.sources.ranking import FADED
from newsletter.sources.reranking import rerank
from newsletter.store.database import Database
from newsletter.store.inserting import batches
from newsletter.store.sources import candidates, gatherings, moving, source_facts, used
from newsletter.store.sources.candidates import TitleRow

log = structlog.get_logger(__name__)

COMPARED = timedelta(days=4)
"""News is told again within so many days."""
MOST_COMPARED, MOST_ASKED = 20_000, 5_000
"""Titles among which near ones are looked for, and those that are looked for, in one run: the newest."""
MOST_RANKED, BEST_RANKED = 20_000, 500
RANKED_AT_ONCE = 1_000
KEPT_LONGER = timedelta(days=30)
"""So long after its source would keep it a candidate is forgotten that nobody chose."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """What was done: items that got keys, candidates found to be used, put into clusters, ranked anew, and forgotten."""

    keyed: int
    used: int
    clustered: int
    ranked: int
    forgotten: int


@dataclass(frozen=True)
class Ordering:
    """The tools of ordering, put together once per process."""

    database: Database
    clock: Clock

    def order(self, publication_id: int, *, since: datetime | None = None) -> Ordered:
        """Put the candidates of a publication in order; those that came `since` a moment are compared with the others.

        Unless it is given that is when the newest run began, or a day ago where the one before it was cut short, or there is none.
        """
        now = self.clock.now()
        since = since or self._begun(publication_id, now)
        keyed, found = self._give_keys(publication_id)
        done = Ordered(
            keyed,
            found,
            self._cluster(publication_id, since, now),
            self._rank(publication_id, now),
            self._forget(publication_id, now),
        )
        log.info("candidates put in order", publication_id=publication_id, clustered=done.clustered, ranked=done.ranked)
        return done

    def _begun(self, publication_id: int, now: datetime) -> datetime:
        """Return since when candidates came that were never compared. A run that was cut short is ended by the next when it begins."""
        day_ago = now - timedelta(days=1)
        with self.database.read() as session:
            runs = gatherings.page(session, publication_id, limit=2)
        if len(runs) < 2 or runs[1].ended_at is None or runs[1].ended_at >= runs[0].started_at:
            return day_ago
        return max(runs[0].started_at, day_ago)

    def _give_keys(self, publication_id: int) -> tuple[int, int]:
        with self.database.write() as session:
            keys = {number: key_of(url) for number, url in used.without_key(session, publication_id)}
            return len(keys), len(used.give_keys(session, publication_id, keys)) if keys else 0

    def _cluster(self, publication_id: int, since: datetime, now: datetime) -> int:
        with self.database.read() as session:
            rows = candidates.titles_seen_since(session, publication_id, now - COMPARED, most=MOST_COMPARED)
        wanted = [row.id for row in rows if row.first_seen >= since and row.cluster is None][-MOST_ASKED:]
        if not wanted:
            return 0
        titles = {row.id: _title(row) for row in rows}
        asked = [titles[number] for number in wanted]
        known = {row.id: row.cluster for row in rows if row.cluster is not None}
        clusters = clusters_of(asked, list(titles.values()), known)
        return sum(self._cluster_some(dict(batch)) for batch in batches(clusters.items()))

    def _cluster_some(self, clusters: Mapping[int, int]) -> int:
        with self.database.write() as session:
            rows = candidates.by_ids(session, clusters)
            # nobody joined it meanwhile
            free = [each.id for each in rows if each.cluster is None and not each.is_joined]
            candidates.rewrite(session, [{"id": number, "cluster": clusters[number]} for number in free])
            return len(free)

    def _rank(self, publication_id: int, now: datetime) -> int:
        seen_since = now - FADED - timedelta(days=2)
        with self.database.read() as session:
            ids = candidates.ids_to_rank(
                session, publication_id, seen_since=seen_since, most=MOST_RANKED, best=BEST_RANKED
            )
        return sum(self._rank_some(batch, now) for batch in batches(ids, RANKED_AT_ONCE))

    def _rank_some(self, ids: Sequence[int], now: datetime) -> int:
        with self.database.write() as session:
            return rerank(session, ids, now)

    def _forget(self, publication_id: int, now: datetime) -> int:
        with self.database.write() as session:
            kept = timedelta(days=source_facts.longest_kept(session, publication_id)) + KEPT_LONGER
            return moving.forget(session, publication_id, unseen_since=now - kept)


def _title(row: TitleRow) -> NearTitle:
    """A source repeats itself on its own host: that is no other voice."""
    host = canonical(row.url).partition("://")[2].partition("/")[0]
    return NearTitle(row.id, row.title, f"{row.source_id} {host}")
