from __future__ import annotations

import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import InputError, NotFoundError
from newsletter.mail.slots import Slot
from newsletter.model.document import Document, LinkItem, PaperItem, TableItem, TextItem
from newsletter.model.surroundings import Surroundings
from newsletter.rendering.plain_width import columns
from newsletter.rendering.renderer import TrackingForm
from tests.rendering.documents import (
    BRAND,
    BUDGET,
    RENDERER,
    document,
    documents,
    full,
    section,
    squeezed,
    table,
)


def html_of(doc: Document, **options) -> str:
    return RENDERER.email(doc, BRAND, **{"byte_budget": BUDGET, **options}).html


def soup_of(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "lxml")


def said(doc: Document) -> list[str]:
    items = [item for part in doc.sections for item in part.items]
    titles = [item.title for item in items] + [part.title for part in doc.sections]
    return titles + [cell for item in items if isinstance(item, TableItem) for row in item.rows for cell in row]


def assert_same_in_all_outputs(doc: Document) -> None:
    rendering = RENDERER.email(doc, BRAND, byte_budget=10_000_000)
    html = squeezed(soup_of(rendering.html).get_text(" "))
    web = squeezed(soup_of(RENDERER.web(doc, BRAND)).get_text(" "))
    text = squeezed(rendering.text)
    for words in said(doc):
        assert squeezed(words) in html
        assert squeezed(words) in web
        assert squeezed(words) in text


@given(documents())
@settings(max_examples=25)
def test_every_title_and_every_cell_stands_in_html_text_and_web(doc):
    assert_same_in_all_outputs(doc)


@given(documents())
@settings(max_examples=25)
def test_no_line_of_text_is_wider_than_72_columns_but_for_addresses(doc):
    for line in RENDERER.email(doc, BRAND, byte_budget=10_000_000).text.splitlines():
        assert columns(line) <= 72 or "https://" in line


def test_the_real_issue_says_the_same_in_all_outputs_within_60_kilobytes(real_issue):
    from newsletter.issues.parsing import parse_issue

    doc = parse_issue(real_issue.read_text())
    assert_same_in_all_outputs(doc)
    rendering = RENDERER.email(doc, BRAND, byte_budget=BUDGET)
    assert len(rendering.html.encode()) <= 61_440
    assert rendering.folded == 0
    assert "\\textbf" not in rendering.html + rendering.text
    assert all(columns(line) <= 72 or "https://" in line for line in rendering.text.splitlines())


def test_one_sentence_costs_at_most_12_kilobytes():
    assert len(html_of(document()).encode()) <= 12_288


def test_the_page_says_its_type_language_direction_and_colour_schemes():
    html = html_of(document(language="en-GB"))
    soup = soup_of(html)
    assert html.startswith("<!DOCTYPE html>")
    assert soup.html["lang"] == "en-GB" and soup.html["dir"] == "ltr"
    assert soup.find("meta", attrs={"name": "color-scheme"})["content"] == "light dark"
    assert "@media (prefers-color-scheme:dark)" in html
    assert "[data-ogsc]" in html
    assert "@import" not in html


def test_a_language_written_from_the_right_turns_the_mail_and_the_page():
    doc = document(language="ar")
    soup = soup_of(html_of(doc))
    assert soup.html["dir"] == "rtl"
    assert "direction:ltr" not in html_of(doc)
    assert "text-align:right" in soup_of(html_of(doc)).h1.parent["style"]
    assert soup_of(RENDERER.web(doc, BRAND)).article["dir"] == "rtl"


def test_conditional_comments_for_outlook_survive():
    html = html_of(full())
    assert html.count("<!--[if mso]>") >= 2
    openings = len(re.findall(r"<!--\[if [^\]]+\]>", html))
    closings = len(re.findall(r"<!\[endif\]-->", html))
    assert openings == closings > 6


def test_the_preheader_is_hidden_and_followed_by_filler():
    soup = soup_of(html_of(full()))
    hidden = soup.body.find("div", class_="mail").find("div")
    assert "display:none" in hidden["style"]
    assert hidden.get_text().startswith("In short")
    assert hidden.get_text().count("\u200c") > 100
    assert "mso-hide:all" in hidden["style"] and "color" not in hidden["style"].replace("line-", "")


def test_without_a_preheader_the_lead_takes_its_place():
    assert (
        soup_of(html_of(document(lead="A **bold** start.")))
        .body.find("div", class_="mail")
        .find("div")
        .get_text()
        .startswith("A bold start.")
    )


def test_layout_tables_are_presentation_and_data_tables_have_header_cells():
    soup = soup_of(html_of(full()))
    data = [found for found in soup.find_all("table") if not found.get("role")]
    assert len(data) == 1
    assert [cell["scope"] for cell in data[0].find_all("th")] == ["col", "col"]
    assert all(found["role"] == "presentation" for found in soup.find_all("table") if found not in data)


def test_a_column_of_numbers_stands_at_the_right_and_header_cells_are_styled():
    doc = full()
    cell = soup_of(html_of(doc)).find("td", string="12.25")
    assert cell["align"] == "right"
    assert "font-weight:600" in soup_of(html_of(doc)).find("th")["style"]
    assert soup_of(RENDERER.web(doc, BRAND)).find("td", string="12.25")["class"] == ["num"]


def test_the_footer_says_why_where_and_how_to_leave():
    soup = soup_of(html_of(full()))
    text = soup.get_text(" ")
    assert "because you subscribed to The Letter & Co" in text
    assert "1 Long Street" in text and "Old Town" in text
    assert soup.find("a", string="Unsubscribe")["href"] == f"https://news.example.org/u/{Slot.UNSUBSCRIBE}"
    assert soup.find("a", string="View in browser")["href"] == BRAND.issue_url("2026-05-09")


def test_sections_without_items_are_gathered_in_one_line_and_lead_nowhere_while_there_is_nothing():
    soup = soup_of(html_of(full()))
    assert not soup.find("h2", string="Empty") and "Nothing new: Empty" in soup.get_text()
    assert not any(link["href"] == BRAND.all_url("empty") for link in soup.find_all("a"))
    filled = soup_of(html_of(full(), around=Surroundings(filled=frozenset({"empty"}))))
    assert filled.find("a", href=BRAND.all_url("empty")).get_text() == "Empty\u00a0→" and "Also:" in filled.get_text()


def test_an_item_without_an_address_leads_to_its_permalink():
    link = soup_of(html_of(full())).find("a", string="On <angle> brackets")
    assert link["href"] == BRAND.item_url("2026-05-09", "papers", "p")


def test_rendering_twice_gives_the_same_octets_on_any_thread():
    doc = full()
    with ThreadPoolExecutor(4) as pool:
        renderings = list(pool.map(lambda _: RENDERER.email(doc, BRAND, byte_budget=BUDGET), range(12)))
    assert len(set(renderings)) == 1


def test_rendering_opens_no_socket_and_follows_no_import(monkeypatch):
    def refuse(*_args, **_options):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    bait = "<style>@import url(https://127.0.0.1/a.css)</style><link rel=stylesheet href=https://127.0.0.1/b.css>\n\n"
    bait += "<p style='background:url(https://127.0.0.1/c.png)'>@import url(https://127.0.0.1/d.css);</p>"
    html = html_of(document(lead=bait))
    assert "a.css" not in html and "b.css" not in html and "c.png" not in html


HOSTILE = """<script>alert(1)</script><p onclick="x()" style="position:fixed">kept</p>
<a href="javascript:alert(1)">one</a> <a href="data:text/html,x">two</a> <a href="//evil.example">three</a>
<img src="https://example.com/i.png" onerror="x()"><img src="http://example.com/i.png"><img src="data:image/png;base64,xx">
<iframe src="https://evil.example"></iframe><svg onload="x()"><a href="https://evil.example">s</a></svg>
<form action="https://evil.example"><input name="a"><button>b</button></form><object data="x"></object><base href="//evil.example">
[md](javascript:alert(1)) <math><mi>x</mi></math> <!-- hidden --> <mj-include path="/etc/passwd" /> <mj-raw>raw</mj-raw>"""


def test_hostile_html_leaves_only_harmless_html_in_mail_and_web():
    doc = document(lead=HOSTILE, sections=(section("a", TextItem(key="k", title="T", body=HOSTILE)),))
    for html in (html_of(doc), RENDERER.web(doc, BRAND), RENDERER.web_item(doc, "a", "k", BRAND)):
        soup = soup_of(html)
        assert "kept" in soup.get_text()
        assert not soup.find_all(["script", "iframe", "svg", "form", "input", "object", "base", "math", "link"])
        for element in soup.find_all(True):
            assert not [name for name in element.attrs if name.startswith("on")]
        for link in soup.find_all("a", href=True):
            assert link["href"].startswith(("https://", "http://", "mailto:"))
        for image in soup.find_all("img"):
            assert image["src"].startswith("https://") and image.has_attr("alt")
        assert "root:" not in html and "hidden -->" not in html
        assert '<mj-include path="/etc/passwd" /> <mj-raw>raw</mj-raw>' in soup.get_text(), "words, as typed"


def test_the_web_fragment_has_no_style_and_ids_that_are_its_own():
    doc = document(
        sections=(
            section("one", TextItem(key="same", title="A"), TextItem(key="two", title="B")),
            section("two", TextItem(key="same", title="C")),
        )
    )
    soup = soup_of(RENDERER.web(doc, BRAND))
    ids = [element["id"] for element in soup.find_all(id=True)]
    assert len(ids) == len(set(ids)) == 5
    assert not soup.find_all(style=True)


def test_items_of_several_issues_on_one_page_have_ids_of_their_own():
    item = TextItem(key="k", title="T", body="Words[^1].\n\n[^1]: A note.")
    docs = [document(slug=slug, sections=(section("a", item),)) for slug in ("one", "two")]
    soup = soup_of("".join(RENDERER.web_item(doc, "a", "k", BRAND) for doc in docs))
    ids = [element["id"] for element in soup.find_all(id=True)]
    assert ids == ["one.k", "one.k.ref-1", "one.k.note-1", "two.k", "two.k.ref-1", "two.k.note-1"]
    assert all(link["href"][1:] in ids for link in soup.select('a[href^="#"]'))
    assert soup_of(RENDERER.web_item(docs[0], "a", "k", BRAND, level=1)).h1["id"] == "k"


def test_a_key_that_looks_like_an_anchor_made_for_another_gets_one_of_its_own():
    doc = document(
        sections=(
            section("a", TextItem(key="b-k", title="T"), TextItem(key="k", title="T")),
            section("b", TextItem(key="k", title="T"), TextItem(key="a", title="T")),
            section("b-a", TextItem(key="x", title="T")),
        )
    )
    ids = [element["id"] for element in soup_of(RENDERER.web(doc, BRAND)).find_all(id=True)]
    assert len(ids) == len(set(ids))


def test_one_item_renders_alone_with_its_permalink():
    soup = soup_of(RENDERER.web_item(full(), "tables", "table", BRAND))
    assert soup.find("a", class_="permalink")["href"] == BRAND.item_url("2026-05-09", "tables", "table")
    assert soup.find("div", class_="table-scroll").table
    with pytest.raises(NotFoundError):
        RENDERER.web_item(full(), "tables", "nothing", BRAND)


def test_jinja_in_content_is_only_text():
    text = "{{ 7*7 }} {% include 'x' %} {# gone? #}"
    doc = document(title=text, lead=text, sections=(section("a", TextItem(key="k", title=text, body=text)),))
    rendering = RENDERER.email(doc, BRAND, byte_budget=BUDGET)
    for output in (soup_of(rendering.html).get_text(), rendering.text, RENDERER.web(doc, BRAND)):
        assert output.count("{{ 7*7 }}") >= 2 and "49" not in output


@pytest.mark.parametrize(
    "mark", [*Slot, "%\\%slotclickxxxxxxxxxxx%%", "&#37;%slotopenxxxxxxxxxxxx%%", "%<b></b>%slotclickxxxxxxxxxxx%%"]
)
def test_a_slot_mark_in_content_never_becomes_a_slot(mark):
    doc = document(
        title=f"T {mark}",
        subject=f"S {mark}",
        preheader=mark,
        lead=f"{mark} [x](https://example.com/{mark})",
        sections=(section("a", LinkItem(key="k", title=mark, url=f"https://e.com/{mark}" if mark in set(Slot) else "", body=mark, source=mark), title=mark, all_title=mark), section("t", table((mark,), head=(mark,)))),
    )  # fmt: skip
    rendering = RENDERER.email(doc, BRAND, byte_budget=BUDGET)
    own = BRAND.unsubscribe_url(Slot.UNSUBSCRIBE)
    assert "%%slot" not in rendering.html.replace(own, "").replace(Slot.READER, "")
    assert "%%slot" not in rendering.text.replace(own, "").replace(Slot.READER, "")
    assert rendering.html.count(Slot.READER) == rendering.text.count(Slot.READER) == 1
    assert "%%slot" not in rendering.subject
    assert "%%slot" not in RENDERER.text(doc, BRAND)


def test_links_are_numbered_once_and_leave_out_our_own():
    rendering = RENDERER.email(full(), BRAND, byte_budget=BUDGET)
    assert rendering.links == ("https://example.com/lead", "https://example.com/a?x=1&y=2", "https://example.com/r")


@pytest.mark.parametrize("form", [TrackingForm.AGGREGATE, TrackingForm.INDIVIDUAL])
def test_tracked_links_carry_the_same_number_in_html_and_text(form):
    rendering = RENDERER.email(full(), BRAND, byte_budget=BUDGET, form=form, edition_id=7)
    hrefs = [link["href"] for link in soup_of(rendering.html).find_all("a")]
    for number, url in enumerate(rendering.links, start=1):
        expected = (
            BRAND.aggregate_click_url(7, number)
            if form is TrackingForm.AGGREGATE
            else BRAND.click_url(Slot.CLICK, number)
        )
        assert expected in hrefs and f"] {expected}\n" in rendering.text
        assert url not in hrefs and url not in rendering.text
    assert BRAND.issue_url("2026-05-09") in hrefs and BRAND.all_url("papers") in hrefs


def test_a_bare_address_is_tracked_in_the_text_too():
    doc = document(lead="Go to https://example.com/bare now, not to %%slotclickxxxxxxxxxxx%%.")
    text = RENDERER.email(doc, BRAND, byte_budget=BUDGET, form=TrackingForm.INDIVIDUAL).text
    assert f"Go to {BRAND.click_url(Slot.CLICK, 1)}" in text and "example.com/bare" not in text
    assert text.count("%%slotclick") == 1


def test_only_the_individual_form_has_an_open_image():
    for form in TrackingForm:
        html = html_of(full(), form=form, edition_id=1)
        assert (f"{BRAND.base_url}/o/{Slot.OPEN}.gif" in html) is (form is TrackingForm.INDIVIDUAL)
        assert (Slot.CLICK in html) is (form is TrackingForm.INDIVIDUAL)


def test_the_text_for_people_holds_no_slot():
    text = RENDERER.text(full(), BRAND)
    assert "%%" not in text and "Unsubscribe" not in text and f"Archive: {BRAND.home}" in text


long_documents = st.lists(st.lists(st.integers(1, 60), max_size=8), min_size=1, max_size=4).map(
    lambda sizes: document(
        sections=tuple(
            section(
                f"s{s}",
                *(PaperItem(key=f"k{i}", title=f"Title-{s}-{i}.", body="word " * 20 * n) for i, n in enumerate(items)),
            )
            for s, items in enumerate(sizes)
        )
    )
)


@given(long_documents, st.integers(9_000, 40_000), st.sampled_from(TrackingForm))
@settings(max_examples=25)
def test_the_budget_holds_and_what_is_folded_is_said(doc, budget, form):
    rendering = RENDERER.email(doc, BRAND, byte_budget=budget, form=form, edition_id=1)
    titles = [item.title for part in doc.sections for item in part.items]
    shown = [title for title in titles if title in rendering.html]
    assert rendering.folded + len(shown) == len(titles)
    assert [title for title in titles if title in rendering.text] == shown
    assert len(rendering.html.encode()) <= budget or not shown
    for output in (soup_of(rendering.html).get_text("\n"), rendering.text):
        assert sum(map(int, re.findall(r"(\d+) more on the web", output))) == rendering.folded


def test_a_mail_that_fits_exactly_is_not_folded_and_one_octet_less_folds_one_item():
    doc = document(sections=(section("a", *(TextItem(key=f"k{i}", title=f"T{i}", body="x" * 500) for i in range(5))),))
    size = len(html_of(doc).encode())
    assert RENDERER.email(doc, BRAND, byte_budget=size).folded == 0
    assert RENDERER.email(doc, BRAND, byte_budget=size - 1).folded == 1


def test_a_huge_issue_folds_without_compiling_all_of_it():
    items = [PaperItem(key=f"k{i}", title=f"T{i}", body="word " * 200) for i in range(900)]
    rendering = RENDERER.email(document(sections=(section("a", *items),)), BRAND, byte_budget=BUDGET)
    assert 90_000 < len(rendering.html.encode()) <= BUDGET
    assert f"{rendering.folded} more on the web: {BRAND.issue_url('2026-05-09')}#a" in rendering.text


@pytest.mark.parametrize(
    "bomb",
    ["<div>" * 9000 + "</div>" * 9000, "<b>" * 9000 + "</b>" * 9000, "<table><tr><td>" * 2000 + "</table>" * 2000],
)
def test_a_nesting_bomb_is_refused_with_its_place(bomb):
    doc = document(sections=(section("a", TextItem(key="k", title="T", body=bomb)),))
    for render in (lambda: html_of(doc), lambda: RENDERER.web(doc, BRAND), lambda: RENDERER.text(doc, BRAND)):
        with pytest.raises(InputError, match="deep") as caught:
            render()
        assert caught.value.where == "a/k" and caught.value.remedy


def test_a_document_past_every_measure_is_refused():
    items = [TextItem(key=f"k{i}", title="T", body="x" * 150_000) for i in range(20)]
    with pytest.raises(InputError, match="characters"):
        html_of(document(sections=(section("a", *items),)))
    with pytest.raises(InputError, match="longer than"):
        html_of(document(lead="x" * 300_000))


def test_renderer_reads_templates_from_where_it_is_told(tmp_path: Path):
    from newsletter.rendering.renderer import Renderer

    with pytest.raises(NotFoundError):
        Renderer(tmp_path).web(document(), BRAND)
