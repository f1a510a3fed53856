"""What rank each row of a board has, and how a figure is written."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from newsletter.sources.mapping import BoardColumn, Mapping

_USUAL_DECIMALS = 3
"""Most digits after the decimal sign where the mapping names no number of them."""


def ranks_of(rows: Sequence[Sequence[str | float | None]], mapping: Mapping) -> list[int]:
    """Return the rank of each row of a board that is in its order.

    Rows of equal figures share a rank and the next one counts them all (1, 2, 2, 4), unless the mapping counts them in the order
    of the source.
    """
    place = mapping.ranked_by
    ranks: list[int] = []
    for number, row in enumerate(rows, start=1):
        ties = mapping.ties == "share" and place is not None and number > 1 and row[place] == rows[number - 2][place]
        ranks.append(ranks[-1] if ties else number)
    return ranks


def decimals_of(column: BoardColumn, values: Sequence[str | float | None]) -> int:
    """Return how many digits after the decimal sign the figures of a column are written with."""
    if column.decimals is not None:
        return column.decimals
    if column.type == "money":
        return 2
    return max((_digits(value) for value in values if isinstance(value, float)), default=0)


def written(value: str | float | None, column: BoardColumn, decimals: int) -> str:
    """Return a figure as it stands in a cell: `65.3%`, `$1.12`, `1,234`. Nothing where it is not known."""
    if value is None or isinstance(value, str):
        return value or ""
    try:
        plain = f"{Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,f}"
    except InvalidOperation:
        return f"{value:.{decimals}e}"
    plain = plain.lstrip("-") if not plain.strip("-0.,") else plain  # no minus before a nought
    if column.type == "percent":
        return f"{plain}%"
    if column.type == "money":
        return f"-{column.currency}{plain[1:]}" if plain.startswith("-") else f"{column.currency}{plain}"
    return plain


def _digits(value: float) -> int:
    """Return the digits after the decimal sign that a value has, as many as are shown."""
    return max(0, min(_USUAL_DECIMALS, -int(Decimal(repr(value)).normalize().as_tuple().exponent)))
