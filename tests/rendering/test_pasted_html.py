"""What other programs put on the clipboard arrives as it is meant: in clean HTML, and so in every output."""

from __future__ import annotations

import pytest

from newsletter.model.document import TextItem
from newsletter.rendering.markdown import losses, to_html
from newsletter.rendering.markdown_file import write_markdown
from newsletter.rendering.sanitising import sanitise
from tests.rendering.documents import BRAND, RENDERER, document, section

MEANT = [
    ('<b style="font-weight:normal;" id="docs-internal-guid-1"><p>Plain</p></b>', "<p>Plain</p>"),
    ('<p><span style="font-weight:700">a</span></p>', "<p><b>a</b></p>"),
    ('<p><span style="font-style:italic">a</span></p>', "<p><i>a</i></p>"),
    ('<p><span style="text-decoration:line-through">a</span></p>', "<p><s>a</s></p>"),
    ('<p>10<span style="vertical-align:super">6</span></p>', "<p>10<sup>6</sup></p>"),
    ('<p><strong style="font-weight:400;font-style:italic">a</strong></p>', "<p><i>a</i></p>"),
    ('<p><em style="font-style:normal">a</em></p>', "<p>a</p>"),
    ('<p style="font-weight:bold">a</p>', "<p><b>a</b></p>"),
    ('<h2 style="font-weight:bold">a</h2>', "<h4>a</h4>"),
    (
        '<div style="font-style:italic"><p>a</p><ul><li>b</li></ul></div>',
        "<div><p><i>a</i></p><ul><li><i>b</i></li></ul></div>",
    ),
    ("<strike>a</strike>", "<p><s>a</s></p>"),
    ("<tt>a</tt>", "<p><code>a</code></p>"),
    ("<p align=center>a</p>", '<p align="center">a</p>'),
    ('<p style="text-align:right">a</p>', '<p align="right">a</p>'),
    ("<center>a</center>", '<div align="center" class="part">a</div>'),
    ("<p>a<span hidden>b</span> c</p>", "<p>a c</p>"),
    ('<p>a <span style="display:none">b</span>c</p>', "<p>a c</p>"),
    ('<div><img src="https://a.example/o.gif" style="display:none" alt="x">a</div>', "<div>a</div>"),
    (
        "<table><tr><td>a</td><td hidden>b</td></tr><tr style='display:none'><td>c</td></tr></table>",
        "<table><tbody><tr><td>a</td></tr></tbody></table>",
    ),
    ("<ul><li>a</li><li hidden>b</li></ul>", "<ul><li>a</li></ul>"),
    ("<progress value=7 max=10></progress>", "<p>7/10</p>"),
    ('<meter value="0.6">60 %</meter>', "<p>60 %</p>"),
    ("<p><button>Go</button><button>Stop</button></p>", "<p> Go  Stop </p>"),
    ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>", "<p>漢(kan)</p>"),
    ("<p class=MsoNormal>Hello<o:p></o:p></p>", "<p>Hello</p>"),
    ("<p><![if !supportLists]>1. <![endif]>Item</p>", "<p>1. Item</p>"),
    ("a <![if !vml]>b<![endif]> c", "<p>a b c</p>"),
    ("<p><bdi>שלום</bdi></p>", "<p><bdi>שלום</bdi></p>"),
    (
        "- <input type=checkbox checked disabled> a\n- <input type=checkbox> b",
        "<ul>\n<li>☑ a</li>\n<li>☐ b</li>\n</ul>",
    ),
]


@pytest.mark.parametrize(("html", "clean"), MEANT)
def test_what_is_meant_is_kept(html: str, clean: str) -> None:
    assert str(to_html(html)) == clean
    assert sanitise(clean) == clean


@pytest.mark.parametrize(
    "name",
    "section article aside header footer main nav address center fieldset hgroup search details dialog figure".split(),  # noqa: SIM905
)
def test_parts_of_a_page_glue_no_words(name: str) -> None:
    doc = document(
        sections=(section("s", TextItem(key="k", title="T", body=f"<{name}>More</{name}><{name}>Hidden</{name}>")),)
    )
    assert "More\n\nHidden\n" in RENDERER.text(doc, BRAND)
    html = str(to_html(f"<{name}>More</{name}><{name}>Hidden</{name}>"))
    assert html.count("<div") == 2 and f"<{name}" not in html


EVERYWHERE = [
    ("<details><summary>More</summary>Hidden</details>", ["More", "Hidden"]),
    (
        "<figure><img src='https://a.example/x.png' alt='Chart'><figcaption>A caption</figcaption></figure>",
        ["Chart", "A caption"],
    ),
    ("<fieldset><legend>Choice</legend>words</fieldset>", ["Choice", "words"]),
    ("<section>First</section><aside>Second</aside>", ["First", "Second"]),
]


@pytest.mark.parametrize(("html", "words"), EVERYWHERE)
def test_each_output_has_the_words_and_none_glued(html: str, words: list[str]) -> None:
    doc = document(sections=(section("s", TextItem(key="k", title="T", body=html)),))
    mail = RENDERER.email(doc, BRAND, byte_budget=100_000)
    for shown in (mail.html, mail.text, RENDERER.web(doc, BRAND), write_markdown(doc)):
        assert all(word in " ".join(shown.split()) for word in words)
        assert "".join(words) not in shown
    assert losses(html) == []


def test_headings_begin_at_one_level_and_leave_none_out() -> None:
    assert str(to_html("<h1>a</h1><h5>b</h5><h6>c</h6>")) == "<h4>a</h4><h5>b</h5><h6>c</h6>"
    assert str(to_html("##### a")) == "<h4>a</h4>"
    assert str(to_html("#### a\n\n###### b")) == "<h4>a</h4>\n<h5>b</h5>"
    assert str(to_html("".join(f"<h{n}>x</h{n}>" for n in range(1, 7)))).count("<h6>") == 4


def test_a_page_says_where_a_paragraph_stands_by_class() -> None:
    doc = document(lead="<p align=center>a</p>\n\n<center>b</center>")
    web = RENDERER.web(doc, BRAND)
    assert '<p class="center">a</p>' in web and '<div class="center part">b</div>' in web and "align=" not in web
