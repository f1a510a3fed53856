"""Find the column of a list that holds the addresses: by its name, in many languages, else by one that speaks of mail and by what stands in it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence

from newsletter.audience.column_names import ADDRESS, SURE_ADDRESSES, plain_name
from newsletter.audience.standing_words import is_leaving

_SURE = frozenset(SURE_ADDRESSES)
_ADDRESS = re.compile(
    r"\s*[^\s@]{1,400}@[^\s@]{1,400}\.[^\s@]{1,63}\s*|[^<>]{0,400}<[^\s@<>]{1,400}@[^\s@<>]{1,400}>\s*"
)
_MAIL = re.compile(r"mail|^subscriber$|correo|courriel|epost|sahkoposti|почт|メール|邮|郵|이메일")
"""What is in the name of a column of mail addresses, such as `What is your e-mail?`."""
_OTHERS = re.compile(
    r"refer|invit|recommend|sponsor|parrain|owner|besitz|admin|sender|from|reply|autor|author|editor|manager|agent|assign|createdby|addedby|"
    r"updatedby|second|alternat|other|previous|former|old|cc$|second|zweit|friend"
)
"""Columns of addresses that are not the reader's own, or not the one that counts."""


def is_sure(name: str) -> bool:
    """Tell whether a column that is called so holds mail addresses, and nothing else."""
    return plain_name(name) in _SURE


def named_place(names: Sequence[str], address: str) -> int | None:
    """Return where the column of addresses stands by its name; `address` is that name where somebody said it."""
    plain = [plain_name(name) for name in names]
    wanted = (plain_name(address),) if address else SURE_ADDRESSES
    return next((plain.index(name) for name in wanted if name in plain), None)


def told_place(names: Sequence[str], lines: Iterable[str], delimiter: str) -> int | None:
    """Return the one column whose name speaks of mail, and in which addresses stand by these lines of rows; None for none or several."""
    try:
        rows = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return None
    found = [place for place, name in enumerate(names) if _may_hold(name) and _holds(rows, place)]
    called = [place for place in found if plain_name(names[place]) == ADDRESS]
    return (called or found)[0] if len(called or found) == 1 else None


def _may_hold(name: str) -> bool:
    plain = plain_name(name)
    return (plain == ADDRESS or bool(_MAIL.search(plain))) and not is_leaving(name) and not _OTHERS.search(plain)


def _holds(rows: Sequence[Sequence[str]], place: int) -> bool:
    """Tell whether a column begins with an address, and nearly all of its filled cells are some."""
    cells = [row[place] for row in rows if place < len(row) and row[place].strip()]
    others = sum(not _ADDRESS.fullmatch(cell) for cell in cells)
    return bool(cells) and bool(_ADDRESS.fullmatch(cells[0])) and others * 10 <= len(cells)
