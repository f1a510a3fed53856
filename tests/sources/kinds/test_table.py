from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.sources.found import BrokenAnswerError
from newsletter.sources.kinds import table
from tests.parts.source_samples import sample
from tests.sources.boards import CODING, INDEX, read
from tests.sources.mutating import mutated, odd_values

SCORE = {"title": "Score", "type": "number", "direction": "highest"}
SMALL = {
    "data": [
        {"id": 1, "name": "Heron", "s": {"x": 60.2}, "p": 0},
        {"id": 2, "name": "Wren", "s": {"x": None}, "p": "$1,5"},
    ]
}
SMALL_MAPPING: dict[str, Any] = {
    "rows": "data",
    "key": "id",
    "columns": [
        {"title": "Model", "path": "name"},
        {**SCORE, "path": "s.x"},
        {"title": "Price", "path": "p", "type": "money"},
    ],
}


def cells(content: bytes | str, mapping: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    found = read(content, mapping).table
    assert found is not None
    return [values for _, values in found.rows]


def test_the_index_comes_out_cell_by_cell() -> None:
    found = read(sample("leaderboard-index-day1.json"), INDEX)
    assert found.table is not None
    assert [
        (each.attributes["#"], *values) for each, (_, values) in zip(found.candidates, found.table.rows, strict=True)
    ] == [
        (1, "Heron 2", 60.2, 70.4, 11.25),
        (2, "Osprey 4.7", 57.3, 55.2, 10.938),
        (3, "Plover 3.1 Preview", 57.2, 120.06, 4.5),
        (4, "Heron 1", 56.8, 76.0, 5.625),
        (5, "Wren K2", 53.9, 39.1, 1.7125),
        (6, "Free Finch", 50.0, None, 0.0),
    ]
    assert found.told == ("1 row without 'Score' left out: Unscored",)
    assert found.candidates[0].key == "00000000-0000-4000-8000-000000000001"
    assert "tok/s" not in found.candidates[5].attributes
    assert found.candidates[5].attributes["$/1M"] == 0


def test_the_coding_board_comes_out_cell_by_cell_from_csv_and_from_html() -> None:
    csv = read(sample("leaderboard-coding.csv"), CODING)
    assert [tuple(each.attributes.values()) for each in csv.candidates] == [
        (1, "Heron 2", 65.3),
        (2, "plover-3.1, medium", 64.4),
        (3, "Wren K2", 62.8),
        (4, "Rookery (agent)", 62.8),
    ]
    assert csv.told == ("1 row without 'Score' left out: Osprey 4.7",)
    score = {"title": "Score", "type": "percent", "direction": "highest"}
    html = read(sample("leaderboard.html"), {**CODING, "columns": ["Model", score, {"title": "Cost", "type": "money"}]})
    assert [(each.title, each.url, tuple(each.attributes.values())) for each in html.candidates] == [
        ("Heron 2", "https://board.example/m/heron-2", (1, "Heron 2", 65.3, 1.12)),
        ("Plover 3.1", "", (2, "Plover 3.1", 64.4, 0.95)),
        ("Wren K2", "", (3, "Wren K2", 62.8)),
        ("Rookery", "", (4, "Rookery", 62.8, 2.0)),
    ]
    assert html.told == ("1 hidden row is left out",)


def test_equal_figures_share_a_rank_unless_the_mapping_counts_them() -> None:
    content = "Model,Score\na,1\nb,2\nc,2\nd,3"
    shared = read(content, {"rank": "#", "columns": ["Model", SCORE]})
    assert [(each.title, each.attributes["#"]) for each in shared.candidates] == [
        ("d", 1),
        ("b", 2),
        ("c", 2),
        ("a", 4),
    ]
    counted = read(content, {"rank": "#", "ties": "order", "columns": ["Model", SCORE]})
    assert [each.attributes["#"] for each in counted.candidates] == [1, 2, 3, 4]


def test_the_lowest_may_be_the_best_and_without_a_direction_rows_stay() -> None:
    content = "Model,Score\na,2\nb,1\nc,3"
    assert [row[0] for row in cells(content, {"columns": ["Model", {**SCORE, "direction": "lowest"}]})] == [
        "b",
        "a",
        "c",
    ]
    assert [row[0] for row in cells(content, {"columns": ["Model", {"title": "Score", "type": "number"}]})] == [
        "a",
        "b",
        "c",
    ]


def test_a_cell_that_does_not_fit_is_told_by_row_and_column_and_its_row_stays() -> None:
    found = read(
        "Model,Score,Cost\na,1,cheap\nb,2,3\n,4,5", {"columns": ["Model", SCORE, {"title": "Cost", "type": "money"}]}
    )
    assert [row for _, row in found.table.rows] == [("b", 2.0, 3.0), ("a", 1.0, None)]  # type: ignore[union-attr]
    assert found.told == (
        "row 1, column 'Cost': 'cheap' is no number",
        "row 3, column 'Model': nothing stands there, so the row has no name",
    )


@pytest.mark.parametrize(
    ("content", "mapping", "words"),
    [
        ("Model,Score\na,b\nc,d", {"columns": ["Model", SCORE]}, "the mapping fits no row: row 1, column 'Score': 'b' is no number; there is 'Model', 'Score'"),
        ("Model,Points\na,1\nc,2", {"columns": ["Model", SCORE]}, "the mapping fits no row: row 1, column 'Score': no row has 'Score'; there is 'Model', 'Points'"),
        ("Model,Score\na,n/a\nc,-", {"columns": ["Model", SCORE]}, "the mapping fits no row: no row has a figure in the column 'Score'"),
        ("Model,Score\n", {"columns": ["Model", SCORE]}, "the mapping fits no row: there are no rows"),
        ("Model,Score\n-,1", {"columns": ["Model", SCORE]}, "the mapping fits no row: row 1, column 'Model': nothing stands there"),
        (json.dumps(SMALL), {**SMALL_MAPPING, "rows": "items"}, "the mapping fits no row: rows: 'items' leads to nothing; lists in the answer: data (2 rows)"),
        (json.dumps(SMALL), {**SMALL_MAPPING, "columns": ["Model", SCORE]}, "the mapping fits no row: row 1, column 'Model': no row has 'Model'; there is 'id', 'name', 's.x', 'p'"),
        ("<p>Loading", {"columns": ["Model", SCORE]}, "there is no table on this page"),
        ("<table id=a><tr><td>1<td>2<tr><td>1<td>2</table>", {"rows": "table#b", "columns": ["Model", SCORE]}, "the mapping fits no row: rows: 'table#b' names no table; tables of the page: table#a"),
        ("", {"columns": ["Model"]}, "the answer is empty"),
        ("one line", None, "this is no CSV file"),
        ("{", None, "this is no JSON from line 1, sign 2 on"),
        ("[" * 100_000, None, "this is no JSON"),
        ('{"a": 1}', None, "no list of rows was found"),
        ("a,b\n1,2", {"columns": []}, "mapping columns: "),
    ],
)  # fmt: skip
def test_a_mapping_that_fits_no_row_says_why_and_what_there_is(
    content: str, mapping: dict[str, Any] | None, words: str
) -> None:
    with pytest.raises(BrokenAnswerError) as caught:
        read(content, mapping)
    assert caught.value.words.startswith(words)


def test_a_column_that_is_missing_is_told_and_the_others_are_read() -> None:
    found = read("Model,Score\na,1", {"columns": ["Model", SCORE, {"title": "Cost", "type": "money"}], "key": "id"})
    assert found.told == (
        "key: there is no 'id'; there is 'Model', 'Score'",
        "column 'Cost': no row has 'Cost'; there is 'Model', 'Score'",
    )
    assert found.candidates[0].attributes == {"Model": "a", "Score": 1.0}


def test_a_key_that_stands_twice_is_told_and_made_to_differ() -> None:
    found = read("Model,Score\na,1\nA,2", {"columns": ["Model", SCORE]})
    assert [each.key for each in found.candidates] == ["a (2)", "a"]
    assert found.told == ("row 2: the key 'a' stands in 2 rows; give the mapping a key that differs",)


def test_a_share_is_shown_in_percent_where_the_mapping_says_that_it_is_one() -> None:
    column = {"title": "Score", "type": "percent", "fraction": True, "direction": "highest"}
    assert [row[1] for row in cells("Model;Score\na;0,653\nb;61%", {"columns": ["Model", column]})] == [65.3, 61.0]


def test_another_money_than_the_mapping_says_is_told() -> None:
    found = read("Model;Cost\na;€3,50\nb;4", {"columns": ["Model", {"title": "Cost", "type": "money"}]})
    assert found.told == ("column 'Cost': cells of it are in €, and the mapping says $",)
    euros = {"columns": ["Model", {"title": "Cost", "type": "money", "currency": "€"}]}
    assert read("Model;Cost\na;€3,50\nb;4", euros).told == ()


def test_without_a_mapping_a_board_is_read_as_it_stands_and_that_is_told() -> None:
    found = read(sample("leaderboard-coding.csv"))
    assert found.told[0].startswith("no mapping says what the columns are")
    assert found.candidates[1].attributes == {
        "Model": "plover-3.1, medium", "Resolved Rate (%)": 64.4, "SEM (±)": 1.1, "Pass@5": 70.2, "Cost per Problem": 0.95,
    }  # fmt: skip
    found = read(sample("leaderboard-index-day1.json"))
    assert [each.title for each in found.candidates][:2] == ["Heron 2", "Plover 3.1 Preview"]
    assert "rows were taken from data" in found.told


@pytest.mark.parametrize("mapping", [None, {"columns": ["model", {"title": "score", "type": "number"}]}])
@pytest.mark.parametrize(
    "content",
    [
        '{"model": "a", "score": 1}\n{"model": "b", "score": 2}\n',
        '{"model": ["a", "b"], "score": [1, 2]}',
        '{"model": {"0": "a", "1": "b"}, "score": {"0": 1, "1": 2}}',
        '[["model", "score"], ["a", 1], ["b", 2]]',
        '{"columns": ["model", "score"], "data": [["a", 1], ["b", 2]]}',
        '{"headers": ["model", "score"], "rows": [["a", 1], ["b", 2]]}',
        '{"a": {"b": [{"model": "a", "score": 1}, {"model": "b", "score": 2}]}}',
    ],
)
def test_other_shapes_of_json_are_read_with_a_mapping_or_as_they_stand(
    content: str, mapping: dict[str, Any] | None
) -> None:
    assert [each.attributes for each in read(content, mapping).candidates] == [
        {"model": "a", "score": 1},
        {"model": "b", "score": 2},
    ]


@pytest.mark.parametrize(("rows", "beside"), [("data", {"columns": ["model", "score"]}), ("board.data", {})])
def test_a_list_of_lists_that_a_mapping_names_goes_by_titles_or_by_places(rows: str, beside: dict[str, Any]) -> None:
    data = [["a", 1], ["b", 2]]
    content = json.dumps({**beside, "data": data} if beside else {"board": {"data": [["model", "score"], *data]}})
    by_titles = {"rows": rows, "columns": [{"title": "Model", "path": "model"}, {**SCORE, "path": "score"}]}
    by_places = {"rows": rows, "columns": [{"title": "Model", "path": "[0]"}, {**SCORE, "path": "[1]"}]}
    for mapping in (by_titles, by_places):
        found = read(content, mapping)
        assert [(each.title, each.attributes["Score"]) for each in found.candidates] == [("b", 2), ("a", 1)]


def test_objects_by_their_keys_are_rows() -> None:
    content = json.dumps({"board": {"x-1": {"name": "a", "score": 1}, "x-2": {"name": "b", "score": 2}}})
    columns = [{"title": "Model", "path": "name"}, {**SCORE, "path": "score"}]
    found = read(content, {"rows": "board", "key": '"@key"', "columns": columns})
    assert [(each.key, each.title) for each in found.candidates] == [("x-2", "b"), ("x-1", "a")]


def test_it_knows_boards() -> None:
    for name in ("leaderboard-index-day1.json", "leaderboard-coding.csv", "leaderboard.html"):
        assert table.sniff(sample(name), "")
    assert not table.sniff(sample("lab.rss.xml"), "")
    assert not table.sniff(b"<p>no board", "")
    assert not table.sniff(b"words, and more\nno board", "")


ROWS = st.lists(
    st.tuples(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
        st.floats(allow_nan=True),
        st.integers(-(10**30), 10**30),
    ),
    min_size=1,
    max_size=8,
)


@given(ROWS)
def test_any_rows_survive(rows: list[tuple[str, float, int]]) -> None:
    content = json.dumps([{"name": f"m{n}{name}", "a": a, "b": b} for n, (name, a, b) in enumerate(rows)])
    columns = [
        {"title": "Model", "path": "name"},
        {"title": "A", "path": "a", "type": "number"},
        {"title": "B", "path": "b", "type": "number"},
    ]
    found = read(content, {"columns": columns, "format": "json"})
    assert len(found.candidates) == len(rows)
    assert [each.attributes["B"] for each in found.candidates] == [float(b) for _, _, b in rows]


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(["json", "csv", "html"]), st.booleans())
def test_whatever_became_of_an_answer_no_other_error_comes_of_it(data: st.DataObject, form: str, mapped: bool) -> None:
    content = {
        "json": json.dumps(SMALL).encode(),
        "csv": b'\xef\xbb\xbfModel;Score;"Co""st"\r\nHeron;"1.234,5";$1\r\nWren;n/a;\r\n',
        "html": b"<table><tr><th rowspan=2>Model<th colspan=2>All<tr><th>Score<th>Cost<tr><td><a href=/x>Heron</a><td>1<sup>a</sup><td>2</table>",
    }[form]
    drawn = data.draw(st.one_of(mutated(content), odd_values(SMALL)) if form == "json" else mutated(content))
    mapping = SMALL_MAPPING if form == "json" else {"columns": ["Model", SCORE]}
    try:
        found = read(drawn, mapping if mapped else None)
    except BrokenAnswerError:
        return
    assert len({each.key for each in found.candidates}) == len(found.candidates)
    assert all(each.title and each.title.isprintable() for each in found.candidates)


def told_of(content: Any, mapping: dict[str, Any]) -> tuple[str, ...]:
    return read(json.dumps(content).encode(), mapping).told


def test_a_key_that_rows_lack_is_told() -> None:
    rows = [{"id": 1, "name": "Heron"}, {"name": "Wren"}, {"id": "", "name": "Finch"}]
    assert told_of(rows, {"key": "uuid", "columns": ["name"]}) == ("key: no row has 'uuid'; there is 'id', 'name'",)
    assert told_of(rows[:2], {"key": "id", "columns": ["name"]}) == ("key: row 2 has no 'id', and goes by its name",)
    (several,) = told_of(rows, {"key": "id", "columns": ["name"]})
    assert several == "key: 2 rows have no 'id', and go by their names, the first of them row 2"


@pytest.mark.parametrize("mapping", [None, {"columns": ["name"]}])
def test_a_list_with_something_else_between_its_objects_is_found(mapping: dict[str, Any] | None) -> None:
    content = {"data": [{"name": "Heron", "score": 1}, None, "x", {"name": "Wren", "score": 2}]}
    assert [each.title for each in read(json.dumps(content).encode(), mapping).candidates] == ["Heron", "Wren"]


def test_lists_with_something_else_between_their_objects_are_named_where_a_mapping_misses_them() -> None:
    content = {"data": {"models": [{"name": "Heron"}, None]}}
    with pytest.raises(BrokenAnswerError, match=r"lists in the answer: data\.models \(2 rows\)"):
        read(json.dumps(content).encode(), {"rows": "data.modles", "columns": ["name"]})


def test_an_object_of_objects_is_read_by_its_keys_with_a_mapping_or_without_one() -> None:
    content = json.dumps({"heron": {"score": 1}, "wren": {"score": 2}}).encode()
    assert [each.title for each in read(content).candidates] == ["heron", "wren"]
    mapping = {"columns": [{"title": "Model", "path": '"@key"'}, {**SCORE, "path": "score"}]}
    assert [each.title for each in read(content, mapping).candidates] == ["wren", "heron"]


@pytest.mark.parametrize(("content", "words"), [({}, "no list of rows was found"), ({"data": []}, "there are no rows")])
def test_an_answer_without_rows_says_that_and_nothing_of_columns(content: dict[str, Any], words: str) -> None:
    mapping = {"rows": "data", "columns": ["name"]} if content else {"columns": ["name"]}
    with pytest.raises(BrokenAnswerError, match=words):
        read(json.dumps(content).encode(), mapping)
