"""What a reader has to say of an answer, gathered: each thing once, with how often and of what."""

from __future__ import annotations

from collections.abc import Iterable

_MOST_NAMED = 3
_MOST_CHARS = 60


class Told:
    """Sentences in the order in which they came up; the same of several items is one sentence with their number."""

    def __init__(self, sentences: Iterable[str] = ()) -> None:
        self._said: dict[str, list[str]] = {sentence: [] for sentence in sentences}

    def say(self, sentence: str) -> None:
        """Say this once."""
        self._said.setdefault(sentence, [])

    def of(self, item: str, what: str) -> None:
        """Say this of an item: `what` goes on after "1 item" or "7 items"; the first few are named by their titles."""
        self._said.setdefault(what, []).append(item)

    def sentences(self) -> tuple[str, ...]:
        """Return all that was said."""
        return tuple(_sentence(what, items) for what, items in self._said.items())


def _sentence(what: str, items: list[str]) -> str:
    if not items:
        return what
    named = [f"“{_short(item)}”" for item in items[:_MOST_NAMED] if item]
    more = ", ..." if len(items) > len(named) else ""
    return f"{len(items)} item{'s' if len(items) > 1 else ''} {what}" + (f": {', '.join(named)}{more}" if named else "")


def _short(title: str) -> str:
    return title if len(title) <= _MOST_CHARS else f"{title[:_MOST_CHARS]}..."
