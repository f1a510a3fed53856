"""All furniture stands in mail, text, web page and file, and an issue without any is as light as before."""

# ruff: noqa: RUF001 - signs that stand in tables
from __future__ import annotations

import dataclasses

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.issues.parsing import parse_issue
from newsletter.mail.slots import Slot
from newsletter.model.brand import Author
from newsletter.model.document import SponsorItem, TextItem
from newsletter.rendering.markdown_file import write_markdown
from newsletter.rendering.renderer import TrackingForm
from tests.rendering.documents import BRAND, RENDERER, document, section, squeezed, table

ADA = Author("ada", "Ada Example", "https://ada.example/face.png", "Writes about *machines*.", "https://ada.example/")
FURNISHED = dataclasses.replace(BRAND, authors=(ADA,))
LEAD = """\
Words before.

:::quote Grace
Pulled out.
:::

:::button [Read the report](https://report.example/)

:::warning Mind the units
In euros.
:::

:::note
As published.
:::"""


def furnished():
    return document(
        author="ada, Grace",
        lead=LEAD,
        image="https://pictures.example/lead.png",
        image_alt="Two curves",
        image_caption="Drawn by [Ada](https://ada.example/)",
        poll="Was it any good?",
        sections=(
            section(
                "acme",
                SponsorItem(
                    key="a",
                    title="Cards by the hour",
                    url="https://acme.example/",
                    sponsor="Acme",
                    body="See [the report](https://report.example/).",
                    image="https://pictures.example/cards.png",
                    image_alt="Cards",
                ),
            ),
            section("tables", table(("A", "60.2"), ("B", "12.0"), head=("Model", "Score"), bars="Score")),
        ),
    )


@pytest.fixture(scope="module")
def mail():
    return RENDERER.email(furnished(), FURNISHED, byte_budget=100_000)


WORDS = (
    "Words before.",
    "Pulled out.",
    "— Grace",
    "Read the report",
    "Mind the units",
    "In euros.",
    "Note",
    "As published.",
    "Drawn by",
    "Sponsored",
    "Sponsored by Acme",
    "Cards by the hour",
    "Gap",
    "−48.2",
    "Ada Example",
    "Was it any good?",
)


@pytest.mark.parametrize("words", WORDS)
def test_every_word_of_furniture_stands_in_mail_text_and_web(mail, words: str) -> None:
    html = BeautifulSoup(mail.html, "lxml").get_text(" ")
    web = BeautifulSoup(RENDERER.web(furnished(), FURNISHED), "lxml").get_text(" ")
    assert squeezed(words) in squeezed(html)
    assert squeezed(words) in squeezed(web)
    assert squeezed(words) in squeezed(mail.text)
    assert squeezed(words) in squeezed(RENDERER.text(furnished(), FURNISHED))


def test_no_mark_of_our_own_is_left_in_any_output(mail) -> None:
    for shown in (mail.html, mail.text, RENDERER.web(furnished(), FURNISHED), RENDERER.text(furnished(), FURNISHED)):
        assert "furniture-" not in shown
        assert "data-share" not in shown
        assert "sponsored:" not in shown


def test_the_file_reads_back_equal() -> None:
    assert parse_issue(write_markdown(furnished())) == furnished()


def test_a_button_of_a_mail_is_a_cell_with_a_colour_and_room(mail) -> None:
    cell = BeautifulSoup(mail.html, "lxml").find("a", string="Read the report").find_parent("td")
    assert "background-color" in cell["style"]
    assert "padding" in cell["style"]


def test_a_picture_of_a_mail_has_a_width_and_says_what_it_shows(mail) -> None:
    images = BeautifulSoup(mail.html, "lxml").find_all("img")
    by_source = {image["src"].rpartition("/")[2]: image for image in images}
    assert (by_source["lead.png"]["alt"], by_source["lead.png"]["width"]) == ("Two curves", "592")
    assert (by_source["cards.png"]["alt"], by_source["cards.png"]["width"]) == ("Cards", "592")
    assert by_source["face.png"]["width"] == by_source["face.png"]["height"] == "48"


def test_the_page_shows_the_numbers_as_a_table_and_the_picture_as_a_figure() -> None:
    web = BeautifulSoup(RENDERER.web(furnished(), FURNISHED), "lxml")
    assert web.find("figure").find("figcaption").get_text() == "Drawn by Ada"
    assert [cell.get_text() for cell in web.find("table").find_all("td")] == ["A", "60.2", "", "B", "12.0", "−48.2"]
    assert "Bars begin" not in web.get_text()
    assert not web.find(style=True)


def test_a_vote_is_one_link_in_the_mail_and_none_on_the_page(mail) -> None:
    for answer in ("up", "down"):
        assert f"/v/{Slot.VOTE}/{answer}" in mail.html
        assert f"/v/{Slot.VOTE}/{answer}" in mail.text
    assert "/v/" not in RENDERER.web(furnished(), FURNISHED)
    assert "/v/" not in RENDERER.text(furnished(), FURNISHED)


def test_a_link_that_was_paid_for_says_so_and_has_a_number_of_its_own(mail) -> None:
    assert mail.links.count("https://report.example/") == 2
    assert {mail.links[number - 1] for number in mail.paid} == {"https://acme.example/", "https://report.example/"}
    for html in (mail.html, RENDERER.web(furnished(), FURNISHED)):
        rels = {a["href"]: set() for a in BeautifulSoup(html, "lxml").find_all("a", href=True)}
        for a in BeautifulSoup(html, "lxml").find_all("a", href=True):
            rels[a["href"]].add(" ".join(a.get("rel", [])))
        assert rels["https://acme.example/"] == {"sponsored"}
        assert rels["https://report.example/"] == {"", "sponsored"}


def test_both_parts_of_a_tracked_mail_carry_the_same_numbers() -> None:
    tracked = RENDERER.email(furnished(), FURNISHED, byte_budget=100_000, form=TrackingForm.INDIVIDUAL)
    numbers = [f"/c/{Slot.CLICK}/{number}" for number in range(1, len(tracked.links) + 1)]
    assert [number for number in numbers if f"{number}\n" not in tracked.text] == []
    assert [number for number in numbers if f'{number}"' not in tracked.html] == []


def test_an_editor_cannot_write_a_slot_into_what_was_paid_for() -> None:
    item = SponsorItem(
        key="a", title="T", url=f"https://a.example/{Slot.UNSUBSCRIBE}", body=f"[x](https://b.example/{Slot.VOTE})"
    )
    mail = RENDERER.email(document(sections=(section("s", item),)), BRAND, byte_budget=100_000)
    assert mail.text.count(Slot.UNSUBSCRIBE) == 1
    assert Slot.VOTE not in mail.text


def test_a_sponsor_is_never_folded() -> None:
    long = tuple(TextItem(key=f"k{n}", title=f"T{n}", body="words " * 200) for n in range(20))
    paid = SponsorItem(key="a", title="Cards by the hour", sponsor="Acme", body="words " * 50)
    doc = document(sections=(section("long", *long), section("acme", paid, paid.model_copy(update={"key": "b"}))))
    mail = RENDERER.email(doc, BRAND, byte_budget=15_000)
    assert mail.folded >= 10
    assert mail.html.count("Cards by the hour") == 2
    assert mail.text.count("Cards by the hour") == 2
    assert len(mail.html.encode()) <= 15_000


def test_an_issue_without_furniture_carries_nothing_of_it() -> None:
    html = RENDERER.email(document(), BRAND, byte_budget=100_000).html
    assert "f-" not in "".join(part for part in html.split('"') if part.startswith("f-"))
    assert ".f-" not in html
    assert len(html.encode()) <= 12_288


@given(
    st.lists(
        st.sampled_from(
            [
                "words",
                ":::",
                ":::note",
                ":::quote X",
                ":::button",
                "[l](https://l.example)",
                "**b**",
                "| a |\n|---|\n| 1 |",
                "",
            ]
        ),
        max_size=12,
    )
)
@settings(max_examples=60)
def test_mail_and_page_show_the_same_words_whatever_stands_between_the_marks(pieces: list[str]) -> None:
    item = TextItem(key="k", title="T", body="beginshere\n\n" + "\n".join(pieces) + "\n\nendshere")
    doc = document(sections=(section("a", item),))
    mail = RENDERER.email(doc, BRAND, byte_budget=10_000_000)
    html, web = (
        squeezed(BeautifulSoup(each, "lxml").get_text(" ")).partition("beginshere")[2].partition("endshere")[0]
        for each in (mail.html, RENDERER.web(doc, BRAND))
    )
    assert html == web
    for word in BeautifulSoup(RENDERER.web(doc, BRAND), "lxml").get_text(" ").split():
        assert word in mail.text or word == "#" or "_" in mail.text or "*" in mail.text
