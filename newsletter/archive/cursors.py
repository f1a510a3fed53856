"""Where the next page begins, as a short word in the address: a date and ids, joined by dots."""

from __future__ import annotations

import re
from datetime import date

from newsletter.errors import InputError
from newsletter.sentences import sentence
from newsletter.store.archive.published import IssueMark, ItemMark

_MARK = re.compile(r"(\d{4}-\d{2}-\d{2})((?:\.\d{1,18}){1,3})", re.ASCII)


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
