"""Items and sections of an issue by the clicks on their links."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from newsletter.model import Edition, EditionLink, Event, IssueItem, IssueSection
from newsletter.model.feedback import EventKind


class RankedItem(NamedTuple):
    """Clicks on the links of an item, or of all items of a section; `key` is its slug."""

    section: str
    key: str
    title: str
    people: int
    machines: int


def clicks_by_item(session: Session, issue_id: int, machine_from: int) -> dict[str, tuple[int, int]]:
    """Return the clicks of people and of machines on the links of each item, by its key; links of no item are left out."""
    person = Event.score < machine_from
    rows = session.execute(
        select(EditionLink.item_key, func.sum(case((person, 1), else_=0)), func.sum(case((person, 0), else_=1)))
        .join(Event, (Event.edition_id == EditionLink.edition_id) & (Event.link == EditionLink.number))
        .where(
            EditionLink.edition_id.in_(select(Edition.id).where(Edition.issue_id == issue_id)),
            EditionLink.item_key != "",
            Event.kind == EventKind.CLICK,
        )
        .group_by(EditionLink.item_key)
    )
    return {key: (int(people), int(machines)) for key, people, machines in rows}


def ranked(session: Session, issue_id: int, machine_from: int) -> tuple[list[RankedItem], list[RankedItem]]:
    """Return the items of an issue that were clicked, and its sections: most clicks of people first."""
    clicks = clicks_by_item(session, issue_id, machine_from)
    items = session.scalars(
        select(IssueItem).where(IssueItem.issue_id == issue_id, IssueItem.key.in_(clicks)).order_by(IssueItem.position)
    )
    first: dict[str, IssueItem] = {}
    for item in items:
        first.setdefault(item.key, item)  # in two sections it is told in the first
    found = [RankedItem(item.section_slug, key, item.title, *clicks[key]) for key, item in first.items()]
    titles = session.execute(select(IssueSection.slug, IssueSection.title).where(IssueSection.issue_id == issue_id))
    names = dict(iter(titles))
    people, machines = Counter[str](), Counter[str]()
    for row in found:
        people[row.section] += row.people
        machines[row.section] += row.machines
    sections = [RankedItem(slug, slug, names.get(slug, slug), people[slug], machines[slug]) for slug in machines]
    return _most_first(found), _most_first(sections)


def _most_first(rows: list[RankedItem]) -> list[RankedItem]:
    return sorted(rows, key=lambda row: (-row.people, -row.machines, row.title))
