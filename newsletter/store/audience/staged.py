"""What a list tells of a person, as an import stages it: tuples in the order of the stage's columns, for there may be millions of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple


class Standing(IntEnum):
    """Where a row says its person stands, from best to worst: of several rows the worst counts."""

    ABSENT = -1  # named only as somebody who once got mail: unsubscribed, unless another row says where they stand
    ACTIVE = 0
    PENDING = 1
    UNKNOWN = 2  # pending, and never invited: nobody said what the file's word means
    UNSUBSCRIBED = 3
    SUPPRESSED = 4  # no subscription is stored


class StagedRow(NamedTuple):
    """One row of a list; `number` counts the rows from 1. Moments and tracking are empty unless the list tells them."""

    number: int
    address: str
    address_hash: bytes
    domain: str
    name: str
    standing: Standing
    left_at: datetime | None = None
    tracking: str = "unknown"
    created_at: datetime | None = None
    changed_at: datetime | None = None
    invited_at: datetime | None = None
    proven: bool = False  # the list holds the moment when they agreed


class StagedRecord(NamedTuple):
    """A consent record that a list tells of the person of row `number`."""

    number: int
    action: str
    at: datetime
    place: str
    ip: str
    wording: str


class StagedRule(NamedTuple):
    """A suppression that a list tells of the person of row `number`: everywhere, or for the publication that imports."""

    number: int
    everywhere: bool
    reason: str
    created_at: datetime
    expires_at: datetime | None = None
    unproven: bool = False


class StagedTag(NamedTuple):
    """A tag of the person of row `number`; `key` is its name without case."""

    number: int
    key: str
    name: str


class StagedValue(NamedTuple):
    """What a field of the person of row `number` holds, as model.reader_fields.FieldValue keeps it."""

    number: int
    key: str
    text: str
    folded: str
    value: float | None


@dataclass(frozen=True, slots=True)
class StagedBatch:
    """Rows, and what they tell besides."""

    rows: Sequence[StagedRow]
    records: Sequence[StagedRecord] = ()
    rules: Sequence[StagedRule] = ()
    tags: Sequence[StagedTag] = ()
    values: Sequence[StagedValue] = ()
