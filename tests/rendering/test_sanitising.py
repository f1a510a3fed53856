from __future__ import annotations

from html import unescape

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.rendering.sanitising import MAX_DEPTH, sanitise


def test_prose_lists_tables_and_links_stay():
    html = '<p>a <em>b</em> <a href="https://example.com">c</a></p><ul><li>d</li></ul><table><tbody><tr><td align="right">1</td></tr></tbody></table>'
    assert sanitise(html) == html


@pytest.mark.parametrize(
    "address",
    [
        "javascript:x",
        "JaVaScRiPt:x",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc",
        "/local",
        "ftp://x",
        " javascript:x",
    ],
)
def test_only_web_and_mail_addresses_stay(address):
    assert "href" not in sanitise(f'<a href="{address}">x</a>')


def test_an_image_over_http_gives_way_to_its_words():
    assert sanitise('<img src="http://example.com/a.png" alt="a &lt;b&gt;">') == "a &lt;b&gt;"


def test_an_image_gets_a_width_that_fits_and_words():
    assert (
        sanitise('<img src="https://e.com/a" width=4000 height=9>') == '<img src="https://e.com/a" width="592" alt="">'
    )


def test_control_characters_written_as_entities_go():
    assert sanitise("a&#1;b&#11;c&#xfffe;d") == "abcd"


def test_high_headings_become_low_ones():
    assert sanitise("<h1>a</h1><h5>b</h5>") == "<h4>a</h4><h5>b</h5>"


def test_the_allowed_depth_passes_and_one_more_does_not():
    assert sanitise("<div>" * MAX_DEPTH + "</div>" * MAX_DEPTH)
    with pytest.raises(InputError):
        sanitise("<div>" * (MAX_DEPTH + 1) + "</div>" * (MAX_DEPTH + 1))


@given(st.lists(st.sampled_from(["<script>", "</script>", "<svg>", "<a href='javascript:x'>", "<img src=x onerror=y>", "<!--", "-->", "<style>", "'\"", "<p", ">", "</p>", "&lt;script&gt;", "<math><mtext>", "x", "<noscript>", "\x00", "<![CDATA["]), max_size=14).map("".join))  # fmt: skip
@settings(max_examples=150)
def test_no_mixture_of_pieces_becomes_active(html):
    clean = sanitise(html)
    soup = BeautifulSoup(clean, "html.parser")
    assert not soup.find_all(["script", "style", "svg", "math", "noscript"])
    assert not [name for element in soup.find_all(True) for name in element.attrs if name.startswith("on")]
    assert "<!--" not in clean
    assert sanitise(clean) == clean


@given(st.lists(st.sampled_from(["<b style='font-weight:normal;background:url(x)'>", "</b>", "<span style='display:none'>", "</span>", "<i hidden>", "</i>", "<a href='#n' id='r' name='q'>1", "<a href='#r' id='n'>", "</a>", "<details open>", "<summary>", "</summary>", "</details>", "<input type=checkbox onclick=x>", "<template>", "</template>", "<meter value='<script>' max=2>", "</meter>", "<p class='notes evil'>", "</p>", "<ruby><rt>", "</rt></ruby>", "<table><tr hidden><td>", "</table>", "x", "<script>y</script>", "&lt;img src=x onerror=y&gt;", '<div class="note">', "</div>", "<unwrapped onclick=x>"]), max_size=14).map("".join))  # fmt: skip
@settings(max_examples=200)
def test_what_is_read_of_pasted_html_leaves_nothing_active(html):
    clean = sanitise(html)
    soup = BeautifulSoup(clean, "html.parser")
    assert {name for element in soup.find_all(True) for name in element.attrs} <= {
        "class",
        "align",
        "href",
        "colspan",
        "rowspan",
    }
    assert not soup.find_all(["script", "img", "input", "details", "template", "meter", "ruby", "unwrapped", "h1"])
    assert sanitise(clean) == clean


@pytest.mark.parametrize("sign", ["&", "\xa0", "&amp;", "a&", "漢"])
def test_an_attribute_longer_than_any_address_goes_and_one_below_stays(sign):
    times = 8192 // (1 if sign == "&amp;" else len(sign))
    assert "title" in sanitise(f'<a href="https://a.example/" title="{sign * times}">x</a>')
    assert (
        sanitise(f'<a href="https://a.example/" title="{sign * (times + 1)}">x</a>')
        == '<a href="https://a.example/">x</a>'
    )


@pytest.mark.parametrize("reference", ["&amp;", "&nbsp;", "&#38;", "&#x26;", "&hellip;", "&copy", "&"])
def test_a_long_run_is_never_parted_within_a_character_reference(reference):
    for shift in range(7):
        text = "a" * (4090 + shift) + f"{reference} " + "b " * 3000
        assert unescape(sanitise(text)) == unescape(text)
