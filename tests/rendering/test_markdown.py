from __future__ import annotations

import pytest

from newsletter.errors import InputError
from newsletter.rendering.markdown import to_html, to_inline_html


def test_a_table_says_its_alignment_by_attribute():
    html = to_html("|a|b|\n|:-:|-:|\n|1|2|")
    assert '<th align="center" scope="col">' in html and '<td align="right">' in html


def test_one_line_has_no_paragraph():
    assert to_inline_html("a **b** <i>c</i>") == "a <strong>b</strong> <i>c</i>"
    assert to_inline_html(" plain, 5% ") == "plain, 5%"


@pytest.mark.parametrize("bomb", [">" * 3000 + "x", "- " * 2000 + "x", "<b>" * 9000 + "</b>" * 9000])
def test_a_nesting_bomb_is_refused_and_loses_no_words(bomb):
    with pytest.raises(InputError, match="deep") as caught:
        to_html(bomb, where="here")
    assert caught.value.where == "here"


def test_commands_nested_without_measure_stay_as_written():
    written = "\\textbf{" * 3000 + "x" + "}" * 3000
    html = to_html(written)
    assert html.count("textbf") + html.count("<strong>") == 3000
