from __future__ import annotations

from dataclasses import replace

from newsletter.model.charts import DIGEST_CHARS, Chart, ChartBar, ChartForm

CHART = Chart(
    "Sweetness", "Brix", "#1f5f8b", (ChartBar("Pippin", "14.2", 940), ChartBar("Russet", "15.1", 1000, leads=True))
)


def test_the_same_chart_has_the_same_digest_and_any_other_another() -> None:
    assert replace(CHART).digest == CHART.digest
    assert len(CHART.digest) == DIGEST_CHARS
    others = [
        replace(CHART, title="Sourness"),
        replace(CHART, column="pH"),
        replace(CHART, accent="#000000"),
        replace(CHART, bars=CHART.bars[:1]),
        replace(CHART, bars=(CHART.bars[0], replace(CHART.bars[1], figure="15.2"))),
    ]
    assert len({CHART.digest, *(chart.digest for chart in others)}) == len(others) + 1


def test_each_form_is_a_file_of_its_own() -> None:
    assert len({CHART.file(form) for form in ChartForm}) == len(ChartForm)


def test_a_chart_is_as_high_as_it_has_rows_and_a_card_as_high_as_any() -> None:
    more = replace(CHART, bars=CHART.bars * 5)
    for form in ChartForm:
        assert (more.size(form)[1] > CHART.size(form)[1]) is (form is not ChartForm.CARD)
        assert more.size(form)[0] == CHART.size(form)[0]
