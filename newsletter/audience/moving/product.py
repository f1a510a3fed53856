"""What is known of a product's list of readers: by which columns it is recognised, and what its columns and words mean. Data, no code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from newsletter.audience.column_names import FIRST_NAMES, LAST_NAMES, NAMES

IGNORE, STATE = "ignore", "state"
"""What somebody may say of a column by hand: that it means nothing, or tells a standing."""
ERROR_COLUMNS = ("line", "wrong column", "what is wrong")
"""What a file of errors says beside the row as it was; read again, these say nothing."""
MOMENTS = frozenset({"consent_at", "consent_ip", "consent_text", "since"})
"""What somebody may say of a column that sounds like a standing and holds none."""
Unpack = Callable[[str], Mapping[str, str]]
"""Takes a cell apart that holds several values; what cannot be read is an empty mapping."""


@dataclass(frozen=True, kw_only=True)
class Product:
    """One product's list. Columns are named plainly (`list_file.plain_name`), words in lower case, meanings as `standings.MEANINGS`.

    What is named nowhere here is kept as a field of the reader; a column that looks like a standing and is named nowhere refuses the list.
    """

    word: str
    title: str
    signs: Sequence[frozenset[str]] = ()
    """A header that holds all names of one set is this product's."""
    file_names: Sequence[str] = ()
    """How names of its files end, where columns alone do not tell."""
    name: Sequence[str] = NAMES
    first: Sequence[str] = FIRST_NAMES
    last: Sequence[str] = LAST_NAMES
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By column of standing: what its words mean. A word that is not there is never active."""
    file_words: Mapping[str, str] = field(default_factory=dict)
    """What a word in the file's name means, the first that is found."""
    needs_file_word: bool = False
    """The file's name alone tells where its people stand."""
    needs_words: Sequence[str] = ()
    """A list with none of these columns does not say where its people stand."""
    left_at: Sequence[str] = ()
    """Columns of leaving: whoever has a moment there left."""
    clues: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By column: what a part of its text means."""
    asked_at: Sequence[str] = ()
    """When the person agreed: the first column that is filled."""
    asked_ip: Sequence[str] = ()
    asked_words: Sequence[str] = ()
    """What the person agreed to, in words."""
    proves: bool = False
    """Whether such a moment proves an opt-in; else the operator says how they agreed."""
    since: Sequence[str] = ()
    """When the person came: a moment, or a year with the five parts that follow it."""
    tags: Sequence[str] = ()
    no_tags: frozenset[str] = frozenset()
    unpacked: Mapping[str, Unpack] = field(default_factory=dict)
    left_behind: Sequence[str] = ()
    """Columns that are not taken along: payments, the product's own numbers and measures."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Words that this file cannot mean anything by, with the way that works."""
    meaning: str = ""
    """What a row means by standing in this file at all, where it has no word."""
    only_named: bool = False
    """Not a list by itself: whom it names left, unless a list of the same move names them."""
    by_hand: Mapping[str, str] = field(default_factory=dict)
    """By column: what somebody said that it is (`moving/mapping.py`); the rest of this table has it already."""

    @property
    def is_plain(self) -> bool:
        """Whether no product is known: every standing must be explained."""
        return not self.signs and not self.file_words and not self.words and self.word == "plain"

    def tells_by(self, columns: Iterable[str]) -> bool:
        """Tell whether these columns of standing, plainly named, are what must be there; or one is by what somebody said."""
        return not self.needs_words or any(c in self.needs_words or self.by_hand.get(c) == STATE for c in columns)
