"""Cells that hold more than one value, and moments as products write them. Pure; what cannot be read is empty, never an error."""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

MOST_CHARS = 20_000
"""Longest cell that is taken apart."""
MOST_DEEP = 50
_FORMS = (
    *("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%d.%m.%y", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d"),
    *("%Y-%m-%d %I:%M %p", "%Y-%m-%d %I:%M:%S %p"),
)
_MONTHS: Mapping[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier enero ene gennaio gen janeiro januari",
            "february feb februar februari février févr febrero febbraio fevereiro fev",
            "march mar märz mär mrz mars marzo março maart mrt",
            "april apr avril avr abril abr aprile",
            "may mai mayo maggio mag maio mei",
            "june jun juni juin junio giugno giu junho",
            "july jul juli juillet juil julio luglio lug julho",
            "august aug août agosto ago augustus augusti",
            "september sep sept septembre septiembre settembre set setembro",
            "october oct oktober okt octobre octubre ottobre ott outubro out",
            "november nov novembre noviembre novembro",
            "december dec dezember dez décembre déc diciembre dic dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
"""Months as English, German, French, Spanish, Italian, Portuguese and Dutch write them."""
_TIME = r"(?:(?:,|,? at)? (?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?: ?(?P<half>[ap]m))?(?: Uhr)?(?: (?:GMT|UTC)?(?P<zone>[+-]\d{2}:?\d{2}))?)?"
_NAMED = (
    re.compile(
        r"(?P<month>[^\W\d_]{3,10})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})" + _TIME, re.IGNORECASE
    ),
    re.compile(
        r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?(?: (?:de )?|-)(?P<month>[^\W\d_]{3,10})\.?(?:,? (?:de )?|-)(?P<year>\d{4})"
        + _TIME,
        re.IGNORECASE,
    ),
)
_WEEKDAY = re.compile(r"^[^\W\d_]{2,10}[.,]{0,2} (?=\d{1,2}[ .-]|[^\W\d_]{3,10}\.? \d{1,2}\b)| \([^()]{1,40}\)$")
_SLASHED = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?:,? (\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([ap]m))?)?", re.IGNORECASE
)
_ZONE = re.compile(r"(?: ?(?:UTC|GMT|Z))$| (?=[+-]\d{4} [A-Z]{2,5}$)")
_GO = re.compile(r"([+-]\d{2})(\d{2}) [A-Z+-]{1,5}\d{0,4}$")
_FINE = re.compile(r"(\.\d{6})\d{1,3}")
_DOTTED = re.compile(r"^(\d{4})\.(\d{2})\.(\d{2})(?= |$)")
_EPOCH = re.compile(r"(\d{10})(?:\d{3}|\.\d{1,9})?")
_EPOCH_SECONDS = range(946_684_800, 4_102_444_800)
"""Of the years from 2000 to 2099: a number outside is none of them."""


def read_moment(cell: str) -> datetime | None:
    """Return the moment a cell tells, in UTC; one without zone is in UTC. None for what is none, and for a day that may be two (03/04/2021)."""
    text = _FINE.sub(r"\1", cell.strip())
    if not text or len(text) > 80:
        return None
    found = _iso(_GO.sub(r"\1:\2", text)) or _iso(_DOTTED.sub(r"\1-\2-\3", _ZONE.sub("", text)))
    found = found or _slashed(text) or _named(text) or _of_epoch(text)
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
    """Return the tags of a cell: `a;b`, `a, b`, `a|b`, or a quoted list (`"a","b, c"`); each once, in their order."""
    text = cell.strip()[:MOST_CHARS]
    if not text:
        return []
    try:
        tags = json.loads(text) if text.startswith("[") else None
    except (ValueError, RecursionError):
        tags = None
    if not isinstance(tags, list):
        separator = next((each for each in ";,|" if each in text and (each == "," or not text.startswith('"'))), ",")
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
    """Return the values of a dict that Python printed, or of a JSON object; read as a literal: nothing in it is run."""
    text = cell[:MOST_CHARS]
    if found := json_values(text):
        return found
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
    return _at(year if year > 99 else 2000 + year, month, day, found.group(4, 5, 6), found[7])


def _named(text: str) -> datetime | None:
    """Read a day whose month is a word: `March 7, 2021 at 9:05 AM`, `7. März 2021`, `Sun Mar 07 2021 09:05:00 GMT+0100 (CET)`."""
    bare = _ZONE.sub("", text)
    tried = ((form, each) for each in (bare, _WEEKDAY.sub("", bare)) for form in _NAMED)
    found = next((match for form, each in tried if (match := form.fullmatch(each))), None)
    month = _MONTHS.get(found["month"].lower(), 0) if found else 0
    if not found or not month:
        return None
    at = _at(int(found["year"]), month, int(found["day"]), found.group("hour", "minute", "second"), found["half"])
    return _iso(f"{at.isoformat()}{found['zone']}") if at and found["zone"] else at


def _at(year: int, month: int, day: int, time: Sequence[str | None], half: str | None) -> datetime | None:
    hour, minute, second = (int(each or 0) for each in time)
    if half:
        hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the zone is set above
    except ValueError:
        return None


def _of_epoch(text: str) -> datetime | None:
    found = _EPOCH.fullmatch(text)
    return datetime.fromtimestamp(int(found[1]), UTC) if found and int(found[1]) in _EPOCH_SECONDS else None
