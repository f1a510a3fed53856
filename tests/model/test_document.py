"""A Document holds only what every output can show, and its schema is published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import ValidationError

from newsletter.issues.parsing import parse_issue
from newsletter.issues.sample import sample_text
from newsletter.model.document import (
    Document,
    LinkItem,
    PaperItem,
    Section,
    SectionKind,
    TableItem,
    TextItem,
    json_schema,
)
from newsletter.model.keys import natural_key, slugify
from tests.parts.documents import DOCUMENTS

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "issue.schema.json"


def test_the_published_schema_is_current() -> None:
    current = json.dumps(json_schema(), indent=2) + "\n"
    assert SCHEMA.read_text(encoding="utf-8") == current, "write json.dumps(json_schema(), indent=2) to the file"


def test_the_schema_accepts_a_document_and_refuses_what_the_model_refuses() -> None:
    content = parse_issue(sample_text()).model_dump(mode="json")
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(content, json_schema())
    for field, wrong in {"slug": "Not a slug", "title": "", "language": "no such language", "extra": 1}.items():
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(content | {field: wrong}, json_schema())


@given(document=DOCUMENTS)
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
def test_a_document_survives_json(document: Document) -> None:
    assert Document.model_validate(json.loads(json.dumps(document.model_dump(mode="json")))) == document


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "a\r\nBcc: x@example.org"},
        {"title": " "},
        {"title": "x", "url": "javascript:alert(1)"},
        {"title": "x", "url": "https://"},
        {"title": "x", "url": "https://a b"},
        {"title": "x", "body": "## a section of its own"},
        {"title": "x", "body": "### an item of its own"},
        {"title": "x", "body": "```\nnever closed"},
        {"title": "x", "body": "<!-- never closed"},
        {"title": "x", "body": "> " * 70},
        {"title": "x", "body": "a\x00b"},
        {"title": "x", "attributes": {"source": "has a field"}},
        {"title": "x", "attributes": {"No Name": ""}},
        {"title": "x", "key": "Not a key"},
    ],
)
def test_an_item_that_no_file_could_hold_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        LinkItem(**fields)


def test_text_is_tidied_at_its_edges() -> None:
    item = TextItem(title=" a\tb ", body="\r\n \n    code\r\n\r\nend  \n\n")
    assert (item.title, item.body) == ("a b", "    code\n\nend  ")


def test_a_key_left_out_is_derived_and_a_key_given_is_kept() -> None:
    assert LinkItem(title="One Two").key == "one-two"
    assert not LinkItem(title="One", key="one").explicit_key
    assert LinkItem(title="One", key="two").explicit_key
    assert PaperItem(title="P", url="https://arxiv.org/abs/2605.01234").key == "2605-01234"


def test_a_section_holds_items_of_its_kind_with_keys_of_their_own() -> None:
    one = LinkItem(title="One")
    with pytest.raises(ValidationError, match="share the key one"):
        Section(title="S", slug="s", kind=SectionKind.LINKS, items=(one, one))
    with pytest.raises(ValidationError, match="of kind papers"):
        Section(title="S", slug="s", kind=SectionKind.PAPERS, items=(one,))


def test_a_table_is_a_rectangle_with_no_other_table_above_it() -> None:
    columns: Any = [{"title": "a"}, {"title": "b"}]
    with pytest.raises(ValidationError, match="row 2 has 1 cells"):
        TableItem(title="T", columns=columns, rows=[("1", "2"), ("1",)])
    with pytest.raises(ValidationError, match="second table"):
        TableItem(title="T", columns=columns, body="|x|\n|-|")
    with pytest.raises(ValidationError):
        TableItem(title="T", columns=())


def test_two_sections_do_not_share_a_slug() -> None:
    section = Section(title="S", slug="s", kind=SectionKind.TEXT)
    with pytest.raises(ValidationError, match="share the slug s"):
        Document(publication="p", title="T", slug="t", date="2026-01-01", subject="T", sections=(section, section))


@pytest.mark.parametrize(
    ("kind", "title", "url", "key"),
    [
        ("papers", "T", "https://arxiv.org/pdf/2605.01234v2.pdf", "2605-01234"),
        ("papers", "T", "http://export.arxiv.org/abs/cs/0309136v1", "cs-0309136"),
        ("papers", "A Title", "https://example.org/", "a-title"),
        ("links", "A Title", "https://arxiv.org/abs/2605.01234", "a-title"),
        ("repositories", "T", "https://github.com/Owner/Na.me.git?x", "owner-na-me"),
        ("repositories", "owner/name", "", "owner-name"),
        ("text", "Füße, Łódź & Ærø", "", "fusse-lodz-aero"),
        ("text", "Don't", "", "dont"),
    ],
)
def test_a_natural_key_says_what_the_item_is(kind: str, title: str, url: str, key: str) -> None:
    assert natural_key(kind, title, url) == key


def test_titles_of_any_script_get_keys_that_differ() -> None:
    titles = ["!!!", "???", "Модель 5", "Опыт 5", "注意", "注意力", "x" * 500, "🙂"]
    keys = [slugify(title) for title in titles]
    assert len(set(keys)) == len(titles)
    assert all(LinkItem(title="x", key=key).key == key and len(key) <= 80 for key in keys)
