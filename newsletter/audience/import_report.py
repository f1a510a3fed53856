"""What an import tells: what became of each row, what its words were taken for, and what was not taken along."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from newsletter.audience.moving.read_row import ReadRow, RowState
from newsletter.mail.address import masked
from newsletter.model.states import SubscriptionState
from newsletter.store.audience.staged import Standing

MOST_TOLD = 10_000
"""Rows of which a report keeps what was wrong; it counts them all."""
MOST_SAMPLES = 5
MOST_WORDS = 1_000
"""Words of standing that are told one by one."""


@dataclass(slots=True)
class ReadList:
    """One list of an import: `words` counts its rows by what they say of a standing and what that was taken for."""

    source: str
    product: str
    encoding: str = "utf-8"
    delimiter: str = ""
    rows: int = 0
    words: Counter[tuple[str, str]] = field(default_factory=Counter)
    fields: list[str] = field(default_factory=list)
    left_behind: list[str] = field(default_factory=list)

    def note(self, row: ReadRow) -> None:
        """Count a row."""
        self.rows += 1
        key = (row.because or "no word", row.state.value)
        self.words[key if key in self.words or len(self.words) < MOST_WORDS else ("(others)", row.state.value)] += 1


@dataclass(slots=True)
class ImportReport:
    """What became of each row: rows == added + known + confirmed + unsubscribed + suppressed + ended + left_out + unusable."""

    pending: bool  # True: readers added here get no mail until they confirm
    added: int = 0  # whatever their standing; `standings` tells which
    known: int = 0  # subscribed before, or twice in the list
    confirmed: int = 0  # were pending, and the list proves their opt-in
    unsubscribed: int = 0  # left before; left alone
    suppressed: int = 0  # must not be mailed; not stored
    ended: int = 0  # were subscribed here, and the list says that they left
    left_out: int = 0
    unusable: int = 0
    asked: int = 0  # of the pending: one mail will ask them whether they want it
    unproven: int = 0  # would be active, and nothing but the operator's words says that they agreed
    standings: dict[str, int] = field(default_factory=dict)  # of those added
    unknown: dict[str, int] = field(default_factory=dict)  # words that nobody explained, as COLUMN:WORD
    unfit: dict[str, int] = field(default_factory=dict)  # values that their field does not take, by its title: left out
    invalid: list[tuple[int, str]] = field(default_factory=list)  # (line, what is wrong), the first 10,000
    changed: list[tuple[int, str]] = field(default_factory=list)  # (line, what was made fit), the first 10,000
    lists: list[ReadList] = field(default_factory=list)
    samples: list[dict[str, Any]] = field(default_factory=list)  # the first rows, their addresses masked

    @property
    def useless(self) -> bool:
        """Whether no row could be used."""
        used = self.added + self.known + self.confirmed + self.unsubscribed + self.suppressed + self.ended
        return not used and not self.left_out

    @property
    def rows(self) -> int:
        """Return the rows of all lists."""
        return sum(each.rows for each in self.lists)

    def told(self) -> dict[str, Any]:
        """Return it as JSON holds it: each word of a list with what it was taken for, and the rows by where they stand."""
        told, states = asdict(self), Counter[str]()
        for each, one in zip(told["lists"], self.lists, strict=True):
            each["words"] = [{"word": word, "state": to, "rows": n} for (word, to), n in one.words.most_common()]
            for (_, to), number in one.words.items():
                states[to] += number
        return told | {"rows": self.rows, "states": dict(states)}

    def note(self, row: ReadRow) -> None:
        """Count a row that was read, and keep what is told of it."""
        self.lists[-1].note(row)
        if row.changed and len(self.changed) < MOST_TOLD:
            self.changed.append((row.line, row.changed))
        for title, what in row.unfit:
            self.unfit[title] = self.unfit.get(title, 0) + 1
            if len(self.changed) < MOST_TOLD:
                self.changed.append((row.line, f"{title}: {what}; it is left out"))
        if row.state is RowState.INVALID:
            self.unusable += 1
            if len(self.invalid) < MOST_TOLD:
                self.invalid.append((row.line, row.reason))
            return
        self.left_out += row.state is RowState.LEFT_OUT
        self.unproven += row.unproven
        if len(self.samples) < MOST_SAMPLES:
            name = f"{row.name[:1]}…" if row.name else ""
            fields = dict.fromkeys(row.fields, "…")
            self.samples.append(row.told() | {"address": masked(row.address), "name": name, "fields": fields})

    def count(self, people: Mapping[tuple[bool, Standing, str], int]) -> None:
        """Count people who were let in, by (held, standing, state before)."""
        for (held, standing, was), number in people.items():
            if held or standing is Standing.SUPPRESSED:
                self.suppressed += number
            elif not was:
                self.added += number
                name = "pending" if standing is Standing.UNKNOWN else standing.name.lower()
                self.standings[name] = self.standings.get(name, 0) + number
            elif was == "left":
                self.ended += number
            elif was == SubscriptionState.UNSUBSCRIBED:
                self.unsubscribed += number
            elif was == SubscriptionState.PENDING and standing is Standing.ACTIVE:
                self.confirmed += number
            else:
                self.known += number
