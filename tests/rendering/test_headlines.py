# ruff: noqa: RUF001 - quotes and dashes as people type them
from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.headlines import headline


@dataclass
class Titled:
    title: str
    subject: str


@pytest.mark.parametrize(
    ("title", "subject", "shown"),
    [
        ("The first frost", "Frost is here", "The first frost"),
        ("The Orchard Letter", "The Orchard Letter: frost is here", "Frost is here"),
        ("the orchard letter", "THE ORCHARD LETTER — frost", "Frost"),
        ("The Orchard Letter", "Frost is here", "Frost is here"),
        ("The Orchard Letter", "The Orchard Letter", "The Orchard Letter"),
    ],
)
def test_a_headline_is_never_just_the_publications_name_when_more_is_known(
    title: str, subject: str, shown: str
) -> None:
    assert headline(Titled(title, subject), "The Orchard Letter") == shown


@pytest.mark.parametrize(
    ("name", "subject", "shown"),
    [
        ("The Daily", "The Dailyish", "The Dailyish"),
        ("The Daily", "The Dailyish: frost", "The Dailyish: frost"),
        ("The Daily", "The Daily’s best of the week", "The Daily’s best of the week"),
        ("The Daily", "The Daily, 2026-11-28", "The Daily, 2026-11-28"),
        ("The Daily", "The Daily, frost", "Frost"),
        ("The Daily", "The Daily | frost", "Frost"),
        ("The Daily", "The Daily - frost", "Frost"),
        ("The Daily", "The Daily-frost table", "The Daily-frost table"),
        ("The Daily", "The Daily frost", "The Daily frost"),
        ("The Daily", "The Daily: ", "The Daily: "),
        ("The Daily", "The Daily: —, frost", "Frost"),
        ("The Daily", "The Daily: “Frost” is here", "“Frost” is here"),
        ("The Daily", "The Daily: 😀", "The Daily: 😀"),
        ("The Daily", "  ", "The Daily"),
        ("Straße", "Straße: ŉ", "ŉ"),
    ],
)
def test_a_name_is_cut_only_where_a_separator_ends_it(name: str, subject: str, shown: str) -> None:
    assert headline(Titled(name, subject), name) == shown


@given(
    st.text(" aBß'’-–:,|·.", min_size=1, max_size=8),
    st.text(" abIsh’'s2-–—:,|·.!?“", max_size=12),
)
def test_a_headline_is_the_whole_subject_or_its_end_from_a_words_beginning(name: str, rest: str) -> None:
    subject = name + rest
    shown = headline(Titled(name, subject), name)
    if shown in (subject, name):
        return
    cut = len(subject) - len(shown)
    assert subject[cut + 1 :] == shown[1:]
    assert shown[:1].isalnum() or (shown[0] in "“'’" and shown[1:2].isalnum())
    assert any(char.isalpha() for char in shown)
    assert any(char in ":,|·–—-" for char in subject[len(name.strip()) : cut])
