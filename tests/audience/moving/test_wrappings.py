"""An address is taken out of what lists put around it."""

from __future__ import annotations

import pytest

from newsletter.audience.moving.wrappings import unwrapped


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
