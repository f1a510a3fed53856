"""What the editor sees of one issue: who took it, what came back, who looked; as values, JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

from newsletter import csv_guard
from newsletter.mail.report import ReportKind
from newsletter.model import RollUp
from newsletter.model.feedback import MACHINE, Answer
from newsletter.model.states import DeliveryState
from newsletter.store.database import Database
from newsletter.store.delivery import kept_numbers, old_deliveries, progress
from newsletter.store.delivery.kept_numbers import KeptCount
from newsletter.store.feedback import events, ranked, statistics, votes
from newsletter.store.feedback.ranked import RankedItem
from newsletter.store.feedback.statistics import Activity, Bounce, DomainRates, LinkClicks, Refusal
from newsletter.store.feedback.votes import Votes
from newsletter.store.issues import issues

TOP = 20
MOST = 50
"""Rows of domains with reasons that are shown."""
MOST_LINKS = 1000
EVERYONE = "everyone"
OTHERS = "(other)"
"""Stands for all domains but the largest; no domain has such a name."""
_D = DeliveryState
_ACCEPTED = (_D.SUBMITTED, _D.DELIVERED, _D.BOUNCED, _D.COMPLAINED)


@dataclass(frozen=True, slots=True)
class Looks:
    """How often something was done, by people and by machines; `readers`: different people among those who agreed.

    `repeats` were counted only, by nobody knows whom: of one network or one message more than is kept one by one.
    """

    people: int = 0
    readers: int = 0
    machines: int = 0
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class Poll:
    """The answers to the question of an issue: of people, and of what posts like a program."""

    up: int = 0
    down: int = 0
    machines: int = 0


@dataclass(frozen=True, slots=True)
class IssueReport:
    """The numbers of one issue. `accepted` counts what a server took, whatever came back later."""

    publication: str
    slug: str
    state: str
    audience: str  # the name of the segment it went to, or everyone
    planned: int
    accepted: int
    delivered: int  # proven
    deferred: int
    rejected: int
    uncertain: int
    skipped: int
    open: int  # not tried yet, or on the wire
    bounced: int
    complaints: int
    unsubscribes: int
    opens: Looks
    clicks: Looks
    reads: Looks  # of its page on the web
    sponsor_clicks: Looks  # those among them on what a sponsor paid for
    poll: Poll
    refusals: list[Refusal]
    bounces: list[Bounce]
    links: list[LinkClicks]
    domains: list[DomainRates]
    reasons: list[KeptCount]  # what was not taken, or came back, by domain and by reply code and status
    items: list[RankedItem]
    sections: list[RankedItem]
    alerts: list[str]
    deliveries_gone_since: str = ""
    """ISO 8601 day since when only these numbers are kept, and no single delivery; empty where all are there."""
    readers_forgotten: bool = False
    """Whether opens and clicks no longer say whose they were: the numbers stay."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        lists = ("refusals", "bounces", "links", "domains", "reasons", "items", "sections")
        plain = {name: [row._asdict() for row in getattr(self, name)] for name in lists}
        plain["domains"] = [row._asdict() | row.shares() for row in self.domains]
        return asdict(self) | plain

    def as_csv(self, more: Iterable[tuple[str, str, float]] = (), *, raw: bool = False) -> str:
        """Return `measure,detail,count` lines, and `more` of them: one number a line, whatever it is about; no formulas unless `raw`."""
        columns = ("measure", "detail", "count")
        rows = chain(self._numbers(), more)
        return "".join(csv_guard.lines(columns, rows, raw=raw, end="\r\n"))  # RFC 4180 section 2

    def _numbers(self) -> Iterator[tuple[str, str, int]]:
        for name, value in self.as_dict().items():
            if isinstance(value, int) and not isinstance(value, bool):
                yield name, "", value
        for name in ("opens", "clicks", "reads", "sponsor_clicks", "poll"):
            for who, count in asdict(getattr(self, name)).items():
                yield name.replace("_", " "), who, count
        for refusal in self.refusals:
            yield (
                "rejected with",
                f"{refusal.code or ''} {refusal.status or ''} {refusal.reason}".strip(),
                refusal.number,
            )
        for bounce in self.bounces:
            yield bounce.kind, f"{bounce.reason}, against {bounce.blame}", bounce.number
        for link in self.links:
            yield "clicks on", link.url, link.people
            yield "machine clicks on", link.url, link.machines
            yield "repeated clicks on", link.url, link.repeats
        yield from self._reasons_and_items()
        for alert in self.alerts:
            yield "alert", alert, 1
        for domain in self.domains:
            for name, count in domain._asdict().items():
                if name != "domain":
                    yield f"{name} at", domain.domain, count

    def _reasons_and_items(self) -> Iterator[tuple[str, str, int]]:
        for row in self.reasons:
            yield f"{row.state.value} at", f"{row.domain or OTHERS} {row.reason}".strip(), row.number
        for kind, rows in (("item", self.items), ("section", self.sections)):
            for item in rows:
                yield f"clicks on {kind}", item.title, item.people
                yield f"machine clicks on {kind}", item.title, item.machines


def report(database: Database, *, issue_id: int) -> IssueReport:
    """Return the numbers of an issue as they are now. Raises NotFoundError."""
    with database.read() as session:
        issue = issues.by_id(session, issue_id)
        kept = kept_numbers.by_reason(session, issue.id)
        counts = progress.counts(session, issue.id, kept_numbers.states_of(kept))
        activity, repeats = statistics.activity(session, issue.id, MACHINE), statistics.repeats(session, issue.id)
        returned, clicks = statistics.bounces(session, issue.id), statistics.clicks_by_link(session, issue.id, MACHINE)
        items, sections = ranked.ranked(session, issue.id, clicks)
        return IssueReport(
            publication=issues.publication_of(session, issue).slug,
            slug=issue.slug,
            state=issue.state.value,
            audience=str(issue.audience["name"]) if issue.audience else EVERYONE,
            planned=sum(counts.values()),
            accepted=sum(counts[state] for state in _ACCEPTED),
            delivered=counts[_D.DELIVERED],
            deferred=counts[_D.DEFERRED],
            rejected=counts[_D.REJECTED],
            uncertain=counts[_D.UNCERTAIN],
            skipped=counts[_D.SKIPPED],
            open=counts[_D.QUEUED] + counts[_D.SUBMITTING],
            bounced=counts[_D.BOUNCED],
            complaints=_of_kind(returned, ReportKind.COMPLAINT),
            unsubscribes=statistics.unsubscribes(session, issue),
            opens=_looks(activity, repeats, "open"),
            clicks=_looks(activity, repeats, "click"),
            reads=_looks(activity, repeats, "read"),
            sponsor_clicks=Looks(*statistics.paid_clicks(session, issue.id, MACHINE, clicks)),
            poll=_poll(votes.counts(session, issue.id, MACHINE)),
            refusals=statistics.refusals(session, issue.id, kept),
            bounces=[row for row in returned if row.kind in (ReportKind.PERMANENT, ReportKind.TRANSIENT)],
            links=statistics.links(session, issue.id, clicks, TOP),
            domains=_with_others(statistics.domains(session, issue.id, kept, TOP), counts),
            reasons=_reasons(kept),
            items=items[:TOP],
            sections=sections,
            alerts=_alerts(issue.paused_why, [why for _, why in statistics.trips(session, issue.id)]),
            deliveries_gone_since=_day(old_deliveries.roll_up_of(session, issue.id)),
            readers_forgotten=events.readers_forgotten(session, issue.id),
        )


def _day(roll_up: RollUp | None) -> str:
    return roll_up.began_at.date().isoformat() if roll_up else ""


def _reasons(rows: list[KeptCount]) -> list[KeptCount]:
    """Those that say why something was not taken or came back, the most frequent first."""
    wanted = (_D.DEFERRED, _D.REJECTED, _D.BOUNCED, _D.COMPLAINED)
    return sorted((row for row in rows if row.state in wanted), key=lambda row: (-row.number, row.domain, row.reason))[
        :MOST
    ]


def clicks_on(database: Database, *, issue_id: int) -> dict[str, tuple[int, int]]:
    """Return the clicks of people and of machines on each link of an issue, by its address; one that stands there twice is summed."""
    with database.read() as session:
        found: dict[str, tuple[int, int]] = {}
        for row in statistics.links(
            session, issue_id, statistics.clicks_by_link(session, issue_id, MACHINE), MOST_LINKS
        ):
            people, machines = found.get(row.url, (0, 0))
            found[row.url] = people + row.people, machines + row.machines
        return found


def _with_others(largest: list[DomainRates], counts: Mapping[DeliveryState, int]) -> list[DomainRates]:
    """Add what the other domains did, among them those of readers who were erased."""
    accepted = sum(counts[state] for state in _ACCEPTED)
    each = (_D.DEFERRED, _D.REJECTED, _D.BOUNCED, _D.COMPLAINED)
    whole = (sum(counts.values()), accepted, *(counts[state] for state in each))
    rest = list(whole)
    for row in largest:
        rest = [total - known for total, known in zip(rest, row[1:], strict=True)]
    return [*largest, DomainRates(OTHERS, *rest)] if rest[0] else largest


def _of_kind(rows: list[Bounce], kind: ReportKind) -> int:
    return sum(row.number for row in rows if row.kind == kind)


def _looks(rows: list[Activity], repeats: Mapping[str, int], kind: str) -> Looks:
    people = next((row for row in rows if row.kind == kind and not row.machine), None)
    machines = next((row for row in rows if row.kind == kind and row.machine), None)
    return Looks(
        people=people.number if people else 0,
        readers=people.readers if people else 0,
        machines=machines.number if machines else 0,
        repeats=repeats.get(kind, 0),
    )


def _poll(counts: list[Votes]) -> Poll:
    people = {row.answer: row.number for row in counts if not row.machine}
    machines = sum(row.number for row in counts if row.machine)
    return Poll(people.get(Answer.UP, 0), people.get(Answer.DOWN, 0), machines)


def _alerts(paused_why: str, trips: list[str]) -> list[str]:
    return list(dict.fromkeys([*trips, *([paused_why] if paused_why else [])]))
