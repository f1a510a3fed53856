"""What does not reach readers is told with its line, and no link is blue and dead."""

# ruff: noqa: SIM905 - a list of forms reads best as a line
from __future__ import annotations

import unicodedata

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.rendering.losses import Loss
from newsletter.rendering.markdown import losses, to_html


@pytest.mark.parametrize(
    ("text", "html", "told"),
    [
        ("[a](/x)", "<p>a</p>", ["the link to “/x”"]),
        ("[a](page.html)", "<p>a</p>", ["the link to “page.html”"]),
        ("[a](#notes)", "<p>a</p>", ["the link to “#notes”"]),
        ("[a](tel:+15550100)", "<p>a</p>", ["the link to “tel:+15550100”"]),
        ("[a](//x.example/)", "<p>a</p>", ["the link to “//x.example/”"]),
        ("[a]()", "<p>a</p>", ["the link to nothing"]),
        ('<a href="/x">a</a>', "<p>a</p>", ["the link to “/x”"]),
        ("<a href=javascript:x>a</a>", "<p>a</p>", ["the link to “javascript:x”"]),
        ("<a title=t>a</a>", "<p>a</p>", []),
        ("[](https://x.example/)", '<p><a href="https://x.example/">https://x.example/</a></p>', []),
        ("[a](https://x.example/)", '<p><a href="https://x.example/">a</a></p>', []),
        ("[a](mailto:a@x.example)", '<p><a href="mailto:a@x.example">a</a></p>', []),
        ("![A chart](http://x.example/y.png)", "<p>A chart</p>", ["the image at “http://x.example/y.png”"]),
        ("![A chart](//x.example/y.png)", "<p>A chart</p>", ["the image at “//x.example/y.png”"]),
        ("![A chart](data:image/png;base64,eA==)", "<p>A chart</p>", ["the image at “data:image/png;base64,eA==”"]),
        ("![A chart](chart.png)", "<p>A chart</p>", ["the image at “chart.png”"]),
        ("<img src='http://x.example/y.png' alt='A chart'>", "A chart", ["the image at “http://x.example/y.png”"]),
        ("<img alt='src=x' data-src='https://x.example/y.png'>", "src=x", ["the image at nothing"]),
        ("<img alt='src=x' SRC = https://x.example/y.png>", '<img alt="src=x" src="https://x.example/y.png">', []),
        ("<video data-src='https://v.example/4'></video>", "<p></p>", ["<video> and what is in it"]),
        ("![x](https://x.example/y.png)", '<p><img src="https://x.example/y.png" alt="x"></p>', []),
        (
            '<iframe title="A talk" src="https://v.example/1"></iframe>',
            '<a href="https://v.example/1">A talk</a>',
            ["<iframe>, but for a link to it,"],
        ),
        (
            "see <video src=https://v.example/2>old</video>",
            '<p>see  <a href="https://v.example/2">https://v.example/2</a> </p>',
            ["<video>, but for a link to it,"],
        ),
        (
            "<video><source src='https://v.example/3'></video>",
            '<p> <a href="https://v.example/3">https://v.example/3</a> </p>',
            ["<video>, but for a link to it,"],
        ),
        (
            "<iframe title='A film' src='//v.example/1'></iframe>",
            '<a href="https://v.example/1">A film</a>',
            ["<iframe>, but for a link to it,"],
        ),
        ("<iframe src='http://v.example/1'></iframe>", "", ["<iframe> and what is in it"]),
        ("<iframe src='javascript:x'></iframe>", "", ["<iframe> and what is in it"]),
        (
            "<iframe title='<b>' src='https://v.example/?a=\"&b'></iframe>",
            '<a href="https://v.example/?a=&quot;&amp;b">&lt;b&gt;</a>',
            ["<iframe>, but for a link to it,"],
        ),
    ],
)
def test_it_is_told_and_what_can_be_shown_is_shown(text: str, html: str, told: list[str]) -> None:
    assert str(to_html(text)) == html
    assert [loss.what for loss in losses(text)] == told


def test_each_has_its_line() -> None:
    text = "one [a](/x)\ntwo [b](/y)\n\n- three\n- four ![c](d.png)\n\n<div>\n<a href='/z'>e</a>\n</div>\n\n| f |\n|---|\n| [g](/w) |"
    assert losses(text) == [
        Loss(1, "the link to “/x”"),
        Loss(2, "the link to “/y”"),
        Loss(5, "the image at “d.png”"),
        Loss(8, "the link to “/z”"),
        Loss(13, "the link to “/w”"),
    ]


def test_definitions_of_links_that_nothing_names_are_told() -> None:
    text = "see [a] and [b][C] ![d]\n\n[a]: https://x.example/a\n[c]: https://x.example/c\n[d]: https://x.example/d\n[Update]: https://x.example/e\n[A]: https://x.example/f"
    assert losses(text) == [
        Loss(6, "the link to “https://x.example/e”, which nothing names,"),
        Loss(7, "the link to “https://x.example/f”, which nothing names,"),
    ]


_FORMS = (
    "{} ¦**{}**¦*{}*¦`{}`¦<{}>¦vec<{}>¦<b>{}</b>¦<title>{}¦<title>{}</title>¦[{}](https://a.example)¦![{}](https://a.example/x.png)¦[{}](/x)¦"
    "![{}](x.png)¦${}$¦$x_{{{}}}$¦\\textbf{{{}}}¦\\foo{{{}}}¦\\cite{{{}}}¦\\footnote{{{}}}¦\\begin{{equation}}{}\\end{{equation}}¦<div>{}</div>¦"
    "<div>{}¦</{}>¦[^{}]¦:{}:¦~~{}~~¦=={}==¦{{\\em {}}}¦``{}''¦&{};¦#{}¦%{}%¦[[{}]]¦[{}]: https://a.example/y¦<!{}>¦<?{}?>¦&lt;{}&gt;¦\\{}¦_{}_¦"
    "<s>{}</s>¦<p>{}¦<td>{}¦<li>{}¦$${}$$¦<span hidden>{}</span>¦https://{}.example/¦<a@{}.example>¦`{}¦<br>{}¦<img alt='{}'>¦<a href='/r'>{}</a>¦"
    "<details>{}</details>¦<sup>{}</sup>¦<pre>{}</pre>¦<q>{}</q>¦<font>{}</font>¦<h2>{}</h2>¦<table><tr><td>{}</table>¦<caption>{}</caption>¦"
    "<select><option>{}</select>¦<svg><text>{}</text></svg>¦<iframe src=x>{}</iframe>¦:::{}¦</p>{}¦<!-- {} -->¦<!-- {}¦> [!NOTE] {}¦- [ ] {}¦{{#{}}}"
).split("¦")
_BETWEEN = (
    " ",
    "\n",
    "\n\n",
    "\n- ",
    "\n> ",
    "\n1. ",
    "\n\n    ",
    "\n# ",
    "\n```\n",
    "\n:::note\n",
    "\n:::\n",
    "\n\n[^1]: ",
    "\n---\n",
    "  \n",
    "\t",
)


@given(st.lists(st.tuples(st.sampled_from(_FORMS), st.sampled_from(_BETWEEN)), min_size=1, max_size=6))
@settings(max_examples=300)
def test_each_word_arrives_or_its_line_is_told(forms: list[tuple[str, str]]) -> None:
    words = [f"q{letter}word" for letter in "abcdef"[: len(forms)]]
    text = "".join(form.format(word) + between for (form, between), word in zip(forms, words, strict=True))
    try:
        soup = BeautifulSoup(str(to_html(text)), "lxml")
    except InputError:
        return  # nested too deeply
    kept = [soup.get_text(), *(str(each.get("alt", "")) for each in soup.find_all("img"))]
    kept += [str(each["href"]) for each in soup.find_all("a")]
    shown = unicodedata.normalize("NFKC", " ".join(kept))
    told = [loss.line for loss in losses(text)]
    for word in words:
        line = text.count("\n", 0, text.index(word)) + 1
        assert word in shown or any(at <= line for at in told), (text, word)


def test_a_long_address_is_cut() -> None:
    assert len(losses(f"[a](/{'x' * 500})")[0].what) < 120
