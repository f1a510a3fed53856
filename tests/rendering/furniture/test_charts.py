"""The chart of a table with bars: what is on it, and where it is shown."""

# ruff: noqa: RUF001 - names in any script

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup

from newsletter.model.charts import MOST_BARS, ChartForm
from newsletter.rendering.colours import contrast
from newsletter.rendering.furniture.charts import chart_at, chart_of, ink_of
from newsletter.rendering.language import language_of
from tests.rendering.documents import BRAND, RENDERER, document, section, table
from tests.test_floors import ROOT

ENGLISH = language_of("en")
HEAD = ("#", "Model", "Score")
ROWS = (("1", "**Pippin** 4", "60.2"), ("2", "Russet[^1]", "$30.1$"), ("3", "Medlar", "n/a"))


def chart(*rows: tuple[str, ...], head: tuple[str, ...] = HEAD, tag: str = "en", **changes: object):
    return chart_of(table(*rows, head=head, **{"bars": "Score", **changes}), language_of(tag), "#1f5f8b")


def page(*rows: tuple[str, ...], **changes: object) -> BeautifulSoup:
    made = document(sections=(section("t", table(*rows, head=HEAD, **{"bars": "Score", **changes})),))
    return BeautifulSoup(RENDERER.web(made, BRAND), "html.parser")


def test_a_chart_holds_names_figures_and_lengths_as_they_are_read() -> None:
    bars = chart(*ROWS).bars
    assert [(bar.label, bar.figure, bar.share, bar.leads) for bar in bars] == [
        ("Pippin 4", "60.2", 1000, True),
        ("Russet", "30.1", 500, False),
        ("Medlar", "n/a", None, False),
    ]


def test_a_table_without_bars_has_no_chart() -> None:
    assert chart(*ROWS, bars="") is None
    assert page(*ROWS, bars="").select(".chart") == []


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("Größe – Œuvre × 10⁶", True),
        ("Модель", True),
        ("Καλή", True),
        ("模型", False),
        ("نموذج", False),
        ("🚀 X", False),
    ],
)
def test_letters_that_cannot_be_drawn_leave_the_table_alone(name: str, drawn: bool) -> None:
    assert (chart(("1", name, "60.2")) is not None) is drawn
    assert page(("1", name, "60.2")).select_one("table") is not None


def test_only_so_many_rows_are_drawn_and_all_are_in_the_table() -> None:
    rows = [(str(n), f"M{n}", str(n)) for n in range(1, 101)]
    assert len(chart(*rows).bars) == MOST_BARS
    assert len(page(*rows).select("tbody tr")) == 100


def test_a_page_shows_the_chart_above_its_table_with_the_numbers_in_words() -> None:
    found = page(*ROWS)
    picture = found.select_one("p.chart picture")
    assert picture.find_next("table").get_text(" ", strip=True).startswith("# Model Score")
    assert picture.img["alt"] == (
        "Bar chart of Score. Pippin 4: 60.2; Russet: 30.1; Medlar: n/a. The table below has all figures."
    )
    assert (picture.img["width"], picture.img["height"]) == ("640", "138")
    wanted = {"narrow-dark", "wide-dark", "narrow"}
    assert {source["srcset"].split(".")[-2] for source in picture.select("source")} == wanted
    digest = chart(*ROWS).digest
    assert digest != picture.img["src"].split(".")[-3], "the accent is another one"
    assert picture.img["src"].startswith("https://news.example.org/letter/2026-05-09/t/table.")


def test_a_chart_of_many_tells_the_first_of_them() -> None:
    alt = page(*[(str(n), f"M{n}", str(100 - n)) for n in range(1, 21)]).img["alt"]
    assert "M12: 88; …." in alt
    assert "M13" not in alt


def test_a_mail_and_a_text_hold_no_chart() -> None:
    made = document(sections=(section("t", table(*ROWS, head=HEAD, bars="Score")),))
    mail = RENDERER.email(made, BRAND, byte_budget=100_000)
    assert ".png" not in mail.html + mail.text
    assert "furniture" not in mail.html + mail.text


def test_words_of_an_editor_cannot_leave_the_alternative_text() -> None:
    found = page(("1", '"><script>x</script> & <b>y</b>', "60.2"))
    assert found.select("script") == []
    assert len(found.select(".chart img")) == 1


def test_a_chart_is_found_at_its_place_in_the_document_alone() -> None:
    made = document(sections=(section("t", table(*ROWS, head=HEAD, bars="Score")),))
    assert chart_at(made, "t", "table", "#1f5f8b") == chart(*ROWS)
    assert chart_at(made, "t", "other", "#1f5f8b") is None
    assert chart_at(made, "other", "table", "#1f5f8b") is None


@pytest.mark.parametrize("accent", ["#ffff00", "#000000", "#ffffff", "#1f5f8b"])
def test_any_accent_can_be_seen_on_its_ground(accent: str) -> None:
    made = chart_of(table(*ROWS, head=HEAD, bars="Score"), ENGLISH, accent)
    for form in ChartForm:
        ink = ink_of(made, form)
        assert contrast(ink.accent, ink.paper) >= 4.5
        assert contrast(ink.ink, ink.paper) >= 4.5
        assert contrast(ink.muted, ink.paper) >= 4.5


@pytest.mark.parametrize(("form", "place"), [(ChartForm.WIDE, 0), (ChartForm.WIDE_DARK, 1)])
def test_a_chart_has_the_colours_of_the_page_around_it(form: ChartForm, place: int) -> None:
    sheet = (ROOT / "newsletter" / "web" / "static" / "site.css").read_text(encoding="utf-8")
    page = {name: re.findall(rf"--{name}: (#\w{{6}});", sheet)[place] for name in ("ink", "paper", "muted")}
    ink = ink_of(chart(*ROWS), form)
    assert {"ink": ink.ink, "paper": ink.paper, "muted": ink.muted} == page
