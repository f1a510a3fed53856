"""The way back from what was just done with candidates: a word and ids, short enough for an address, and nothing that could be said by it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsletter.model.states import CandidateState

SAID = {
    "shortlisted": "Shortlisted",
    "dismissed": "Dismissed",
    "reopened": "Put back",
    "placed": "Put into the draft",
    "joined": "They are one from now on",
}
"""What can be undone, and the words for it."""
_LETTERS = {
    "n": CandidateState.NEW,
    "s": CandidateState.SHORTLISTED,
    "d": CandidateState.DISMISSED,
    "u": CandidateState.USED,
}
_MOST = 100
_UNDO = re.compile(r"([a-z]{1,20})\.(\d{1,16}[nsdu]?(?:-\d{1,16}[nsdu]?){0,99})", re.ASCII)
_ROW = re.compile(r"(\d{1,16})([nsdu]?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Undo:
    """What was done (a word of SAID), to which ids, and what each was before, where that matters."""

    kind: str
    before: dict[int, CandidateState | None]

    @property
    def words(self) -> str:
        """What the editor reads beside the button."""
        count = "" if self.kind == "joined" else f": {len(self.before)}"
        return f"{SAID[self.kind]}{count}."

    @property
    def written(self) -> str:
        """The word of an address, such as `dismissed.12n-13s`; empty where there are more than it holds: half a way back is none."""
        letters = {state: letter for letter, state in _LETTERS.items()}
        rows = [f"{number}{letters[state] if state else ''}" for number, state in self.before.items()]
        return f"{self.kind}.{'-'.join(rows)}" if len(rows) <= _MOST else ""


def read_undo(text: str) -> Undo | None:
    """Read what `written` wrote; None for anything else."""
    match = _UNDO.fullmatch(text)
    if match is None or match[1] not in SAID:
        return None
    return Undo(match[1], {int(number): _LETTERS.get(letter) for number, letter in _ROW.findall(match[2])})
