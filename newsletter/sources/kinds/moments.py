"""Moments as feeds write them, in UTC: ISO 8601 and W3C, RFC 822 with its many mistakes, C's `asctime`, numbers of seconds.

What could be read in two ways (`08/05/2026`) is not read. A name of a weekday says nothing that the date does not.
"""

# ruff: noqa: SIM905 - a list of names reads best as words
from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

FIRST_YEAR = 1990
"""A feed tells of nothing that was published before: zeros of a machine's clock, and typing errors."""
AHEAD = timedelta(hours=1)
"""How much later than now a moment may be: clocks differ."""
_MOST_CHARS = 80
_MONTHS = {
    name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)
}
_MONTHS |= {
    "mär": 3,
    "mrz": 3,
    "mrt": 3,
    "mai": 5,
    "mei": 5,
    "okt": 10,
    "dez": 12,
    "fév": 2,
    "avr": 4,
    "juin": 6,
    "juil": 7,
    "aoû": 8,
    "déc": 12,
}
_MONTHS |= {
    "ene": 1,
    "abr": 4,
    "ago": 8,
    "dic": 12,
    "gen": 1,
    "mag": 5,
    "giu": 6,
    "lug": 7,
    "set": 9,
    "ott": 10,
    "fev": 2,
    "out": 10,
}
_MONTHS |= {"янв": 1, "фев": 2, "мар": 3, "апр": 4, "май": 5, "мая": 5, "июн": 6, "июл": 7, "авг": 8, "сен": 9, "окт": 10, "ноя": 11, "дек": 12}  # fmt: skip
_MONTHS |= {"maj": 5, "maja": 5}
_HOURS = {
    name: float(hours)
    for hours, names in (
        ("0", "ut utc gmt z wet"), ("-3", "brt art adt"), ("-3.5", "nst"), ("-2.5", "ndt"), ("-4", "edt ast"), ("-5", "est cdt et"),
        ("-6", "cst mdt ct"), ("-7", "mst pdt mt"), ("-8", "pst akdt pt"), ("-9", "akst"), ("-10", "hst"), ("1", "west bst cet met mez"),
        ("2", "cest mest mesz eet sast cat"), ("3", "eest msk trt eat idt"), ("4", "msd gst"), ("5", "pkt"), ("5.5", "ist"), ("7", "ict wib"),
        ("8", "hkt sgt pht awst myt"), ("9", "jst kst"), ("9.5", "acst"), ("10", "aest"), ("11", "aedt"), ("12", "nzst"), ("13", "nzdt"),
    )
    for name in names.split()
}  # fmt: skip
"""Hours before or behind UTC of the names that RFC 822 knows and others write; `IST` as India has it, by far the most."""
_BY_SEASON = {
    "et": ZoneInfo("America/New_York"),
    "ct": ZoneInfo("America/Chicago"),
    "mt": ZoneInfo("America/Denver"),
    "pt": ZoneInfo("America/Los_Angeles"),
}
"""Names that mean the time of a place in winter and in summer."""
_TIME = r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d{1,9})?)?\s{0,3}(?P<half>[APap]\.?[Mm]\.?)?"
_ZONE = r"\s{0,3}(?P<zone>[A-Za-z]{1,5})?\s{0,3}(?P<offset>[+\-\u2212]\d{1,2}:?(?:\d{2})?)?(?:\s{0,3}(?:\([^()]{0,40}\)|[A-Z]{3,5}))?"
_ISO = re.compile(
    r"(?P<year>\d{4})(?P<sign>[-/.]?)(?P<month>\d{2}|(?<=[-/.])\d)(?P=sign)(?P<day>\d{2}|(?<=[-/.])\d)"
    r"(?:(?:[Tt_]|\s{1,3})(?:" + _TIME + r"|(?P<packed>\d{4}(?:\d{2})?)(?:[.,]\d{1,9})?)" + _ZONE + r")?"
)
_WRITTEN = re.compile(
    r"(?:[^\W\d_]{2,12}\.?,?\s{0,3})?(?:(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?[\s-]{1,3}(?:de\s{1,3})?(?P<month>[^\W\d_]{3,12})\.?,?[\s-]{1,3}(?:de\s{1,3})?(?P<year>\d{4}|\d{2})"
    r"|(?P<month2>[^\W\d_]{3,12})\.?\s{1,3}(?P<day2>\d{1,2})(?:st|nd|rd|th)?,?\s{1,3}(?P<year2>\d{4}))"
    r"(?:(?:,|\s+at|\s+-|T)?\s{0,3}" + _TIME + _ZONE + r")?"
)
_ASCTIME = re.compile(
    r"[A-Za-z]{3},?\s{1,3}(?P<month>[A-Za-z]{3})\s{1,3}(?P<day>\d{1,2})\s{1,3}"
    + _TIME
    + _ZONE
    + r"\s{1,3}(?P<year>\d{4})"
)
_FIGURES = re.compile(
    r"(?P<first>\d{1,2})(?P<sign>[./])(?P<other>\d{1,2})(?P=sign)(?P<year>\d{4})(?:,?\s{1,3}" + _TIME + _ZONE + r")?"
)
"""A date of figures with its year last; which of the others is the month is told by `_in_order`."""
_REGION = re.compile(r"((?:Z|[+-]\d\d:?\d\d))\[[A-Za-z_/+-]{1,40}\]$")
"""What Java writes behind an offset: the name of the place."""
_EASTERN = re.compile(r"^(\d{4})\s?[\u5e74\ub144]\s?(\d{1,2})\s?[\u6708\uc6d4]\s?(\d{1,2})\s?[\u65e5\uc77c]\s?")
"""A date with the signs for year, month and day, as written in China, Japan and Korea."""
_ORDINAL = re.compile(r"(?P<year>\d{4})-?(?P<ordinal>\d{3})")
_WEEK = re.compile(r"\d{4}-?W\d{2}-?\d")
_MONTH_ALONE = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})")
_SECONDS = re.compile(r"(\d{9,10})(?:\d{3}|\.\d{1,9})?")


def read(text: str) -> datetime | None:
    """Return the moment in UTC that a text names, or None where it names none or could mean two. A day alone begins at 00:00 UTC."""
    line = _REGION.sub(r"\1", _EASTERN.sub(r"\1-\2-\3 ", " ".join(text.split()))).strip()
    if not line or len(line) > _MOST_CHARS:
        return None
    try:
        return _read(line)
    except (ValueError, OverflowError):  # the 31st of February, hour 25, a year beyond the calendar
        return None


def credible(moment: datetime | None, now: datetime) -> bool:
    """Tell whether a moment may be when something was published: not later than an hour from now, nor before 1990."""
    return moment is not None and moment.year >= FIRST_YEAR and moment <= now + AHEAD


def _read(line: str) -> datetime | None:
    for pattern in (_ISO, _WRITTEN, _ASCTIME):
        if found := pattern.fullmatch(line):
            return _moment({name: value for name, value in found.groupdict().items() if value})
    if found := _FIGURES.fullmatch(line):
        return _in_order(found)
    if found := _ORDINAL.fullmatch(line):
        return datetime(int(found["year"]), 1, 1, tzinfo=UTC) + timedelta(days=int(found["ordinal"]) - 1)
    if _WEEK.fullmatch(line):
        return datetime.fromisoformat(line).replace(tzinfo=UTC)
    if found := _MONTH_ALONE.fullmatch(line):
        return datetime(int(found["year"]), int(found["month"]), 1, tzinfo=UTC)
    if found := _SECONDS.fullmatch(line):
        return datetime.fromtimestamp(int(found[1]), tz=UTC)
    return None


def _in_order(found: re.Match[str]) -> datetime | None:
    """Return a moment whose date can be read in one way only: its day is beyond 12, or both figures are the same."""
    parts = {name: value for name, value in found.groupdict().items() if value}
    first, other = int(parts["first"]), int(parts["other"])
    if first != other and max(first, other) <= 12:
        return None
    day, month = (other, first) if other > 12 else (first, other)
    return _moment({**parts, "day": str(day), "month": str(month)})


def _moment(parts: dict[str, str]) -> datetime | None:
    month = parts.get("month") or parts["month2"]
    number = int(month) if month.isdigit() else _named(month.lower())
    year = _year(parts.get("year") or parts["year2"])
    day = datetime(
        year,
        number,
        int(parts.get("day") or parts["day2"]),
        tzinfo=_zone(parts.get("zone", ""), parts.get("offset", "")),
    )
    if packed := parts.get("packed"):
        parts = {**parts, "hour": packed[:2], "minute": packed[2:4], "second": packed[4:] or "0"}
    hour, minute, second = (int(parts.get(name, "0")) for name in ("hour", "minute", "second"))
    if half := parts.get("half", "").lower():
        hour = hour % 12 + (12 if half[0] == "p" else 0)
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        raise ValueError
    return (day + timedelta(hours=hour, minutes=minute, seconds=min(second, 59))).astimezone(UTC)


def _named(month: str) -> int:
    return _MONTHS.get(month[:4]) or _MONTHS.get(month[:3], 0)


def _year(written: str) -> int:
    """Return a year in full; two digits as RFC 5322 section 4.3 reads them."""
    year = int(written)
    return year if len(written) > 2 else year + (2000 if year < 50 else 1900)


def _zone(name: str, offset: str) -> tzinfo:
    """Return a zone of hours; a number counts, whatever name stands before it. A name that nobody knows is UTC (RFC 5322 section 4.3)."""
    if offset:
        digits = offset[1:].replace(":", "")
        hours, minutes = int(digits[: 2 if len(digits) != 3 else 1]), int(digits[2 if len(digits) != 3 else 1 :] or "0")
        if minutes > 59:
            raise ValueError
        length = timedelta(hours=hours, minutes=minutes)
        return timezone(length if offset[0] == "+" else -length)
    if place := _BY_SEASON.get(name.lower()):
        return place
    return timezone(timedelta(hours=_HOURS.get(name.lower(), 0.0)))
