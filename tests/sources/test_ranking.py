"""A rank is a sum of parts that are shown, and of nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sources.ranking import FADED, RankFacts, rank, sum_of

NOW = datetime(2026, 5, 8, 21, tzinfo=UTC)
FACTS = st.builds(
    RankFacts,
    weight=st.integers(0, 10),
    moment=st.timedeltas(timedelta(days=-400), timedelta(hours=1)).map(lambda span: NOW + span),
    sources=st.integers(1, 40),
    points=st.none() | st.integers(-5, 10**9),
    attributes=st.dictionaries(
        st.sampled_from(["upvotes", "stars-today", "category", "topics"]),
        st.integers(-100, 10**7)
        | st.floats()
        | st.booleans()
        | st.text(max_size=3)
        | st.lists(st.sampled_from(["cs.CL", "x"])),
    ),
    wished=st.lists(st.sampled_from(["cs.CL", "X"])),
    is_shortlisted=st.booleans(),
)


def parts(facts: RankFacts) -> dict[str, float]:
    shown: list[list[Any]] = rank(facts, NOW)[1]
    return {each[0]: each[1] for each in shown}


@given(FACTS)
def test_the_parts_add_up_to_the_sum_exactly(facts: RankFacts) -> None:
    total, shown = rank(facts, NOW)
    assert sum(round(value * 100) for _, value in shown) == round(total * 100)
    assert f"{total:.2f}" == f"{sum_of(shown):.2f}" and total == round(total, 2)
    assert all(value == round(value, 2) and value > 0 for _, value in shown)


@given(FACTS)
def test_the_same_facts_have_the_same_rank(facts: RankFacts) -> None:
    assert rank(facts, NOW) == rank(facts, NOW)


def test_each_part_is_what_its_line_says() -> None:
    facts = RankFacts(
        weight=7,
        moment=NOW - timedelta(hours=12),
        sources=3,
        points=255,
        attributes={"upvotes": 63, "stars-today": 1023, "category": "cs.CL"},
        wished=["CS.cl"],
        is_shortlisted=True,
    )
    assert rank(facts, NOW) == (
        7 + 4 + 8 + 4 + 6 + 10 + 4 + 5,
        [
            ["weight", 7.0],
            ["recent", 4.0],
            ["points", 8.0],
            ["further sources", 4.0],
            ["upvotes", 6.0],
            ["stars today", 10.0],
            ["wished", 4.0],
            ["shortlisted", 5.0],
        ],
    )


@pytest.mark.parametrize(("hours", "points"), [(-1, 8.0), (0, 8.0), (12, 4.0), (24, 2.0), (48, 0.5), (24 * 30, None)])
def test_what_is_recent_fades_by_half_in_twelve_hours(hours: int, points: float | None) -> None:
    assert parts(RankFacts(0, NOW - timedelta(hours=hours))).get("recent") == points


def test_a_sum_that_has_faded_changes_with_time_no_more() -> None:
    facts = RankFacts(3, NOW - FADED)
    assert rank(facts, NOW) == rank(facts, NOW + timedelta(days=100)) == (3.0, [["weight", 3.0]])


def test_a_figure_that_nobody_knows_is_no_part() -> None:
    unknown = RankFacts(3, NOW - FADED, attributes={"stars-today": -10, "upvotes": "many"}, wished=["cs.CL"])
    assert parts(unknown) == {"weight": 3.0}
