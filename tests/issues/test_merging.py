"""What two people wrote is put together: nothing of either is lost, and what does not touch is not asked about."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.issues.differences import hunks
from newsletter.issues.merging import Clash, Merge, merge, without_base

LINES = st.lists(st.sampled_from(["", "a", "b", "c", "### One", "### Two", "word"]), max_size=12)
TEXTS = LINES.map("\n".join)


def both(found: Merge) -> str:
    return found.text({place.key: "both" for place in found.places})


def added(base: str, side: str) -> Counter[str]:
    return Counter(side.split("\n")) - Counter(base.split("\n"))


@given(TEXTS, TEXTS)
def test_an_unchanged_side_gives_the_other_one(base: str, changed: str) -> None:
    assert merge(base, base, changed).text({}) == changed
    assert merge(base, changed, base).text({}) == changed


@given(TEXTS, TEXTS)
def test_the_same_change_on_both_sides_is_taken_once(base: str, changed: str) -> None:
    assert merge(base, changed, changed).text({}) == changed


@given(TEXTS, TEXTS, TEXTS)
def test_no_line_that_one_side_added_is_lost(base: str, mine: str, theirs: str) -> None:
    kept = Counter(both(merge(base, mine, theirs)).split("\n"))
    assert added(base, mine) <= kept
    assert added(base, theirs) <= kept


@given(TEXTS, TEXTS, TEXTS)
def test_each_side_of_each_place_is_as_that_side_wrote_it(base: str, mine: str, theirs: str) -> None:
    """Deciding every place for one side alters of its text only what the other changed elsewhere."""
    found = merge(base, mine, theirs)
    mirrored = merge(base, theirs, mine)
    assert [(place.mine, place.theirs) for place in found.places] == [
        (place.theirs, place.mine) for place in mirrored.places
    ]
    assert found.text({place.key: "mine" for place in found.places}) == mirrored.text(
        {place.key: "theirs" for place in mirrored.places}
    )


@given(TEXTS, TEXTS)
def test_without_a_base_every_difference_is_asked_about_and_each_side_can_be_had(mine: str, theirs: str) -> None:
    found = without_base(mine, theirs)
    assert found.text({place.key: "mine" for place in found.places}) == mine
    assert found.text({place.key: "theirs" for place in found.places}) == theirs


@given(TEXTS, TEXTS)
def test_a_place_says_where_it_stands_in_my_text(mine: str, theirs: str) -> None:
    lines = mine.split("\n")
    for place in without_base(mine, theirs).places:
        assert tuple(lines[place.line - 1 : place.line - 1 + len(place.mine)]) == place.mine


@given(LINES, LINES)
def test_what_differs_is_found_so_that_the_other_text_comes_of_it(one: list[str], other: list[str]) -> None:
    made, told = list[str](), 0
    for hunk in hunks(one, other):
        assert hunk.start >= told
        made += one[told : hunk.start] + other[hunk.other_start : hunk.other_end]
        told = hunk.end
    assert made + one[told:] == other


BASE = "---\ntitle: x\n---\n\nThe lead.\n\n## Papers\n\n### One\n\nWords.\n\n### Two\n\nMore.\n"


def test_changes_of_two_items_are_both_kept() -> None:
    found = merge(BASE, BASE.replace("Words.", "Mine."), BASE.replace("More.", "Theirs."))
    assert found.places == []
    assert found.text({}) == BASE.replace("Words.", "Mine.").replace("More.", "Theirs.")


def test_changes_of_one_line_are_asked_about_and_nothing_else_is() -> None:
    mine = BASE.replace("Words.", "Mine.").replace("title: x", "title: y")
    found = merge(BASE, mine, BASE.replace("Words.", "Theirs."))
    assert [(place.mine, place.theirs, place.line) for place in found.places] == [(("Mine.",), ("Theirs.",), 11)]
    assert "title: y" in both(found)


def test_what_one_took_out_and_the_other_changed_is_asked_about() -> None:
    found = merge(BASE, BASE.replace("### Two\n\nMore.\n", ""), BASE.replace("More.", "Theirs."))
    assert any("Theirs." in place.theirs for place in found.places)


def test_two_that_put_in_at_one_point_are_asked_about() -> None:
    found = merge(BASE, BASE + "Mine.\n", BASE + "Theirs.\n")
    assert [(place.mine, place.theirs) for place in found.places] == [(("Mine.",), ("Theirs.",))]


@pytest.mark.parametrize(("choice", "kept"), [("mine", "m"), ("theirs", "t"), ("both", "m\nt")])
def test_a_choice_says_what_stays(choice: str, kept: str) -> None:
    found = merge("x", "m", "t")
    assert found.text({found.places[0].key: choice}) == kept


def test_a_choice_for_other_lines_or_of_another_word_decides_nothing() -> None:
    found = merge("x", "m", "t")
    assert len(found.undecided({Clash(("n",), ("t",), 1).key: "mine", found.places[0].key: "neither"})) == 1


def test_texts_too_large_to_be_compared_are_told_as_one_stretch() -> None:
    one, other = [f"a{n}" for n in range(100)], ["x", *(f"a{n}" for n in range(100)), "y"]
    assert len(hunks(one, other)) == 2
    assert len(hunks(one, other, most_cells=1000)) == 1
