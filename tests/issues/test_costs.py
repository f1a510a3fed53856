"""No page of a publication costs more for rows that it does not show: of older issues, of other issues, of other publications."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from newsletter.clock import SettableClock
from newsletter.issues import calendar, searching, today
from newsletter.issues.editing import Editing
from newsletter.model import (
    Edition,
    GrowthDay,
    Issue,
    IssueFigures,
    IssueRevision,
    PlanRecord,
    Suppression,
    WorkingCopy,
)
from newsletter.model.revisions import RevisionOrigin
from newsletter.model.states import IssueState
from newsletter.paging import IssueMark
from newsletter.store.audience import suppressions
from newsletter.store.database import Database
from newsletter.store.feedback import figures
from newsletter.store.issues import revisions, shelves, working_copies
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR
from tests.parts.looking import looking

FEW, MANY = 300, 3000
NOW = datetime.fromisoformat("2026-03-04T12:00:00+00:00")


class Crowd:
    """A publication with some issues, and ever more rows around what its pages show."""

    def __init__(self, database: Database, clock: SettableClock) -> None:
        self.database = database
        self.home = add_publication(database)
        self.other = add_publication(database, slug="other")
        self.first = Editing(database, clock).import_issue(issue_text("2026-03-04"), source="x.md", by=OPERATOR)
        self._there = 0
        self.grow(FEW)

    def grow(self, count: int) -> None:
        """Add rows until there are so many around: half of them this publication's own, and older than what is shown."""
        span = range(self._there + 1, count + 1)
        with self.database.write() as session:
            like = dict(session.execute(select(Issue.__table__).where(Issue.id == self.first.id)).mappings().one())
            rows = [self._issue(like, number) for number in span]
            session.connection().execute(insert(Issue.__table__), rows)  # type: ignore[arg-type]
            if not self._there:
                session.connection().execute(insert(Edition.__table__), [_edition(self.first.id)])  # type: ignore[arg-type]
            for model, row in _ABOUT_ISSUES.items():
                own = [row(each["id"], each["publication_id"]) for each in rows]
                session.connection().execute(insert(model.__table__), own)  # type: ignore[attr-defined]
            away = [_suppressed(self.other.id, number) for number in span]
            session.connection().execute(insert(Suppression.__table__), away)  # type: ignore[arg-type]
            days = [_grown(self.other.id, number) for number in span] + [_grown(self.home.id, n) for n in span]
            session.connection().execute(insert(GrowthDay.__table__), days)  # type: ignore[arg-type]
        self._there = count
        if self.database.is_postgresql:
            with self.database.write() as session:
                session.execute(text("ANALYZE"))

    def _issue(self, like: dict[str, Any], number: int) -> dict[str, Any]:
        mine = number % 2 == 0
        return like | {
            "id": 1000 + number,
            "publication_id": self.home.id if mine else self.other.id,
            "slug": f"n{number}",
            "dated": date(2026, 3, 3) - timedelta(days=number // 2),
            "state": IssueState.SENT.value,
            "published_at": NOW - timedelta(days=number // 2),
        }


def _edition(issue_id: int) -> dict[str, object]:
    made = {"created_at": NOW, "subject": "A", "content": {}, "html_octets": 1, "digest": "0" * 64}
    return {"id": 1, "issue_id": issue_id, **made}


def _planned(issue_id: int, _publication_id: int) -> dict[str, object]:
    counts = {"candidates": 10, "planned": 10, "excluded_standing": 0, "excluded_suppressed": 0}
    return {"issue_id": issue_id, "edition_id": 1, "planned_at": NOW, **counts}


def _revised(issue_id: int, publication_id: int) -> dict[str, object]:
    who = {"person": "editor 1", "name": "Mara", "at": NOW, "origin": RevisionOrigin.IMPORTED.value}
    text_of = {"body": b"x", "digest": "0" * 64, "octets": 1, "added": 1, "removed": 0}
    return {"issue_id": issue_id, "number": 1, "publication_id": publication_id, **who, **text_of}


def _typed(issue_id: int, publication_id: int) -> dict[str, object]:
    who = {"person": "editor 1", "name": "Mara", "at": NOW, "page": "p"}
    return {"issue_id": issue_id, "publication_id": publication_id, **who, "revision": 1, "body": b"x", "octets": 1}


def _figures(issue_id: int, _publication_id: int) -> dict[str, object]:
    names = ("planned", "accepted", "bounced", "people", "machines", "unsubscribes", "complaints")
    return {"issue_id": issue_id, "counted_at": NOW, **dict.fromkeys(names, 1)}


def _suppressed(publication_id: int, number: int) -> dict[str, object]:
    key = number.to_bytes(32, "big")
    return {"address_hash": key, "publication_id": publication_id, "reason": "manual", "created_at": NOW}


def _grown(publication_id: int, number: int) -> dict[str, object]:
    return {"publication_id": publication_id, "day": NOW.date() - timedelta(days=number), "source": "form", "count": 1}


_ABOUT_ISSUES: dict[type, Callable[[int, int], dict[str, object]]] = {
    PlanRecord: _planned,
    IssueRevision: _revised,
    WorkingCopy: _typed,
    IssueFigures: _figures,
}


@pytest.fixture
def crowd(database: Database, clock: SettableClock, monkeypatch: pytest.MonkeyPatch) -> Crowd:
    monkeypatch.setattr(shelves, "MOST_SEARCHED", 50)
    return Crowd(database, clock)


def _listed(crowd: Crowd, tab: str, words: str = "", before: IssueMark | None = None) -> object:
    with crowd.database.read() as session:
        wanted = searching.wanted(crowd.home, searching.read_tab(tab), words)
        return shelves.page(session, wanted, before=before, limit=20)


def _read(ask: Callable[..., object]) -> Callable[[Crowd], object]:
    def of(crowd: Crowd) -> object:
        with crowd.database.read() as session:
            return ask(session, crowd)

    return of


PAGES: dict[str, Callable[[Crowd], object]] = {
    "today": lambda crowd: today.look(crowd.database, crowd.home, NOW),
    "the list": lambda crowd: _listed(crowd, ""),
    "the list, sent": lambda crowd: _listed(crowd, "sent"),
    "the list, drafts": lambda crowd: _listed(crowd, "drafts"),
    "the list, waiting": lambda crowd: _listed(crowd, "waiting"),
    "the list, further on": lambda crowd: _listed(crowd, "", before=IssueMark(date(2026, 2, 20), 1022)),
    "the list of words": lambda crowd: _listed(crowd, "", "nobody wrote this"),
    "the list of a month": lambda crowd: _listed(crowd, "", "2026-02"),
    "a month": lambda crowd: calendar.month(crowd.database, crowd.home, NOW.date(), NOW),
    "a week": lambda crowd: calendar.week(crowd.database, crowd.home, NOW.date(), NOW),
    "growth": _read(lambda s, c: figures.growth(s, c.home.id, NOW.date() - timedelta(days=30), NOW.date())),
    "issues of the numbers": _read(lambda s, c: figures.published(s, c.home.id, NOW - timedelta(days=30), NOW, 60)),
    "figures": _read(lambda s, c: figures.kept(s, [1002, 1004])),
    "what is typed": _read(lambda s, c: working_copies.of_issue(s, 1002)),
    "revisions": _read(lambda s, c: revisions.page(s, 1002, before=None, limit=20)),
    "the revision before": _read(lambda s, c: revisions.last_before(s, 1002, 2)),
    "suppressions": _read(lambda s, c: suppressions.page(s, now=NOW, publication_id=c.home.id, after=0, limit=50)),
}


def test_no_page_costs_more_for_rows_that_it_does_not_show(crowd: Crowd) -> None:
    def costs() -> dict[str, int]:
        found = {}
        for name, ask in PAGES.items():
            ask(crowd)
            with looking(crowd.database, "") as looked:
                ask(crowd)
            found[name] = looked[0]
        return found

    few = costs()
    crowd.grow(MANY)
    many = costs()
    grown = {name: (few[name], many[name]) for name in PAGES if many[name] > 1.5 * few[name] + 60}
    assert grown == {}
    assert all(few.values())
