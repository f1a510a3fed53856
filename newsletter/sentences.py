"""Sentences that readers see, before it is known in which language: English here, said in another by `newsletter.rendering.language`.

A sentence is a string, so that logs, the command line and the desk print its English as they print any other. The catalogues
(`newsletter/locale/`) are made of the first argument of `sentence` and of the first two of `plural`; see docs/languages.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

Numbers = Callable[[int], str]
"""A whole number -> how a language writes it."""


@dataclass(frozen=True, slots=True)
class Source:
    """What stands in the catalogues, and what belongs into its places; `several` and `count` are set where a number decides."""

    one: str
    values: Mapping[str, object]
    several: str = ""
    count: int = 0


class Sentence(str):
    """English text that knows where it came from."""

    __slots__ = ("source",)
    source: Source

    def __new__(cls, text: str, source: Source) -> Self:
        """Return `text`, which other languages say as `source`."""
        made = super().__new__(cls, text)
        made.source = source
        return made

    def __getnewargs__(self) -> tuple[str, Source]:  # type: ignore[override]  # a str alone has one
        """Return what a copy is made of: reports are copied field by field, and go from process to process."""
        return str(self), self.source

    def in_detail(self, text: str) -> Sentence:
        """Return words for operators of what readers are told as this sentence."""
        return Sentence(text, self.source)


def sentence(message: str, /, **values: object) -> Sentence:
    """Return a whole sentence; `%(name)s` is where a value stands, whole numbers in the language's own writing."""
    return Sentence(filled(message, values, _english), Source(message, values))


def plural(one: str, several: str, /, count: int, **values: object) -> Sentence:
    """Return the sentence for this `count`, which stands in it as `%(count)s`; languages have up to six forms of it."""
    given = {"count": count, **values}
    return Sentence(filled(one if count == 1 else several, given, _english), Source(one, given, several, count))


def filled(message: str, values: Mapping[str, object], number: Numbers) -> str:
    """Return `message` with its values; one without any is left as it is."""
    if not values:
        return message
    return message % {name: number(value) if type(value) is int else value for name, value in values.items()}


def _english(value: int) -> str:
    return f"{value:,}"
