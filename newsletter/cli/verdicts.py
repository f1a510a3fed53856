"""What the doctor says of each thing it looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["good", "doubtful", "wrong"]


@dataclass(frozen=True, slots=True)
class Result:
    """What one look found."""

    name: str
    verdict: Verdict
    what: str
    remedy: str = ""
