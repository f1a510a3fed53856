"""What a search in the list of issues means: a tab of states, and words; a year, a month or a day is its dates."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

from newsletter.errors import InputError
from newsletter.model import Publication
from newsletter.model.states import IssueState
from newsletter.store.issues.shelves import IssueFilter

_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


class IssueTab(NamedTuple):
    """A part of the list: its word in addresses, its name, the states in it, and whether only what waits for approval."""

    word: str
    name: str
    states: tuple[IssueState, ...]
    waits: bool = False


_S = IssueState
TABS = (
    IssueTab("", "All", tuple(IssueState)),
    IssueTab("drafts", "Drafts", (_S.DRAFT,)),
    IssueTab("waiting", "Waiting", (_S.DRAFT,), waits=True),
    IssueTab("scheduled", "Scheduled", (_S.SCHEDULED, _S.SENDING, _S.PAUSED)),
    IssueTab("sent", "Sent", (_S.SENT, _S.CANCELLED)),
    IssueTab("moved-in", "Moved in", (_S.ARCHIVED,)),
)


def read_tab(word: str) -> IssueTab:
    """Return the tab of this word. Raises InputError when there is none."""
    for tab in TABS:
        if tab.word == word:
            return tab
    raise InputError(f"{word[:40]!r} is no part of the list", where="tab", remedy="choose one above the list")


def wanted(home: Publication, tab: IssueTab, words: str) -> IssueFilter:
    """Return what is asked for: words that are a year, a month or a day stand for their dates."""
    first, last = _days(words.strip())
    said = "" if first else words.strip()
    return IssueFilter(home.id, tab.states, said, first, last, waits=tab.waits)


def _days(words: str) -> tuple[date | None, date | None]:
    found = _DAY.fullmatch(words)
    if found is None:
        return None, None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    try:
        first = date(year, month or 1, day or 1)
    except ValueError:
        return None, None
    if day:
        return first, first
    after = (first + timedelta(days=31 if month else 366)).replace(day=1) if year < 9999 else date.max
    last = after - timedelta(days=1) if month else date(year, 12, 31)
    return first, last
