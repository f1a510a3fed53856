"""What recurs from issue to issue: items that stood in one of the last, tables that have not changed, sections still without items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from datetime import date, timedelta

from sqlalchemy.orm import Session

from newsletter.canonical_url import key_of
from newsletter.issues.places import Places
from newsletter.issues.preflight import Finding
from newsletter.issues.preflight.asked import EMPTY_PAGE, OLD_TABLE, REPEATED, RULE_OF, STALE_TABLE
from newsletter.issues.preflight.finding import short
from newsletter.issues.sameness import item_digest
from newsletter.model import Issue
from newsletter.model.document import Document, ItemBase, TableItem
from newsletter.store.issues import other_issues
from newsletter.store.issues.other_issues import STANDING, Stood

TABLE_DATES = ("as-of", "updated", "date")
"""Attributes by which the heading of a table says of which day it is."""

STALE_DAYS = 30
"""A table that stood still for longer is asked about: its source may have died."""


def repeated(
    session: Session, issue: Issue, document: Document, last: int, places: Callable[[], Places]
) -> Iterator[Finding]:
    """Yield each item that stood in one of the `last` issues: by its address, or word for word.

    What stood in more than STANDING of them stands in all of them and is meant. Tables are looked at by `old_tables`, and what
    is not mailed is no news to anybody.
    """
    stood: dict[str, Stood] = {}
    times: Counter[str] = Counter()
    for found in other_issues.items_of_last(session, issue, last) if last else ():
        for known in {_key(found), found.digest or ""} - {""}:
            stood.setdefault(known, found)
            times[known] += 1
    if not stood:
        return
    for where, number, item in _items(document):
        if isinstance(item, TableItem) or not item.mailed:
            continue  # what is the same for days is told of tables, not what is the same for one
        names = (item_digest(item), key_of(item.url))
        if name := next((name for name in names if 0 < times[name] <= STANDING), None):
            what = f"“{short(item.title)}” stood in “{stood[name].slug}” of {_day(stood[name].dated)} already"
            line = _line(places(), number)
            yield RULE_OF[REPEATED].found(what, where, "take it out, or say what is new in it", line=line)


def old_tables(session: Session, issue: Issue, document: Document, days: int, places: Places) -> Iterator[Finding]:
    """Yield each table that is dated more than `days` before the issue, or is the same as in the last issue of that time.

    One that stood still for more than STALE_DAYS is asked about.
    """
    if not days:
        return
    tables = [(where, number, item) for where, number, item in _items(document) if isinstance(item, TableItem)]
    oldest = document.date - timedelta(days=min(days, (document.date - date.min).days))
    digests = {item_digest(item): number for _, number, item in tables}
    known = _known_before(session, issue, document.date, oldest, digests) if tables else {}
    for where, number, item in tables:
        since, line = _dated(item), _line(places, number)
        if since is not None and since < oldest:
            what = f"the table “{short(item.title)}” is of {_day(since)}, {(document.date - since).days} days before the issue"
        elif (since := known.get(item_digest(item))) is not None:
            what = f"the table “{short(item.title)}” is what it was on {_day(since)}"
        else:
            continue
        rule = STALE_TABLE if (document.date - since).days > STALE_DAYS else OLD_TABLE
        yield RULE_OF[rule].found(what, where, "bring it up to date, or take it out", line=line)


def _known_before(session: Session, issue: Issue, day: date, oldest: date, digests: Collection[str]) -> dict[str, date]:
    """Return since when at least each item has stood still: it stood in the last issue of `oldest`, or even in that of STALE_DAYS ago.

    In a daily the last issue of `oldest` is of that very day, so that it tells of no longer time.
    """
    known = other_issues.digests_before(session, issue, oldest, digests)
    still = [digest for digest, since in known.items() if (day - since).days <= STALE_DAYS]
    long_ago = day - timedelta(days=min(STALE_DAYS + 1, (day - date.min).days))
    return known | (other_issues.digests_before(session, issue, long_ago, still) if still else {})


def empty_pages(session: Session, issue: Issue, document: Document, places: Places) -> Iterator[Finding]:
    """Yield each section whose "All ..." link leads to a page on which nothing stands: no item of it, here or in an issue before."""
    for section, placed in zip(document.sections, places.sections, strict=True):
        if section.all_title and not section.items and not other_issues.has_items(session, issue, section.slug):
            what = f"“{short(section.all_title)}” leads to a page that says there is nothing yet"
            remedy = "take `all` out until the section has an item"
            yield RULE_OF[EMPTY_PAGE].found(what, section.slug, remedy, line=placed.heading)


def _items(document: Document) -> Iterator[tuple[str, tuple[int, int], ItemBase]]:
    for number, section in enumerate(document.sections):
        for place, item in enumerate(section.items):
            yield f"{section.slug}/{item.key}", (number, place), item


def _line(places: Places, number: tuple[int, int]) -> int:
    return places.sections[number[0]].items[number[1]].heading


def _key(found: Stood) -> str:
    """Return what the page of an item is known by: as the row says, or reckoned where it is one of before."""
    return key_of(found.url) if found.address_key is None else found.address_key


def _dated(item: TableItem) -> date | None:
    for name in TABLE_DATES:
        try:
            return date.fromisoformat(item.attributes.get(name, ""))
        except ValueError:
            continue
    return None


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b} {day.year}"
