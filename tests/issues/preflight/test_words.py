"""Words that are missing, left to be done, too many at once, or lost on their way, each with its line."""

from __future__ import annotations

import pytest

from newsletter.errors import DocumentError
from tests.issues.preflight.looks import changed, found, rules, with_words


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ('<a href="#top">up</a>', "lost-link"),
        ('<a href="tel:+431">call</a>', "lost-link"),
        ('<img src="http://a.example/b.png" alt="b">', "lost-image"),
        ("<!-- nobody sees it -->", "lost-comment"),
        ('<iframe src="https://video.example/1" title="A film"></iframe>', "lost-embed"),
        ("before\n\n<style>\np {}\n</style>\n\nafter", "lost-html"),
    ],
)
def test_what_is_lost_is_told_with_the_line_it_stands_on(words: str, rule: str) -> None:
    text = with_words(f"One.\n\n{words}")
    findings = [each for each in found(text) if each.rule.startswith("lost-")]
    assert rules(findings) == [rule]
    lines = text.split("\n")
    assert lines[findings[0].line - 1] in words.split("\n"), lines[findings[0].line - 1]


@pytest.mark.parametrize("words", ["[a](/papers/1)", "![b](data:image/png;base64,AAAA)", "![b](//a.example/b.png)"])
def test_markdown_that_leads_nowhere_is_refused_with_its_line(words: str) -> None:
    text = with_words(f"One.\n\n{words}")
    with pytest.raises(DocumentError) as refused:
        found(text)
    assert text.split("\n")[refused.value.line - 1] == words


def test_a_loss_in_a_cell_names_the_line_of_its_row() -> None:
    table = "## Figures {#figures kind=tables}\n\n### Some\n\n| A | B |\n|---|---|\n| 1 | 2 |\n| 3 | <!-- x --> 4 |\n"
    text = changed("## Papers", f"{table}\n## Papers")
    [finding] = [each for each in found(text) if each.rule == "lost-comment"]
    assert "<!-- x -->" in text.split("\n")[finding.line - 1]


def test_a_paragraph_of_more_than_150_words_is_told_where_it_begins() -> None:
    text = with_words("First.\n\n" + "long " * 100 + "\n" + "and longer " * 26 + "\n\nLast.")
    [finding] = found(text)
    assert finding.rule == "long-paragraph"
    assert "152 words" in finding.what
    assert text.split("\n")[finding.line - 1].startswith("long long")


@pytest.mark.parametrize("words", ["word " * 150, "```\n" + "word " * 200 + "\n```", "- " + "word " * 200])
def test_what_is_no_long_paragraph_is_left_alone(words: str) -> None:
    assert found(with_words(words)) == []


def test_unfinished_words_are_told_on_each_line_they_stand_on() -> None:
    text = with_words("It opens in TK.\n\nBy TK and TK.\n\n`TK` is code.")
    findings = found(text)
    assert rules(findings) == ["TK", "TK"]
    assert [text.split("\n")[each.line - 1] for each in findings] == ["It opens in TK.", "By TK and TK."]


def test_they_are_found_in_headings_and_in_the_front_matter_too() -> None:
    text = changed("### [A new pier]", "### [TODO: name]").replace("High water at noon.", "TK")
    assert {(each.rule, text.split("\n")[each.line - 1][:10]) for each in found(text)} == {
        ("TODO", "### [TODO:"), ("TK", "preheader:"),
    }  # fmt: skip


def test_an_abstract_is_as_long_as_its_authors_wrote_it() -> None:
    assert found(changed("When two swells cross.", "word " * 200)) == []


def test_words_of_items_that_are_not_mailed_are_looked_at_and_alone_they_are_nothing_to_read() -> None:
    kept = "## Rest {#rest kind=links}\n\n### [One](https://a.example/) {mail=no}\n\nIt opens in TK. <!-- x -->\n"
    text = changed("## Papers", f"{kept}\n## Papers")
    findings = found(text)
    assert rules(findings) == ["TK", "empty-section", "lost-comment"], "nothing of that section is mailed"
    told = {text.split("\n")[each.line - 1] for each in findings if each.rule != "empty-section"}
    assert told == {"It opens in TK. <!-- x -->"}
    head = text.partition("\n---\n")[0] + "\n---\n\n"
    assert "nothing-to-read" in rules(found(head + kept))
    assert "nothing-to-read" not in rules(found(head + kept.replace(" {mail=no}", "")))
