"""The numbers of a publication over a range of days: who came and went by how, and its issues side by side; as values, JSON and CSV."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from typing import Any

from newsletter import csv_guard
from newsletter.clock import Clock
from newsletter.errors import InputError
from newsletter.model import Issue, IssueFigures, Publication
from newsletter.model.states import IssueState
from newsletter.store.database import Database
from newsletter.store.feedback import figures

RANGES = {"30": 30, "90": 90, "365": 365}
"""Days that a page offers at one press, by their word in the address."""
MOST_SOURCES = 5
"""Forms that are told one by one."""
LONGEST = 1100
"""Days of the longest range."""
MOST_ISSUES = 120
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
COMPARED = 14
"""Issues before one that it is compared with."""
NAMES = ("planned", "accepted", "bounced", "people", "machines", "unsubscribes", "complaints")


@dataclass(frozen=True, slots=True)
class IssueNumbers:
    """The figures of one issue beside others; `counted_at` says as of when."""

    id: int
    slug: str
    subject: str
    published_at: datetime
    planned: int
    accepted: int
    bounced: int
    people: int
    machines: int
    unsubscribes: int
    complaints: int
    counted_at: datetime

    @property
    def accepted_rate(self) -> float:
        """Share of what was planned that servers took, 0 to 1."""
        return round(self.accepted / self.planned, 4) if self.planned else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        moments = {name: getattr(self, name).isoformat() for name in ("published_at", "counted_at")}
        return asdict(self) | moments | {"accepted_rate": self.accepted_rate}


@dataclass(frozen=True, slots=True)
class Compared:
    """What an issue is compared with: the medians of the last ones before it, by name; those to choose from; and the chosen one."""

    medians: dict[str, float]
    others: tuple[IssueNumbers, ...]
    chosen: IssueNumbers | None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: the medians, of how many issues, and the chosen issue."""
        chosen = None if self.chosen is None else self.chosen.as_dict()
        return {"median_of": min(len(self.others), COMPARED), "medians": self.medians, "chosen": chosen}

    def rows(self) -> list[tuple[str, str, float]]:
        """Return the same as lines of a report: measure, detail, number."""
        of_last = f"median of the last {min(len(self.others), COMPARED)}"
        found: list[tuple[str, str, float]] = [(of_last, name, number) for name, number in self.medians.items()]
        if self.chosen is not None:
            beside = f"in {self.chosen.slug}"
            found += [(beside, name, getattr(self.chosen, name)) for name in NAMES]
        return found


@dataclass(frozen=True, slots=True)
class GrowthOfDay:
    """Who came and went on a day of UTC, by how: each of `newsletter.store.feedback.figures.SOURCES`, and `form:` words of forms."""

    day: date
    counts: dict[str, int]

    @property
    def joined(self) -> int:
        """Readers who came."""
        return sum(self.counts[name] for name in figures.JOINED)

    @property
    def left(self) -> int:
        """Readers who went by themselves."""
        return sum(self.counts[name] for name in figures.LEFT)

    @property
    def bounced(self) -> int:
        """Readers to whom nothing goes any more because mail came back."""
        return self.counts[figures.BOUNCED]


@dataclass(frozen=True, slots=True)
class PublicationNumbers:
    """What happened from `first` to `last`, both included; issues oldest first."""

    publication: str
    first: date
    last: date
    growth: tuple[GrowthOfDay, ...]
    issues: tuple[IssueNumbers, ...]

    @property
    def totals(self) -> dict[str, int]:
        """How many came and went in all, by how."""
        return {name: sum(each.counts[name] for each in self.growth) for name in figures.SOURCES}

    @property
    def forms(self) -> dict[str, int]:
        """How many signed up by each form, by its word, the most first; those of before it was known are in none."""
        found: Counter[str] = Counter()
        for each in self.growth:
            for name, number in each.counts.items():
                if name.startswith(figures.FORM):
                    found[name.removeprefix(figures.FORM)] += number
        return dict(found.most_common())

    @property
    def left(self) -> int:
        """How many went, by themselves or by an editor."""
        return sum(each.left for each in self.growth)

    @property
    def by_source(self) -> tuple[tuple[str, ...], list[tuple[date, list[int]]]]:
        """Who came, by source: the largest forms by their word, other ways to sign up, lists; and of each day the number of each."""
        forms = list(self.forms)[:MOST_SOURCES]
        names = (*(f"Form {word}" for word in forms), "Signed up otherwise", "Imported or added")
        days = []
        for each in self.growth:
            own = [each.counts.get(f"{figures.FORM}{word}", 0) for word in forms]
            days.append((each.day, [*own, max(0, each.counts["signed up"] - sum(own)), each.counts["imported"]]))
        return names, days

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "publication": self.publication,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "growth": [{"day": each.day.isoformat(), **each.counts} for each in self.growth],
            "issues": [each.as_dict() for each in self.issues],
        }

    def growth_csv(self, *, raw: bool = False) -> str:
        """Return a line for each day: how many came and went, by how; no formulas unless `raw`."""
        names = (*figures.SOURCES, *(f"{figures.FORM}{word}" for word in self.forms))
        rows = ((each.day.isoformat(), *(each.counts.get(name, 0) for name in names)) for each in self.growth)
        return _csv(("day", *names), rows, raw=raw)

    def issues_csv(self, *, raw: bool = False) -> str:
        """Return a line for each issue; no formulas unless `raw`."""
        rows = (
            (each.published_at.isoformat(), each.slug, each.subject, *(getattr(each, name) for name in NAMES))
            for each in self.issues
        )
        return _csv(("published", "issue", "subject", *NAMES), rows, raw=raw)


def numbers(
    database: Database,
    *,
    clock: Clock,
    publication_id: int,
    first: date | None = None,
    last: date | None = None,
) -> PublicationNumbers:
    """Return the numbers of a publication, of the last 90 days where nothing else is asked for. Raises InputError."""
    last = _on_calendar(last or clock.now().astimezone(UTC).date())
    first = _on_calendar(first or last - timedelta(days=RANGES["90"] - 1))
    if not timedelta(0) <= last - first <= timedelta(days=LONGEST):
        raise InputError(
            f"{first} to {last} cannot be shown",
            where="dates",
            remedy=f"choose up to {LONGEST:,} days, the first one first",
        )
    begin, end = (datetime.combine(day, time(), UTC) for day in (first, last + timedelta(days=1)))
    with database.read() as session:
        slug = session.get_one(Publication, publication_id).slug
        rows = figures.growth(session, publication_id, first, last)
        issues = figures.published(session, publication_id, begin, end, MOST_ISSUES)
        kept = figures.kept(session, [issue.id for issue in issues])
    days: dict[date, dict[str, int]] = {}
    for day, source, number in rows:
        days.setdefault(day, dict.fromkeys(figures.SOURCES, 0))[source] = number
    growth = tuple(GrowthOfDay(day, counts) for day, counts in sorted(days.items()))
    return PublicationNumbers(slug, first, last, growth, _beside(reversed(issues), kept))


def _on_calendar(day: date) -> date:
    """Return the day. Raises InputError where reckoning with it would leave the calendar."""
    if not date(1990, 1, 1) <= day <= date(2199, 12, 31):
        raise InputError(f"there are no numbers of {day}", where="dates", remedy="choose days between 1990 and 2199")
    return day


def compared(database: Database, *, issue: Issue, with_id: int = 0) -> Compared:
    """Return what an issue is compared with: the issues of its publication that went out before it, and one of them that was chosen."""
    if issue.published_at is None or issue.state is IssueState.ARCHIVED:
        return Compared({}, (), None)
    with database.read() as session:
        found = figures.published(session, issue.publication_id, _BEGINNING, issue.published_at, MOST_ISSUES)
        kept = figures.kept(session, [each.id for each in found])
    others = _beside(found, kept)
    last = others[:COMPARED]
    medians = {name: float(median(getattr(each, name) for each in last)) for name in NAMES} if last else {}
    return Compared(medians, others, next((each for each in others if each.id == with_id), None))


def _beside(issues: Iterator[Issue] | Sequence[Issue], kept: dict[int, IssueFigures]) -> tuple[IssueNumbers, ...]:
    """Those of the issues that were counted, with their figures."""
    return tuple(
        IssueNumbers(
            id=issue.id,
            slug=issue.slug,
            subject=issue.subject,
            published_at=issue.published_at,
            counted_at=kept[issue.id].counted_at,
            **{name: getattr(kept[issue.id], name) for name in NAMES},
        )
        for issue in issues
        if issue.id in kept and issue.published_at is not None
    )


def _csv(columns: Sequence[str], rows: Iterator[tuple[Any, ...]], *, raw: bool) -> str:
    return "".join(csv_guard.lines(columns, rows, raw=raw, end="\r\n"))  # RFC 4180 section 2
