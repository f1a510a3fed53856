from __future__ import annotations

from datetime import date

from newsletter.sources.boards import EarlierBoard, Rows
from newsletter.sources.held_boards import held_reason
from newsletter.sources.mapping import as_mapping

MAPPING = as_mapping({"columns": ["Model", {"title": "Score", "type": "percent"}, {"title": "Cost", "type": "money"}]})
THEN, NOW = date(2026, 5, 8), date(2026, 5, 9)


def rows(count: int, score: float = 0.5, cost: float | None = 2.0) -> Rows:
    return tuple((f"m{n}", (f"M{n}", score + n / 100, cost)) for n in range(count))


def reason(now: Rows, then: Rows | None, since: date = NOW) -> str:
    before = EarlierBoard(THEN, then) if then is not None else None
    return held_reason(now, before, MAPPING, day=NOW, since=since)


def test_a_board_that_is_much_what_it_was_may_be_believed() -> None:
    assert reason(rows(8), rows(8)) == ""
    assert reason(rows(5, score=0.9, cost=None), rows(8)) == ""
    assert reason(rows(8), None) == ""
    assert reason(rows(1), rows(2)) == ""  # of so few rows half is one


def test_half_of_the_rows_gone_is_told() -> None:
    assert reason(rows(4), rows(8)) == "4 of the 8 rows of 8 May 2026 are gone"
    renamed = tuple((f"other{key}", values) for key, values in rows(8))
    assert reason(renamed, rows(8)) == "8 of the 8 rows of 8 May 2026 are gone"


def test_a_unit_that_changed_is_told_by_its_column() -> None:
    assert reason(rows(8, score=50), rows(8, score=0.5)).startswith("the figures of 'Score' are 9")
    assert "has its unit changed?" in reason(rows(8, score=50), rows(8, score=0.5))
    assert "'Cost' are 1/1,000 of" in reason(rows(8, cost=0.002), rows(8))
    one = (("m0", ("M0", 99.0, 2.0)), *rows(8)[1:])
    assert reason(one, rows(8)) == ""  # one row may leap


def test_a_board_that_stood_still_for_more_than_thirty_days_is_told() -> None:
    assert reason(rows(8), rows(8), date(2026, 4, 9)) == ""
    assert reason(rows(8), rows(8), date(2026, 4, 8)) == "it has not changed since 8 Apr 2026, for 31 days"
