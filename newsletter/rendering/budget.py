"""Which items a mail folds into "N more on the web" when its HTML would grow past the byte budget.

The rule: fold from the tail, one item at a time, until the HTML fits. First the items after the first one of each
section: the last section's last item, then the one before it, and so on up to the first section. Only when every
section is down to its first item do the first items fold too, again from the last section upwards. The lead, the
sections' headings, introductions and "All ..." links, and the tables of those items that stay, are never cut. What a sponsor paid
for is never folded.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Octets of a mail's parts. `items[s][i]` is item i of section s; `folds[s]` the line that says what folded there."""

    fixed: int
    items: Sequence[Sequence[int]]
    folds: Sequence[int]


def fold_order(counts: Sequence[int], whole: AbstractSet[int] = frozenset()) -> list[int]:
    """Return the sections in the order in which each gives up its then last item; those of `whole` give none."""
    downwards = [place for place in range(len(counts) - 1, -1, -1) if place not in whole]
    later = [section for section in downwards for _ in range(counts[section] - 1)]
    return later + [section for section in downwards if counts[section]]


def shown_counts(
    sizes: Sizes, totals: Sequence[int], budget: int, *, whole: AbstractSet[int] = frozenset()
) -> list[int]:
    """Return how many items of each section stay, folding as few as the rule needs to fit `budget` octets.

    `totals` counts the items of each section; `sizes.items` may lack those that the rule has folded before; sections of `whole` keep
    all of theirs. When even the fixed parts do not fit, no other item stays and the mail is as small as it can be.
    """
    shown = [len(items) for items in sizes.items]
    size = sizes.fixed + sum(sum(items) for items in sizes.items)
    size += sum(fold for fold, count, total in zip(sizes.folds, shown, totals, strict=True) if count < total)
    for section in fold_order(totals, whole)[sum(totals) - sum(shown) :]:
        if size <= budget:
            break
        if shown[section] == totals[section]:
            size += sizes.folds[section]
        shown[section] -= 1
        size -= sizes.items[section][shown[section]]
    return shown
