"""Whom an answer is about that refuses or counts a whole call for one reader's sake: by name, by place, or by a look at the addresses.

Each finds the culprit without another call, so that the others cost one further call and not a halving.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from newsletter.transports.providers.batching import CallBatch
from newsletter.transports.providers.letter import Item

_ADDRESS = re.compile(r"[^\s\"'<>,;:()\[\]{}\\]{1,64}@[^\s\"'<>,;:()\[\]{}\\@]{1,255}")
_PLAIN = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z]", re.IGNORECASE
)
"""What every checker of addresses takes: dot-atoms without rarer signs, and a domain with a top-level name."""

_PLACE = re.compile(r"messageversions[.\[](\d{1,5})", re.IGNORECASE)


def named(words: str, batch: CallBatch) -> list[Item]:
    """Return the items whose address stands in the words."""
    found = {address.rstrip(".!?").lower() for address in _ADDRESS.findall(words[:20_000])}
    return [item for item in batch.items if item.to.address.lower() in found]


def placed(words: str, batch: CallBatch) -> list[Item]:
    """Return the items that the words point to by their place among the versions of the call, counted from 0."""
    places = {int(n) for n in _PLACE.findall(words[:20_000])}
    return [item for number, item in enumerate(batch.items) if number in places]


def odd_one(batch: CallBatch) -> list[Item]:
    """Return the one item whose address a strict checker may refuse; none when there is none, or more than one."""
    odd = _odd(batch.items)
    return odd if len(odd) == 1 else []


def likeliest(items: Sequence[Item], number: int) -> list[Item]:
    """Return so many items, those first whose addresses a strict checker may refuse."""
    odd = _odd(items)
    ids = {item.delivery_id for item in odd}
    return [*odd, *(item for item in items if item.delivery_id not in ids)][:number]


def _odd(items: Sequence[Item]) -> list[Item]:
    return [item for item in items if _PLAIN.fullmatch(item.to.address) is None]
