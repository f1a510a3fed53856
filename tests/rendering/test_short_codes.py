from __future__ import annotations

import pytest

from newsletter.rendering.losses import Loss
from newsletter.rendering.markdown import losses, to_html, to_inline_html


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Go :rocket: :+1: :white_check_mark:", "Go 🚀 👍 ✅"),
        (":warning:", "⚠\ufe0f"),
        ("at 10:30:45, std::map::x and a:b:c", "at 10:30:45, std::map::x and a:b:c"),
        (":no_such_thing:", ":no_such_thing:"),
        (":tada::rocket: and :tada::no_such_thing:", "🎉🚀 and 🎉:no_such_thing:"),
        ("std::rocket:: and ::rocket:: and a:rocket::tada:", "std::rocket:: and ::rocket:: and a:rocket::tada:"),
        ("`:rocket:`", "<code>:rocket:</code>"),
    ],
)
def test_a_code_that_is_known_is_its_sign(text: str, shown: str) -> None:
    assert str(to_html(text)) == f"<p>{shown}</p>"
    assert str(to_inline_html(text)) == shown


def test_one_that_is_not_is_told() -> None:
    assert losses("a\n:party-parrot: :rocket:") == [Loss(2, "the short code “:party-parrot:”", as_typed=True)]


def test_an_address_is_left_alone() -> None:
    assert ":x" in str(to_html("https://a.example/:x:/"))


@pytest.mark.parametrize(
    "written", [r"\:rocket: :rocket:", "&#58;rocket: :rocket:", r"a\/:rocket: :rocket:", r":rocket:\/x :rocket:"]
)
def test_a_sign_that_was_escaped_is_part_of_no_code_and_may_forbid_one(written: str) -> None:
    assert str(to_html(written)).count("🚀") == 1
