"""Slot marks as merge variables: one template for a whole batch, and what fills it for each recipient.

Whatever else in an issue looks like the provider's template language (an issue may well write about templates) is written
through variables too, so that it arrives as the editor wrote it and nothing is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.mail.slots import Slot
from newsletter.transports.providers.letter import BatchLetter, Item

_MARKS = "|".join(re.escape(slot) for slot in Slot)
_MARK = re.compile(_MARKS)


@dataclass(frozen=True)
class Syntax:
    """A template language: how a variable is written (`%s` stands for its name), and what it would take for its own.

    `constants` are variables equal for all, by the single character they stand for; each such character inside a stretch
    that matches `special` is written as its variable.
    """

    variable: str
    special: str
    constants: Mapping[str, str]

    def write(self, text: str) -> str:
        """Return `text` as a template of this language."""
        return re.sub(f"(?P<mark>{_MARKS})|{self.special}", self._written, text)

    def values(self, item: Item) -> dict[str, str]:
        """Return the variables of one recipient by name, the constants too."""
        filled = {Slot(mark).name.lower(): value for mark, value in item.values.items()}
        return {**filled, **{name: character for character, name in self.constants.items()}}

    def _written(self, found: re.Match[str]) -> str:
        if found["mark"]:
            return self._variable(Slot(found["mark"]).name.lower())
        return "".join(self._variable(self.constants[c]) if c in self.constants else c for c in found[0])

    def _variable(self, name: str) -> str:
        return self.variable.replace("%s", name)


def parted_headers(letter: BatchLetter) -> tuple[dict[str, str], dict[str, str]]:
    """Return the headers equal for all recipients, and those that hold slot marks; in ASCII."""
    fixed: dict[str, str] = {}
    marked: dict[str, str] = {}
    for name, value in letter.encoded:
        (marked if _MARK.search(value) else fixed)[name] = value
    return fixed, marked
