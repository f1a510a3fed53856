"""How a file that moves in is told on pages: words for its fields and standings, how far it is, what to do about a trouble."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from newsletter.audience.import_report import ImportReport
from newsletter.audience.moving.products import PRODUCTS
from newsletter.model import ListMove
from newsletter.model.list_moves import MoveKind

FIELD_TITLES = {
    "address": "Address",
    "name": "Name",
    "first_name": "First name",
    "last_name": "Last name",
    "state": "Standing",
    "consent_at": "Agreed at",
    "consent_ip": "Agreed from",
    "consent_text": "Agreed to",
    "since": "Reader since",
    "tags": "Tags",
    "field": "Field of readers",
    "ignore": "Not taken along",
}
MEANING_TITLES = {
    "": "Not said",
    "active": "Active",
    "pending": "Pending",
    "unsubscribed": "Unsubscribed",
    "suppressed": "Suppressed",
    "bounced": "Bounced",
    "complained": "Complained",
    "blocked": "Blocked",
    "left-out": "Left out",
    "ignored": "No standing",
}
PRODUCT_TITLES = {"": "By its columns"} | {each.word: each.title for each in PRODUCTS if not each.only_named}
_REMEDIES = {
    "--state": "say below what each word means",
    "--map": "choose below what each column is",
    "--as": "choose below which product it is from",
    "--list": "write the number of the list below",
    "--consent": "say how they agreed",
}
NO_SURVEY: dict[str, Any] = {
    **dict.fromkeys(("lists", "columns", "words", "others"), ()),
    **dict.fromkeys(("more_lists", "more_columns", "more_words"), 0),
}
NO_REPORT: dict[str, Any] = ImportReport(pending=False).told() | {"error_files": []}
_LEAST_SECONDS = 2.0
"""Below that no pace is told."""


@dataclass(frozen=True, slots=True)
class MoveCourse:
    """How far a file is: a share of the whole in thousandths, rows in a second, and the seconds left, 0 where nobody knows."""

    share: int
    pace: int
    seconds: int
    is_storing: bool


def course_of(move: ListMove, now: datetime) -> MoveCourse:
    """Return how far a file is. Of a list reading counts for two thirds, storing for the rest; posts are done one by one."""
    read = min(move.octets_read / move.octets_due, 1.0) if move.octets_due else 0.0
    stored = min(move.stored / move.stored_due, 1.0) if move.stored_due else 0.0
    share = stored if move.kind == MoveKind.POSTS else (2 * read + stored) / 3
    elapsed = (now - move.begun_at).total_seconds() if move.begun_at else 0.0
    is_known = elapsed >= _LEAST_SECONDS and share > 0
    pace = int(move.rows / elapsed) if is_known else 0
    left = int(elapsed * (1 - share) / share) if is_known else 0
    return MoveCourse(int(share * 1000), pace, left, bool(move.stored_due))


def remedy_of(move: ListMove) -> str:
    """Return what can be done on the page about a trouble."""
    return _REMEDIES.get(move.trouble_where, "")
