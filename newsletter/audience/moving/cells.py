"""Cells that hold more than one value, and moments as products write them. Pure; what cannot be read is empty, never an error."""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

MOST_CHARS = 20_000
"""Longest cell that is taken apart."""
MOST_DEEP = 50
_FORMS = (
    *("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d.%m.%y", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d"),
    *(
        "%B %d, %Y",
        "%b %d, %Y",
        "%d %B %Y",
        "%d %b %Y",
        "%B %d, %Y %I:%M %p",
        "%b %d, %Y %I:%M %p",
        "%b %d, %Y, %I:%M %p",
    ),
    *("%a, %d %b %Y %H:%M:%S %z", "%Y-%m-%d %I:%M %p", "%Y-%m-%d %I:%M:%S %p"),
)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:,? (\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([ap]m))?)?", re.IGNORECASE)
_ZONE = re.compile(r"(?: ?(?:UTC|GMT|Z))$| (?=[+-]\d{4} [A-Z]{2,5}$)")
_GO = re.compile(r"([+-]\d{2})(\d{2}) [A-Z+-]{1,5}\d{0,4}$")
_FINE = re.compile(r"(\.\d{6})\d{1,3}")


def read_moment(cell: str) -> datetime | None:
    """Return the moment a cell tells, in UTC; one without zone is in UTC. None for what is none, and for a day that may be two (03/04/2021)."""
    text = _FINE.sub(r"\1", cell.strip())
    if not text or len(text) > 60:
        return None
    found = _iso(_GO.sub(r"\1:\2", text)) or _iso(_ZONE.sub("", text)) or _slashed(text)
    for form in () if found else _FORMS:
        try:
            found = datetime.strptime(text, form)  # noqa: DTZ007 - the zone is set below
        except ValueError:
            continue
        break
    if found is None:
        return None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return None


def of_parts(parts: Iterable[str]) -> datetime | None:
    """Return the moment of year, month, day, hour, minute and second."""
    try:
        return datetime(*[int(part or 0) for part in parts], tzinfo=UTC)  # type: ignore[misc, arg-type]
    except (ValueError, TypeError):
        return None


def tags_of(cell: str) -> list[str]:
    """Return the tags of a cell: `a;b`, `a, b`, or a quoted list (`"a","b, c"`); each once, in their order."""
    text = cell.strip()[:MOST_CHARS]
    if not text:
        return []
    try:
        tags = json.loads(text) if text.startswith("[") else None
    except (ValueError, RecursionError):
        tags = None
    if not isinstance(tags, list):
        separator = ";" if ";" in text and not text.startswith('"') else ","
        tags = next(
            csv.reader([text.replace("\n", " ").replace("\r", " ")], delimiter=separator, skipinitialspace=True), []
        )
    texts = [" ".join(storable(each).split()) for each in tags if isinstance(each, str)]
    return list(dict.fromkeys(filter(None, texts)))


def json_values(cell: str) -> Mapping[str, str]:
    """Return the values of a JSON object as texts; those that are lists or objects stay JSON."""
    try:
        return _texts(json.loads(cell[:MOST_CHARS] or "{}"))
    except (ValueError, RecursionError):
        return {}


def python_values(cell: str) -> Mapping[str, str]:
    """Return the values of a dict that Python printed, read as a literal: nothing in it is run."""
    text = cell[:MOST_CHARS]
    if text.count("{") + text.count("[") + text.count("(") + text.count("-") > MOST_DEEP:
        return {}
    try:
        return _texts(ast.literal_eval(text.strip() or "{}"))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return {}


def storable(text: str) -> str:
    """Return text without what no database takes: NUL, and halves of characters, both of which JSON may write."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _texts(found: object) -> Mapping[str, str]:
    if not isinstance(found, dict):
        return {}
    return {
        storable(str(key)): storable(
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        )
        for key, value in found.items()
        if value not in (None, "", [], {})
    }


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _slashed(text: str) -> datetime | None:
    found = _SLASHED.fullmatch(text)
    if found is None:
        return None
    one, other, year = int(found[1]), int(found[2]), int(found[3])
    if one <= 12 and other <= 12 and one != other:
        return None
    day, month = (one, other) if one > 12 else (other, one)
    hour = int(found[4] or 0)
    if found[7]:
        hour = hour % 12 + (12 if found[7].lower() == "pm" else 0)
    try:
        return datetime(year, month, day, hour, int(found[5] or 0), int(found[6] or 0))  # noqa: DTZ001 - the zone is set above
    except ValueError:
        return None
