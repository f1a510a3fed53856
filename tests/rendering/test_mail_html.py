"""The face of a mail: who writes, what it is called, what is in it, and how it ends."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from newsletter.mail.slots import Slot
from newsletter.model.brand import FontChoice, Logo, Look, SocialLink
from newsletter.model.document import Document, LinkItem, PaperItem, TextItem
from newsletter.model.surroundings import PreviousIssue, Surroundings
from tests.rendering.documents import BRAND, BUDGET, RENDERER, document, full, section, table

LOGO = Logo("https://pics.example/logo.png", 40, 40, "https://pics.example/dark.png")
PAPER = PaperItem(
    key="p",
    title="On trees",
    url="https://arxiv.example/abs/1",
    category="cs.CL",
    authors="B. Author, C. Author",
    body="One here. Two there. Three gone.",
)


def mail(doc: Document, brand: object = BRAND, **options: object) -> BeautifulSoup:
    return BeautifulSoup(RENDERER.email(doc, brand, byte_budget=BUDGET, **options).html, "lxml")


def words(soup: BeautifulSoup) -> str:
    return " ".join(soup.get_text(" ").split())


def test_the_heading_is_the_headline_where_the_title_is_the_publications_name() -> None:
    doc = document(title=BRAND.name, subject=f"{BRAND.name}: frost at dawn")
    rendering = RENDERER.email(doc, BRAND, byte_budget=BUDGET)
    assert BeautifulSoup(rendering.html, "lxml").h1.get_text() == "Frost at dawn"
    assert "Frost at dawn\n=====" in rendering.text


def test_the_last_word_of_a_long_headline_does_not_stand_alone() -> None:
    assert mail(document(title="A word that is never left on")).h1.get_text() == "A word that is never left\u00a0on"
    assert mail(document(title="Two words")).h1.get_text() == "Two words"


def test_the_masthead_has_a_monogram_and_the_name_or_the_logo_in_both_schemes() -> None:
    plain = mail(document())
    assert plain.find("td", class_="mono").get_text() == "L"
    assert plain.find("a", class_="nm").get_text() == BRAND.name
    drawn = mail(document(), replace(BRAND, look=Look(logo=LOGO, tagline="Every morning")))
    assert not drawn.find("td", class_="mono") and "Every morning" in words(drawn)
    assert drawn.find("img", class_="on-light")["width"] == "40" and drawn.find("img", class_="on-light")["alt"] == ""
    assert LOGO.dark_url in str(drawn), "in a comment that Outlook on Windows does not read"


def test_a_wordmark_says_the_name_by_itself() -> None:
    drawn = mail(document(), replace(BRAND, look=Look(logo=Logo("https://pics.example/w.png", 200, 40))))
    assert drawn.find("img")["alt"] == BRAND.name and not drawn.find("a", class_="nm")


@pytest.mark.parametrize(
    ("font", "stack"),
    [(FontChoice.SERIF, "Charter"), (FontChoice.SANS, "-apple-system"), (FontChoice.CLASSIC, "Palatino")],
)
def test_letters_are_those_that_were_chosen(font: FontChoice, stack: str) -> None:
    around = mail(document(), replace(BRAND, look=Look(font=font))).h1.parent
    assert f"font-family:{stack}" in around["style"]


def test_the_preheader_is_the_standfirst_and_a_derived_one_is_not() -> None:
    assert mail(full()).find("p", class_="st").get_text() == "In short"
    assert mail(document()).find("p", class_="st") is None


def test_the_contents_line_counts_and_leads_to_the_page() -> None:
    doc = document(
        sections=(
            section("papers", PAPER, PAPER.model_copy(update={"key": "q"})),
            section("notes", TextItem(key="t", title="T")),
        )
    )
    soup = mail(doc)
    assert "In this issue: Papers 2 · Notes" in words(soup)
    assert soup.find("a", string="Papers")["href"] == f"{BRAND.issue_url(doc.slug)}#papers"


def test_how_long_it_takes_is_said_from_two_minutes_on() -> None:
    assert "min read" not in words(mail(document()))
    assert "3 min read" in words(mail(document(lead="word " * 700)))


def test_a_section_head_is_one_row_with_its_all_link() -> None:
    row = mail(document(sections=(section("papers", PAPER, all_title="All papers"),))).find("h2").find_parent("tr")
    assert [cell.get_text() for cell in row.find_all("td")] == ["Papers", "All papers\u00a0→"]


def test_an_editor_may_name_where_all_of_it_is() -> None:
    named = section("labs", all_title="All labs", attributes={"all-url": "https://labs.example/all"})
    rendering = RENDERER.email(document(sections=(named,)), BRAND, byte_budget=BUDGET)
    assert 'href="https://labs.example/all"' in rendering.html and rendering.links == ("https://labs.example/all",)
    assert "https://labs.example/all" in rendering.text and "https://labs.example/all" in RENDERER.web(
        document(sections=(named,)), BRAND
    )


def test_a_paper_shows_its_category_as_a_chip_its_authors_on_a_line_and_its_page() -> None:
    soup = mail(document(sections=(section("papers", PAPER),)))
    meta = soup.find("h3").find_next("p")
    assert meta.find("span").get_text().strip() == "cs.CL" and meta.find("br")
    assert meta.find("a", string="On the web")["href"] == BRAND.item_url("2026-05-09", "papers", "p")


def test_an_item_with_no_facts_still_has_its_page() -> None:
    soup = mail(document(sections=(section("notes", TextItem(key="t", title="T", url="https://a.example/")),)))
    assert soup.find("h3").find_next("p").get_text() == "On the web"


def test_the_footer_names_the_address_it_came_to_in_the_languages_own_order() -> None:
    for language, said in (("en", "subscribed to The Letter & Co as"), ("de", "weil Sie The Letter & Co als")):
        footer = mail(document(language=language), replace(BRAND, language=language)).find("bdi", string=Slot.READER)
        assert said in words(footer.parent)


def test_an_item_that_leads_to_its_own_page_needs_no_second_link_there() -> None:
    soup = mail(document(sections=(section("links", LinkItem(key="a", title="A", source="S")),)))
    assert "On the web" not in words(soup)


def test_a_short_abstract_ends_with_a_way_to_the_whole_which_stands_on_page_and_text() -> None:
    doc = document(sections=(section("papers", PAPER, attributes={"abstract": "short"}),))
    rendering = RENDERER.email(doc, BRAND, byte_budget=BUDGET)
    soup = BeautifulSoup(rendering.html, "lxml")
    assert "Two there." in words(soup) and "Three gone." not in words(soup)
    assert soup.find("a", string="Read on\u00a0→")["href"] == BRAND.item_url("2026-05-09", "papers", "p")
    assert "Three gone." in rendering.text and "Three gone." in RENDERER.web(doc, BRAND)


def test_a_tldr_stands_for_the_abstract_in_the_mail_and_before_it_elsewhere() -> None:
    paper = PAPER.model_copy(update={"attributes": {"tldr": "It works."}})
    doc = document(sections=(section("papers", paper),))
    rendering = RENDERER.email(doc, BRAND, byte_budget=BUDGET)
    assert "It works." in rendering.html and "One here." not in rendering.html and "Read on" in rendering.html
    for output in (rendering.text, RENDERER.web(doc, BRAND)):
        assert output.index("It works.") < output.index("Three gone.")


def test_writing_is_set_in_ink_and_what_others_wrote_is_secondary() -> None:
    soup = mail(
        document(sections=(section("papers", PAPER), section("notes", TextItem(key="t", title="T", body="Ours."))))
    )
    assert soup.find(string=re.compile("One here")).find_parent("div", class_="x")
    assert not soup.find(string="Ours.").find_parent("div", class_="x")


def test_a_mail_ends_with_the_issue_before_and_ways_to_pass_it_on() -> None:
    around = Surroundings(previous=PreviousIssue("before", BRAND.name, f"{BRAND.name}: rain"))
    soup = mail(document(title="Ears & eyes"), around=around)
    assert soup.find("a", string="Rain")["href"] == BRAND.issue_url("before")
    forward = soup.find("a", string="Forward this issue")["href"]
    assert forward == "mailto:?subject=Ears%20%26%20eyes&body=https%3A//news.example.org/letter/2026-05-09"
    assert soup.find("a", string="Subscribe")["href"] == BRAND.subscribe_url
    assert soup.find("a", string="news.example.org/letter/2026-05-09")


def test_the_footer_has_the_publications_words_and_links_clean_and_its_name_once() -> None:
    look = Look(
        footer="By **two** people. <script>x()</script>", social=(SocialLink("Mastodon", "https://m.example/@x"),)
    )
    brand = replace(BRAND, look=look, postal_address="The Letter & Co, 1 Long Street")
    soup = mail(document(), brand)
    assert soup.find("strong", string="two") and not soup.find("script")
    assert soup.find("a", string="Mastodon")["href"] == "https://m.example/@x"
    footer = soup.find("div", class_="foot") or soup.find("td", class_="foot")
    assert words(footer).count("The Letter & Co,") == 1 and "The Letter & Co The Letter & Co" not in words(footer)


def test_a_button_of_a_notice_is_a_table_cell_with_its_colour() -> None:
    notice = RENDERER.notice("confirm", BRAND, confirm_url="https://e.org/c", address="a@e.org")
    link = BeautifulSoup(notice.html, "lxml").find("a", href="https://e.org/c")
    assert link.parent.name == "td" and link.parent["bgcolor"].startswith("#")
    assert "padding:12px 24px" in link["style"]


def test_every_important_has_a_space_before_it_and_dark_and_outlook_com_have_blocks_of_their_own() -> None:
    html = RENDERER.email(full(), BRAND, byte_budget=BUDGET).html
    assert not re.search(r"[^ ]!important", html), "Outlook and Orange drop the declaration"
    styles = re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL)
    assert not any("data-ogsc" in css and "@media" in css for css in styles)
    assert "supported-color-schemes:" not in html and "x-apple-data-detectors" in html and "format-detection" in html


def test_what_outlook_com_recolours_has_a_colour_inline_above_it() -> None:
    soup = mail(full())
    assert "color:" in soup.body["style"] and "color:" in soup.find("div", class_="mail")["style"]


def test_each_colour_that_is_inline_has_its_rule_in_the_dark() -> None:
    html = RENDERER.email(full(), BRAND, byte_budget=BUDGET).html
    css = re.search(r"@media \(prefers-color-scheme:dark\)\{(.*?)</style>", html, re.DOTALL)[1]
    soup = BeautifulSoup(html, "lxml")
    named = set(re.findall(r"\.([a-z]+)", css))
    for element in soup.body.find_all(style=re.compile(r"(?:^|;)color:")):
        reached = {
            element.name,
            *element.get("class", []),
            *(name for up in element.parents for name in up.get("class", [])),
        }
        assert element.name in {"a", "h1", "h2", "td", "th", "div", "table", "blockquote"} or reached & named, element


LIKE_THE_FLAGSHIP = document(
    title=BRAND.name,
    subject=f"{BRAND.name}: a headline of the usual length for a daily",
    preheader="A sentence of about a hundred characters that stands beside the subject and below the headline here.",
    author="Ann Editor",
    lead="\n\n".join(["word " * 60, "another word " * 140]),
    sections=(
        section("labs", all_title="All labs"),
        section("papers", *(PAPER.model_copy(update={"key": f"k{n}", "title": f"A paper with a title of a usual length, number {n}", "body": "An abstract has words. " * 70}) for n in range(6)), all_title="All papers"),
        section("tables", *(table(*((str(n), f"Model number {n}", "60.2", "70", "$11.25") for n in range(1, 6)), head=("#", "Model", "Score", "tok/s", "$/1M"), key=f"t{k}") for k in range(2)), all_title="Full tables"),
    ),
)  # fmt: skip


def test_one_sentence_weighs_at_most_12_kilobytes_and_an_issue_like_the_flagships_at_most_40() -> None:
    assert len(RENDERER.email(document(), BRAND, byte_budget=BUDGET).html.encode()) <= 12_288
    assert 20_000 < len(RENDERER.email(LIKE_THE_FLAGSHIP, BRAND, byte_budget=BUDGET).html.encode()) <= 40_960
