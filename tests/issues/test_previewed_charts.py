"""Charts of a draft: nobody outside can ask for them, so that a preview carries them."""

from __future__ import annotations

import io
import re
from base64 import b64decode

import pytest
from bs4 import BeautifulSoup
from PIL import Image

from newsletter.issues.previewed_charts import MOST, with_charts
from newsletter.model.charts import ChartForm
from tests.rendering.documents import BRAND, RENDERER, document, section, table

HEAD, ROWS = ("#", "Model", "Score"), (("1", "Pippin", "60.2"), ("2", "Russet", "30.1"))


def preview(many: int, **changes: object) -> str:
    tables = [table(*ROWS, head=HEAD, key=f"t{number}", **{"bars": "Score", **changes}) for number in range(many)]
    made = document(sections=(section("t", *tables),), lead="See ![a](https://a.example/a.png).")
    return with_charts(RENDERER.web(made, BRAND), made, BRAND)


def test_each_form_that_a_page_shows_is_carried_within_it_and_other_pictures_stay() -> None:
    page = BeautifulSoup(preview(1), "html.parser")
    picture = page.select_one("p.chart picture")
    carried = [picture.img["src"], *(source["srcset"] for source in picture.select("source"))]
    assert len(set(carried)) == len(set(ChartForm) - {ChartForm.CARD})
    for address in carried:
        head, _, octets = address.partition(",")
        assert head == "data:image/png;base64"
        Image.open(io.BytesIO(b64decode(octets))).load()
    assert [image["src"] for image in page.select("img") if image not in picture.select("img")] == [
        "https://a.example/a.png"
    ]


@pytest.mark.parametrize(("many", "shown"), [(MOST, MOST), (MOST + 3, MOST)])
def test_only_so_many_are_carried_and_no_address_of_the_others_is_left(many: int, shown: int) -> None:
    page = preview(many)
    assert page.count('<p class="chart">') == shown
    assert re.findall(r"[\"/][^\"]*\.(?:wide|narrow)[^\"]*\.png", page) == []
    assert len(BeautifulSoup(page, "html.parser").select("table")) == many


def test_a_page_without_charts_is_what_it_was() -> None:
    made = document(sections=(section("t", table(*ROWS, head=HEAD)),))
    assert with_charts(page := RENDERER.web(made, BRAND), made, BRAND) == page
