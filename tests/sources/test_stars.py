from __future__ import annotations

from datetime import UTC, datetime, timedelta

from newsletter.sources.kinds import github
from newsletter.sources.kinds.question import Question
from newsletter.sources.stars import interval_words, stars_today
from tests.parts.source_samples import sample

NOW = datetime(2026, 5, 9, 4, tzinfo=UTC)
DAY = timedelta(days=1)


def test_stars_of_a_day_are_the_difference_by_number_across_a_rename() -> None:
    first, second = (github.read(sample(f"github-search-day{day}.json"), Question("", NOW)).stars for day in (1, 2))
    assert {number: stars_today(count, NOW, first.get(number), NOW - DAY) for number, count in second.items()} == {
        "1001": 175,
        "1002": 800,
        "1007": None,
        "1003": -10,
        "1006": 60,
    }


def test_what_is_not_known_is_not_nought() -> None:
    assert stars_today(5, NOW, None, None) is None
    assert stars_today(None, NOW, 5, NOW - DAY) is None
    assert stars_today(5, NOW, 3, NOW) is None
    assert stars_today(5, NOW, 5, NOW - DAY) == 0


def test_an_interval_is_said_where_it_is_not_about_a_day() -> None:
    assert interval_words(NOW, NOW - DAY) == ""
    assert interval_words(NOW, NOW - timedelta(hours=25)) == ""
    assert interval_words(NOW, NOW - timedelta(hours=3)) == "3 hours"
    assert interval_words(NOW, NOW - timedelta(minutes=5)) == "1 hour"
    assert interval_words(NOW, NOW - timedelta(hours=40)) == "40 hours"
    assert interval_words(NOW, NOW - 3 * DAY) == "3 days"
