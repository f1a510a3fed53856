"""Cutting a stream of envelopes into batches that one call of a provider takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from newsletter.mail.envelope import Envelope
from newsletter.transports.providers.letter import BatchLetter, BatchLetters, Item

_ENTRY_OCTETS = 700
"""What one recipient adds to a call beside the letter: address, variables, tag, headers; measured 400 to 600."""

_MOST_OPEN = 4
"""Letters that gather at once: the forms of an edition are three."""


@dataclass(frozen=True, slots=True)
class Cap:
    """What one call takes: recipients, octets, and whether all its recipients must share one letter."""

    recipients: int
    octets: int
    one_letter: bool

    def weight(self, item: Item) -> int:
        """What this item adds to a call, about, in octets; a letter that is shared is counted with its first item."""
        return _ENTRY_OCTETS + (0 if self.one_letter else _escaped(item.letter))


@dataclass(frozen=True, slots=True)
class CallBatch:
    """What goes into one call, in the order of the envelopes; never empty."""

    items: tuple[Item, ...]

    @property
    def letter(self) -> BatchLetter:
        """The letter of the first item: that of all when the provider merges."""
        return self.items[0].letter

    def halves(self) -> tuple[CallBatch, CallBatch]:
        """Return the two halves of a batch of two or more."""
        middle = len(self.items) // 2
        return CallBatch(self.items[:middle]), CallBatch(self.items[middle:])

    def without(self, known: Iterable[int]) -> CallBatch | None:
        """Return what is left when these delivery ids are taken out, or None."""
        gone = frozenset(known)
        left = tuple(item for item in self.items if item.delivery_id not in gone)
        return CallBatch(left) if left else None


class CallBatches:
    """Iterates over batches; pulls envelopes only as they are needed.

    Readers of two forms of an edition come in any order, so each letter gathers its own items where a batch must share
    one: else every change of form would end a call. What was pulled for later batches stands in `ahead`.
    """

    def __init__(self, envelopes: Iterable[Envelope], cap: Cap) -> None:
        self._envelopes = iter(envelopes)
        self._cap = cap
        self._letters = BatchLetters()
        self._open: list[_Gathering] = []

    @property
    def ahead(self) -> list[Item]:
        """What was pulled and is in no batch yet."""
        return [item for gathering in self._open for item in gathering.items]

    def __iter__(self) -> Iterator[CallBatch]:
        for envelope in self._envelopes:
            ready = self._add(self._letters.item(envelope))
            if ready is not None:
                yield ready
        while self._open:
            yield self._open.pop(0).batch()

    def _add(self, item: Item) -> CallBatch | None:
        """Put the item where it belongs; return a batch that is full, or must make room."""
        gathering = next((g for g in self._open if not self._cap.one_letter or g.letter is item.letter), None)
        if gathering is None:
            self._open.append(_Gathering(self._cap, item))
            full = self._open[-1] if item.content and self._cap.one_letter else None  # shares its letter with nobody
            return self._close(full or (self._open[0] if len(self._open) > _MOST_OPEN else None))
        if not gathering.has_room_for(item):
            self._open[self._open.index(gathering)] = _Gathering(self._cap, item)
            return gathering.batch()
        gathering.add(item)
        return self._close(gathering if len(gathering.items) == self._cap.recipients else None)

    def _close(self, gathering: _Gathering | None) -> CallBatch | None:
        if gathering is None:
            return None
        self._open.remove(gathering)
        return gathering.batch()


class _Gathering:
    """A batch being filled."""

    def __init__(self, cap: Cap, first: Item) -> None:
        self.letter = first.letter
        self.items = [first]
        self._cap = cap
        self._weight = _escaped(first.letter)
        self._addresses = {first.to.address.lower()}

    def has_room_for(self, item: Item) -> bool:
        fits = self._weight + self._cap.weight(item) <= self._cap.octets
        return fits and item.to.address.lower() not in self._addresses  # some APIs key their variables by address

    def add(self, item: Item) -> None:
        self.items.append(item)
        self._weight += self._cap.weight(item)
        self._addresses.add(item.to.address.lower())

    def batch(self) -> CallBatch:
        return CallBatch(tuple(self.items))


def _escaped(letter: BatchLetter) -> int:
    """Octets of the letter inside JSON: quotes, line ends and non-ASCII grow; a sixth more covers real issues."""
    return letter.octets * 7 // 6 + _ENTRY_OCTETS
