"""Where the long tests of a run stand."""

from __future__ import annotations

import pytest

from tests.parts.longest import LONGEST, longest_first
from tests.test_floors import ROOT


@pytest.mark.parametrize("path", LONGEST)
def test_each_file_of_the_table_is_there(path: str) -> None:
    assert (ROOT / path).is_file()


def test_they_are_at_the_head_and_the_others_stay_in_their_order() -> None:
    others = ["tests/web/test_a.py::test_z", "tests/web/test_a.py::test_a[x]", "tests/accounts/test_b.py::test_c"]
    long = [f"{LONGEST[1]}::test_a[::]", f"{LONGEST[0]}::test_b"]
    assert longest_first([others[0], long[0], *others[1:], long[1]]) == [long[1], long[0], *others]
