"""Whatever a source writes becomes an item that says it and does nothing else, in the file and in every output."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.issues.parsing import parse_issue
from newsletter.issues.preflight import Inspected, check
from newsletter.model.document import LinkItem, PaperItem, RepositoryItem, SectionKind, TextItem
from newsletter.model.file_limits import weight_of
from newsletter.rendering.latex import soften_line
from newsletter.rendering.markdown import to_html
from newsletter.rendering.markdown_file import write_markdown
from newsletter.sources.cutting import one_line
from newsletter.sources.wording import OfferedItem, item_of, summary, web_address
from tests.parts.documents import BODIES, LINES, NOTES, URLS
from tests.rendering.documents import BRAND, BUDGET, RENDERER, document, section

KINDS = (SectionKind.LINKS, SectionKind.PAPERS, SectionKind.REPOSITORIES, SectionKind.TEXT)
HOSTILE = (
    "# one", "## two", "### three", "Set\n===", "a\n---", "---\npublication: x\n---", "```\nopen", "~~~\n## x\n~~~", "<script>x()</script>", "<div>",
    "<!-- a", "<!-- a -->", "![i](https://a.example/i.png)", "![i](http://a.example/i.png)", "[a](javascript:alert)", "[a](/b)", "[a]: /b", "[a]: javascript:x\n\n[a]",
    "[a](https://b.example/){.button}", "{{name}}", "{% if x %}", "*|FNAME|*", "%%x%%", "%recipient.x%", "%name%", "[[Name]]", ":rocket:", ":nonsense:",
    ":::note\nx\n:::", ":::quote A", "> [!NOTE]\n> b", "x[^1]\n\n[^1]: n", "[^1]", "| a | b |\n|--|--|\n| c |", "- - - - - - x", "> > > > > > > > x", "[" * 100,
    "*" * 500, "\\", "$", "$$", "$x_{", "\\textbf{", "\u202eevil\u202c", "\ud800", "\x00", "\r\n", "\u2028", "=a=", "==a==", "- [ ] t", "<https://a.example>",
    "https://a.example/x.", "<a href='javascript:x'>y</a>", "&lt;b&gt;", "&#60;b>", "\ufeff", "`{a=b}`", "[x]{.a}", "    code", "\t",
)  # fmt: skip
TEXTS = st.one_of(
    BODIES,
    NOTES,
    st.text(max_size=60),
    st.lists(st.one_of(st.sampled_from(HOSTILE), LINES), max_size=5).map("\n\n".join),
    st.lists(st.sampled_from(HOSTILE), max_size=4).map(" ".join),
    st.lists(st.sampled_from(HOSTILE), max_size=4).map("".join),
)
TITLES = st.one_of(LINES, st.text(max_size=40), st.sampled_from(HOSTILE), TEXTS, st.text(min_size=250, max_size=400))
OFFERS = st.builds(
    OfferedItem,
    title=TITLES,
    url=st.one_of(
        URLS, st.sampled_from(["javascript:x", "/a", "https://a.example/{x}", "http://[", "https://a.example/\ud800"])
    ),
    text=TEXTS,
    source=TITLES,
    published=st.one_of(st.none(), st.dates()),
    attributes=st.dictionaries(
        st.sampled_from(["category", "authors", "language", "stars", "stars-today"]),
        st.one_of(TITLES, st.lists(TITLES, max_size=3), st.integers(-5, 10**13), st.booleans(), st.none()),
        max_size=5,
    ),
)


@given(OFFERS, st.sampled_from(KINDS), st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_offer_comes_back_from_the_file_as_it_was_put_in_and_is_nothing_but_words(
    offer: OfferedItem, kind: SectionKind, mailed: bool
) -> None:
    item = item_of(offer, kind, mailed=mailed)
    if item is None:
        assert not web_address(offer.url)
        return
    doc = document(sections=(section("s", item), section("after")))
    assert parse_issue(write_markdown(doc)) == doc
    assert (item.kind, item.mailed, item.attributes) == (kind, mailed, {})
    html = BeautifulSoup(to_html(item.body), "lxml")
    assert not html.find_all(re.compile("^(?:h[1-6]|img|script|iframe|hr|table|div|input)$"))
    assert all(
        link["href"].startswith(("http:", "https:", "HTTP", "mailto:")) for link in html.find_all("a", href=True)
    )


@given(OFFERS, st.sampled_from(KINDS))
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_output_shows_its_title_as_words_with_one_link_and_no_heading_more(
    offer: OfferedItem, kind: SectionKind
) -> None:
    item = item_of(offer, kind)
    if item is None:
        return
    doc = document(sections=(section("s", item),))
    bare = document(sections=(section("s", item.model_copy(update={"title": "Plain", "body": ""})),))
    for shown, plain in ((RENDERER.web(doc, BRAND), RENDERER.web(bare, BRAND)), *_mails(doc, bare)):
        soup, other = BeautifulSoup(shown, "lxml"), BeautifulSoup(plain, "lxml")
        heads = [each.get_text() for each in soup.find_all(re.compile("^h[1-6]$"))]
        assert len(heads) == len(other.find_all(re.compile("^h[1-6]$")))
        assert any(_bare(head).endswith(_bare(soften_line(item.title))) for head in heads)
    assert RENDERER.text(doc, BRAND)


def _bare(text: str) -> str:
    """Letters and digits: what turns text to its own side or keeps words together is not counted."""
    return "".join(filter(str.isalnum, text))


def _mails(doc, bare):  # type: ignore[no-untyped-def]
    yield RENDERER.email(doc, BRAND, byte_budget=BUDGET).html, RENDERER.email(bare, BRAND, byte_budget=BUDGET).html


@given(OFFERS, st.sampled_from(KINDS))
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_preflight_has_nothing_to_say_of_a_text_but_of_latex(offer: OfferedItem, kind: SectionKind) -> None:
    item = item_of(OfferedItem("A title", "https://a.example/", offer.text), kind)
    assert item is not None
    findings = check(Inspected(document(sections=(section("s", item),)), BRAND, None))
    told = {each.rule for each in findings if each.where == f"s/{item.key}"}
    assert (
        told - {"lost-latex", "insecure-link", "tracking-name", "local-link", "shortened-link", "TK", "TODO"} == set()
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_each_known_trick_between_two_honest_paragraphs_leaves_both(text: str) -> None:
    item = item_of(OfferedItem("T", "", f"Before it.\n\n{text}\n\nAfter it."), SectionKind.PAPERS)
    assert item is not None
    words = to_html(item.body).striptags()
    assert "Before it." in words
    assert "After it." in words or text.startswith(("<div>", "<!-- a", "<script"))


@given(TITLES)
def test_a_title_says_what_it_said_but_for_white_space_and_what_nobody_sees(title: str) -> None:
    item = item_of(OfferedItem(title, "https://a.example/"), SectionKind.LINKS)
    assert item is not None and item.title == item.title.strip() and 1 <= len(item.title) <= 300
    seen = "".join(sign for sign in one_line(title, 10**6) if not sign.isspace())
    if len(one_line(title, 10**6)) <= 300 and item.title != "a.example/":
        assert "".join(sign for sign in item.title if not sign.isspace()) == seen


def test_a_long_title_is_cut_at_a_word() -> None:
    item = item_of(OfferedItem("word " * 100), SectionKind.LINKS)
    assert item is not None and item.title == "word " * 59 + "word…"
    solid = item_of(OfferedItem("x" * 400), SectionKind.LINKS)
    assert solid is not None and solid.title == "x" * 299 + "…"


def test_latex_and_simple_markdown_stay_as_they_came() -> None:
    abstract = "We show **51.9\\%** on $\\ell_2$, by Erd\\H{o}s.\n\n- one\n- [two](https://a.example/b)\n\n> said"
    item = item_of(OfferedItem("On $\\{0,1\\}^n$", "", abstract), SectionKind.PAPERS)
    assert isinstance(item, PaperItem)
    assert (item.title, item.body) == ("On $\\{0,1\\}^n$", abstract)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("First one. Second one.", "First one. Second one."),
        ("A sentence. " * 40, ("A sentence. " * 23).strip()),
        ("Mr. Smith et al. found e.g. 3.5 things. " + "x" * 400, None),
        ("no end at all " * 40, None),
        ("x" * 500, "x" * 279 + "…"),
        ("文です。" * 100, "文です。" * 70),
        ("**Bold** words and [a link](https://a.example/). " * 20, None),
    ],
)
def test_a_summary_ends_with_a_sentence_or_says_that_it_goes_on(text: str, said: str | None) -> None:
    short = summary(text)
    shown = to_html(short).striptags()
    assert len(shown) <= 280
    assert shown[-1] in ".…。"
    assert said is None or shown == said


def test_an_abstract_stays_whole() -> None:
    abstract = "A sentence of an abstract. " * 100
    item = item_of(OfferedItem("T", "", abstract), SectionKind.PAPERS)
    assert item is not None and item.body == abstract.strip()


def test_each_kind_gets_its_facts_and_none_that_nobody_knows() -> None:
    facts = {"category": "cs.CL", "authors": ["A. One", "B. Two"], "language": "Rust", "stars": 12, "stars-today": 0}
    offer = OfferedItem("T", "https://a.example/", "", "The Wire", dt.date(2026, 5, 9), facts)
    link, paper, code, words = (item_of(offer, kind) for kind in KINDS)
    assert isinstance(link, LinkItem) and (link.source, link.published) == ("The Wire", dt.date(2026, 5, 9))
    assert isinstance(paper, PaperItem) and (paper.category, paper.authors) == ("cs.CL", "A. One, B. Two")
    assert isinstance(code, RepositoryItem) and (code.language, code.stars, code.stars_today) == ("Rust", 12, 0)
    assert isinstance(words, TextItem)
    for wrong in (-1, True, 10**13, "12", None, 1.5):
        odd = item_of(OfferedItem("T", attributes={"stars": wrong, "stars-today": wrong}), SectionKind.REPOSITORIES)
        assert isinstance(odd, RepositoryItem) and (odd.stars, odd.stars_today) == (None, None)
    many = item_of(OfferedItem("T", attributes={"authors": [f"A. Name{n}" for n in range(900)]}), SectionKind.PAPERS)
    assert isinstance(many, PaperItem) and many.authors.endswith(", et al.") and len(many.authors) <= 1000


@pytest.mark.parametrize("kind", [SectionKind.TABLES, SectionKind.SPONSOR])
def test_nothing_that_a_source_offers_is_a_table_or_a_sponsors_words(kind: SectionKind) -> None:
    assert item_of(OfferedItem("T", "https://a.example/"), kind) is None


@pytest.mark.parametrize("title", ["", " ", "\u200b", "\x00", "\u202e"])
def test_what_has_no_title_is_called_by_its_address_and_what_has_neither_is_none(title: str) -> None:
    named = item_of(OfferedItem(title, "https://a.example/b"), SectionKind.LINKS)
    assert named is not None and named.title == "a.example/b"
    assert item_of(OfferedItem(title), SectionKind.LINKS) is None


@pytest.mark.parametrize(
    "url",
    ["javascript:x", "mailto:a@b.example", "/a", "https://", "https://a.example/ b", "https://a.example/" + "x" * 2100],
)
def test_an_address_that_readers_must_not_open_is_dropped_and_the_words_stay(url: str) -> None:
    item = item_of(OfferedItem("T", url), SectionKind.LINKS)
    assert item is not None and item.url == ""


@pytest.mark.parametrize(
    "text",
    [
        "[" * 40,
        "[a](https://a.example/) " * 40,
        "- - - x",
        "> > > x",
        "*" * 24,
        "$x$ " * 20,
        "a\n" * 8,
        "~~ __ ** " * 6,
    ],
)
def test_a_file_full_of_such_texts_can_still_be_read(text: str) -> None:
    offers = [OfferedItem(f"T{n} {text}"[:90], f"https://a.example/{n}", f"{text}\n\n{text}") for n in range(300)]
    items = [item for offer in offers if (item := item_of(offer, SectionKind.PAPERS))]
    items = [item.model_copy(update={"key": f"k{n}", "explicit_key": True}) for n, item in enumerate(items)]
    doc = document(sections=(section("s", *items),))
    text = write_markdown(doc)
    if weight_of(text) < 54_000:
        assert parse_issue(text) == doc


def test_a_note_that_is_called_by_its_words_says_them_once() -> None:
    item = item_of(
        OfferedItem("Nobody reads *release* notes.", "https://a.example/", "Nobody reads  \\*release\\* notes."),
        SectionKind.LINKS,
    )
    assert item is not None and item.body == ""
    item = item_of(
        OfferedItem("Nobody reads", "https://a.example/", "Nobody reads *release* notes."), SectionKind.LINKS
    )
    assert item is not None and item.body == "Nobody reads *release* notes."
