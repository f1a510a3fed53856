"""A tree is walked as `markdownify` walks it, whatever its shape."""

from __future__ import annotations

from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from markdownify import MarkdownConverter

from newsletter.issues.moving import converting


class AsTheirs(converting._Converter):
    """What converts here, walking as the library does."""

    process_element = MarkdownConverter.process_element  # type: ignore[assignment, attr-defined]
    process_tag = MarkdownConverter.process_tag  # type: ignore[assignment, attr-defined]
    process_text = MarkdownConverter.process_text  # type: ignore[assignment, attr-defined]


_TEXTS = st.text(alphabet="a b\n\t\u00a0*_#.1`<&", max_size=8).map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;"))  # fmt: skip
_INLINE = st.sampled_from(["b", "em", "a href='https://x.test/'", "code", "span", "s", "kbd", "sup"])
_BLOCK = st.sampled_from(["p", "div", "ul", "ol", "li", "blockquote", "h2", "h5", "section", "figure", "figcaption", "dl", "dt", "dd"])  # fmt: skip


def _put(pair: tuple[str, list[str]]) -> str:
    tag, inner = pair
    return f"<{tag}>{''.join(inner)}</{tag.split()[0]}>"


_WORDS = st.recursive(
    _TEXTS | st.sampled_from(["<br>", "<!-- said -->", "<img src='https://x.test/i.png' alt='a'>"]),
    lambda inner: st.tuples(_INLINE, st.lists(inner, max_size=3)).map(_put),
    max_leaves=6,
)
_LITERAL = st.lists(_TEXTS, max_size=2).map(lambda inner: _put(("pre", inner)))
_CELLS = st.lists(st.tuples(st.sampled_from(["td", "th"]), st.lists(_WORDS, max_size=2)).map(_put), max_size=3)
_TABLE = st.lists(_CELLS.map(lambda cells: _put(("tr", cells))), max_size=2).map(lambda rows: _put(("table", rows)))
_TREES = st.recursive(
    _WORDS | _LITERAL | _TABLE | st.just("<hr>"),
    lambda inner: st.tuples(_BLOCK, st.lists(inner, max_size=4)).map(_put),
    max_leaves=12,
)


@given(st.lists(_TREES, max_size=4).map("".join))
def test_a_tree_of_any_shape_is_written_the_same(html: str) -> None:
    ours, theirs = converting._Converter(), AsTheirs()
    written = ours.convert_soup(BeautifulSoup(html, "lxml"))
    assert written == theirs.convert_soup(BeautifulSoup(html, "lxml"))
    assert (ours.headings, ours.notes) == (theirs.headings, theirs.notes)
