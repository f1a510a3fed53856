"""The registry of kinds: each has a reader, and an answer is given to the one that it is meant for."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from newsletter.model.sources import SourceKind
from newsletter.sources.kinds import KINDS, chosen_kind
from tests.sources.kinds.asking import atom, item, rss

ROOT = Path(__file__).parents[3]


def test_every_kind_has_a_reader_and_is_told_of() -> None:
    assert set(KINDS) == set(SourceKind)
    told = (ROOT / "docs" / "source-kinds.md").read_text(encoding="utf-8")
    assert [kind.value for kind in SourceKind if f"## `{kind.value}`" not in told] == []
    table = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8").partition("## Kinds")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE) == [kind.value for kind in SourceKind]
    files = {Path(module.__file__ or "").stem for module in KINDS.values()}  # type: ignore[attr-defined]
    assert files == {kind.value.replace("-", "_") for kind in SourceKind}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (rss(item()), SourceKind.FEED),
        (atom(""), SourceKind.FEED),
        (gzip.compress(rss(item()), mtime=0), SourceKind.FEED),
        (rss(item()).decode().encode("utf-16"), SourceKind.FEED),
        (b'{"items": [], "version": "https:\\/\\/jsonfeed.org\\/version\\/1.1"}', SourceKind.FEED),
        (b'<html><link rel="alternate" type="application/rss+xml" href="/f">', SourceKind.FEED),
        (b'<rss xmlns:arxiv="http://arxiv.org/schemas/atom"><channel/></rss>', SourceKind.ARXIV),
        (b'{"hits": [{"objectID": "1", "title": "x"}]}', SourceKind.HACKER_NEWS),
        (b'[{"paper": {"id": "2605.01234"}}]', SourceKind.HF_PAPERS),
        (b"", None),
        (b"\0\1\2", None),
    ],
)
def test_an_answer_is_given_to_its_kind(content: bytes, kind: SourceKind | None) -> None:
    assert chosen_kind(content) == kind


def test_an_address_tells_what_an_error_is_about() -> None:
    assert chosen_kind(b"Rate exceeded.", "https://export.arxiv.org/api/query?x") == SourceKind.ARXIV
