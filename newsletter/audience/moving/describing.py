"""What rows tell of people besides: tags, and values of fields, by the kinds that the publication's fields have already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from newsletter.audience.field_values import MOST_TAG_CHARS, MOST_TITLE_CHARS, key_of, read_value, tag_key
from newsletter.audience.moving.read_row import ReadRow
from newsletter.errors import InputError
from newsletter.model.reader_fields import FieldKind
from newsletter.store.audience.staged import StagedTag, StagedValue

MOST_FIELDS = 100
MOST_TAGS = 5_000
"""What looks like more tags than this is no list of tags."""


class Describing:
    """Collects tags and values for the stage. `new` are the titles of fields that are not there yet, by key."""

    def __init__(self, kinds: Mapping[str, FieldKind]) -> None:
        self._kinds = kinds
        self._keys: dict[str, str] = {}
        self._tags: dict[str, str] = {}
        self.new: dict[str, str] = {}
        self.unreadable: Counter[str] = Counter()
        """Values that the kind of their field does not take, by field; they are left out."""

    def of(self, rows: Sequence[ReadRow]) -> tuple[list[StagedTag], list[StagedValue]]:
        """Return what rows tell. Raises InputError for too many tags or fields."""
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
            name = given[:MOST_TAG_CHARS].strip()
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
                value = read_value(self._kinds.get(key, FieldKind.TEXT), text)
            except InputError:
                self.unreadable[title] += 1
                continue
            if value.text:
                found.setdefault(key, StagedValue(row.number, key, value.text, value.folded, value.number))
        return list(found.values())

    def _key(self, title: str, row: ReadRow) -> str:
        key = self._keys.get(title)
        if key is None:
            key = self._keys[title] = key_of(title)
            if key not in self._kinds:
                self.new.setdefault(key, " ".join(title.split())[:MOST_TITLE_CHARS])
            if len(self._keys) > MOST_FIELDS:
                raise InputError(
                    f"there are more than {MOST_FIELDS} fields",
                    where=f"{row.file}:{row.line}",
                    remedy="leave columns out that nobody needs",
                )
        return key
