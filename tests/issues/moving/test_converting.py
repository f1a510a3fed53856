"""What an article says is kept, word by word and in its order, whatever it is made of; what belongs to the product, counts or acts is gone."""

from __future__ import annotations

import re
from datetime import date
from html import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html as lxml_html  # type: ignore[import-untyped]

from newsletter.issues.moving.composing import PostPlace
from newsletter.issues.moving.merge_tags import without_tags
from newsletter.issues.moving.pictures import KeptPictures
from newsletter.issues.moving.posts import ForeignPost, PostBody, words
from newsletter.issues.moving.readied import PostLinks, ReadiedPost, readied
from newsletter.model import Publication
from newsletter.model.document import Document
from newsletter.rendering.language import language_of
from newsletter.rendering.markdown import to_html

HOME = Publication(slug="tide", language="en", name="Tide", time_zone="UTC")
LINKS = PostLinks({}, frozenset())
_GAPS = re.compile(r"\s+")


def made(
    html: str, product: str = "plain", *, markdown: bool = False, title: str = "A title of its own"
) -> ReadiedPost:
    """Return what becomes of a post."""
    post = ForeignPost(product, "1", "1.html", title, lambda: PostBody(html, markdown))
    pictures = KeptPictures([], lambda _: b"", copies=False, only_say=False).of_post("")
    return readied(post, PostPlace(HOME, "it", date(2021, 1, 1)), pictures, LINKS)


def text_of(html: str, product: str = "plain", *, markdown: bool = False) -> str:
    """Return the text of the issue below its front matter."""
    ready = made(html, product, markdown=markdown)
    assert ready.whole, ready.told
    return ready.text.partition("---\n\n")[2].strip()


def said(document: Document) -> str:
    """Return what a reader sees, without the gaps between words."""
    parts = [document.lead]
    shown = []
    for section in document.sections:
        parts += [escape(section.title), section.intro]
        for item in section.items:
            parts += [escape(item.title), item.body]
    for number, part in enumerate(parts):
        is_title = number and part in {
            escape(each) for s in document.sections for each in (s.title, *(i.title for i in s.items))
        }
        html = part if is_title else str(to_html(part, language=language_of("en")))
        shown.append(lxml_html.fragment_fromstring(html or " ", create_parent="div").text_content())
    return _GAPS.sub("", "".join(shown))


_SIGNS = "abcXYZ019 *_`~#>-+=|[](){}!<&\\:;.,'\"äßЖ題/^"
_words = st.text(alphabet=_SIGNS, min_size=1, max_size=25).map(escape)
_inline = st.recursive(
    _words,
    lambda inner: st.one_of(
        st.tuples(
            st.sampled_from(["b", "em", "strong", "i", "span", "u", "s", "mark"]),
            st.lists(inner, min_size=1, max_size=3),
        ).map(lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"),
        inner.map(lambda text: f'<a href="https://example.org/x(1)">{re.sub("</?a[^>]*>", "", text)}</a>'),
        st.lists(inner, min_size=1, max_size=3).map("<br>".join),
    ),
    max_leaves=5,
)
_cell = st.tuples(st.sampled_from(["td", "th"]), st.sampled_from(["", ' colspan="2"', ' rowspan="2"']), _inline)
_table = st.lists(st.lists(_cell, min_size=1, max_size=4), min_size=1, max_size=4).map(
    lambda rows: (
        "<table>"
        + "".join("<tr>" + "".join(f"<{n}{a}>{t}</{n}>" for n, a, t in row) + "</tr>" for row in rows)
        + "</table>"
    )
)
_block = st.recursive(
    st.one_of(
        _inline.map(lambda text: f"<p>{text}</p>"),
        st.tuples(st.integers(1, 6), _words).map(lambda pair: f"<h{pair[0]}>{pair[1]}</h{pair[0]}>"),
        _words.map(lambda text: f"<pre><code>{text}</code></pre>"),
        _table,
        _inline,
    ),
    lambda inner: st.one_of(
        st.tuples(
            st.sampled_from(["div", "blockquote", "section", "center", "figure"]),
            st.lists(inner, min_size=1, max_size=3),
        ).map(lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"),
        st.tuples(st.sampled_from(["ul", "ol"]), st.lists(inner, min_size=1, max_size=3)).map(
            lambda pair: f"<{pair[0]}>" + "".join(f"<li>{each}</li>" for each in pair[1]) + f"</{pair[0]}>"
        ),
        inner.map(lambda text: f'<table role="presentation"><tr><td>{text}</td></tr></table>'),
    ),
    max_leaves=6,
)


def expected(html: str) -> str:
    return _GAPS.sub("", lxml_html.fragment_fromstring(f"<div>{html}</div>").text_content())


@given(st.lists(_block, min_size=1, max_size=5).map("".join))
@example("<h1>0&lt;X&gt;</h1><h2>use the &lt;b&gt; tag and &amp;lt;</h2>")
@example("<p><b>Bold.</b>Next <b>*</b>x</p>")
@example("<table><tr><td>2 | 3</td><td>\\|</td></tr><tr><td colspan='2'>wide</td></tr></table>")
@example("<p>a<br>+ b<br># c<br>1. d</p><ul><li># e</li><li>- f</li></ul>")
@example("<blockquote><h2>In a quotation</h2><p>words</p></blockquote>")
@example('<p><a href="https://example.org/x(1)">~*</a> <b>a</b>~b ~5 km</p>')
@example("<ul><li>0<br>=</li><li><a href='https://example.org/x(1)'>0<br>&gt;</a></li></ul><p>\\ </p>")
@example("<p><a href='https://example.org/x(1)'>[]()</a> <a href='https://example.org/x(1)'>0<br> </a>1</p>")
def test_no_word_of_an_article_vanishes_or_changes_its_place(html: str) -> None:
    ready = made(html)
    assert ready.whole, ready.told
    without = without_tags(expected(html))
    if without == expected(html) and r"\aa" not in without:  # that is LaTeX's å, here as everywhere
        assert sorted(said(ready.document)) == sorted(expected(html)), (html, ready.text)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>So!<a href='https://a.example'>this</a></p>", "So\\![this](https://a.example)"),
        ("<p>So!<span><a href='https://a.example'>this</a></span> yes!</p>", "So\\![this](https://a.example) yes!"),
        ("<p>10<sup>6</sup> H<sub>2</sub>O x<sub>good</sub></p>", "10⁶ H₂O x\\_good"),
        ("<p>Mu<sup>see <b>note</b></sup> 注<sup>注</sup> a<sup>two words</sup></p>", "Musee **note** 注注 atwo words"),
        ("<p>Seen</p><script>alert(1)</script><style>p{}</style><noscript>x</noscript>", "Seen"),
        ('<p>Seen<img src="https://count.example.org/o.gif" width="1" height="1"></p>', "Seen"),
        ('<p>Seen</p><div style="display:none">unseen</div><p hidden>unseen</p>', "Seen"),
        ('<p><a href="javascript:alert(1)">words</a> and <a href="data:text/html,x">more</a></p>', "words and more"),
        ('<p>On<a href="https://a.example/?action=share">Share</a></p>', "On"),
        ('<iframe src="https://www.youtube-nocookie.com/embed/abcdef12345"></iframe>', "[youtube.com/watch?v=abcdef12345](https://www.youtube.com/watch?v=abcdef12345)"),
        ('<figure><img src="https://a.example/p.png" alt="A mast"><figcaption>At noon</figcaption></figure>', "![A mast](https://a.example/p.png)\n\n*At noon*"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>1|2</td></tr></table>", "| a | b |\n| --- | --- |\n| 1\\|2 |  |"),
        ('<pre><code class="language-go">x := `1`</code></pre>', "```go\nx := `1`\n```"),
        ("<p>Line one<br>line two</p>", "Line one\\\nline two"),
        ('<p>See<a class="footnote-anchor" id="footnote-anchor-1" href="#footnote-1">1</a></p><div class="footnote"><a id="footnote-1" href="#footnote-anchor-1">1</a><div><p>The note</p></div></div>', "See\\[1]\n\n## Notes {#notes kind=text}\n\n\\[1] The note"),
        ('<div class="latex-rendered" data-attrs="{&quot;persistentExpression&quot;:&quot;a^2&quot;}"></div>', "$$a^2$$"),
    ],
)  # fmt: skip
def test_each_thing_becomes_what_an_issue_has_for_it(html: str, text: str) -> None:
    assert text_of(html, "substack") == text


def test_headings_part_an_article_and_one_that_says_the_title_goes() -> None:
    ready = made(
        "<h1>Tides</h1><p>First</p><h2>Ebb</h2><p>a</p><h3>Late</h3><p>b</p><h4>Small</h4><p>c</p><h2>Ebb</h2>",
        title="Tides",
    )
    sections = ready.document.sections
    assert ready.document.lead == "First"
    assert [(each.title, each.slug) for each in sections] == [("Ebb", "ebb"), ("Ebb", "ebb-2")]
    assert [(item.title, item.body) for item in sections[0].items] == [("Late", "b\n\n#### Small\n\nc")]


def test_a_markdown_text_comes_with_its_notes_and_without_its_merge_tags() -> None:
    text = 'Hello {{ subscriber.first_name|default:"you" }}, see[^a].\n\n## Now\n\n- one\n\n[^a]: Far.\n'
    assert text_of(text, "buttondown", markdown=True) == (
        "Hello you, see\\[1].\n\n## Now {#now kind=text}\n\n- one\n\n## Notes {#notes kind=text}\n\n\\[1] Far."
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Dear *|FNAME:there|*,", "Dear there,"),
        ("Dear *|FNAME|*, hello", "Dear, hello"),
        ("*|IF:FNAME|*Dear *|FNAME|*,*|ELSE:|*Dear friend,*|END:IF|* so", "Dear friend, so"),
        ('Hi {first_name, "friend"}!', "Hi friend!"),
        ("Hi {{first_name|there}}", "Hi there"),
        ('{{ subscriber.first_name | default: "pal" }}', "pal"),
        ("{% if a %}Paid{% else %}Free{% endif %} words", "Free words"),
        ("{{ name | upcase }}x", "x"),
        ("It costs {x} and 5 % or $\\frac{a}{b}$", "It costs {x} and 5 % or $\\frac{a}{b}$"),
    ],
)
def test_a_merge_tag_becomes_the_words_of_whoever_told_nothing(written: str, read: str) -> None:
    assert without_tags(written) == read


def test_tags_in_code_are_words() -> None:
    assert (
        text_of("<p>Write <code>{{ name }}</code></p><pre>*|FNAME|*</pre>")
        == "Write `{{ name }}`\n\n```\n*|FNAME|*\n```"
    )


def test_a_mail_of_tables_becomes_its_article() -> None:
    html = """<div class="mcnPreviewText" style="display:none">Beside the subject</div><table><tr><td><table width="600"><tr>
    <td class="mcnTextContent"><h2>Boats</h2><p>Two came.</p><table class="data"><tr><th>Boat</th><th>Mast</th></tr><tr><td>Elsa</td><td>9</td></tr></table>
    </td></tr></table></td></tr><tr><td class="mcnFollowContent">Follow us</td></tr></table>
    <p>*|LIST:COMPANY|* <a href="*|UNSUB|*">unsubscribe</a></p>"""
    ready = made(html, "mailchimp")
    assert ready.document.preheader == "Beside the subject"
    assert ready.document.sections[0].intro == "Two came.\n\n| Boat | Mast |\n| --- | --- |\n| Elsa | 9 |"
    assert "nsubscribe" not in ready.text
    assert "Follow" not in ready.text


@pytest.mark.parametrize(
    "html", ["", " ", "<", "<p", "\x00\x01", "<table><tr><td>", "&#0;&#xD800;", "<![CDATA[x]]>", "<div>" * 5000]
)
def test_what_is_hardly_html_breaks_nothing(html: str) -> None:
    assert made(html).document.title == "A title of its own"


def test_links_of_a_markdown_text_to_the_service_go_and_an_address_alone_is_a_link() -> None:
    written = "A [word]({{ upgrade_url }}) more.\n\n[Unsubscribe]({{ unsubscribe_url }})\n\nhttps://youtu.be/dQw4w9WgXcQ\n\n[Web](*|ARCHIVE|*)\n\nZ"
    film = "[youtube.com/watch?v=dQw4w9WgXcQ](https://www.youtube.com/watch?v=dQw4w9WgXcQ)"
    assert text_of(written, "buttondown", markdown=True) == f"A word more.\n\n{film}\n\nZ"


def test_of_a_mail_of_beehiiv_the_article_alone_is_read() -> None:
    mail = (
        "<table><tr><td><h1>Title</h1><p>By Ada</p></td></tr><tr id='content-blocks'><td><table class='mob-block'><tr><td>Share</td></tr></table>"
        "<table><tr><td><p>Words</p></td></tr><tr><td class='f'><p>Read online</p></td></tr><tr><td><p>"
        "<a href='https://www.beehiiv.com/?x'>Powered by beehiiv</a></p></td></tr><tr><td class='b'><p>1 Street</p></td></tr></table></td></tr>"
        "<tr><td>Below</td></tr></table>"
    )
    assert text_of(mail, "beehiiv") == "Words"


def test_a_heading_that_says_the_title_below_a_logo_goes() -> None:
    logo = "<p><a href='https://a.example/'><img src='https://a.example/logo.png' alt='Logo'></a></p>"
    shown = made(f"{logo}<h1>Tide</h1><p>One</p><h2>Two</h2><p>Three</p>", title="Tide").document
    assert shown.lead == "[![Logo](https://a.example/logo.png)](https://a.example/)\n\nOne"
    assert [section.title for section in shown.sections] == ["Two"]
    assert [
        section.title for section in made("<p>Words</p><h1>Tide</h1><p>One</p>", title="Tide").document.sections
    ] == ["Tide"]


def test_words_that_open_are_no_heading_and_what_a_sponsor_says_stays() -> None:
    toggle = "<div class='kg-toggle-card'><div class='kg-toggle-heading'><h4 class='kg-toggle-heading-text'>More?</h4></div><div class='kg-toggle-content'><p>Yes</p></div></div>"
    sponsor = "<div class='kg-card kg-cta-card'><div class='kg-cta-text'><p>A sponsor</p></div><a class='kg-cta-button' href='https://s.example/'>Go</a></div>"
    assert text_of(toggle + sponsor, "ghost") == "**More?**\n\nYes\n\nA sponsor\n\n[Go](https://s.example/)"


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("C++ adds vector<int> paths", "C++ adds vector<int> paths"),
        ("vector&lt;int&gt; &amp;amp; <think>", "vector<int> & <think>"),
        ("A <em>good</em>&nbsp;title<br/>in <a href='x'>two</a>", "A good title in two"),
        ("&lt;strong&gt;so&lt;/strong&gt;\x00", "so"),
    ],
)
def test_a_field_keeps_what_only_looks_like_a_tag(field: str, said: str) -> None:
    assert words(field) == said
