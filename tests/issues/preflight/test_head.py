"""What an inbox shows of a mail: too long, too wide, said twice."""

from __future__ import annotations

import pytest

from newsletter.issues.preflight.inbox_row import ROWS, seen, width
from tests.issues.preflight.looks import SOUND, changed, found, inspected, rules


def test_the_widths_are_those_of_helvetica() -> None:
    assert width("iiii", 1000) == 888
    assert width("W", 1000) == 944
    assert width("Springs and neaps", 15) == width("Springs", 15) + width(" and neaps", 15)
    assert width("é", 1000) == width("e", 1000), "an accent takes no room"
    assert width("潮", 1000) == 1000
    assert width("\u0301", 1000) == 0


def test_a_row_cuts_where_its_room_ends() -> None:
    assert seen("Short", 300, 15) == "Short"
    assert seen("W" * 100, 300, 15) == "W" * 21 + "…"
    assert seen("i" * 100, 300, 15) == "i" * 90 + "…"


def test_a_subject_as_wide_as_no_inbox_is_told_with_what_is_seen() -> None:
    subject = "Wavemakers win with windmills and watermills on Wednesday, while whales wander westward"
    [finding] = found(changed("Springs and neaps", subject))
    assert (finding.rule, finding.severity) == ("cut-subject", "advise")
    assert f"a phone “{seen(subject, 300, 15)}”" in finding.what
    assert SOUND.split("\n")[finding.line - 1] == "subject: Springs and neaps"
    assert found(changed("Springs and neaps", "i" * 120)) == [], "as many narrow letters have room"


@pytest.mark.parametrize("subject", ["Tide: the moon is near", "The tide of today", "What TIDE says"])
def test_a_subject_that_begins_with_the_senders_name_is_told(subject: str) -> None:
    assert rules(found(changed("subject: Springs and neaps", f'subject: "{subject}"'))) == ["subject-repeats-name"]


def test_a_name_behind_the_first_22_characters_is_fine() -> None:
    assert found(changed("Springs and neaps", "Springs and neaps of every tide")) == []


def test_a_subject_is_as_wide_as_what_is_shown_of_its_latex() -> None:
    written = (
        r"$\\mathcal{O}\\left(n \\log n\\right)$ and $\\mathbb{E}_{x\\sim p}$ at 2.2$\\mu$m"
        " and all that follows from it"
    )
    assert found(changed("subject: Springs and neaps", f'subject: "{written}"')) == []
    [finding] = found(changed("Springs and neaps", r"$\lambda$ " + "W" * 50))
    assert "a phone “λ WW" in finding.what


def test_a_preheader_that_is_the_subject_is_told() -> None:
    assert rules(found(changed("High water at noon.", "springs AND neaps"))) == ["preheader-is-subject"]


@pytest.mark.parametrize("words", ["x" * 141, "Wonderful " * 13])
def test_a_preheader_that_no_inbox_shows_whole_is_told(words: str) -> None:
    assert rules(found(changed("High water at noon.", words.strip()))) == ["long-preheader"]


def test_the_rows_are_those_of_the_documentation() -> None:
    from tests.test_floors import ROOT

    text = (ROOT / "docs" / "preflight.md").read_text(encoding="utf-8")
    for row in ROWS:
        assert f"| {row.name} | {row.type_size} | {row.subject} | {row.preheader} |" in text
    assert inspected(SOUND).places.of_field("subject") > 1


def test_a_merge_field_of_the_subject_is_as_wide_as_its_fallback() -> None:
    short = "{{lead_source_of_the_reader|you}}, {{name_of_the_company|}} {{city_of_the_reader|here}} {{another_long_field|}}"
    assert len(short) < 120 and width(short, 15) > 560
    assert found(changed("Springs and neaps", f'"{short}"')) == []
    assert found(changed("Springs and neaps", f'"{short} {{{{number_of_children|}}}}"')) == [], (
        "more than 120 as it is written"
    )
    long = f"{{{{name|{'Wonderful ' * 11}}}}}"
    assert rules(found(changed("Springs and neaps", f'"{long}"'))) == ["cut-subject"]


@pytest.mark.parametrize("subject", ["{{name|Tide}} is rising", "{{name|}}Tide and moon"])
def test_a_fallback_that_repeats_the_sender_is_told(subject: str) -> None:
    assert rules(found(changed("subject: Springs and neaps", f'subject: "{subject}"'))) == ["subject-repeats-name"]
