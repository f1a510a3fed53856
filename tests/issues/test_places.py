"""The line that is named is the line on which the words stand: of a file as typed, and of the canonical one."""

from __future__ import annotations

import pytest
from hypothesis import given

from newsletter.issues.parsing import parse_issue
from newsletter.issues.places import Places, places_of
from newsletter.model.document import Document, TableItem
from newsletter.rendering.markdown_file import write_markdown
from tests.rendering.documents import documents

TYPED = """\
---
title: "The Tide: a table"
publication: tide

# a remark
slug: 2026-01-02
date: 2026-01-01
subject: Springs
---


The lead,

```
## no section
### no item
```

## Harbours {#harbours kind=tables}
An intro.


### Ships {#ships}

Above.

| Name | Feet |
|------|-----:|
| Ada  |   41 |
| Ben  |   42 |

Below,
and more.
   ### Boats

| A |
|---|
## Quiet
"""


def test_each_part_of_a_file_as_typed_has_its_line() -> None:
    lines = TYPED.split("\n")
    places = places_of(parse_issue(TYPED), TYPED)
    assert lines[places.of_field("subject") - 1] == "subject: Springs"
    assert lines[places.of_field("title") - 1].startswith("title:")
    assert places.of_field("author") == 1
    assert lines[places.lead - 1] == "The lead,"
    harbours, quiet = places.sections
    assert lines[harbours.heading - 1].startswith("## Harbours")
    assert lines[harbours.intro - 1] == "An intro."
    ships, boats = harbours.items
    assert lines[ships.heading - 1].startswith("### Ships")
    assert (lines[ships.body - 1], lines[ships.table - 1], lines[ships.note - 1]) == (
        "Above.", "| Name | Feet |", "Below,"
    )  # fmt: skip
    assert lines[boats.heading - 1].strip() == "### Boats"
    assert (boats.body, boats.note) == (boats.heading, boats.heading), "what is not there stands at its heading"
    assert lines[quiet.heading - 1] == "## Quiet"


def test_lines_count_whatever_ends_them() -> None:
    for text in (TYPED.replace("\n", "\r\n"), TYPED.replace("\n", "\r"), "\ufeff" + TYPED):
        assert places_of(parse_issue(text), text).sections == places_of(parse_issue(TYPED), TYPED).sections


@pytest.mark.parametrize("text", ["", "nothing", "---\n---\n", TYPED.replace("An intro.", "Another."), TYPED[:200]])
def test_another_text_is_not_taken_for_the_issues(text: str) -> None:
    document = parse_issue(TYPED)
    assert places_of(document, text).text == write_markdown(document)


@given(documents())
def test_in_the_canonical_file_every_text_begins_on_its_line(document: Document) -> None:
    places = places_of(document)
    assert places.text == write_markdown(document)
    for line, text in _texts(document, places):
        written = text.split("\n")
        assert places.lines[line - 1 : line - 1 + len(written)] == written


def _texts(document: Document, places: Places) -> list[tuple[int, str]]:
    found = [(places.lead, document.lead)]
    for section, placed in zip(document.sections, places.sections, strict=True):
        assert places.lines[placed.heading - 1].startswith("## ")
        found.append((placed.intro, section.intro))
        for item, place in zip(section.items, placed.items, strict=True):
            assert places.lines[place.heading - 1].startswith("### ")
            found.append((place.body, item.body))
            if isinstance(item, TableItem):
                assert places.lines[place.table - 1].startswith("| ")
                assert places.lines[place.table + 1 + len(item.rows) - 1 : place.table + 1 + len(item.rows)]
                found.append((place.note, item.note))
    return [(line, text) for line, text in found if text]
