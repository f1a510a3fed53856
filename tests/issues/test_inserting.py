"""Items are put into a file between the lines that stand there: whatever hands wrote stays, byte for byte."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.errors import ConflictError
from newsletter.issues.inserting import inserted, with_additions
from newsletter.issues.parsing import parse_issue
from newsletter.model.addition import Addition
from newsletter.model.document import Document, LinkItem, Section
from newsletter.rendering.markdown_file import write_markdown
from tests.parts.documents import DOCUMENTS, sections

HEAD = "---\npublication: demo\ntitle: A title\nslug: first\ndate: 2026-01-02\n---\n"
NEW = LinkItem(title="New *one* {#x}", url="https://new.example/a_(b)", body="Words.", mailed=False)


def links(*items: LinkItem, slug: str = "links") -> Section:
    return Section(title="Links", slug=slug, kind="links", all_title="All of them", items=items)  # type: ignore[arg-type]


def is_kept(old: str, new: str) -> bool:
    """Whether every line of the old text stands in the new one, in its order, with its line end."""
    lines = iter(new.splitlines(keepends=True))
    return all(
        any(line == other or line == other.rstrip("\r\n") for other in lines) for line in old.splitlines(keepends=True)
    )


@given(
    DOCUMENTS,
    sections(),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "Said: one # two"]),
)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_section_comes_into_any_issue_and_every_line_of_it_stays(
    document: Document, new: Section, end: str, marked: bool, cut: bool, note: str
) -> None:
    text = write_markdown(document)
    text = (text.rstrip("\n") if cut else text).replace("\n", end)
    text = f"\ufeff{text}" if marked else text
    before = tuple(section.slug for section in document.sections[1:])
    taken = {section.slug: {item.key for item in section.items} for section in document.sections}
    kinds = {section.slug: section.kind for section in document.sections}
    if kinds.get(new.slug, new.kind) != new.kind:
        return
    fresh = tuple(item for item in new.items if item.key not in taken.get(new.slug, ()))
    if new.slug in taken and not fresh:
        return
    additions = [Addition(new.model_copy(update={"items": fresh}), before)]
    result = inserted(text, document, additions, note)
    assert parse_issue(result) == with_additions(document, additions)
    assert is_kept(text, result)
    assert not note or f"# {note}" in result


def test_items_go_behind_those_of_their_section_with_an_empty_line_around_each() -> None:
    text = f"{HEAD}\nLead.\n## Links {{#links kind=links}}\n### One\ntext\n## Next\nwords"
    new = inserted(text, parse_issue(text), [Addition(links(NEW)), Addition(links(NEW, slug="late"))])
    assert new == (
        f"{HEAD}\nLead.\n## Links {{#links kind=links}}\n### One\ntext\n\n### [New *one* \\{{#x}}](<https://new.example/a_(b)>) {{mail=no}}\n\n"
        'Words.\n\n## Next\nwords\n\n## Links {#late kind=links all="All of them"}\n\n'
        "### [New *one* \\{#x}](<https://new.example/a_(b)>) {mail=no}\n\nWords.\n"
    )


def test_a_new_section_goes_before_the_next_one_of_the_plan_that_is_there() -> None:
    text = f"{HEAD}\n## A\n\n## C\n\n## B\n"
    new = inserted(text, parse_issue(text), [Addition(links(NEW), ("gone", "c", "b"))], "Told.")
    assert [section.slug for section in parse_issue(new).sections] == ["a", "links", "c", "b"]
    assert new.startswith("---\n# Told.\npublication: demo\n")


def test_a_text_that_is_another_than_its_document_is_left_alone() -> None:
    text = f"{HEAD}\n## A\n"
    with pytest.raises(ConflictError, match="cannot be followed"):
        inserted(text, parse_issue(text.replace("## A", "## B\n\n## A")), [Addition(links(NEW))])


def test_a_head_that_is_long_already_gets_no_more_notes() -> None:
    text = HEAD.replace("---\n", "---\n" + "# a note of a former run\n" * 400, 1) + "\n## A\n"
    assert "# Told" not in inserted(text, parse_issue(text), [Addition(links(NEW))], "Told")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_new_lines_end_as_those_of_the_file_do(end: str) -> None:
    text = f"{HEAD}\n## Links {{#links kind=links}}\n\n### One\n\n## B\n".replace("\n", end)
    new = inserted(text, parse_issue(text), [Addition(links(NEW)), Addition(links(NEW, slug="late"))], "Told.")
    assert set(re.findall(r"\r\n|\r|\n", new)) == {end}
    assert is_kept(text, new)
