"""Footnotes of Markdown: notes at the end of an item, in every output."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from newsletter.issues.parsing import parse_issue
from newsletter.issues.preflight import Inspected, check
from newsletter.model.document import TextItem
from newsletter.rendering.footnotes import linked_notes
from newsletter.rendering.losses import Loss
from newsletter.rendering.markdown import losses, to_html
from newsletter.rendering.markdown_file import write_markdown
from tests.rendering.documents import BRAND, RENDERER, document, section, table

BODY = (
    "Prices fell[^1] and rose[^b], as told[^1].\n\n[^1]: See [the Wire](https://w.example/).\n[^b]: Word\n\nLast words."
)


def test_notes_stand_at_the_end_numbered_as_they_are_named() -> None:
    html = str(to_html(BODY))
    assert (
        '<p>Prices fell<sup class="ref">1</sup> and rose<sup class="ref">2</sup>, as told<sup class="ref">1</sup>.</p>'
        in html
    )
    assert html.index("Last words.") < html.index('<div class="notes">') < html.index('<sup class="mark">2</sup> Word')
    assert losses(BODY) == []


def test_text_has_marks_that_are_no_numbers_of_links() -> None:
    text = RENDERER.text(document(lead=BODY), BRAND)
    assert (
        "Prices fell[^1] and rose[^2], as told[^1].\n\nLast words.\n\n[^1] See the Wire [1].\n\n[^2] Word\n\n[1] https://w.example/\n"
        in text
    )


def test_a_mail_links_no_note_and_a_page_links_both_ways_with_names_of_its_own() -> None:
    item = TextItem(key="k", title="T", body=BODY)
    doc = document(lead=BODY, sections=(section("s", item, intro=BODY), section("r", item)))
    mail = RENDERER.email(doc, BRAND, byte_budget=100_000).html
    assert 'href="#' not in mail and "</sup> Word" in mail
    page = BeautifulSoup(RENDERER.web(doc, BRAND), "lxml")
    names = [element["id"] for element in page.find_all(id=True)]
    assert len(names) == len(set(names))
    links = [link["href"][1:] for link in page.find_all("a", href=re.compile("^#"))]
    assert len(links) == 4 * 5 and set(links) <= set(names)


def test_the_notes_of_a_table_are_marked_in_its_cells_and_numbered_through() -> None:
    item = table(
        ("92.1[^b]",),
        head=("h[^c]",),
        body="One[^a].\n\n[^a]: note one\n[^c]: note two",
        note="Two[^b].\n\n[^b]: note three",
    )
    doc = document(sections=(section("t", item),))
    text = RENDERER.text(doc, BRAND)
    assert "One[^1]." in text and "h[^2]" in text and "92.1[^3]" in text and "Two[^3]." in text
    assert text.index("[^1] note one") < text.index("[^2] note two") < text.index("[^3] note three")
    assert not [each for each in check(Inspected(doc, BRAND, None)) if "note" in each.what]
    page = BeautifulSoup(RENDERER.web(doc, BRAND), "lxml")
    names = [element["id"] for element in page.find_all(id=True)]
    assert len(names) == len(set(names)) and {"table.ref-3", "table.note-3"} <= set(names)


def test_a_note_has_paragraphs_lists_and_code() -> None:
    html = str(to_html("x[^1]\n\n[^1]: one\n\n    two\n\n    - three\n\nfour"))
    assert html.startswith('<p>x<sup class="ref">1</sup></p>\n<p>four</p>\n<div class="notes">')
    assert "<p>two</p>\n<ul>\n<li>three</li>\n</ul>\n</div>" in html


def test_a_note_that_nothing_names_is_shown_and_a_mark_without_one_is_told() -> None:
    assert '<sup class="mark">1</sup> alone' in str(to_html("x\n\n[^1]: alone"))
    assert to_html("x\ny[^7] z") == "<p>x\ny[^7] z</p>"
    assert losses("x\ny[^7] z") == [Loss(2, "“[^7]”, which has no note,", as_typed=True)]
    assert losses("the class `[^7]` and [^a-z]") == []
    assert losses("x[^a] y[^b]\n\n[^a]: A.") == [Loss(1, "“[^b]”, which has no note,", as_typed=True)]


def test_an_issue_file_with_notes_is_read_and_written() -> None:
    written = write_markdown(document(lead=BODY))
    assert parse_issue(written).lead == BODY
    assert parse_issue(written.replace("[^b]: Word", "[^b]: Word\n\n    ## no heading")).sections == ()


@pytest.mark.parametrize(
    "text", ["[^1]:", "[^1]: [^1]", "- [^1]: a\n\n  x[^1]", "> [^1]: a\n\nx[^1]", "[^1]: a\n[^1]: b", "    [^1]: code"]
)
def test_strange_notes_lose_nothing(text: str) -> None:
    html = str(to_html(text))
    for letter in re.findall(r"(?<=: )[a-z]", text):
        assert letter in BeautifulSoup(html, "lxml").get_text()


@given(
    st.lists(
        st.sampled_from(["[^1]", "[^2]", "\n\n[^1]: ", "\n[^2]: ", "word ", "\n\n    ", "> ", "- ", "*"]),
        max_size=14,
    ).map("".join)
)
def test_any_text_with_notes_keeps_its_words(text: str) -> None:
    assert str(to_html(text)).count("word") == text.count("word")


def test_on_a_page_a_note_that_nothing_names_and_a_mark_without_a_note_lead_nowhere() -> None:
    unnamed = linked_notes(to_html("Words.\n\n[^1]: A note.", where="here"), "k")
    assert "A note." in unnamed and "<a" not in unnamed
    assert "<a" not in linked_notes('<p>Words<sup class="ref">7</sup></p>', "k")


def test_a_block_in_a_note_that_is_called_notes_leaves_the_html_whole() -> None:
    body = "Words[^1].\n\n[^1]: A note\n<div class='notes'>x</div>"
    doc = document(sections=(section("s", TextItem(key="k", title="T", body=body)),))
    for html in (RENDERER.web(doc, BRAND), RENDERER.email(doc, BRAND, byte_budget=100_000).html):
        assert html.count("<div") == html.count("</div>")
