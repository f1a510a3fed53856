"""What a language decides: writing direction, dates and numbers (babel, CLDR)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal


@dataclass(frozen=True, slots=True)
class Language:
    """A BCP 47 tag and what follows from it."""

    tag: str
    locale: Locale

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return self.locale.text_direction

    @property
    def start(self) -> str:
        """The side lines begin at: `left` or `right`."""
        return "right" if self.direction == "rtl" else "left"

    @property
    def end(self) -> str:
        """The side lines end at: `left` or `right`."""
        return "left" if self.direction == "rtl" else "right"

    def date(self, day: dt.date) -> str:
        """Return a date in words."""
        return format_date(day, "long", locale=self.locale)

    def number(self, value: int) -> str:
        """Return a number with separators."""
        return format_decimal(value, locale=self.locale)


@lru_cache(maxsize=64)
def language_of(tag: str) -> Language:
    """Return the language for a BCP 47 tag; one that CLDR does not know is dressed as English."""
    for candidate in (tag, tag.split("-", 1)[0]):
        try:
            return Language(tag, Locale.parse(candidate, sep="-"))
        except (UnknownLocaleError, ValueError):
            continue
    return Language(tag, Locale("en"))
