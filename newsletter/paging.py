"""Pages of a list by cursor (keyset pagination, https://use-the-index-luke.com/no-offset): a page costs the same however many come before it.

One row more than is shown is asked for, and tells that there is a next page. The last row shown is where that begins: its mark stands in
the address as a short word, a date and ids joined by dots, or an id alone. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from newsletter.errors import InputError
from newsletter.sentences import sentence

Row = TypeVar("Row")
Mark = TypeVar("Mark")
_MARK = re.compile(r"(\d{4}-\d{2}-\d{2})((?:\.\d{1,18}){1,3})", re.ASCII)
_READER = re.compile(r"(\d{1,18})\.(\d{1,18})\.(-?\d{1,18})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CANDIDATE = re.compile(r"(-?\d{1,9})\.(\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class IssueMark:
    """Where a page of issues ends: the order is newest first by (dated, id)."""

    dated: date
    issue_id: int


@dataclass(frozen=True, slots=True)
class ItemMark:
    """Where a page of items ends: newest issue first, in the issue's own order within it."""

    dated: date
    issue_id: int
    position: int
    item_id: int


@dataclass(frozen=True, slots=True)
class CandidateMark:
    """Where a page of candidates ends: the order is best first by (rank_sum, id), and a sum has two decimals."""

    rank_sum: float
    candidate_id: int


@dataclass(frozen=True, slots=True)
class ReaderMark:
    """Where a page of readers ends: newest first by one of the ids, or by when they joined and the first."""

    subscription_id: int
    subscriber_id: int
    created_at: datetime


def cut(rows: Sequence[Row], size: int, mark: Callable[[Row], Mark]) -> tuple[Sequence[Row], Mark | None]:
    """Return the rows of a page out of `size` + 1 that were asked for, and the mark where the next one begins; None when this is the last."""
    shown = rows[:size]
    return shown, mark(shown[-1]) if len(rows) > size else None


def write_issue_mark(mark: IssueMark) -> str:
    """Return `2026-05-09.12`."""
    return f"{mark.dated.isoformat()}.{mark.issue_id}"


def read_issue_mark(text: str) -> IssueMark | None:
    """Read what `write_issue_mark` wrote; None for nothing. Raises InputError for anything else."""
    if not text:
        return None
    dated, numbers = _split(text, 1)
    return IssueMark(dated, *numbers)


def write_item_mark(mark: ItemMark) -> str:
    """Return `2026-05-09.12.3.456`."""
    return f"{mark.dated.isoformat()}.{mark.issue_id}.{mark.position}.{mark.item_id}"


def read_item_mark(text: str) -> ItemMark | None:
    """Read what `write_item_mark` wrote; None for nothing. Raises InputError for anything else."""
    if not text:
        return None
    dated, numbers = _split(text, 3)
    return ItemMark(dated, *numbers)


def write_candidate_mark(mark: CandidateMark) -> str:
    """Return `1234.567` for a sum of 12.34."""
    return f"{round(mark.rank_sum * 100)}.{mark.candidate_id}"


def read_candidate_mark(text: str) -> CandidateMark | None:
    """Read what `write_candidate_mark` wrote; None for nothing. Raises InputError for anything else."""
    if not text:
        return None
    match = _CANDIDATE.fullmatch(text)
    if match is None:
        raise _unreadable()
    return CandidateMark(int(match[1]) / 100, int(match[2]))


def write_reader_mark(mark: ReaderMark) -> str:
    """Return `12.34.1767225600000000`: the ids, and the moment in microseconds."""
    return f"{mark.subscription_id}.{mark.subscriber_id}.{(mark.created_at - _EPOCH) // timedelta(microseconds=1)}"


def read_reader_mark(text: str) -> ReaderMark | None:
    """Read what `write_reader_mark` wrote; None for nothing. Raises InputError for anything else."""
    if not text:
        return None
    match = _READER.fullmatch(text)
    if match is None:
        raise _unreadable()
    try:
        return ReaderMark(int(match[1]), int(match[2]), _EPOCH + timedelta(microseconds=int(match[3])))
    except OverflowError:
        raise _unreadable() from None


def _split(text: str, count: int) -> tuple[date, list[int]]:
    match = _MARK.fullmatch(text)
    numbers = [int(n) for n in match[2][1:].split(".")] if match else []
    if match is None or len(numbers) != count:
        raise _unreadable()
    try:
        return date.fromisoformat(match[1]), numbers
    except ValueError:
        raise _unreadable() from None


def _unreadable() -> InputError:
    return InputError(
        sentence("this page mark cannot be read"),
        where="before",
        remedy=sentence("begin again at the newest page"),
    )
