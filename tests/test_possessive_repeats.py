"""No pattern repeats a group possessively: before Python 3.11.5 such a repeat loses matches where the group itself goes back.

https://github.com/python/cpython/issues/106052 - Debian 12 has 3.11.2. `(?>(?:...)*)` says the same as `(?:...)*+`, and is right everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from re import _constants as sre
from re import _parser as parser
from typing import Any

import pytest

from tests.test_linear import PATTERNS, _rules

_ONE_SIGN = {sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY}


def possessive_groups(pattern: str | bytes, flags: int = 0) -> int:
    """Count the possessive repeats of more than one sign in a pattern."""
    return sum(1 for _ in _walked(parser.parse(pattern, flags)))


def _walked(part: Any) -> Iterator[object]:
    if isinstance(part, parser.SubPattern):
        part = list(part)
    if isinstance(part, list):
        for each in part:
            yield from _walked(each)
    elif isinstance(part, tuple):
        if len(part) == 2 and part[0] is sre.POSSESSIVE_REPEAT:
            repeated = list(part[1][2])
            if len(repeated) != 1 or repeated[0][0] not in _ONE_SIGN:
                yield part
        for each in part:
            yield from _walked(each)


def test_no_pattern_of_the_product_repeats_a_group_possessively() -> None:
    found = [each.place for each in PATTERNS if possessive_groups(each.pattern.pattern, each.pattern.flags)]
    assert found == []
    assert [rule.pattern for rule in _rules() if possessive_groups(rule.pattern, rule.flags)] == []


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        (r"(?:ab)*+", 1),
        (r"x(?:[^<]++|<(?!a))*+", 1),
        (r"(?:a(?:bc)?+)++", 2),
        (r"(?x) (?: a | b c )++", 1),
        (r"[^<]*+a++.?+\d{1,3}+", 0),
        (r"(?>(?:[^<]++|<(?!a))*)", 0),
    ],
)
def test_a_group_that_is_repeated_possessively_is_found(pattern: str, count: int) -> None:
    assert possessive_groups(pattern) == count
