from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.budget import Sizes, fold_order, shown_counts


def test_the_tail_folds_first_and_first_items_last():
    assert fold_order([2, 3, 1]) == [1, 1, 0, 2, 1, 0]


def test_an_empty_section_gives_nothing_up():
    assert fold_order([0, 1]) == [1]


sizes = st.lists(st.lists(st.integers(1, 50), max_size=6), max_size=5)


@given(sizes, st.integers(0, 900))
def test_as_few_items_fold_as_the_rule_needs(items, budget):
    totals = [len(section) for section in items]
    measured = Sizes(fixed=100, items=items, folds=[3] * len(items))

    def size(shown):
        folds = sum(3 for count, total in zip(shown, totals, strict=True) if count < total)
        return 100 + folds + sum(sum(section[:count]) for section, count in zip(items, shown, strict=True))

    shown = shown_counts(measured, totals, budget)
    assert size(shown) <= budget or not any(shown)
    steps = [list(totals)]
    for section in fold_order(totals):
        steps.append([count - (index == section) for index, count in enumerate(steps[-1])])
    assert shown in steps
    assert all(size(earlier) > budget for earlier in steps[: steps.index(shown)])


@given(sizes, st.integers(0, 900), st.integers(0, 900))
def test_folding_in_two_rounds_gives_what_one_round_gives(items, budget, more):
    totals = [len(section) for section in items]
    folds = [3] * len(items)
    first = shown_counts(Sizes(100, items, folds), totals, budget + more)
    rest = [section[:count] for section, count in zip(items, first, strict=True)]
    assert shown_counts(Sizes(100, rest, folds), totals, budget) == shown_counts(
        Sizes(100, items, folds), totals, budget
    )


@given(sizes, st.integers(0, 900), st.sets(st.integers(0, 4)))
def test_what_must_stay_whole_never_folds_and_the_rest_folds_as_if_it_were_fixed(items, budget, whole):
    totals = [len(section) for section in items]
    shown = shown_counts(Sizes(100, items, [3] * len(items)), totals, budget, whole=whole)
    kept = {place for place in whole if place < len(items)}
    assert all(shown[place] == totals[place] for place in kept)
    fixed = 100 + sum(sum(items[place]) for place in kept)
    others = [[] if place in kept else section for place, section in enumerate(items)]
    alone = shown_counts(Sizes(fixed, others, [3] * len(items)), [len(section) for section in others], budget)
    assert [shown[place] for place in range(len(items)) if place not in kept] == [
        alone[place] for place in range(len(items)) if place not in kept
    ]
