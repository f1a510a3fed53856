"""What rows tell of people besides: tags, and values of fields, by the kinds that the publication's fields have already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from newsletter.audience.field_values import (
    MOST_TAG_CHARS,
    MOST_TITLE_CHARS,
    key_of,
    printable,
    read_for,
    read_value,
    tag_key,
)
from newsletter.audience.moving.read_row import ReadRow
from newsletter.errors import InputError
from newsletter.model.reader_fields import FieldKind, ReaderField, ReadValue
from newsletter.store.audience.staged import StagedTag, StagedValue

MOST_FIELDS = 100
MOST_TAGS = 5_000
"""What looks like more tags than this is no list of tags."""


MOST_CHOSEN = 10_000
"""So many cells that name a choice are remembered, so that a million rows compare the choices a few times."""


class Describing:
    """Collects tags and values for the stage. `new` are the titles of fields that are not there yet, by key."""

    def __init__(self, fields: Mapping[str, ReaderField]) -> None:
        self._fields = fields
        self._keys: dict[str, str] = {}
        self._tags: dict[str, str] = {}
        self._chosen: dict[tuple[str, str], ReadValue] = {}
        self.new: dict[str, str] = {}

    def of(self, rows: Sequence[ReadRow]) -> tuple[list[StagedTag], list[StagedValue]]:
        """Return what rows tell, and note in each what its field does not take. Raises InputError for too many tags or fields."""
        tags, values = [], []
        for row in rows:
            if row.tags:
                tags += [StagedTag(row.number, key, name) for key, name in self._tags_of(row).items()]
            if row.fields:
                values += self._values_of(row)
        return tags, values

    def _tags_of(self, row: ReadRow) -> dict[str, str]:
        found: dict[str, str] = {}
        for given in row.tags:
            name = " ".join(printable(given).split())[:MOST_TAG_CHARS].strip()
            if not name:
                continue
            key = tag_key(name)
            found.setdefault(key, self._tags.setdefault(key, name))
        if len(self._tags) > MOST_TAGS:
            raise InputError(
                f"there are more than {MOST_TAGS:,} tags",
                where=f"{row.file}:{row.line}",
                remedy="rename the column, or leave it out",
            )
        return found

    def _values_of(self, row: ReadRow) -> list[StagedValue]:
        found: dict[str, StagedValue] = {}
        for title, text in row.fields.items():
            key = self._key(title, row)
            try:
                value = self._read(key, text)
            except InputError as error:
                row.unfit.append((title, error.what))
                continue
            if value is not None and value.text:
                found.setdefault(key, StagedValue(row.number, key, value.text, value.folded, value.number))
        for title, _ in row.unfit:
            del row.fields[title]
        return list(found.values())

    def _read(self, key: str, text: str) -> ReadValue | None:
        known = self._fields.get(key)
        if known is None:
            return read_value(FieldKind.TEXT, text)
        if known.kind is not FieldKind.CHOICE:
            return read_for(known, text)
        found = self._chosen.get((key, text))
        if found is None and (found := read_for(known, text)) and len(self._chosen) < MOST_CHOSEN:
            self._chosen[key, text] = found
        return found

    def _key(self, title: str, row: ReadRow) -> str:
        key = self._keys.get(title)
        if key is None:
            key, there = key_of(title), 0
            self._keys[title] = key
            if key not in self._fields:
                self.new.setdefault(key, " ".join(title.split())[:MOST_TITLE_CHARS])
                there = len(self._fields) + len(self.new)
            if len(self._keys) > MOST_FIELDS or there > MOST_FIELDS:
                raise InputError(
                    f"there would be more than {MOST_FIELDS} fields",
                    where=f"{row.file}:{row.line}",
                    remedy="leave columns out that nobody needs",
                )
        return key
