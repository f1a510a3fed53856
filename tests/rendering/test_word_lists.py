"""Lists of Word's clipboard: paragraphs with a style and a mark as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from newsletter.rendering.pasted_markdown import pasted_markdown
from newsletter.rendering.word_lists import with_lists


def entry(words: str, mark: str = "·", level: int = 1, number: int = 0) -> str:
    """Return an entry as Word writes it."""
    return (
        f"<p class=MsoListParagraphCxSpMiddle style='text-indent:-.25in;mso-list:l{number} level{level} lfo{number + 1}'>"
        f"<![if !supportLists]><span style='font-family:Symbol'><span style='mso-list:Ignore'>{mark}<span style='font:7.0pt"
        f' "Times New Roman"\'>&nbsp;&nbsp;&nbsp; </span></span></span><![endif]>{words}<o:p></o:p></p>\n\n'
    )


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        (entry("One") + entry("<b>Two</b>"), "- One\n- **Two**"),
        (entry("One", "1.") + entry("Two", "2."), "1. One\n2. Two"),
        (entry("Third", "3)") + entry("Fourth", "4)"), "3. Third\n4. Fourth"),
        (entry("One", "a.") + entry("Two", "(b)"), "1. One\n2. Two"),
        (entry("One") + entry("Below", "o", 2) + entry("Two"), "- One\n\n  - Below\n- Two"),
        (entry("Below", "o", 2) + entry("Up"), "- Below\n- Up"),
        (entry("One") + "<p>Between</p>" + entry("Two"), "- One\n\nBetween\n\n- Two"),
        (entry("One") + entry("First", "1.", number=1), "- One\n\n1. First"),
        ("<p>Before</p>" + entry("One") + "<p style='mso-list:none'>Behind</p>", "Before\n\n- One\n\nBehind"),
    ],
)
def test_its_paragraphs_become_lists(html: str, markdown: str) -> None:
    assert pasted_markdown(html) == markdown


def test_other_html_stays_as_it_came() -> None:
    assert with_lists("<p>a mso list &amp; <b>b") == "<p>a mso list &amp; <b>b"


@given(st.lists(st.tuples(st.sampled_from(["·", "o", "1.", "b)"]), st.integers(1, 9)), min_size=1, max_size=12))
def test_no_entry_is_lost_whatever_the_levels(entries: list[tuple[str, int]]) -> None:
    pasted = "".join(entry(f"word{number}.", mark, level) for number, (mark, level) in enumerate(entries))
    shown = MarkdownIt("commonmark").render(pasted_markdown(pasted))
    assert [shown.count(f"word{number}.") for number in range(len(entries))] == [1] * len(entries)
    assert shown.count("<li>") == len(entries)
    assert "·" not in shown
