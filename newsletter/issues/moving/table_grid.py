"""Rows of cells that reach over others, made rows of one length."""

from __future__ import annotations

from bs4.element import Tag

_MOST_COLUMNS = 60


def grid(rows: list[list[tuple[str, int, int]]]) -> list[list[str]]:
    """Return rows of one length: a cell over several columns or rows stands in the first, the others are empty."""
    held: dict[tuple[int, int], str] = {}
    for y, row in enumerate(rows):
        x = 0
        for text, wide, high in row:
            while (y, x) in held:
                x += 1
            for dy in range(min(high, len(rows) - y)):
                for dx in range(wide):
                    held.setdefault((y + dy, x + dx), text if (dx, dy) == (0, 0) else "")
            x += wide
    width = min(_MOST_COLUMNS, max((x + 1 for _, x in held), default=0))
    grid = [[held.get((y, x), "") for x in range(width)] for y in range(len(rows))]
    for (y, x), text in held.items():
        if x >= width and text:
            grid[y][-1] = f"{grid[y][-1]} {text}".strip()
    return [row for row in grid if any(row)]


def span_of(cell: Tag, name: str) -> int:
    """Return how many columns or rows a cell reaches over."""
    written = str(cell.get(name) or "1")
    return max(1, min(int(written), 200)) if written.isascii() and written.isdecimal() and len(written) < 5 else 1
