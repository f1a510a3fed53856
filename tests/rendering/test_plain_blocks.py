from __future__ import annotations

from newsletter.rendering.markdown import to_html
from newsletter.rendering.plain_blocks import block_lines
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


def test_an_image_is_its_words():
    assert text("![a tree](https://e.org/t.png)") == "[a tree]"
