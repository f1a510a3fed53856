"""Charts of published tables: drawn once, kept, and served to whoever reads the page."""

from __future__ import annotations

import io

import pytest
from bs4 import BeautifulSoup
from PIL import Image
from sqlalchemy import update

from newsletter.bootstrap import Parts
from newsletter.imaging import charts as drawing
from newsletter.model import Issue
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
        "/orchard/2026-03-02/tables/sweetness.0123456789ABCDEF.wide.png",
        "/orchard/2026-03-02/tables/sweetness.0123.wide.png",
        "/orchard/2026-03-02/tables/sweetness.wide.png",
        "/orchard/2026-03-02/tables/sweetness.png",
        "/orchard/2030-01-01/tables/sweetness.0123456789abcdef.wide.png",
        "/nowhere/2026-03-02/tables/sweetness.0123456789abcdef.wide.png",
    ],
)
def test_what_has_no_chart_answers_as_what_is_not_there(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status_code == 404


def test_addresses_that_nobody_was_given_draw_and_keep_nothing(
    visitor: Visitor, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[str] = []
    monkeypatch.setattr(type(parts.charts.store), "put", lambda _, name, __: kept.append(name))
    monkeypatch.setattr(drawing, "draw", lambda *_: pytest.fail("it was drawn"))
    for number in range(200):
        address = f"/orchard/2026-03-02/tables/sweetness.{number:016x}"
        assert visitor.get(f"{address}.{number}.png").status_code == 404
        assert visitor.get(f"{address}.wide.png").status_code == 301
    assert kept == []


def test_the_chart_of_what_is_not_public_is_not_there(visitor: Visitor, parts: Parts) -> None:
    address = addresses(visitor)[0]
    assert visitor.get(address).status_code == 200
    with parts.database.write() as session:
        session.execute(update(Issue).where(Issue.slug == "2026-03-02").values(published_at=None))
    assert visitor.get(address).status_code == 404, "though its picture is kept"


def test_an_item_page_without_another_picture_offers_its_chart_as_a_card(visitor: Visitor) -> None:
    page = BeautifulSoup(visitor.get(ITEM).text, "html.parser")
    card = page.select_one('meta[property="og:image"]')["content"]
    assert card.endswith(".card.png")
    assert visitor.get(card.removeprefix("http://news.test")).status_code == 200
