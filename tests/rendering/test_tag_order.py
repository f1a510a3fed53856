"""Elements that stay open are counted before the parser meets them."""

from __future__ import annotations

import pytest

from newsletter.errors import InputError
from newsletter.rendering.markdown import to_html
from newsletter.rendering.sanitising import sanitise
from newsletter.rendering.tag_order import check_order

HIDDEN = {
    "an end tag of another element": "<div></b>",
    "an item in an item": "<dd><li>",
    "a slash that means nothing": "<div/>",
    "an end tag in a comment": "<div><!--></div>-->",
    "an end tag in a value": '<div title="></div>">',
    "an end tag in another sign": "<div><!</div>",
    "an end tag in CDATA": "<svg><![CDATA[></svg>]]>",
    "an end tag in a text area": "<div><textarea></div></textarea>",
    "formatting that begins anew": "<p><b>x</p></i>",
    "formatting in a table": "<table>x<b></i>",
}


@pytest.mark.parametrize("piece", HIDDEN.values(), ids=HIDDEN)
def test_depth_cannot_be_hidden(piece: str) -> None:
    with pytest.raises(InputError):
        sanitise(piece * 4000)


def test_formatting_is_not_opened_anew_in_thousands_of_paragraphs() -> None:
    opened = "".join(f"<b title={number}>" for number in range(60))
    with pytest.raises(InputError, match="not closed"):
        check_order(f"<p>{opened}</p>" + "<p>x</p>" * 10_000)


@pytest.mark.parametrize(
    "piece",
    [
        "<p>a",
        "<li>a",
        "<dt>a<dd>b",
        "<tr><td>a<td>b",
        "<div>a</div>",
        "<ul><li>a<li>b</ul>",
        '<p><a href="https://a.example/?b&amp;c" title=\'d\'>e</a> <b>f</b><br><img src="https://a.example/g" alt="">',
        "<!-- <b>later</b> --><p><em>a</em></p>",
        "a < b, 3 <4, <3, &lt;",
    ],
)
def test_what_people_write_passes_however_much_it_is(piece: str) -> None:
    check_order(piece * (100_000 // len(piece)))


def test_markdown_of_the_greatest_length_passes() -> None:
    text = "- **a** [b](https://a.example/c) `d` *e*\n  > f\n\n| g | h |\n|---|---|\n| i | j |\n\n<!-- k -->\n\n"
    assert to_html(text * 800)


def test_a_few_elements_left_open_are_no_harm() -> None:
    check_order("<b><i>" * 30 + "<p>a</p>" * 500)
