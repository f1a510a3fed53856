"""Bars from zero, and the gap to the leading figure."""

# ruff: noqa: RUF001 - signs that stand in tables
from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from newsletter.model.document import TableItem, TextItem
from newsletter.rendering.furniture.bars import bars_of
from newsletter.rendering.language import language_of
from tests.rendering.documents import BRAND, RENDERER, document, section, table

ENGLISH, GERMAN = language_of("en"), language_of("de")


def bars(*cells: str, language=ENGLISH, **changes):
    rows = tuple((f"M{n}", cell) for n, cell in enumerate(cells))
    return bars_of(table(*rows, head=("Model", "Score"), bars="Score", **changes), language)


@pytest.mark.parametrize(
    ("cells", "gaps", "shares"),
    [
        (("60.2", "57.3", "n/a", "12.0"), ("", "−2.9", "", "−48.2"), (100, 95, None, 20)),
        (("64", "72", "72"), ("−8", "", ""), (89, 100, 100)),
        (("1.2M", "900k", "1.1M"), ("", "−300k", "−0.1M"), (100, 75, 92)),
        (("0", "0"), ("", ""), (0, 0)),
        (("1000", "1"), ("", "−999"), (100, 1)),
        (("**60.25 %**", "60.2 %"), ("", "−0.05"), (100, 100)),
    ],
)
def test_bars_are_as_long_as_their_figures_from_zero(cells, gaps, shares) -> None:
    found = bars(*cells)
    assert (found.gaps, found.shares) == (gaps, shares)


def test_the_lowest_may_lead() -> None:
    assert bars("120 ms", "95 ms", best="lowest").gaps == ("+25", "")


def test_the_gap_is_written_as_the_figures_are() -> None:
    assert bars("60,2", "57,3", language=GERMAN).gaps == ("", "−2,9")
    assert bars("1.234", "1.200", language=GERMAN).gaps == ("", "−34")


def test_a_table_that_asks_for_none_has_none() -> None:
    assert bars_of(table(("A", "1"), head=("Model", "Score")), ENGLISH) is None
    html = RENDERER.email(
        document(sections=(section("t", table(("A", "1"), head=("Model", "Score"))),)), BRAND, byte_budget=100_000
    ).html
    assert "Gap" not in html
    assert "Bars begin" not in html


def test_a_mail_draws_each_bar_as_a_cell_below_its_row() -> None:
    doc = document(
        sections=(
            section("t", table(("A", "60.2"), ("B", "n/a"), ("C", "30.1"), head=("Model", "Score"), bars="Score")),
        )
    )
    soup = BeautifulSoup(RENDERER.email(doc, BRAND, byte_budget=100_000).html, "lxml")
    assert [bar["width"] for bar in soup.select("td[colspan] table")] == ["100%", "50%"]
    assert [bar.find_parent("td")["colspan"] for bar in soup.select("td[colspan] table")] == ["3", "3"]
    assert all("background-color" in cell["style"] for cell in soup.select("td[colspan] table td"))
    assert "Bars begin at 0." in soup.get_text()


def test_what_a_former_release_kept_of_bars_is_let_go_and_of_pictures_is_shown() -> None:
    stored = {"title": "T", "columns": [{"title": "A"}], "rows": [["1"]]}
    former = {"bars": "B", "best": "loudest", "image": "https://a.example/b.png", "image-alt": "B", "x": "y"}
    item = TableItem.model_validate(stored | {"attributes": former})
    assert (item.bars, item.best, item.attributes) == ("", "", {"x": "y"})
    assert (item.image, item.image_alt) == ("https://a.example/b.png", "B")
    assert TableItem.model_validate(stored | {"attributes": {"image": "b.png", "x": "y"}}).attributes == {"x": "y"}


def test_words_that_look_like_what_marks_a_row_stay_words() -> None:
    words = 'A row <tr data-share="50"> and `<tr data-share="7">`.'
    item = table(("x", "1"), head=("a", "b"), bars="b", body=words)
    doc = document(sections=(section("t", item), section("s", TextItem(key="k", title="T", body=words))))
    mail = RENDERER.email(doc, BRAND, byte_budget=100_000)
    for html in (mail.html, RENDERER.web(doc, BRAND)):
        said = BeautifulSoup(html, "lxml").get_text()
        assert said.count('<tr data-share="50"> and') == said.count('<tr data-share="7">.') == 2
    assert mail.text.count('data-share="50"') == 2


RANKED = (("1", "A", "60.2"), ("2", "B", "64.1"), ("3", "C", "64.1"))


def bold_rows(*rows: tuple[str, ...], head=("#", "Model", "Score"), **changes) -> tuple[list[str], list[str]]:
    """Return the names in the bold rows of the mail and of the page."""
    doc = document(sections=(section("t", table(*rows, head=head, **changes)),))
    mail = BeautifulSoup(RENDERER.email(doc, BRAND, byte_budget=100_000).html, "lxml")
    web = BeautifulSoup(RENDERER.web(doc, BRAND), "html.parser")
    in_mail = [cell.find_parent("tr") for cell in mail.select("td") if "font-weight:600" in str(cell.get("style"))]
    names = [row.get_text(" ", strip=True).split()[1] for row in in_mail]
    return list(dict.fromkeys(names)), [row.select("td")[1].text for row in web.select("tr.leads")]


@pytest.mark.parametrize(
    ("rows", "changes", "bold"),
    [
        (RANKED, {}, ["A"]),
        (RANKED, {"bars": "Score"}, ["B", "C"]),
        (RANKED, {"bars": "Score", "best": "lowest"}, ["A"]),
        ((("1.", "A", "1"), ("1.", "B", "1"), ("3.", "C", "0")), {}, ["A", "B"]),
        ((("4", "A", "60.2"), ("5", "B", "64.1")), {}, []),
        (RANKED, {"head": ("Year", "Model", "Score")}, []),
        ((("1", "A", "n/a"), ("2", "B", "n/a")), {"head": ("Size", "Model", "Score")}, []),
        (RANKED[:1], {"bars": "Score"}, []),
    ],
)
def test_the_leading_row_of_a_ranking_is_bold_in_mail_and_page(rows, changes, bold) -> None:
    assert bold_rows(*rows, **changes) == (bold, bold)


def test_a_bold_row_keeps_its_bar() -> None:
    doc = document(sections=(section("t", table(*RANKED, head=("#", "Model", "Score"), bars="Score")),))
    html = RENDERER.email(doc, BRAND, byte_budget=100_000).html
    assert len(BeautifulSoup(html, "lxml").select("td[colspan] table")) == 3
    assert "data-share" not in html
    assert 'class="leads"' not in html
