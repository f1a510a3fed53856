"""Items of which a mail shows the beginning: what belongs to them beside their words."""

from __future__ import annotations

from bs4 import BeautifulSoup

from newsletter.model.document import LinkItem, SponsorItem, TextItem
from tests.rendering.documents import BRAND, BUDGET, RENDERER, document, section, table

LONG = "One here[^1]. Two there. Three gone.\n\n[^1]: A note."


def mail(*items: object, kind: str, language: str = "en") -> BeautifulSoup:
    doc = document(language=language, sections=(section("s", *items, kind=kind, attributes={"abstract": "short"}),))
    return BeautifulSoup(RENDERER.email(doc, BRAND, byte_budget=BUDGET).html, "lxml")


def test_a_picture_stays_with_its_caption_and_marks_go_where_the_notes_are() -> None:
    item = LinkItem(
        key="k", title="T", body=LONG, image="https://a.example/p.png", image_alt="A", image_caption="By *Ada*"
    )
    soup = mail(item, kind="links")
    assert soup.find("img", src="https://a.example/p.png")["width"] == "592"
    said = soup.get_text(" ", strip=True)
    assert "By Ada" in said and "One here . Two there." in said.replace("One here.", "One here .")
    assert "Three gone" not in said and "A note" not in said and "<furniture" not in str(soup)


def test_a_picture_stays_with_a_tldr() -> None:
    item = LinkItem(key="k", title="T", body=LONG, image="https://a.example/p.png", attributes={"tldr": "In short."})
    doc = document(sections=(section("s", item),))
    html = RENDERER.email(doc, BRAND, byte_budget=BUDGET).html
    assert "p.png" in html and "In short." in html and "Two there" not in html


def test_a_table_is_shown_whole() -> None:
    item = table(("a", "cell-one"), head=("x", "y"), body=LONG, attributes={"tldr": "In short."})
    said = mail(item, kind="tables").get_text(" ")
    assert "cell-one" in said and "Three gone" in said and "In short." in said


def test_links_of_a_sponsor_stay_marked() -> None:
    item = SponsorItem(
        key="k", title="T", url="https://acme.example/", body="One [buy](https://acme.example/b). Two. Three."
    )
    link = mail(item, kind="sponsor").find("a", href="https://acme.example/b")
    assert "sponsored" in " ".join(link["rel"])


def test_code_reads_from_the_left_in_a_mail_from_the_right() -> None:
    doc = document(language="ar", sections=(section("s", TextItem(key="k", title="T", body="```\nx = 1 -- b\n```")),))
    pre = BeautifulSoup(RENDERER.email(doc, BRAND, byte_budget=BUDGET).html, "lxml").find("pre")
    assert "direction:ltr" in pre["style"]
