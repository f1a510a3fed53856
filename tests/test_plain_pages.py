"""Pages are written in sentences that can be read at one go: 40 words at most, with a plain subject in front."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_floors import ROOT

MOST_WORDS = 40
GENERATED = {"commands.md", "settings.md"}
PAGES = [
    *(ROOT / f"{name}.md" for name in ("README", "ARCHITECTURE", "CONTRIBUTING", "GLOSSARY", "SECURITY")),
    *(page for page in sorted((ROOT / "docs").glob("*.md")) if page.name not in GENERATED),
]
_LIST_MARK = re.compile(r"^(?:[-*]|\d+\.)\s+")
_END = re.compile(r"""(?<=[.!?])["')*_]*\s+(?=["'(*_\[]*[A-Z0-9])""")
_ABBREVIATION = re.compile(r"\b(e\.g|i\.e|etc|vs|No)\.")


def sentences(text: str) -> Iterator[str]:
    """Return the sentences of a page's paragraphs and lists: without code, tables, headings and where links lead.

    What stands in `backticks` counts as one word.
    """
    text = re.sub(r"^(`{3,}).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL)
    for paragraph in _paragraphs(re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)):
        plain = re.sub(r"`[^`]*`", "Code", paragraph)
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", plain)
        yield from _END.split(_ABBREVIATION.sub(r"\1", plain))


def _paragraphs(text: str) -> Iterator[str]:
    lines: list[str] = []
    for line in [*map(str.strip, text.split("\n")), ""]:
        apart = not line or line.startswith(("#", "|", ">"))
        if (apart or _LIST_MARK.match(line)) and lines:
            yield " ".join(lines)
            lines = []
        if not apart or line.startswith("> "):
            lines.append(_LIST_MARK.sub("", line.removeprefix("> "), count=1))


def length(sentence: str) -> int:
    """Return the number of words of a sentence; signs that stand alone are none."""
    return sum(bool(re.search(r"\w", word)) for word in sentence.split())


def begins_without_a_subject(sentence: str) -> bool:
    """Tell whether a sentence begins with "who" or "what" and asks nothing: who is meant is told only by what follows."""
    return re.match(r"""["'(*_]*(Who|Whom|What|Whose)\b""", sentence) is not None and "?" not in sentence


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_sentence_has_more_words_than_can_be_read_at_one_go(page: Path) -> None:
    found = [(length(each), each) for each in sentences(page.read_text(encoding="utf-8")) if length(each) > MOST_WORDS]
    assert found == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_sentence_begins_with_its_subject(page: Path) -> None:
    found = [each for each in sentences(page.read_text(encoding="utf-8")) if begins_without_a_subject(each)]
    assert found == []


def test_a_sentence_ends_where_it_ends() -> None:
    page = (
        "# A heading of no words\n\nOne `code with words` two [three four](x.md). Five!\n\n- six: seven\n  eight\n"
        "- *nine*\n\n| a | table |\n\n```\ncode\n```\n1. Ten (see e.g. RFC 1). Eleven?\n"
    )
    assert [length(each) for each in sentences(page)] == [5, 1, 3, 1, 5, 1]


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("Who left is skipped.", True),
        ("**What was never pulled** returns.", True),
        ("Who left?", False),
        ("Whoever left is skipped.", False),
        ("A reader who left is skipped.", False),
    ],
)
def test_a_clause_without_a_noun_is_found(sentence: str, found: bool) -> None:
    assert begins_without_a_subject(sentence) is found
