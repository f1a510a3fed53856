"""Who belongs together, and in what order they are sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.config import Settings
from newsletter.delivery.pace.grouping import Groups, interleave


@pytest.fixture(scope="module")
def groups() -> Groups:
    """The groups of the default settings."""
    return Groups(Settings(_env_file=None).domains_of_group)


@pytest.mark.parametrize(
    ("domain", "group"),
    [
        ("gmail.com", "gmail"),
        ("googlemail.com", "gmail"),
        ("outlook.com", "microsoft"),
        ("hotmail.co.uk", "microsoft"),
        ("live.nl", "microsoft"),
        ("msn.com", "microsoft"),
        ("yahoo.com", "yahoo"),
        ("yahoo.co.jp", "yahoo"),
        ("aol.com", "yahoo"),
        ("ymail.com", "yahoo"),
        ("rocketmail.com", "yahoo"),
        ("icloud.com", "apple"),
        ("me.com", "apple"),
        ("mac.com", "apple"),
        ("readers.example", "other"),
        ("mail.gmail.com", "other"),
        ("yahoo.readers.example", "other"),
        ("live.example", "other"),
        ("outlook", "other"),
        ("", "other"),
    ],
)
def test_domains_of_large_receivers_have_their_group_under_any_countrys_ending(
    groups: Groups, domain: str, group: str
) -> None:
    assert groups.of(domain) == groups.of(domain) == group


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(0, 40)))
def test_interleaving_keeps_everyone_and_the_order_within_a_group(sizes: dict[str, int]) -> None:
    members = {group: [(group, n) for n in range(size)] for group, size in sizes.items()}
    order = interleave(members)
    assert len(order) == sum(sizes.values())
    for group, all_of_it in members.items():
        assert [m for m in order if m[0] == group] == all_of_it


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(1, 40), min_size=1))
def test_any_stretch_of_the_whole_holds_about_each_groups_part(sizes: dict[str, int]) -> None:
    order = interleave({group: [group] * size for group, size in sizes.items()})
    for end in range(len(order) + 1):
        for group, size in sizes.items():
            assert abs(order[:end].count(group) - size * end / len(order)) <= len(sizes)
