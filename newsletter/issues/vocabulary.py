"""Words that an issue file knows, for whoever completes what is typed: keys of the front matter, kinds, attributes, blocks. Read from where they are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from newsletter.issues.front_matter import OPTIONAL, REQUIRED
from newsletter.issues.preflight.structure import SECTION_ATTRIBUTES
from newsletter.model.document import Item, ItemBase, SectionKind
from newsletter.rendering.furniture.fences import Block

_ONE_WORD = frozenset(
    {"kind", "all-url", "published", "category", "language", "stars", "stars-today", "bars", "change", "image"}
)
"""Attributes whose value has no space in it, and needs no quotation marks."""
_ONLY_VALUE = {"abstract": "short", "best": "lowest", "mail": "no"}
"""Attributes that have one value which means something."""


def vocabulary() -> dict[str, Any]:
    """Return the words by where they stand; an attribute with the beginning of its value: `name=`, `name=""` or `name=value`."""
    items: tuple[type[ItemBase], ...] = get_args(get_args(Item)[0])
    return {
        "front": sorted({*REQUIRED, *OPTIONAL}),
        "kinds": [*SectionKind],
        "section": _written(SECTION_ATTRIBUTES),
        "items": {each.model_fields["kind"].default: _written(each.heading_attributes) for each in items},
        "blocks": [*Block],
    }


def _written(names: Iterable[str]) -> list[str]:
    return [_one(name) for name in names]


def _one(name: str) -> str:
    if name in _ONLY_VALUE:
        return f"{name}={_ONLY_VALUE[name]}"
    return f"{name}=" if name in _ONE_WORD else f'{name}=""'
