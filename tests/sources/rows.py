"""Rows of sources, written straight into the ledger."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from newsletter.canonical_url import canonical, key_of
from newsletter.clock import Clock
from newsletter.model import Candidate, Issue, IssueItem, Publication, Sighting, Source
from newsletter.model.sources import SourceKind
from newsletter.model.states import IssueState
from newsletter.store.database import Database


def add_source(database: Database, clock: Clock, home: Publication, name: str, **more: Any) -> Source:
    """Store a source: a feed of `wire`, unless told otherwise."""
    values = {"section": "wire", "kind": SourceKind.FEED, "address": f"https://{name}.example/feed", "weight": 3} | more
    values = {"most": 50, "keep_days": 7, "wished": []} | values
    with database.write() as session:
        source = Source(publication_id=home.id, name=name, created_at=clock.now(), **values)
        session.add(source)
    return source


def add_candidate(database: Database, clock: Clock, home: Publication, url: str, **more: Any) -> Candidate:
    """Store a candidate in `wire`, seen now by nobody."""
    now = clock.now()
    values = {"section": "wire", "key": key_of(url), "title": url, "published": now, "first_seen": now} | more
    with database.write() as session:
        candidate = Candidate(
            publication_id=home.id,
            url=url,
            canonical_url=canonical(url),
            **{"last_seen": now, "attributes": {}} | values,
        )
        session.add(candidate)
    return candidate


def add_sighting(database: Database, clock: Clock, source: Source, candidate: Candidate, **more: Any) -> Sighting:
    """Store that a source offers a candidate."""
    now = clock.now()
    values = {"key": candidate.key, "title": candidate.title, "url": candidate.url, "attributes": {}} | more
    with database.write() as session:
        sighting = Sighting(source_id=source.id, candidate_id=candidate.id, first_seen=now, seen_at=now, **values)
        session.add(sighting)
    return sighting


def add_issue(
    database: Database,
    clock: Clock,
    home: Publication,
    slug: str,
    urls: list[str],
    state: IssueState,
    *,
    keyed: bool = True,
) -> Issue:
    """Store an issue in a state, with the rows of its items; `keyed` says whether their keys were reckoned."""
    now = clock.now()
    with database.write() as session:
        issue = Issue(
            publication_id=home.id,
            slug=slug,
            title=slug,
            subject=slug,
            dated=date(2026, 5, 9),
            state=state,
            source="",
            content={},
            created_at=now - timedelta(days=1),
            changed_at=now,
        )
        session.add(issue)
        session.flush()
        for position, url in enumerate(urls):
            session.add(
                IssueItem(
                    issue_id=issue.id,
                    publication_id=home.id,
                    section_slug="wire",
                    kind="links",
                    position=position,
                    key=f"item-{position}",
                    title=url,
                    url=url,
                    dated=issue.dated,
                    content={},
                    address_key=key_of(url) if keyed else None,
                )
            )
    return issue
