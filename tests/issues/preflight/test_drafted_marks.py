"""The mark of drafted words: no output shows it, every text carries it, preflight stops at it, and what a person changed loses it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.issues.parsing import parse_issue
from newsletter.issues.preflight import RULES, stops
from newsletter.issues.preflight.drafted_marks import MARK, by_hand, marked, marks_in, without_marks
from newsletter.rendering.markdown_file import write_markdown
from tests.issues.preflight.looks import BRAND, SOUND, changed, found, rules
from tests.rendering.documents import RENDERER

LEAD = "The **moon** stands close to the earth this week."
MARKED = changed(LEAD, f"{marked('Oak holds.')}\n\n{marked('Swells cross.')}").replace(
    "It opens in spring.", f"{marked('A pier stands.')}\n\nIt opens in spring."
)


def test_preflight_stops_at_each_mark_on_its_line_and_nothing_lets_it_pass() -> None:
    findings = [each for each in found(MARKED) if each.rule == "drafted"]
    lines = MARKED.split("\n")
    assert [lines[each.line - 1] for each in findings] == [MARK] * 3
    assert [each.where for each in findings] == ["lead", "lead", "harbours/a-new-pier"]
    assert {(each.severity, each.may_pass, each.fix) for each in findings} == {("stop", False, None)}
    assert "lost-comment" not in rules(found(MARKED)), "one thing is told once"
    assert [each.rule for each in stops(findings)] == ["drafted"] * 3
    with pytest.raises(InputError):
        stops(findings, ["drafted"])
    assert not RULES["drafted"].may_pass and not RULES["drafted"].fixes


@pytest.mark.parametrize(
    "mark", ["<!--drafted-->", "<!--  DRAFTED  -->", "Words <!-- drafted --> in a line.", "- <!-- drafted --> x"]
)
def test_a_mark_is_known_however_it_is_written(mark: str) -> None:
    assert "drafted" in rules(found(changed("It opens in spring.", mark)))


@pytest.mark.parametrize(
    "words", ["`<!-- drafted -->`", "```\n<!-- drafted -->\n```", "drafted", "<!-- drafted by me -->"]
)
def test_what_speaks_of_a_mark_is_none(words: str) -> None:
    text = changed("It opens in spring.", words)
    assert "drafted" not in rules(found(text))
    assert without_marks(text) == text


ASTRAY = [
    ("The ` sign is old.", "The ` sign is new."),
    ("``a", "b``"),
    ("It costs $$ here.", "It costs $$ there."),
    ("```make``` is a command.", "It is old."),
    ("```\n```python\n```", "It was code."),
    ("```\ncode\n   ```", "It was code."),
    ("- one\n\n  ```\n  code", "It was a list."),
    ("- one\n\n  ~~~~~\n  ~~~\n  ~~~~~", "It was a list."),
    ("~~~~\n~~~\n~~~~~", "It was code."),
]


@pytest.mark.parametrize(("before", "after"), ASTRAY)
def test_signs_of_code_in_other_paragraphs_hide_no_mark(before: str, after: str) -> None:
    text = f"{before}\n\n{marked('Oak holds.')}\n\n{after}"
    assert [mark.words for mark in marks_in(text)] == ["Oak holds."]
    assert without_marks(text) == text.replace(f"{MARK}\n", "")


@pytest.mark.parametrize(("before", "after"), ASTRAY[:3])
def test_what_preflight_stops_at_can_be_accepted_whatever_stands_elsewhere_in_the_file(before: str, after: str) -> None:
    text = changed(LEAD, before).replace("It opens in spring.", f"{marked('A pier stands.')}\n\n{after}")
    assert "drafted" in rules(found(text))
    assert "drafted" not in rules(found(without_marks(text)))


def test_other_comments_are_told_as_before() -> None:
    assert (
        rules(found(changed("It opens in spring.", "<!-- drafted -->\n\n<!-- a note -->"))).count("lost-comment") == 1
    )


def test_no_output_shows_it_and_the_text_carries_it() -> None:
    document = parse_issue(MARKED)
    mail = RENDERER.email(document, BRAND, byte_budget=95_000)
    for output in (mail.html, mail.text, RENDERER.web(document, BRAND)):
        assert "drafted" not in str(output)
        assert all(words in str(output) for words in ("Oak holds.", "Swells cross.", "A pier stands."))
    assert parse_issue(write_markdown(document)) == document
    assert write_markdown(document).count(MARK) == 3


def test_without_marks_the_text_is_as_if_nothing_had_been_marked() -> None:
    assert without_marks(MARKED) == MARKED.replace(f"{MARK}\n", "")
    assert marks_in(without_marks(MARKED)) == []
    assert without_marks("a <!-- drafted --> b") == "a  b"
    assert without_marks(SOUND) == SOUND


def test_what_a_person_changed_loses_its_mark_and_what_they_left_keeps_it() -> None:
    saved = by_hand(MARKED.replace("Swells cross.", "Swells cross at noon."), MARKED)
    assert [mark.words for mark in marks_in(saved)] == ["Oak holds.", "A pier stands."]
    assert "\n\nSwells cross at noon.\n" in saved
    assert by_hand(MARKED, MARKED) == MARKED
    assert by_hand(MARKED.replace("Swells cross.\n", "Swells\ncross.\n"), MARKED).count(MARK) == 3, "the same words"
    assert by_hand(MARKED.replace("Oak holds.\n", ""), MARKED).count(MARK) == 2, "nothing is left to be marked"
    assert by_hand(MARKED, SOUND) == without_marks(MARKED), "a person typed it all"


@given(
    st.lists(
        st.sampled_from([MARK, "word", " ", "\n", "\n\n", "`", "```\n", "## x", "<!--", "-->", "drafted"]), max_size=20
    )
)
def test_taking_marks_out_takes_nothing_else(pieces: list[str]) -> None:
    text = "".join(pieces)
    left = without_marks(text)
    assert left.replace("\n", "").replace(" ", "").replace(MARK.replace(" ", ""), "") == text.replace("\n", "").replace(
        " ", ""
    ).replace(MARK.replace(" ", ""), "")
    assert by_hand(text, text) == text
