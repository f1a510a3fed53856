"""Columns of a plain list that say nothing but yes and no: they may tell who wants no mail, so somebody must say what each is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from newsletter.errors import InputError

_WORDS = frozenset(
    [
        "yes",
        "no",
        "true",
        "false",
        "on",
        "off",
        "in",
        "out",
        "ja",
        "nein",
        "oui",
        "non",
        "si",
        "sí",
        "sì",
        "não",
        "sim",
        "да",
        "нет",
        "nej",
        "nee",
        "ok",
        "none",
        "never",
        "always",
        "active",
        "inactive",
        "aktiv",
        "inaktiv",
        "enabled",
        "disabled",
        "current",
        "former",
        "member",
        "ex-member",
        "checked",
        "unchecked",
        "added",
        "removed",
        "wanted",
        "unwanted",
    ]
)
_MOST_DIFFERENT = 2
_MOST_TOLD = 5


class YesNoColumns:
    """Watches columns row by row: one is found when all its filled cells are words of yes and no, of two kinds at most.

    A word of one sign (`y`, `1`, `x`, `A`) counts as one; empty cells say nothing by themselves.
    """

    def __init__(self, columns: Iterable[str]) -> None:
        self._words: dict[str, Counter[str]] = {name: Counter() for name in columns}

    def see(self, row: Mapping[str, str]) -> None:
        """Look at a row; a column with any other word is none from here on."""
        others = []
        for column, words in self._words.items():
            word = row.get(column, "").strip().lower()
            if not word:
                continue
            if (len(word) > 1 and word not in _WORDS) or (word not in words and len(words) == _MOST_DIFFERENT):
                others.append(column)
            words[word] += 1
        for column in others:
            del self._words[column]

    def has(self, column: str) -> bool:
        """Tell whether a column is one of yes and no by the rows so far."""
        return bool(self._words.get(column))

    @property
    def found(self) -> Mapping[str, Mapping[str, int]]:
        """The columns of yes and no, and how many rows say each word."""
        return {column: words for column, words in self._words.items() if words}

    def check(self, source: str) -> None:
        """Raise InputError for those there are, with both ways to go on."""
        found = list(self.found.items())[:_MOST_TOLD]
        if not found:
            return
        says = [f"the column {column!r} says only {_listed(sorted(words))}" for column, words in found]
        states = [f"--state '{column}:{word}=...'" for column, words in found for word in sorted(words)]
        fields = [f"--map '{column}=field'" for column, _ in found]
        raise InputError(
            f"this list may name people who left: {'; '.join(says)} (in {source})",
            where="--state",
            remedy=f"say what each word means: {' '.join(states)}; or keep it as a field of the readers, by move-in: {' '.join(fields)}",
        )


def _listed(words: Sequence[str]) -> str:
    return " and ".join(map(repr, words))
