"""What is said of each thing that was checked: the words of the doctor, at the command and at the desk."""

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
