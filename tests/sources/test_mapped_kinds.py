"""What a kind does not read of a mapping is told where one is given, and refused where a source is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from newsletter.errors import InputError
from newsletter.model.sources import SourceKind
from newsletter.sources import kinds
from newsletter.sources.checking import checked, kind_by_address
from newsletter.sources.mapped_kinds import LEFT_OUT, mistakes
from tests.sources.kinds.asking import item, question, rss

REPOSITORY = {"id": 1, "full_name": "a/b", "archived": True}
ANSWERS = {
    SourceKind.FEED: rss(item()),
    SourceKind.HACKER_NEWS: b'{"hits": [{"objectID": "1", "title": "x"}]}',
    SourceKind.HF_PAPERS: b'[{"paper": {"id": "2605.01234", "title": "x"}}]',
    SourceKind.GITHUB: json.dumps([REPOSITORY, {"id": 2, "full_name": "a/c"}]).encode(),
}
FIELDS = {
    "name": "",
    "plain_http": False,
    "header": "",
    "secret": "",
    "wished": (),
    "every_minutes": None,
    "weight": 3,
    "most": 50,
    "keep_days": 7,
}


@pytest.mark.parametrize("kind", [SourceKind.FEED, SourceKind.HACKER_NEWS, SourceKind.HF_PAPERS])
def test_a_kind_that_reads_no_mapping_says_so_of_one(kind: SourceKind) -> None:
    reading = kinds.read(kind, ANSWERS[kind], question(mapping={"columns": ["a"]}))
    assert len(reading.candidates) == 1
    words = f"mapping: sources of the kind {kind.value} read none; leave it out; there is one for arxiv, github, table"
    assert reading.told[0] == words
    for without in (None, {}):
        assert words not in kinds.read(kind, ANSWERS[kind], question(mapping=without)).told


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"archive": True}, "mapping 'archive': there is no such name for GitHub; write {\"archived\": true"),
        ({"archived": "yes"}, 'mapping archived: it is neither true nor false; write {"archived": true'),
        ({"fork": None}, "mapping fork: it is neither true nor false"),
    ],
)
def test_what_githubs_mapping_cannot_mean_is_told(mapping: dict[str, Any], words: str) -> None:
    reading = kinds.read(SourceKind.GITHUB, ANSWERS[SourceKind.GITHUB], question(mapping=mapping))
    assert [each.title for each in reading.candidates] == ["a/c"]
    assert reading.told[0].startswith(words)


def test_a_mapping_that_is_understood_is_not_told_of() -> None:
    assert not [*mistakes(SourceKind.GITHUB, dict.fromkeys(LEFT_OUT, True))]
    assert not [*mistakes(SourceKind.ARXIV, {"announce": ["replace-cross"]})]
    assert not [*mistakes(SourceKind.TABLE, {"colour": 1})]  # a board's are told by its own mapping


@pytest.mark.parametrize(
    ("kind", "mapping", "where"),
    [
        (SourceKind.FEED, {"columns": ["a"]}, "mapping: sources of the kind feed read none"),
        (SourceKind.GITHUB, {"archive": True}, "mapping 'archive': there is no such name"),
        (SourceKind.ARXIV, {"announce": "cross"}, "mapping announce: it is no list"),
        (SourceKind.ARXIV, {"announce": [["new"]]}, "mapping announce: arXiv knows no"),
    ],
)
def test_a_source_is_not_kept_with_a_mapping_that_its_kind_does_not_read(
    kind: SourceKind, mapping: dict[str, Any], where: str
) -> None:
    fields = {**FIELDS, "kind": kind, "address": "https://x.example/a", "mapping": mapping}
    with pytest.raises(InputError) as caught:
        checked(fields)
    assert str(caught.value).startswith(where)
    assert checked({**fields, "mapping": {}})["mapping"] is None


def test_a_mapping_makes_a_board_of_an_address_that_no_other_kind_is_known_by() -> None:
    assert kind_by_address("https://board.example/data", is_mapped=True) is SourceKind.TABLE
    assert kind_by_address("https://rss.arxiv.org/rss/cs.CL", is_mapped=True) is SourceKind.ARXIV
    assert kind_by_address("https://board.example/data") is SourceKind.FEED
