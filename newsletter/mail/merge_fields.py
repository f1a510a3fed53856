"""Merge fields: `{{name|there}}` in a text stands for what is known of each reader, or for its fallback where nothing is.

There is no template language: a field has a name and a fallback, and what a reader's value holds stays text wherever it stands. In the
compiled mail a merge field is a mark like those of `newsletter.mail.slots`, but that its value may be of any length: it stands on rows
of its own. Marks hold a digest of the issue, so that nobody can write one into an issue or a value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from html import escape
from typing import Any, NamedTuple, Protocol, Self

from newsletter.mail.body import wide_value
from newsletter.mail.message import header
from newsletter.mail.slots import SLOT_CHARS

MOST_SUBJECT_CHARS = 100
"""Characters of a value within a subject; of a longer one its beginning is shown."""
MOST_VALUE_CHARS = 4_000
MOST_MERGE_FIELDS = 200
"""Different merge fields of one issue."""
NAME, ADDRESS = "name", "address"
BUILT_IN = (NAME, ADDRESS)
"""What every publication knows of its readers."""
MERGE_FIELD = re.compile(
    r"\{\{[ \t]{0,9}([A-Za-z][A-Za-z0-9_]{0,39})[ \t]{0,9}\|(?![ \t]{0,9}default[ \t]{0,9}:)([^{}\n]{0,120})\}\}"
)
"""Without the filters of template languages: `{{name|default: "there"}}` is a merge tag of another product."""
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ADDRESS_SIGNS, _LONGEST_ADDRESS = ("](", "]:", "://", "mailto:"), 2_000
_DIGEST_CHARS = SLOT_CHARS - 9


class MergeField(NamedTuple):
    """A field by its key, and what is read where a reader has none."""

    key: str
    fallback: str


class MergePlace(StrEnum):
    """Where a value stands: it is escaped for that."""

    TEXT = "t"
    HTML = "h"


class Merging(Protocol):
    """What is written in place of a merge field."""

    def told(self, field: MergeField, place: MergePlace) -> str:
        """Return plain text; whoever asks escapes it for the place."""
        ...


def merge_field(found: re.Match[str]) -> MergeField:
    """Return what a match of MERGE_FIELD names."""
    return MergeField(found[1].lower(), found[2].strip())


def merge_fields_in(text: str) -> Iterator[tuple[int, MergeField]]:
    """Yield the merge fields of a text with their positions."""
    if "{{" in text:
        yield from ((found.start(), merge_field(found)) for found in MERGE_FIELD.finditer(text))


def in_address(text: str, position: int) -> bool:
    """Tell whether the merge field at a position of some Markdown stands in an address, where nothing fills it."""
    before = text[max(0, position - _LONGEST_ADDRESS) : position]
    word = before[max(before.rfind(each) for each in " \t\n") + 1 :]
    return any(sign in word for sign in _ADDRESS_SIGNS)


def with_fallbacks(line: str) -> str:
    """Return a plain line as whoever is no reader sees it: each merge field shows its fallback."""
    return MERGE_FIELD.sub(lambda found: merge_field(found).fallback, line) if "{{" in line else line


def tidied(value: str) -> str:
    """Return a reader's value as one line of text: no control characters, nothing that turns the text around."""
    kept = (" " if each.isspace() else each for each in value[:MOST_VALUE_CHARS] if each not in _BIDI)
    return " ".join("".join(each for each in kept if unicodedata.category(each) not in ("Cc", "Cs")).split())


class Fallbacks:
    """Merging for whoever is no reader."""

    def told(self, field: MergeField, place: MergePlace) -> str:
        """Return the fallback."""
        return field.fallback


FALLBACKS = Fallbacks()


@dataclass(frozen=True, slots=True)
class KnownValues:
    """Merging for one reader, of whom `values` are known by key."""

    values: Mapping[str, str]

    def told(self, field: MergeField, place: MergePlace) -> str:
        """Return the reader's value, or the fallback."""
        return tidied(self.values.get(field.key, "")) or field.fallback


class MergeMarks:
    """Merging for all readers at once: a mark for each field in each place, remembered as they are asked for.

    `seed` is the issue's own text: nobody who writes can know what it comes to.
    """

    def __init__(self, seed: str) -> None:
        self._digest = sha256(seed.encode()).hexdigest()[:_DIGEST_CHARS]
        self._numbers: dict[MergeField, int] = {}

    def told(self, field: MergeField, place: MergePlace) -> str:
        """Return the mark of a field; beyond MOST_MERGE_FIELDS its fallback."""
        number = self._numbers.setdefault(field, len(self._numbers))
        return field.fallback if number >= MOST_MERGE_FIELDS else _mark(place, number, self._digest)

    def plan(self, subject: str) -> MergePlan:
        """Return how the mails of this issue are filled; `subject` as its editor wrote it."""
        fields = tuple(self._numbers)[:MOST_MERGE_FIELDS]
        return MergePlan(fields, self._digest, subject if any(merge_fields_in(subject)) else "")


@dataclass(frozen=True, slots=True)
class MergePlan:
    """How the merge fields of an edition are filled: frozen with it. `subject` is empty where it is the same for all readers."""

    fields: tuple[MergeField, ...]
    digest: str
    subject: str = ""

    def __bool__(self) -> bool:
        return bool(self.fields or self.subject)

    @classmethod
    def of_stored(cls, told: Mapping[str, Any] | None) -> Self | None:
        """Read what `stored` wrote; None for an edition that has no merge fields."""
        if not told:
            return None
        fields = tuple(MergeField(key, fallback) for key, fallback in told["fields"])
        return cls(fields, told["digest"], told["subject"])

    def stored(self) -> dict[str, Any] | None:
        """Return plain values for the ledger; None where there is nothing to fill."""
        return (
            {"fields": [list(each) for each in self.fields], "digest": self.digest, "subject": self.subject}
            if self
            else None
        )

    @property
    def keys(self) -> frozenset[str]:
        """The keys of the publication's own fields that are named."""
        named = {field.key for field in self.fields} | {field.key for _, field in merge_fields_in(self.subject)}
        return frozenset(named.difference(BUILT_IN))

    @property
    def marks(self) -> Sequence[str]:
        """All marks that the bodies may hold."""
        return [_mark(place, number, self.digest) for place in MergePlace for number in range(len(self.fields))]

    def values(self, known: Mapping[str, str]) -> dict[str, bytes]:
        """Return what fills each mark for the reader of whom `known` is known, in wire form."""
        merging, filled = KnownValues(known), {}
        for number, field in enumerate(self.fields):
            text = merging.told(field, MergePlace.TEXT)
            filled[_mark(MergePlace.TEXT, number, self.digest)] = wide_value(text)
            filled[_mark(MergePlace.HTML, number, self.digest)] = wide_value(escape(text))
        return filled

    def fill(self, text: str, known: Mapping[str, str], place: MergePlace) -> str:
        """Return a part of the mail before MIME as the reader reads it of whom `known` is known."""
        merging, text = KnownValues(known), str(text)  # a Markup would escape once more
        for number, field in enumerate(self.fields):
            told = merging.told(field, place)
            text = text.replace(_mark(place, number, self.digest), escape(told) if place is MergePlace.HTML else told)
        return text

    def subject_line(self, known: Mapping[str, str]) -> bytes:
        """Return the Subject header for the reader of whom `known` is known; empty where the subject is the same for all."""
        return header("Subject", subject_for(self.subject, KnownValues(known))) if self.subject else b""


def subject_for(subject: str, merging: Merging) -> str:
    """Return a subject with its merge fields filled; of long values the beginning."""

    def filled(found: re.Match[str]) -> str:
        told = merging.told(merge_field(found), MergePlace.TEXT)
        return told if len(told) <= MOST_SUBJECT_CHARS else f"{told[: MOST_SUBJECT_CHARS - 1]}…"

    return MERGE_FIELD.sub(filled, subject)


def _mark(place: MergePlace, number: int, digest: str) -> str:
    return f"%%f{place.value}{number:03}{digest}%%"
