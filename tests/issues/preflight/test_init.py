"""Preflight names what would embarrass the editor, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter.issues.parsing import parse_issue
from newsletter.issues.preflight import check, stops
from newsletter.issues.starting import starter
from newsletter.mail.slots import Slot
from newsletter.model.brand import Brand
from newsletter.model.document import Document
from newsletter.rendering.renderer import EmailRendering
from tests.issues.samples import issue_text

BRAND = Brand(
    slug="tide", name="Tide", description="", language="en", postal_address="3 Pier Road", accent="#1f5f8b",
    base_url="https://news.example.org", from_address="mara@tide.example.org",
)  # fmt: skip
DOCUMENT = parse_issue(issue_text())
MAIL = EmailRendering("s", f"<p>{Slot.UNSUBSCRIBE}</p>", f"x {Slot.UNSUBSCRIBE}", ("https://a.example.org",), 0)


def _changed(old: str, new: str) -> Document:
    assert old in issue_text()
    return parse_issue(issue_text().replace(old, new))


def test_a_sound_issue_has_no_findings() -> None:
    assert check(DOCUMENT, BRAND, MAIL) == []


@pytest.mark.parametrize(
    ("document", "word"),
    [
        (_changed("preheader: High water at noon.\n", ""), "preheader"),
        (_changed("Springs and neaps", "s" * 121), "121 characters"),
        (_changed("It opens in spring.", "![](https://x.example.org/a.png)"), "description"),
        (_changed("It opens in spring.", '<img src="https://x.example.org/a.png">'), "description"),
        (_changed("It opens in spring.", '<img alt="" src="https://x.example.org/a.png">'), "description"),
        (_changed("https://waves.example.org/1", "https://pier.example.org/"), "same link"),
        (_changed("https://waves.example.org/1", "http://waves.example.org/1"), "not encrypted"),
    ],
)
def test_what_is_doubtful_is_a_warning_with_a_remedy(document: Document, word: str) -> None:
    [finding] = check(document, BRAND, None)
    assert finding.severity == "warning"
    assert word in finding.what
    assert finding.where
    assert finding.remedy


def test_an_image_with_a_description_is_fine() -> None:
    fine = _changed(
        "It opens in spring.", '![A pier](https://x.example.org/a.png) <img alt="x" src="https://x.example.org/b">'
    )
    assert check(fine, BRAND, None) == []


def test_an_issue_without_anything_to_read_is_an_error() -> None:
    empty = DOCUMENT.model_copy(update={"lead": "", "sections": ()})
    assert [f.severity for f in check(empty, BRAND, None)] == ["error"]


def test_an_empty_subject_is_an_error() -> None:
    assert stops(check(DOCUMENT.model_copy(update={"subject": " "}), BRAND, None))


def test_a_mail_without_a_way_out_is_an_error() -> None:
    found = stops(check(DOCUMENT, BRAND, replace(MAIL, html="<p></p>")))
    assert [f.what for f in found] == ["the HTML part has no unsubscribe link"]
    assert len(stops(check(DOCUMENT, BRAND, replace(MAIL, html="", text="")))) == 2


def test_html_that_would_be_clipped_is_an_error_and_folding_a_warning() -> None:
    at_limit = Slot.UNSUBSCRIBE + "x" * (102_400 - len(Slot.UNSUBSCRIBE))
    assert check(DOCUMENT, BRAND, replace(MAIL, html=at_limit)) == []
    findings = check(DOCUMENT, BRAND, replace(MAIL, html=at_limit + "x", folded=3))
    assert [f.severity for f in findings] == ["error", "warning"]
    assert "3 items" in findings[1].what


def test_a_publication_without_an_address_is_a_warning() -> None:
    [finding] = check(DOCUMENT, replace(BRAND, postal_address=" "), MAIL)
    assert (finding.severity, finding.where) == ("warning", "publication")


def test_the_words_a_new_issue_begins_with_are_noticed_until_they_are_written_over() -> None:
    text = starter("tide", "The Tide Table", "en", "2026-05-09", DOCUMENT.date)
    untouched = [f for f in check(parse_issue(text), BRAND, None) if "new issue" in f.what]
    assert [finding.where for finding in untouched] == [
        "preheader",
        "lead",
        "links/a-story-worth-reading",
        "papers/title-of-a-paper",
    ]
    assert {(finding.severity, finding.rule) for finding in untouched} == {("error", "starter")}
    assert all(finding.remedy for finding in untouched)
    begun = text.replace("Begin with a paragraph", "We begin with a paragraph")
    assert [f.where for f in check(parse_issue(begun), BRAND, None)][:2] == ["preheader", "links/a-story-worth-reading"]
