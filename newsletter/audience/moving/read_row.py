"""What one row of a list tells of a person, and what is to be stored of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from newsletter.store.audience.staged import StagedRecord, StagedRow, StagedRule, Standing


class RowState(StrEnum):
    """Where a row says its person stands, in our words."""

    ACTIVE = "active"
    PENDING = "pending"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    LEFT_OUT = "left out"
    INVALID = "invalid"


STATES = {
    Standing.ABSENT: RowState.UNSUBSCRIBED,
    Standing.ACTIVE: RowState.ACTIVE,
    Standing.PENDING: RowState.PENDING,
    Standing.UNKNOWN: RowState.PENDING,
    Standing.UNSUBSCRIBED: RowState.UNSUBSCRIBED,
    Standing.SUPPRESSED: RowState.SUPPRESSED,
}


@dataclass(slots=True)
class ReadRow:
    """One row. `staged` is empty for a row that is left out or invalid; then `reason` says why."""

    file: str
    line: int
    number: int
    state: RowState
    reason: str = ""
    address: str = ""
    name: str = ""
    consent_at: datetime | None = None
    consent_ip: str = ""
    tags: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    staged: StagedRow | None = None
    records: list[StagedRecord] = field(default_factory=list)
    rules: list[StagedRule] = field(default_factory=list)
    because: str = ""
    """The cell that says the standing, as COLUMN=WORD."""
    changed: str = ""
    """What was made fit, such as a name that was cut."""
    column: str = ""
    """Of an invalid row: the column at fault."""
    cells: Mapping[str, str] = field(default_factory=dict)
    unfit: list[tuple[str, str]] = field(default_factory=list)
    """Values that their field does not take, by its title, and what is wrong: the reader comes in without them."""
    unproven: bool = False
    """It would be active, and the list holds no proof that the person agreed."""

    @property
    def fault(self) -> tuple[str, str]:
        """Return the column at fault, and what is wrong: with the row, or with a value that is left out."""
        if self.state is RowState.INVALID or not self.unfit:
            return self.column, self.reason
        return self.unfit[0][0], "; ".join(f"{title}: {what}" for title, what in self.unfit)

    def told(self) -> dict[str, Any]:
        """Return the row as `--rows` writes it."""
        at = self.consent_at
        return {
            "file": self.file,
            "line": self.line,
            "address": self.address,
            "state": self.state.value,
            "reason": self.reason,
            "consent_at": at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else "",
            "consent_ip": self.consent_ip,
            "tags": self.tags,
            "fields": self.fields,
            "name": self.name,
        }
