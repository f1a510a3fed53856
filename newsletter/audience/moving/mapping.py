"""What somebody says by hand of the columns of a list (COLUMN=FIELD): the table of its product with that put in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from newsletter.audience.column_names import plain_name
from newsletter.audience.list_file import EMAIL
from newsletter.audience.moving.product import IGNORE, STATE, Product
from newsletter.errors import InputError

ADDRESS, FIELD = "address", "field"
SECOND_EMAIL = f"{EMAIL} (2)"
"""How a column that is called `email` is told where another one is said to hold the addresses."""
_LISTED: Mapping[str, str] = {
    "name": "name",
    "first_name": "first",
    "last_name": "last",
    "consent_at": "asked_at",
    "consent_ip": "asked_ip",
    "consent_text": "asked_words",
    "since": "since",
    "tags": "tags",
    IGNORE: "left_behind",
}
"""Fields that a product lists columns for, and under which name."""
FIELDS = (
    ADDRESS,
    "name",
    "first_name",
    "last_name",
    STATE,
    "consent_at",
    "consent_ip",
    "consent_text",
    "since",
    "tags",
    FIELD,
    IGNORE,
)
"""What a column may be said to be; `field:NAME`, or any other name, is a field of the readers."""
_NAMED = f"{FIELD}:"


def read_mapping(given: Iterable[str]) -> dict[str, str]:
    """Return the field of each column, by its name in lower case. Raises InputError for what says nothing, and for a field that is misspelt."""
    found: dict[str, str] = {}
    for entry in given:
        column, equals, field = entry.rpartition("=")
        if not equals or not column.strip() or not field.strip():
            raise InputError(f"{entry!r} says nothing", where="--map", remedy=f"write COLUMN={'|'.join(FIELDS)}")
        found[column.strip().lower()] = _field(field.strip())
    addresses = [column for column, field in found.items() if field == ADDRESS]
    if len(addresses) > 1:
        raise InputError(
            f"two columns are said to hold the address: {', '.join(addresses)}", where="--map", remedy="name one"
        )
    return found


def _field(given: str) -> str:
    word = given.lower().replace(" ", "_").replace("-", "_")
    if word in FIELDS:
        return word
    if given.lower().startswith(_NAMED):
        return _NAMED + " ".join(given[len(_NAMED) :].split())
    close = get_close_matches(word, FIELDS, n=1, cutoff=0.8)
    if close:
        raise InputError(
            f"there is no field {given!r}",
            where="--map",
            remedy=f"write {close[0]}, or {_NAMED}{given} for one of yours",
        )
    return _NAMED + " ".join(given.split())


def address_of(mapping: Mapping[str, str]) -> str:
    """Return the column that is said to hold the addresses; empty where none is."""
    return next((column for column, field in mapping.items() if field == ADDRESS), "")


def mapped(product: Product, columns: Sequence[str], mapping: Mapping[str, str], *, by_hand: bool) -> Product:
    """Return the product's table with what is said of the columns that there are; `by_hand`: the address was said, too.

    Raises InputError where the column of addresses is said to be something else.
    """
    if mapping.get(EMAIL, ADDRESS) != ADDRESS and not by_hand:
        raise InputError("a list needs a column of addresses", where="--map", remedy="name it: COLUMN=address")
    there = {plain_name(name) for name in columns if name != EMAIL}
    said = {
        plain_name(SECOND_EMAIL if column == EMAIL else column): field
        for column, field in mapping.items()
        if field != ADDRESS
    }
    said = {plain: field for plain, field in said.items() if plain in there}
    if not said:
        return product
    for plain in [each for each, field in said.items() if field not in (STATE, IGNORE)]:
        if plain in product.words or plain in product.left_at or plain in product.clues:
            raise InputError(
                f"the column {plain!r} says who left {product.title}", where="--map", remedy=f"say {STATE}, or {IGNORE}"
            )
    of_product: dict[str, Any] = {
        name: tuple(c for c in getattr(product, name) if c not in said) for name in set(_LISTED.values())
    }
    for plain, field in said.items():
        if field in _LISTED:
            name = _LISTED[field]
            of_product[name] = (plain, *of_product[name])
    return replace(
        product,
        **of_product,
        left_at=tuple(c for c in product.left_at if said.get(c, STATE) == STATE),
        words={c: words for c, words in product.words.items() if said.get(c, STATE) == STATE},
        clues={c: parts for c, parts in product.clues.items() if c not in said},
        unpacked={c: take for c, take in product.unpacked.items() if c not in said},
        by_hand=said,
    )


def title_of(field: str, column: str) -> str:
    """Return how a field of the readers is called to which a column goes."""
    return field.removeprefix(_NAMED) if field.startswith(_NAMED) else column


def check_columns(mapping: Mapping[str, str], lists: Iterable[Sequence[str]], addresses: Iterable[str]) -> None:
    """Raise InputError for a column that no list has; `addresses` are those columns that were said to hold the address."""
    columns = list(dict.fromkeys(name for each in lists for name in each if name))
    there = {*map(plain_name, columns), *map(plain_name, addresses)}
    for column in mapping:
        if plain_name(column) not in there:
            raise InputError(
                f"there is no column {column!r}", where="--map", remedy=f"there are {', '.join(columns[:40])}"
            )
