"""What turns letters about and is not seen is told, wherever it stands; what Arabic and Hebrew need is not."""

from __future__ import annotations

import pytest

from newsletter.issues.preflight.turned import turning
from tests.issues.preflight.looks import found, with_words
from tests.issues.samples import issue_text

RLO, LRO, RLE, PDF, LRI, RLI, FSI, PDI = "\u202e", "\u202d", "\u202b", "\u202c", "\u2066", "\u2067", "\u2068", "\u2069"


@pytest.mark.parametrize(
    ("line", "signs"),
    [
        (f"an invoice, {RLO}fdp.exe", [RLO]),
        (f"{LRO}abc{PDF} and {LRO}d", [LRO]),
        (f"{RLO}abc{PDF}", [RLO]),
        (f"a {RLI}word", [RLI]),
        (f"a {RLE}word{PDI}", [RLE]),
        (f"{RLI}a {LRI}b{PDI}", [RLI]),
        (f"{FSI}a {RLE}b{PDI}{PDF}", [FSI]),
    ],
)
def test_what_turns_the_letters_after_it_is_found(line: str, signs: list[str]) -> None:
    assert turning(line) == signs


@pytest.mark.parametrize(
    "line", ["plain", "\u05e9\u05dc\u05d5\u05dd 3", f"{RLI}\u05d0{PDI} and {FSI}x{PDI}", f"{RLE}\u05d0 {LRI}a{PDI}{PDF}", f"a{PDF}b{PDI}", "\u200f\u200e"]
)  # fmt: skip
def test_what_is_ended_is_left_alone(line: str) -> None:
    assert turning(line) == []


def test_each_is_told_by_its_line_in_titles_texts_code_and_front_matter() -> None:
    text = with_words(f"First.\n\nA {RLO}word.\n\n    code {RLO}x\n")
    text = text.replace("### [A new pier]", f"### [A new {RLO}pier]").replace(
        "High water at noon.", f"High {RLI}water."
    )
    findings = [each for each in found(text) if each.rule == "turned-letters"]
    assert [text.split("\n")[each.line - 1] for each in findings] == [
        line for line in text.split("\n") if RLO in line or RLI in line
    ]
    assert all("U+20" in each.what and each.remedy for each in findings)


def test_an_issue_without_them_is_sound() -> None:
    assert not [each for each in found(issue_text()) if each.rule == "turned-letters"]
