"""Octets with slots, filled once per delivery: the innermost loop of sending."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from newsletter.mail.slots import Slot

_SLOTS: Mapping[str, Slot] = {slot.value: slot for slot in Slot}


class BodyTemplate:
    """Compiled octets, split once at their slot marks; thread-safe.

    The slot that occurs most often (the click token, once per link) is filled by one `token.join(segments)` between two
    rare slots: the work is in C, and goes with the number of rare slots.
    """

    __slots__ = ("_frequent", "_parts", "_rare", "slots")

    def __init__(self, content: bytes, more: Sequence[str] = ()) -> None:
        """`more` are marks besides those of slots."""
        pieces = _pattern((*Slot, *more)).split(content)
        texts = pieces[::2]
        marks = [_SLOTS.get(mark, mark) for mark in (each.decode() for each in pieces[1::2])]
        counts = Counter(marks)
        self.slots: frozenset[str] = frozenset(counts)
        self._frequent: str | None = counts.most_common(1)[0][0] if counts else None
        self._rare: list[str] = [mark for mark in marks if mark is not self._frequent]
        self._parts: list[bytes | list[bytes]] = _between(texts, marks, self._frequent)

    def fill(self, values: Mapping[str, bytes], head: tuple[bytes, ...] = ()) -> bytes:
        """Return `head` and the content with each mark replaced by its value. Raises KeyError when a value is missing."""
        join = values[self._frequent].join if self._frequent else b"".join
        out = [*head]
        add = out.append
        rare = iter(self._rare)
        for part in self._parts:
            add(part if isinstance(part, bytes) else join(part))
            mark = next(rare, None)
            if mark is not None:
                add(values[mark])
        return b"".join(out)


def _pattern(marks: Sequence[str]) -> re.Pattern[bytes]:
    return re.compile(b"(" + b"|".join(re.escape(mark.encode()) for mark in marks) + b")")


def _between(texts: list[bytes], marks: list[str], frequent: str | None) -> list[bytes | list[bytes]]:
    """The stretches between rare slots: plain octets, or segments to be joined by the frequent slot's value."""
    stretches = [[texts[0]]]
    for mark, text in zip(marks, texts[1:], strict=True):
        if mark is frequent:
            stretches[-1].append(text)
        else:
            stretches.append([text])
    return [s[0] if len(s) == 1 else s for s in stretches]
