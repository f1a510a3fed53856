"""Images are found as Markdown sees them, and get other addresses with all else as it was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.issues.named_images import named_images, with_addresses

NEW = f"/images/{'ab' * 32}.png"


@pytest.mark.parametrize(
    ("text", "address", "changed"),
    [
        ("![a](chart.png)", "chart.png", f"![a]({NEW})"),
        ('![a]( chart.png "A title" )', "chart.png", f'![a]( {NEW} "A title" )'),
        ("![a](<my chart.png>)", "my%20chart.png", f"![a]({NEW})"),
        ("![a](my%20chart.png)", "my%20chart.png", f"![a]({NEW})"),
        ("![a](Übersicht.png)", "%C3%9Cbersicht.png", f"![a]({NEW})"),
        ("![a](chart\\_1.png)", "chart_1.png", f"![a]({NEW})"),
        ("![a](chart(1).png)", "chart(1).png", f"![a]({NEW})"),
        ("![a [b] \\] c](chart.png)", "chart.png", f"![a [b] \\] c]({NEW})"),
        ("![a\nb](chart.png) c", "chart.png", f"![a\nb]({NEW}) c"),
        ("> - ![a](chart.png)", "chart.png", f"> - ![a]({NEW})"),
        ("| a |\n|---|\n| ![a](chart.png) |", "chart.png", f"| a |\n|---|\n| ![a]({NEW}) |"),
        ("![a][c]\n\n[c]: chart.png 'x'", "chart.png", f"![a][c]\n\n[c]: {NEW} 'x'"),
        ("![c]\n\n[c]: <chart.png>", "chart.png", f"![c]\n\n[c]: {NEW}"),
        ('<img src="chart.png" alt="a">', "chart.png", f'<img src="{NEW}" alt="a">'),
        ("b <img alt=a src='chart.png'>", "chart.png", f"b <img alt=a src='{NEW}'>"),
        ("[![a](chart.png)](https://x.example/)", "chart.png", f"[![a]({NEW})](https://x.example/)"),
        ("`![a](chart.png)` ![a](chart.png)", "chart.png", f"`![a](chart.png)` ![a]({NEW})"),
        ("![a](chart.png) [b](chart.png)", "chart.png", f"![a]({NEW}) [b](chart.png)"),
        ("    ![a](chart.png)\n\n![a](chart.png)", "chart.png", f"    ![a](chart.png)\n\n![a]({NEW})"),
        ("```\n![a](chart.png)\n```\n\n![a](chart.png)", "chart.png", f"```\n![a](chart.png)\n```\n\n![a]({NEW})"),
        ("---\ntitle: x\n---\n![a](chart.png)\r", "chart.png", f"---\ntitle: x\n---\n![a]({NEW})\r"),
    ],
)
def test_an_image_gets_another_address_in_each_way_to_write_it(text: str, address: str, changed: str) -> None:
    assert {image.address for image in named_images(text)} == {address}
    assert all(image.is_file for image in named_images(text))
    assert with_addresses(text, {address: NEW}) == changed
    assert {image.address for image in named_images(changed)} == {NEW}


def test_what_is_no_image_is_none() -> None:
    assert named_images("`![a](a.png)` [a](a.png) \\![a](a.png)\n\n    ![a](a.png)\n\n<!-- ![a](a.png) -->") == []


def test_an_image_knows_its_line_and_words() -> None:
    text = '---\ntitle: a\n---\n\nOne\n![two **b**](a.png)\n\n<div>\n<img src="b.png" alt="three">\n</div>\n'
    assert [(i.address, i.line, i.alt) for i in named_images(text)] == [
        ("a.png", 6, "two **b**"),
        ("b.png", 9, "three"),
    ]


@pytest.mark.parametrize(
    "address", ["https://x.example/a.png", "data:image/png;base64,AA", "//x.example/a.png", "#a", NEW, "cid:1", ""]
)
def test_an_address_names_no_file(address: str) -> None:
    assert [image.is_file for image in named_images(f"![a](<{address}>)")] == [False]


SIGNS = st.lists(
    st.sampled_from(
        [
            "![a](a.png)",
            "[",
            "]",
            "(",
            ")",
            "`",
            "\n",
            "!",
            "<",
            ">",
            "\\",
            "a.png",
            "| ",
            "> ",
            '"',
            "<img src=a.png>",
            " ",
        ]
    ),
    max_size=40,
)


@given(SIGNS)
def test_nothing_else_of_a_text_is_ever_changed(pieces: list[str]) -> None:
    text = "".join(pieces)
    changed = with_addresses(text, {"a.png": NEW})
    assert changed.replace(NEW, "a.png").replace("<a.png>", "a.png") == text.replace("<a.png>", "a.png")
    if not named_images(text):
        assert changed == text
