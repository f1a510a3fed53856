from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from newsletter.imaging import charts
from newsletter.imaging.charts import DENSITY, draw
from newsletter.model.charts import MOST_BARS, Chart, ChartBar, ChartForm, ChartInk
from newsletter.rendering.furniture.charts import _DRAWN

INK = ChartInk("#fdfcfa", "#1c1c1a", "#66645e", "#1f5f8b", "#8eadc2")
CHART = Chart(
    "Who leads",
    "Score",
    "#1f5f8b",
    (
        ChartBar("Pippin", "100", 1000, leads=True),
        ChartBar("Russet", "50", 500),
        ChartBar("Quince", "0", 0),
        ChartBar("Medlar", "—", None),
    ),
)


def picture(chart: Chart = CHART, form: ChartForm = ChartForm.WIDE) -> Image.Image:
    return Image.open(io.BytesIO(draw(chart, form, INK))).convert("RGB")


def longest_run(image: Image.Image, colour: str) -> list[int]:
    """Return the longest run of a colour in each line of the picture, without repetitions."""
    wanted = tuple(bytes.fromhex(colour[1:]))
    runs = []
    for y in range(image.height):
        row = [image.getpixel((x, y)) == wanted for x in range(image.width)]
        runs.append(max(map(len, "".join("x" if same else " " for same in row).split()), default=0))
    return list(dict.fromkeys(run for run in runs if run > 20))


@pytest.mark.parametrize("form", ChartForm)
def test_a_chart_has_twice_the_pixels_of_its_size(form: ChartForm) -> None:
    assert picture(form=form).size == tuple(DENSITY * side for side in CHART.size(form))


@pytest.mark.parametrize("form", ChartForm)
def test_the_same_chart_gives_the_same_picture_and_a_small_one(form: ChartForm) -> None:
    assert draw(CHART, form, INK) == draw(replace(CHART), form, INK)
    assert len(draw(CHART, form, INK)) < 30_000


@pytest.mark.parametrize("form", [ChartForm.WIDE, ChartForm.NARROW, ChartForm.CARD])
def test_bars_are_as_long_as_their_figures_and_begin_at_zero(form: ChartForm) -> None:
    leading, other = longest_run(picture(form=form), INK.accent), longest_run(picture(form=form), INK.soft)
    assert len(leading) == len(other) == 1, "one leads, one of the others has a bar, nought and none have none"
    assert abs(leading[0] - 2 * other[0]) <= 2


def test_the_ground_is_the_one_of_the_page() -> None:
    for form in ChartForm:
        assert picture(form=form).getpixel((0, 0)) == tuple(bytes.fromhex(INK.paper[1:]))


def test_every_letter_that_a_chart_may_hold_can_be_drawn() -> None:
    font = charts._font(charts._REGULAR, 20)
    nothing = bytes(font.getmask("\U0010ffff"))
    signs = [chr(code) for code in range(0x20, 0x3000) if _DRAWN.fullmatch(chr(code))]
    assert len(signs) > 500
    drawn_as_nothing = [sign for sign in signs if bytes(font.getmask(sign)) == nothing]
    assert drawn_as_nothing == []


words = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x17F, exclude_categories=["C"]), max_size=300)


@settings(max_examples=30, deadline=None)
@given(
    st.builds(
        Chart,
        title=words,
        column=words,
        accent=st.just("#1f5f8b"),
        bars=st.lists(
            st.builds(ChartBar, words, words, st.none() | st.integers(0, 1000), st.booleans()),
            min_size=1,
            max_size=MOST_BARS,
        ).map(tuple),
    ),
    st.sampled_from(ChartForm),
)
def test_any_chart_can_be_drawn_within_its_bounds(chart: Chart, form: ChartForm) -> None:
    found = picture(chart, form)
    assert found.size == tuple(DENSITY * side for side in chart.size(form))
