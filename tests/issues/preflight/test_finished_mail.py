"""What the finished mail weighs, part by part, and how those meet it who do not see it as most do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter.issues.parsing import parse_issue
from newsletter.issues.preflight.finished_mail import weights
from newsletter.mail.slots import Slot
from newsletter.rendering.renderer import EmailRendering
from tests.issues.preflight.looks import MAIL, SOUND, changed, found, found_in_mail, inspected, rules, with_words
from tests.rendering.documents import RENDERER


def _mail(text: str) -> EmailRendering:
    return RENDERER.email(parse_issue(text), inspected(text).brand, byte_budget=95_000)


def test_each_section_is_weighed_with_the_line_of_its_heading() -> None:
    text = with_words("word " * 1000)
    parts = weights(inspected(text, _mail(text)))
    assert [part.slug for part in parts] == ["", "harbours", "papers"]
    assert parts[1].octets > 5_000 > parts[2].octets
    assert text.split("\n")[parts[1].line - 1].startswith("## Harbours")
    assert sum(part.octets for part in parts) <= len(_mail(text).html.encode())


def test_a_mail_near_the_limit_names_what_weighs_most() -> None:
    text = SOUND
    mail = _mail(text)
    heavy = replace(mail, html=mail.html.replace("It opens in spring.", "x" * 83_000))
    [finding] = found(text, heavy)
    assert finding.rule == "nearly-clipped"
    assert "Harbours 8" in finding.what


@pytest.mark.parametrize("words", ["here", "Click here", "click here!", "this link", "hier"])
def test_a_link_whose_words_say_nothing_is_told_with_its_line(words: str) -> None:
    text = with_words(f"One.\n\nRead it [{words}](https://a.example/b).")
    [finding] = found_in_mail(text)
    assert finding.rule == "link-words"
    assert "https://a.example/b" in text.split("\n")[finding.line - 1]


def test_a_link_without_words_is_told() -> None:
    page = f'<html lang="en"><a href="https://a.example/"></a>{Slot.UNSUBSCRIBE}</html>'
    assert rules(found(SOUND, replace(MAIL, html=page))) == ["link-words"]
    assert found_in_mail(with_words("[here it is said at length](https://a.example/b)")) == []


@pytest.mark.parametrize(
    ("html", "rule"),
    [
        ("<h1>a</h1><h3>b</h3>", "heading-order"),
        ("<h2>a</h2>", "heading-order"),
        ('<img src="https://a.example/b.png">', "mail-image-without-alt"),
        ("<table><tr><td>1</td></tr></table>", "table-without-heads"),
        ("<table><tr><th>1</th></tr></table>", "table-without-heads"),
        ('<p style="color:#999999">pale</p>', "low-contrast"),
        ('<p style="color:#1f1d1a;background-color:#333333">dark</p>', "low-contrast"),
    ],
)
def test_what_keeps_somebody_from_reading_is_told(html: str, rule: str) -> None:
    page = f'<html lang="en"><body>{html}{Slot.UNSUBSCRIBE}</body></html>'
    assert rules(found(SOUND, replace(MAIL, html=page))) == [rule]


@pytest.mark.parametrize(
    "html",
    [
        "<h1>a</h1><h2>b</h2><h3>c</h3><h2>d</h2>",
        '<table role="presentation"><tr><td>1</td></tr></table>',
        '<table><tr><th scope="col">1</th></tr></table>',
        '<img alt="" src="https://a.example/b.png">',
        '<div style="display:none;color:#ffffff"><p>seen by nobody</p></div>',
        '<div style="background-color:#222222"><p style="color:#ffffff">light on dark</p></div>',
    ],
)
def test_what_everybody_can_read_is_fine(html: str) -> None:
    page = f'<html lang="en"><body>{html}{Slot.UNSUBSCRIBE}</body></html>'
    assert found(SOUND, replace(MAIL, html=page)) == []


def test_a_mail_without_language_is_told() -> None:
    assert rules(found(SOUND, replace(MAIL, html=f"<html><p>{Slot.UNSUBSCRIBE}</p></html>"))) == ["no-language"]


def test_an_accent_that_is_shown_darker_than_chosen_is_told() -> None:
    [finding] = found(SOUND, accent="#ffcc00")
    assert (finding.rule, finding.where) == ("accent-contrast", "publication")
    assert "#8c7000 is shown instead" in finding.what


def test_an_issue_of_everything_has_an_accessible_mail() -> None:
    table = "## Figures {#figures kind=tables}\n\n### Some\n\n| A | B |\n|---|--:|\n| 1 | 2 |\n"
    assert found_in_mail(changed("## Papers", f"{table}\n## Papers")) == []
