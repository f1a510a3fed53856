"""An address is taken out of what lists put around it, and a name is put on one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.audience.moving.wrappings import on_one_line, unwrapped
from newsletter.audience.reader import read_name


@pytest.mark.parametrize(
    ("cell", "address", "name"),
    [
        ("ada@example.org", "ada@example.org", ""),
        (" ada@example.org\n", "ada@example.org", ""),
        ("<ada@example.org>", "ada@example.org", ""),
        ("Ada Muster <ada@example.org>", "ada@example.org", "Ada Muster"),
        ('"Muster, Ada" <ada@example.org>', "ada@example.org", "Muster, Ada"),
        ('"Ada \\"The Count\\" L" <ada@example.org>', "ada@example.org", 'Ada "The Count" L'),
        ('"Ada ""The Count"" L" <ada@example.org>', "ada@example.org", 'Ada "The Count" L'),
        ('"ada@example.org" <ada@example.org>', "ada@example.org", ""),
        ("ada@example.org <ada@example.org>", "ada@example.org", ""),
        ("ada@example.org (Ada Muster)", "ada@example.org", "Ada Muster"),
        ('"ada@example.org"', "ada@example.org", ""),
        ("'ada@example.org'", "ada@example.org", ""),
        ("mailto:ada@example.org", "ada@example.org", ""),
        ("<mailto:ada@example.org>", "ada@example.org", ""),
        ("\u200bada@example.org\ufeff", "ada@example.org", ""),
        ("ada@example.org,", "ada@example.org", ""),
        ("o'neil@example.org", "o'neil@example.org", ""),
        ("one@example.org, two@example.org", "one@example.org, two@example.org", ""),
        (
            "one@example.org, two@example.org <two@example.org>",
            "one@example.org, two@example.org <two@example.org>",
            "",
        ),
    ],
)
def test_an_address_is_taken_out_of_its_wrapping(cell: str, address: str, name: str) -> None:
    assert unwrapped(cell, "") == (address, name)
    assert unwrapped(cell, "Known") == (address, "Known")


@given(st.text(max_size=80))
def test_a_name_on_one_line_can_be_used(name: str) -> None:
    assert read_name(on_one_line(name).strip()) == on_one_line(name).strip()


def test_a_name_of_two_lines_is_put_on_one() -> None:
    assert on_one_line("Ada\r\nMuster\t!") == "Ada Muster !"
    assert on_one_line("Ada\u202e") == "Ada"
    assert on_one_line("Ada  Muster") == "Ada  Muster"
