from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest

from newsletter.sentences import Sentence, plural, sentence


def test_a_sentence_is_its_english_to_whoever_prints_it():
    told = sentence("a name has at most %(most)s characters", most=1200)
    assert told == "a name has at most 1,200 characters" and isinstance(told, str)
    assert f"{told}!" == "a name has at most 1,200 characters!"


@pytest.mark.parametrize(("count", "told"), [(0, "0 days"), (1, "a day"), (2, "2 days"), (1500, "1,500 days")])
def test_a_number_decides_the_form(count: int, told: str) -> None:
    assert plural("a day", "%(count)s days", count) == told


def test_a_sentence_without_values_may_hold_a_percent_sign_and_one_with_them_needs_each():
    assert sentence("100 %") == "100 %"
    with pytest.raises(KeyError):
        sentence("%(name)s and %(other)s", name="x")


def test_particulars_for_operators_leave_the_sentence_as_it_is():
    told = sentence("this is too long")
    detailed = told.in_detail("this is too long: 7 of 5")
    assert detailed == "this is too long: 7 of 5" and isinstance(detailed, Sentence)
    assert detailed.source == told.source


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda told: pickle.loads(pickle.dumps(told))])
def test_a_copy_is_said_in_other_languages_as_the_sentence_is(copied: Callable[[Sentence], Sentence]) -> None:
    told = plural("%(count)s reader", "%(count)s readers", 2)
    assert (copied(told), copied(told).source) == (told, told.source)
