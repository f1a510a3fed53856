"""Items and sections of an issue by the clicks on their links."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.model import Edition, EditionLink, IssueItem, IssueSection
from newsletter.store.feedback.statistics import ClicksByLink


class RankedItem(NamedTuple):
    """Clicks on the links of an item, or of all items of a section; `key` is its slug."""

    section: str
    key: str
    title: str
    people: int
    machines: int


def _by_item(session: Session, issue_id: int, by_link: ClicksByLink) -> dict[str, tuple[int, int]]:
    """The clicks of people and of machines on the links of each item, by its key; links of no item are left out."""
    rows = session.execute(
        select(EditionLink.edition_id, EditionLink.number, EditionLink.item_key).where(
            EditionLink.edition_id.in_(select(Edition.id).where(Edition.issue_id == issue_id)),
            EditionLink.item_key != "",
        )
    )
    found: dict[str, tuple[int, int]] = {}
    for edition, number, key in rows:
        if (clicks := by_link.get((edition, number))) is not None:
            before = found.get(key, (0, 0))
            found[key] = before[0] + clicks[0], before[1] + clicks[1]
    return found


def ranked(session: Session, issue_id: int, by_link: ClicksByLink) -> tuple[list[RankedItem], list[RankedItem]]:
    """Return the items of an issue that were clicked, and its sections: most clicks of people first."""
    clicks = _by_item(session, issue_id, by_link)
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
