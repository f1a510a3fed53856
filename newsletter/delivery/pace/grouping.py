"""Groups of receivers: who counts as one receiver when it comes to how much is taken from one sender, and in what order to send."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from newsletter.mail.receivers import OTHER

T = TypeVar("T")

_MOST_KEPT = 50_000


class Groups:
    """Which group a domain belongs to; answers are kept, so that asking costs a look into a dict.

    `name.*` stands for `name` under any country's ending: one or two labels of two or three letters.
    """

    def __init__(self, domains: Mapping[str, Iterable[str]]) -> None:
        self._exact = {d: group for group, names in domains.items() for d in names if not d.endswith(".*")}
        self._anywhere = {d[:-2]: group for group, names in domains.items() for d in names if d.endswith(".*")}
        self._kept: dict[str, str] = {}

    def of(self, domain: str) -> str:
        """Return the group of a domain (A-labels, lower case)."""
        group = self._kept.get(domain)
        if group is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            group = self._kept[domain] = self._find(domain)
        return group

    def place(self, domain: str) -> str:
        """Return who decides about mail to a domain: the company of its group, or itself."""
        group = self.of(domain)
        return domain if group == OTHER else group

    def _find(self, domain: str) -> str:
        name, _, ending = domain.partition(".")
        if domain not in self._exact and re.fullmatch(r"[a-z]{2,3}(\.[a-z]{2,3})?", ending):
            return self._anywhere.get(name, OTHER)
        return self._exact.get(domain, OTHER)


def interleave(groups: Mapping[str, Sequence[T]]) -> list[T]:
    """Return all members with each group spread evenly over the whole, so that no receiver is met in a burst."""
    filled = [members for members in groups.values() if members]
    if len(filled) == 1:
        return list(filled[0])
    # Each group is in order already: the sort merges a few runs.
    places = [
        ((n + 0.5) / len(members), number, member)
        for number, members in enumerate(filled)
        for n, member in enumerate(members)
    ]
    places.sort(key=_place)
    return [member for _, _, member in places]


def _place(entry: tuple[float, int, T]) -> tuple[float, int]:
    return entry[:2]
