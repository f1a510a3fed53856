"""Sections without items, headings that jump, attributes that nothing reads."""

from __future__ import annotations

import pytest

from tests.issues.preflight.looks import SOUND, changed, found, rules, with_words


def test_a_section_without_items_is_told() -> None:
    text = f"{SOUND}\n## Empty\n"
    [finding] = found(text)
    assert (finding.rule, finding.where, text.split("\n")[finding.line - 1]) == ("empty-section", "empty", "## Empty")
    assert found(f"{SOUND}\n## With an intro\n\nWords.\n") == []


def test_a_section_of_which_nothing_is_mailed_is_empty_to_readers() -> None:
    [finding] = found(
        f"{SOUND}\n## Kept {{kind=links}}\n\n### [A story](https://tide.example/a) {{mail=no}}\n\nWords.\n"
    )
    assert (finding.rule, finding.what) == ("empty-section", "the section “Kept” has no items that are mailed")


def test_an_attribute_near_a_known_one_is_asked_about() -> None:
    text = f'{SOUND}\n## Labs {{#e2 kind=links al="All labs"}}\n\nWords.\n'
    [finding] = found(text)
    assert (finding.rule, finding.remedy) == ("unknown-attribute", "did you mean `all`?")
    assert text.split("\n")[finding.line - 1].startswith("## Labs")


@pytest.mark.parametrize(
    ("attribute", "known"), [("abstrakt=short", "abstract"), ("all-ur=https://a.example", "all-url")]
)
def test_so_is_one_near_a_wish_of_a_section(attribute: str, known: str) -> None:
    [finding] = found(f"{SOUND}\n## Labs {{#e2 {attribute}}}\n\nWords.\n")
    assert (finding.rule, finding.remedy) == ("unknown-attribute", f"did you mean `{known}`?")


@pytest.mark.parametrize("attributes", ["abstract=short", "all=All all-url=https://a.example/"])
def test_wishes_that_are_read_are_not(attributes: str) -> None:
    assert found(f"{SOUND}\n## Labs {{#e2 {attributes}}}\n\nWords.\n") == []


@pytest.mark.parametrize(
    ("attribute", "known"), [("sorce=x", "source"), ("publised=2026-01-01", "published"), ("tdlr=x", "tldr")]
)
def test_so_is_one_of_an_item(attribute: str, known: str) -> None:
    [finding] = found(changed('{source="Pier Post"}', f"{{{attribute}}}"))
    assert (finding.rule, finding.remedy) == ("unknown-attribute", f"did you mean `{known}`?")


def test_an_attribute_of_ones_own_is_left_alone() -> None:
    assert found(changed('{source="Pier Post"}', "{mood=calm}")) == []


@pytest.mark.parametrize(
    ("words", "rule", "line"),
    [
        ("One.\n\n##### Deep\n\nTwo.", "heading-jump", "##### Deep"),
        ("One.\n\n#### Four\n\n###### Six", "heading-jump", "###### Six"),
        ("One.\n\n# High\n\nTwo.", "heading-too-high", "# High"),
        ("One.\n\n#### ####\n\nTwo.", "empty-heading", "#### ####"),
        ("One.\n\n####\n\nTwo.", "empty-heading", "####"),
    ],
)
def test_a_heading_that_is_none_is_told_with_its_line(words: str, rule: str, line: str) -> None:
    text = with_words(words)
    [finding] = found(text)
    assert (finding.rule, text.split("\n")[finding.line - 1]) == (rule, line)


@pytest.mark.parametrize(
    "words", ["#### Four\n\nOne.\n\n##### Five\n\n#### Four", "```\n# no heading\n```", "#hashtag"]
)
def test_headings_in_their_order_are_fine(words: str) -> None:
    assert found(with_words(words)) == []


def test_the_lead_begins_one_level_higher() -> None:
    lead = "The **moon** stands close to the earth this week."
    assert found(changed(lead, f"### Three\n\n{lead}")) == []
    assert rules(found(changed(lead, f"#### Four\n\n{lead}"))) == ["heading-jump"]
