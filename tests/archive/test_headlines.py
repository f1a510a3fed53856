from __future__ import annotations

from dataclasses import dataclass

import pytest

from newsletter.archive.headlines import headline


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
