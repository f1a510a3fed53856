"""Two people's texts are put together by sections and items: nothing of either is lost, whoever comes first."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from newsletter.issues.merging_parts import merge_parts
from newsletter.issues.parsing import parse_issue

HEAD = "---\npublication: tide\ntitle: T\nslug: t\ndate: 2026-01-01\n---\n\nThe lead.\n"
Layout = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def text_of(layout: Layout, head: str = HEAD) -> str:
    """Write sections of (slug, items), each item of (name, words)."""
    parts = [head.rstrip("\n")]
    for slug, items in layout:
        parts.append(f"## {slug.title()} {{#{slug} kind=links}}")
        parts += [f"### [Item {name}](https://{name}.example/)\n\n{words}" for name, words in items]
    return "\n\n".join(parts) + "\n"


BASE: Layout = (
    ("one", (("a", "Words of a."), ("b", "Words of b."), ("c", "Words of c."))),
    ("two", (("d", "Words of d."), ("e", "Words of e."))),
)
START = text_of(BASE)


def titles(text: str) -> list[tuple[str, list[str]]]:
    return [(section.slug, [item.title[-1] for item in section.items]) for section in parse_issue(text).sections]


def merged(mine: str, theirs: str) -> str:
    found = merge_parts(START, mine, theirs)
    assert found is not None
    return found


def test_an_item_that_one_moved_and_the_other_changed_is_changed_at_its_new_place() -> None:
    moved = text_of((("one", (BASE[0][1][0], BASE[0][1][2])), ("two", (*BASE[1][1], BASE[0][1][1]))))
    changed = START.replace("Words of b.", "Better words of b.")
    for found in (merged(moved, changed), merged(changed, moved)):
        assert titles(found) == [("one", ["a", "c"]), ("two", ["d", "e", "b"])]
        assert "Better words of b." in found and "\nWords of b." not in found


def test_two_items_at_the_same_place_both_stay() -> None:
    sides = [
        START.replace("### [Item c]", f"### [Item {name}](https://{name}.example/)\n\nNew.\n\n### [Item c]")
        for name in "xy"
    ]
    assert titles(merged(*sides))[0][1] in (["a", "b", "x", "y", "c"], ["a", "b", "y", "x", "c"])
    assert sorted(merged(*sides)) == sorted(merged(*reversed(sides)))


def test_sections_that_one_moved_keep_what_the_other_wrote_in_them() -> None:
    moved = text_of(tuple(reversed(BASE)))
    wrote = START.replace("Words of d.", "Words of d, and more.").replace("The lead.", "A new lead.")
    for found in (merged(moved, wrote), merged(wrote, moved)):
        assert titles(found) == [("two", ["d", "e"]), ("one", ["a", "b", "c"])]
        assert "and more" in found and "A new lead." in found


def test_a_new_title_is_no_new_item() -> None:
    named = START.replace("[Item a]", "[Another a]")
    moved = text_of((("one", (BASE[0][1][1], BASE[0][1][2], BASE[0][1][0])), BASE[1]))
    assert titles(merged(named, moved))[0][1] == ["b", "c", "a"]
    assert "[Item a]" not in merged(named, moved)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (START.replace("Words of a.", "Mine."), START.replace("Words of a.", "Theirs.")),
        (text_of((BASE[0], ("two", BASE[1][1][:1]))), START.replace("Words of e.", "Changed.")),
        (text_of(BASE[:1]), START.replace("Words of e.", "Words of e.\n\n### [Item x](https://x.example/)\n\nNew.")),
        (START.replace("kind=links", "kind=novels"), START),
    ],
    ids=["both changed", "one took away", "a section is gone", "no issue"],
)
def test_what_the_parts_leave_open_is_left_to_lines(mine: str, theirs: str) -> None:
    assert merge_parts(START, mine, theirs) is None
    assert merge_parts(START, theirs, mine) is None


@st.composite
def edits(draw: st.DrawFn) -> str:
    """A text that somebody made of BASE: items moved, changed, taken out and added, sections turned round."""
    sections = [(slug, list(items)) for slug, items in BASE]
    for number in range(draw(st.integers(0, 3))):
        items = draw(st.sampled_from([items for _, items in sections]))
        match draw(st.sampled_from(["change", "move", "add", "drop", "turn"])):
            case "change" if items:
                at = draw(st.integers(0, len(items) - 1))
                items[at] = (items[at][0], items[at][1] + f" More {draw(st.sampled_from('pq'))}{number}.")
            case "move" if items:
                other = draw(st.sampled_from([items for _, items in sections]))
                one = items.pop(draw(st.integers(0, len(items) - 1)))
                other.insert(draw(st.integers(0, len(other))), one)
            case "add":
                name = draw(st.sampled_from("uvwxyz"))
                if name not in {each for _, all_of in sections for each, _ in all_of}:
                    items.insert(draw(st.integers(0, len(items))), (name, f"New {name}."))
            case "drop" if items:
                items.pop(draw(st.integers(0, len(items) - 1)))
            case "turn":
                sections.reverse()
    return text_of(tuple((slug, tuple(items)) for slug, items in sections))


@given(edits(), edits())
def test_nothing_that_either_wrote_is_lost_and_whoever_comes_first_the_words_are_the_same(one: str, other: str) -> None:
    found, mirrored = merge_parts(START, one, other), merge_parts(START, other, one)
    assert (found is None) == (mirrored is None)
    assume(found is not None and mirrored is not None)
    assert found is not None and mirrored is not None
    assert Counter(found.split()) == Counter(mirrored.split())
    assert not any(line.startswith(("<<<<<<<", "=======", ">>>>>>>")) for line in found.split("\n"))
    before, there = Counter(START.split("\n")), Counter(found.split("\n"))
    for side in (one, other):
        assert Counter(filter(None, side.split("\n"))) - before <= there
    names = [title for _, items in titles(found) for title in items]
    assert len(names) == len(set(names)), "an item that both moved stands once"


@given(edits())
def test_an_unchanged_side_gives_the_other_one(changed: str) -> None:
    assert merge_parts(START, START, changed) == changed
    assert merge_parts(START, changed, START) == changed
    assert merge_parts(START, changed, changed) == changed
