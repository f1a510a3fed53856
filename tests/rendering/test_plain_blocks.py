from __future__ import annotations

import pytest

from newsletter.rendering.markdown import to_html
from newsletter.rendering.plain_blocks import block_lines, words_of
from newsletter.rendering.plain_links import LinkNumbers


def text(markdown: str) -> str:
    notes = LinkNumbers(str)
    return "\n".join([*block_lines(to_html(markdown), notes), *notes.flush()])


def test_emphasis_code_and_links_read_well():
    assert text("a *b* **c** `d` [e](https://e.org)") == "a _b_ *c* `d` e [1]\n[1] https://e.org"


def test_an_address_that_stands_for_itself_is_written_once():
    assert text("see https://e.org/x now") == "see https://e.org/x now"
    assert text("<ann@example.org>") == "mailto:ann@example.org"


def test_the_same_address_keeps_its_number():
    assert text("[a](https://e.org) [b](https://f.org) [c](https://e.org)").startswith("a [1] b [2] c [1]")


def test_lists_nest_and_wrapped_lines_hang():
    lines = text("- one " + "word " * 20 + "\n- two\n  1. three\n  2. four").splitlines()
    assert lines[0].startswith("- one") and lines[1].startswith("  word")
    assert lines[-3:] == ["- two", "  1. three", "  2. four"]


def test_quotes_nest():
    assert text("> a\n>\n> > b") == "> a\n>\n> > b"


def test_code_keeps_its_lines():
    assert text("```\na  b\n  c\n```") == "    a  b\n      c"


def test_raw_html_reads_like_the_rest():
    assert text("<p>a<br>b <b>c</b></p><script>x</script>") == "a\nb *c*"


def test_a_table_of_markdown_is_aligned():
    assert text("|n|v|\n|-|-:|\n|a|1.5|\n|bb|10|") == "n     v\n--  ---\na   1.5\nbb   10"


def test_an_image_is_its_words_and_its_address():
    assert text("![a tree](https://e.org/t.png)") == "[a tree] [1]\n[1] https://e.org/t.png"
    assert text("![](https://e.org/a/chart.png)") == "[chart.png] [1]\n[1] https://e.org/a/chart.png"
    assert text('x <img src="https://e.org/p.gif" width="1" alt="p">') == "x"


def test_struck_words_are_marked():
    assert text("Old price ~~$11.25~~, new $4.50.") == "Old price ~~$11.25~~, new $4.50."
    assert text("<s>a</s> <del>b</del> <strike>c</strike> <ins>d</ins>") == "~~a~~ ~~b~~ ~~c~~ d"


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("10<sup>6</sup>", "10⁶"),
        ("1<sup>st</sup> x<sub>i</sub>", "1ˢᵗ xᵢ"),
        ("H<sub>2</sub>O", "H₂O"),
        ("x<sub>ab</sub> y<sup>Q</sup>", "x_ab y^Q"),
        ("x<sup>a, b</sup>", "x^(a, b)"),
        ("Acme<sup>®</sup>", "Acme®"),
        ("so<sup>[1]</sup>", "so^[1]"),
        ('so<sup><a href="https://e.org">1</a></sup>', "so1 [1]\n[1] https://e.org"),
    ],
)
def test_raised_and_lowered_signs_stay_so(html, plain):
    assert text(html) == plain


def test_a_line_break_in_code_is_one():
    assert text("<pre>one<br>two</pre>") == "    one\n    two"


def test_a_line_of_code_is_as_long_as_it_was_written():
    assert text("```\n" + "x" * 100 + "\n```") == "    " + "x" * 100


def test_blocks_in_a_link_and_parts_of_a_page_stand_on_lines_of_their_own():
    assert text("<details><summary>More</summary>Hidden</details>") == "*More*\n\nHidden"
    assert text("<figure>x<figcaption>A caption</figcaption></figure>") == "x\n\nA caption"


def test_headings_are_underlined_by_their_level():
    assert text("#### Abc\n\n##### Def\n\n###### Ghi") == "Abc\n~~~\n\nDef\n...\n\nGhi\n'''"


def test_words_on_one_line_are_parted_where_blocks_are():
    html = to_html("# More\n\nHidden *words*\n\n- 1\n- H<sub>2</sub>O ~~old~~ [a](https://e.org) b[^1]\n\n[^1]: note")
    assert words_of(html) == "More Hidden words 1 H₂O a b"


def test_a_layout_table_is_read_cell_after_cell_and_a_table_in_it_once():
    nested = "<table><tr><td>Left</td><td><table><tr><th>k<th>v<tr><td>a<td>1</table></td></tr></table>"
    assert text(nested) == "Left\n\nk  v\n-  -\na  1"


def test_a_caption_stands_above_its_table():
    assert text("<table><caption>Scores</caption><tr><th>a<tr><td>1</table>") == "Scores\n\na\n-\n1"


def test_emphasis_in_a_table_has_no_signs_and_struck_words_have_theirs():
    assert text("| a | b |\n|---|---|\n| **1** | ~~2~~ `c` |") == "a  b\n-  ---------\n1  ~~2~~ `c`"
