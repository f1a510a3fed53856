"""Cutting a stream of envelopes into batches that one call of a provider takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from newsletter.mail.envelope import Envelope
from newsletter.transports.providers.letter import Item, Letter, Letters

_ENTRY_OCTETS = 700
"""What one recipient adds to a call beside the letter: address, variables, tag, headers; measured 400 to 600."""


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
class Batch:
    """What goes into one call, in the order of the envelopes; never empty."""

    items: tuple[Item, ...]

    @property
    def letter(self) -> Letter:
        """The letter of the first item: that of all when the provider merges."""
        return self.items[0].letter

    def halves(self) -> tuple[Batch, Batch]:
        """Return the two halves of a batch of two or more."""
        middle = len(self.items) // 2
        return Batch(self.items[:middle]), Batch(self.items[middle:])

    def without(self, known: Iterable[int]) -> Batch | None:
        """Return what is left when these delivery ids are taken out, or None."""
        gone = frozenset(known)
        left = tuple(item for item in self.items if item.delivery_id not in gone)
        return Batch(left) if left else None


class Batches:
    """Iterates over batches; pulls envelopes only as they are needed. `ahead` is what was pulled for the next batch."""

    def __init__(self, envelopes: Iterable[Envelope], cap: Cap) -> None:
        self._envelopes = iter(envelopes)
        self._cap = cap
        self._letters = Letters()
        self.ahead: Item | None = None

    def __iter__(self) -> Iterator[Batch]:
        while items := self._gather():
            yield Batch(tuple(items))

    def _gather(self) -> list[Item]:
        items: list[Item] = []
        weight = 0
        addresses: set[str] = set()
        while len(items) < self._cap.recipients and (item := self._next()) is not None:
            more = self._cap.weight(item) if items or not self._cap.one_letter else _escaped(item.letter)
            address = item.to.address.lower()  # some APIs key their variables by address
            if items and (weight + more > self._cap.octets or address in addresses or self._alone(items[0], item)):
                self.ahead = item
                break
            items.append(item)
            addresses.add(address)
            weight += more
        return items

    def _alone(self, first: Item, item: Item) -> bool:
        return self._cap.one_letter and first.letter is not item.letter

    def _next(self) -> Item | None:
        if self.ahead is not None:
            item, self.ahead = self.ahead, None
            return item
        envelope = next(self._envelopes, None)
        return self._letters.item(envelope) if envelope is not None else None


def _escaped(letter: Letter) -> int:
    """Octets of the letter inside JSON: quotes, line ends and non-ASCII grow; a sixth more covers real issues."""
    return letter.octets * 7 // 6 + _ENTRY_OCTETS
