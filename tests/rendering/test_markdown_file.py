"""The written file reads back equal: nothing an editor wrote is lost on the way through the model."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from newsletter.issues.parsing import parse_issue
from newsletter.model.document import Align, Column, Document, LinkItem, Section, SectionKind, TableItem
from newsletter.rendering.markdown_file import write_markdown
from tests.parts.documents import DOCUMENTS


def _document(*items: LinkItem, kind: SectionKind = SectionKind.LINKS) -> Document:
    section = Section(title="News", slug="news", kind=kind, items=items)
    return Document(publication="demo", title="A", slug="a", date="2026-01-02", subject="A", sections=(section,))


@given(document=DOCUMENTS)
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_reading_what_was_written_gives_an_equal_document(document: Document) -> None:
    written = write_markdown(document)
    read = parse_issue(written)
    assert read == document
    assert write_markdown(read) == written


def test_the_real_issue_survives_with_every_word(real_issue: Path) -> None:
    text = real_issue.read_text(encoding="utf-8")
    document = parse_issue(text)
    written = write_markdown(document)
    assert parse_issue(written) == document
    words = re.findall(r"\w+", text)
    assert len(words) > 1000
    assert sorted(words) == sorted(re.findall(r"\w+", written))


@pytest.mark.parametrize(
    "title",
    ["C #", "#", "[a](b)", "a](b", "{#key}", "a {x", "a }", r"\textbf{x}", "\\", "a\\", r"\{", r"\](", "~~~", "a | b"],
)
@pytest.mark.parametrize("url", ["", "https://example.org/a_(b)"])
def test_a_title_that_looks_like_syntax_comes_back_as_written(title: str, url: str) -> None:
    document = _document(LinkItem(title=title, url=url))
    assert parse_issue(write_markdown(document)) == document


def test_a_title_of_common_signs_is_written_without_backslashes() -> None:
    written = write_markdown(_document(LinkItem(title="*Is* 3 < 4? $x_1$ (yes) {braces} | bars")))
    assert "### *Is* 3 < 4? $x_1$ (yes) \\{braces} | bars\n" in written


def test_a_table_is_written_with_aligned_columns() -> None:
    columns = (Column(title="Model", align=Align.LEFT), Column(title="Score", align=Align.RIGHT))
    table = TableItem(title="T", columns=columns, rows=(("a|b", "9.5"), ("語", "10.25")))
    written = write_markdown(_document(table, kind=SectionKind.TABLES))
    assert "| Model | Score |\n| :---- | ----: |\n| a\\|b  |   9.5 |\n| 語    | 10.25 |\n" in written


def test_a_derived_key_is_not_written_and_a_named_one_is() -> None:
    written = write_markdown(_document(LinkItem(title="One"), LinkItem(title="Two", key="second")))
    assert "### One\n" in written
    assert "### Two {#second}\n" in written


def test_the_file_has_lf_ends_and_one_at_its_end() -> None:
    written = write_markdown(_document(LinkItem(title="One", body="a\r\nb\r")))
    assert "\r" not in written
    assert written.endswith("a\nb\n")
