"""What a reader is told beside the answer itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Question:
    """Where an answer came from and when it is read: `address` is absolute, or empty for a file; `now` is in UTC.

    `mapping` says what is wished of the answer, as a source keeps it: each kind says in its docstring which names it reads.
    """

    address: str
    now: datetime
    mapping: Mapping[str, Any] | None = None
