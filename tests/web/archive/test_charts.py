"""Charts of published tables: drawn once, kept, and served to whoever reads the page."""

from __future__ import annotations

import io

import pytest
from bs4 import BeautifulSoup
from PIL import Image

from newsletter.imaging import charts as drawing
from tests.web.places import Visitor

ITEM = "/orchard/2026-03-02/tables/sweetness"


def addresses(visitor: Visitor, path: str = ITEM) -> list[str]:
    page = BeautifulSoup(visitor.get(path).text, "html.parser")
    picture = page.select_one("p.chart picture")
    named = [picture.img["src"], *(source["srcset"] for source in picture.select("source"))]
    return [address.removeprefix("http://news.test") for address in named]


def test_each_form_of_a_chart_is_a_picture_that_is_kept_for_ever(visitor: Visitor) -> None:
    for address in addresses(visitor):
        answer = visitor.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["content-type"] == "image/png"
        assert "immutable" in answer.headers["cache-control"]
        Image.open(io.BytesIO(answer.content)).load()
        assert visitor.get(address, if_none_match=answer.headers["etag"]).status_code == 304


def test_a_chart_is_drawn_once(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    real = drawing.draw
    monkeypatch.setattr(drawing, "draw", lambda *given: drawn.append(given) or real(*given))
    address = addresses(visitor)[0]
    assert len({visitor.get(address).content for _ in range(3)}) == 1
    assert len(drawn) == 1


def test_the_chart_of_before_leads_to_the_one_of_now(visitor: Visitor) -> None:
    address = addresses(visitor)[0]
    digest = address.split(".")[-3]
    other = address.replace(digest, "0" * len(digest))
    answer = visitor.get(other)
    assert (answer.status_code, answer.headers["location"]) == (301, address)


@pytest.mark.parametrize(
    "path",
    [
        "/orchard/2026-03-02/papers/grafting-1.0123456789abcdef.wide.png",
        "/orchard/2026-03-02/tables/none.0123456789abcdef.wide.png",
        "/orchard/2026-03-02/tables/sweetness.0123456789abcdef.huge.png",
        "/orchard/2030-01-01/tables/sweetness.0123456789abcdef.wide.png",
        "/nowhere/2026-03-02/tables/sweetness.0123456789abcdef.wide.png",
    ],
)
def test_what_has_no_chart_answers_as_what_is_not_there(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status_code == 404


def test_an_item_page_without_another_picture_offers_its_chart_as_a_card(visitor: Visitor) -> None:
    page = BeautifulSoup(visitor.get(ITEM).text, "html.parser")
    card = page.select_one('meta[property="og:image"]')["content"]
    assert card.endswith(".card.png")
    assert visitor.get(card.removeprefix("http://news.test")).status_code == 200
