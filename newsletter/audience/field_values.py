"""Values of readers' fields: read by the kind of the field, and kept so that they can be looked for."""

from __future__ import annotations

import math
import re
import unicodedata
import zlib
from datetime import date

from newsletter.audience.moving.cells import read_moment
from newsletter.errors import InputError
from newsletter.model.reader_fields import FieldKind, ReaderField, ReadValue

MOST_KEY_CHARS, MOST_TITLE_CHARS, MOST_FOLDED_CHARS, MOST_TAG_CHARS = 40, 100, 100, 100
MOST_VALUE_CHARS = 4000
_NO_KEY = re.compile(r"[^a-z0-9]+")
_YES = frozenset({"yes", "true", "1", "y", "t", "on", "ja", "oui", "si", "sí"})
_NO = frozenset({"no", "false", "0", "n", "f", "off", "nein", "non"})


def key_of(title: str) -> str:
    """Return what a field is named by in columns and merge fields: `Lead source` -> `lead_source`."""
    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    key = _NO_KEY.sub("_", plain).strip("_")[:MOST_KEY_CHARS].strip("_")
    return (
        key
        if key and not key[0].isdigit()
        else f"field_{key or format(zlib.crc32(title.encode()), 'x')}"[:MOST_KEY_CHARS]
    )


def folded(text: str) -> str:
    """Return the beginning of a text without case, as it is looked for."""
    return unicodedata.normalize("NFC", " ".join(text[: 4 * MOST_FOLDED_CHARS].casefold().split()))[:MOST_FOLDED_CHARS]


def printable(text: str) -> str:
    """Return a text without the control characters and halves of characters that no database holds, or nobody means."""
    if text.isprintable():
        return text
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def tag_key(name: str) -> str:
    """Return a tag without case. Raises InputError for one that is empty or too long, or holds control characters."""
    key = folded(name)
    if not key or len(name) > MOST_TAG_CHARS:
        raise InputError(f"a tag has 1 to {MOST_TAG_CHARS} characters", where="tag", remedy="shorten it")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in name.strip()):
        raise InputError("a tag stands on one line, without control characters", where="tag", remedy="type it anew")
    return key


def read_value(kind: FieldKind, text: str) -> ReadValue:
    """Read a value of a kind; an empty text is none, and the caller's to leave out. Raises InputError."""
    given = printable(text).strip()
    if len(given) > MOST_VALUE_CHARS:
        raise InputError(f"a value has at most {MOST_VALUE_CHARS} characters", where="field", remedy="shorten it")
    if kind is FieldKind.NUMBER:
        return _number(given)
    if kind is FieldKind.DATE:
        found = read_moment(given)
        if found is None:
            raise InputError(f"{given[:40]!r} is no date", where="field", remedy="write it as 2026-05-09")
        return _of_day(found.date())
    if kind is FieldKind.YES_NO:
        word = given.casefold()
        if word not in _YES | _NO:
            raise InputError(f"{given[:40]!r} is neither yes nor no", where="field", remedy="write yes or no")
        told = "yes" if word in _YES else "no"
        return ReadValue(told, told)
    return ReadValue(given, folded(given))


def read_for(field: ReaderField, text: str) -> ReadValue | None:
    """Read a value of a field; an empty text is none. Raises InputError that names the field."""
    if not text.strip():
        return None
    try:
        read = read_value(field.kind, text)
    except InputError as error:
        raise InputError(error.what, where=field.key, remedy=error.remedy) from None
    if field.kind is FieldKind.CHOICE:
        meant = next((choice for choice in field.choices.splitlines() if folded(choice) == read.folded), None)
        if meant is None:
            raise InputError(f"{text.strip()[:40]!r} is none of the choices", where=field.key, remedy="choose one")
        read = ReadValue(meant, read.folded)
    return read if read.text else None


def _number(given: str) -> ReadValue:
    try:
        number = float(given.replace("\u00a0", "").replace(" ", ""))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{given[:40]!r} is no number", where="field", remedy="write it as 12.5")
    return ReadValue(given, folded(given), number)


def _of_day(day: date) -> ReadValue:
    return ReadValue(day.isoformat(), day.isoformat(), float(day.toordinal()))
