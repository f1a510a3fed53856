"""Preflight names what would embarrass the editor, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter.errors import InputError
from newsletter.issues.parsing import parse_issue
from newsletter.issues.preflight import Inspected, check, counted, stops
from newsletter.issues.starting import starter
from newsletter.mail.slots import Slot
from tests.issues.preflight.looks import BRAND, MAIL, SOUND, changed, found, found_in_mail, inspected, rules

DOCUMENT = parse_issue(SOUND)


def test_a_sound_issue_has_no_findings() -> None:
    assert found(SOUND, MAIL) == []
    assert found_in_mail(SOUND) == []


@pytest.mark.parametrize(
    ("text", "rule", "word"),
    [
        (changed("preheader: High water at noon.\n", ""), "no-preheader", "preheader"),
        (changed("Springs and neaps", "s" * 121), "long-subject", "121 characters"),
        (changed("https://waves.example.org/1", "https://pier.example.org/"), "same-link", "same link"),
        (changed("https://waves.example.org/1", "http://waves.example.org/1"), "insecure-link", "not encrypted"),
    ],
)
def test_what_is_doubtful_is_advice_with_a_remedy(text: str, rule: str, word: str) -> None:
    [finding] = found(text)
    assert (finding.severity, finding.rule) == ("advise", rule)
    assert word in finding.what
    assert finding.where
    assert finding.remedy


def test_an_image_with_a_description_is_fine() -> None:
    words = '![A pier](https://x.example.org/a.png) <img alt="x" src="https://x.example.org/b">'
    assert found(changed("It opens in spring.", words)) == []


def test_an_issue_without_anything_to_read_is_stopped() -> None:
    empty = DOCUMENT.model_copy(update={"lead": "", "sections": ()})
    assert [f.severity for f in check(Inspected(empty, BRAND, None))] == ["stop"]


def test_an_empty_subject_is_stopped() -> None:
    assert stops(check(Inspected(DOCUMENT.model_copy(update={"subject": " "}), BRAND, None)))


def test_a_mail_without_a_way_out_is_stopped() -> None:
    gone = stops(found(SOUND, replace(MAIL, html="<p></p>")))
    assert [f.what for f in gone] == ["the HTML part has no unsubscribe link"]
    assert len(stops(found(SOUND, replace(MAIL, html="", text="")))) == 2


def test_html_that_would_be_clipped_is_stopped_and_folding_is_advice() -> None:
    at_limit = MAIL.html + "x" * (102_400 - len(MAIL.html))
    assert rules(found(SOUND, replace(MAIL, html=at_limit))) == ["nearly-clipped"]
    findings = found(SOUND, replace(MAIL, html=at_limit + "x", folded=3))
    assert [f.severity for f in findings] == ["stop", "advise"]
    assert "3 items" in findings[1].what
    assert rules(found(SOUND, replace(MAIL, html=MAIL.html + "x" * 80_000))) == []


def test_a_publication_without_an_address_is_told() -> None:
    [finding] = found(SOUND, MAIL, postal_address=" ")
    assert (finding.severity, finding.where, finding.rule) == ("advise", "publication", "no-postal-address")


def test_the_words_a_new_issue_begins_with_are_noticed_until_they_are_written_over() -> None:
    text = starter("tide", "The Tide Table", "en", "2026-05-09", DOCUMENT.date)
    untouched = [f for f in found(text) if f.rule == "starter"]
    assert [finding.where for finding in untouched] == [
        "preheader",
        "lead",
        "links/a-story-worth-reading",
        "papers/title-of-a-paper",
    ]
    assert {(finding.severity, finding.may_pass) for finding in untouched} == {("stop", True)}
    assert all(finding.remedy for finding in untouched)
    lines = text.split("\n")
    assert [lines[finding.line - 1][:20] for finding in untouched] == [
        "preheader: One sente", "Begin with a paragra", "Say in two sentences", "Its abstract, or you",
    ]  # fmt: skip
    begun = text.replace("Begin with a paragraph", "We begin with a paragraph")
    assert [f.where for f in found(begun) if f.rule == "starter"][:2] == ["preheader", "links/a-story-worth-reading"]


def test_the_gravest_comes_first_and_then_the_line() -> None:
    text = changed("It opens in spring.", "[a](http://a.example) TK").replace(
        "close to the earth", "at http://b.example"
    )
    findings = found(text)
    assert [(f.rule, f.severity) for f in findings] == [
        ("TK", "stop"), ("insecure-link", "advise"), ("insecure-link", "advise")
    ]  # fmt: skip
    assert findings[1].line < findings[2].line
    assert counted(findings) == {"stop": 1, "ask": 0, "advise": 2}


def test_only_what_may_pass_is_let_pass_by_its_name() -> None:
    findings = found(changed("It opens in spring.", "TK"))
    assert stops(findings)
    assert stops(findings, ["tk"]) == []
    with pytest.raises(InputError, match="no rule gibberish"):
        stops(findings, ["gibberish"])


def test_without_a_text_lines_are_those_of_the_canonical_file() -> None:
    issue = inspected(changed("It opens in spring.", "TK"))
    [finding] = check(replace(issue, source=""))
    assert replace(issue, source="").places.lines[finding.line - 1] == "TK"
    assert Slot.UNSUBSCRIBE not in issue.places.text
