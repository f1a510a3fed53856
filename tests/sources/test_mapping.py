from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from newsletter.errors import InputError
from newsletter.sources.mapped_kinds import read_mapping
from newsletter.sources.mapping import BoardColumn, Mapping, as_mapping
from tests.parts.source_samples import sample
from tests.sources.boards import CODING, INDEX, read

DOC = Path(__file__).resolve().parents[2] / "docs" / "table-mapping.md"


def test_a_column_may_be_its_title_alone() -> None:
    assert as_mapping({"columns": ["Model"]}).columns[0].place == "Model"


def test_rows_are_ranked_by_the_first_figure_with_a_direction() -> None:
    mapping = as_mapping(INDEX)
    assert (mapping.name, mapping.ranked_by) == (0, 1)
    assert as_mapping({**INDEX, "sort": "$/1M"}).ranked_by == 3
    assert as_mapping({"columns": ["A", {"title": "B", "type": "number"}]}).ranked_by is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "mapping columns: this is missing"),
        ({"columns": []}, "mapping columns: "),
        ({"columns": ["a"], "colour": 1}, "mapping colour: the mapping has no such name"),
        ({"columns": [{"title": "a", "typ": "text"}]}, "mapping columns.1.typ: the mapping has no such name"),
        ({"columns": [{"title": "a", "type": "figure"}]}, "mapping columns.1.type: Input should be"),
        ({"columns": ["a", "a"]}, "mapping: two columns are called 'a'; give each its own title"),
        ({"columns": ["a"], "sort": "b"}, "mapping: sort is 'b', and the columns are a"),
        ({"columns": ["a"], "sort": "a"}, "mapping: sort is 'a', whose type is text"),
        ({"columns": ["a"], "rank": "a"}, "mapping: rank is 'a', which is a column that is read"),
        ({"columns": [{"title": "a", "type": "number"}]}, "mapping: no column is of type text"),
        ({"columns": ["a"], "format": "json", "rows": "data["}, "mapping: rows: 'data[' is no JMESPath at sign 6"),
        (
            {"columns": ["tok/s"], "format": "json"},
            "mapping: path of 'tok/s': 'tok/s' is no JMESPath at sign 4; write names",
        ),
        (
            {"columns": ["a"], "format": "html", "rows": "table["},
            "mapping: rows: 'table[' is no CSS selector; write one such as",
        ),
        ({"columns": ["a"], "attribution_url": "javascript:x"}, "mapping attribution_url: "),
    ],
)
def test_an_error_says_what_where_and_how_to_mend_it(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        as_mapping(given)
    assert str(caught.value).startswith(words)
    assert "docs/table-mapping.md" in str(caught.value)


@pytest.mark.parametrize("text", ["{", "[]", "7", "", "[" * 100_000, b"\xff\xfe\xff"])
def test_a_file_that_is_no_mapping_is_refused(text: str | bytes) -> None:
    with pytest.raises(InputError, match="the mapping is no"):
        read_mapping(text)


def test_a_file_may_begin_with_a_byte_order_mark() -> None:
    text = json.dumps({"columns": ["a"]})
    assert read_mapping("\ufeff" + text) == read_mapping(b"\xef\xbb\xbf" + text.encode()) == {"columns": ["a"]}


def test_the_documented_mappings_can_be_read() -> None:
    blocks = re.findall(r"```json\n(.*?)```", DOC.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    assert as_mapping(read_mapping(blocks[0])) == as_mapping(INDEX)
    assert as_mapping(read_mapping(blocks[1])) == as_mapping(CODING)
    assert len(read(sample("leaderboard-index-day1.json"), json.loads(blocks[0])).candidates) == 6
    assert len(read(sample("leaderboard-coding.csv"), json.loads(blocks[1])).candidates) == 4


def test_every_name_of_a_mapping_is_documented() -> None:
    text = DOC.read_text(encoding="utf-8")
    names = {*Mapping.model_fields, *BoardColumn.model_fields}
    assert {name for name in names if f"`{name}`" not in text} == set()
