"""No rule takes more than its time: what a text of 200,000 characters costs is in proportion to its length."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

import pytest

from newsletter.issues.parsing import parse_issue
from newsletter.issues.preflight import MOST_OF_A_RULE, Inspected, check
from newsletter.issues.preflight.registry import LOOKS
from newsletter.rendering.renderer import EmailRendering
from tests.issues.preflight.looks import BRAND, MAIL, inspected, with_words

SIZE = 200_000
SHORT = 0.4
"""Seconds below which a measure says nothing of how it grows."""
TRIES = 4
"""What grows too quickly does so at each try; what the machine did beside it, such as filling its memory, does not."""
PIECES = {
    "words": "word " * 20 + "\n\n",
    "links": "see https://a.example/b?utm_source=x&c=1 now, ",
    "images": "![](https://a.example/b.png) ",
    "tags": "<b>bold</b> <img alt= ",
    "ticks": "`code` and $x$ ",
    "hashes": "#### a heading " + "of words " * 5 + "\n\n",
    "brackets": "[[name]] {{ name }} *|A|* ",
    "one line": "x",
    "turned": "a\u202eb \u2067c \u202ad ",
    "unfinished": "TK TODO ",
}


def _text(piece: str, size: int, *, most: int) -> str:
    """Return so many characters of a piece over and over, with at most so many signs of Markdown, of which a text may have 50,000."""
    signs = sum(piece.count(sign) for sign in "`*_~<&$[\\") or 1
    return (piece * (min(size // len(piece), most // (4 * signs)) + 1))[:size].rstrip(" \n[`<$*{|#")


@pytest.mark.parametrize("name", PIECES)
def test_no_rule_takes_more_than_in_proportion_to_the_text(name: str) -> None:
    grown = set(_grown(name))
    for _ in range(TRIES - 1):
        if grown:
            grown &= set(_grown(name))
    assert grown == set()


def _grown(name: str) -> Iterator[str]:
    """Yield each rule that took more than its time: for four times as much text sixteen times as long, as one that looks at all for each."""
    part, whole = _took(PIECES[name], SIZE // 4), _took(PIECES[name], SIZE)
    print(name, {look: (part[look], took) for look, took in whole.items() if took > 0.02})
    yield from (look for look, took in whole.items() if took > SHORT and took > 9 * part[look])


@pytest.fixture(autouse=True)
def _no_collection_of_garbage() -> Iterator[None]:
    """A collection looks at all objects of the process, which in a run of all tests takes longer than the rule that meets it."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def _took(piece: str, size: int) -> dict[str, float]:
    """Seconds of this process for each rule, over a text of so many characters and a mail in its proportion."""
    html = f'<html lang="en">{"<p>words</p>" * (size * 3 // 40)}{MAIL.html}</html>'
    text = with_words(_text(piece, size, most=size // 4))
    issue = Inspected(parse_issue(text), BRAND, EmailRendering("s", html, MAIL.text, (), 0), text)
    assert issue.places.lines and issue.passages
    took = {}
    for look in LOOKS:
        begun = time.process_time()
        for _ in look(issue):
            pass
        took[f"{look.__module__} {look.__name__}"] = time.process_time() - begun
    return took


def test_of_one_rule_so_many_findings_are_told_and_the_rest_is_counted() -> None:
    findings = [each for each in check(inspected(with_words("TK\n\n" * 900 + "end"))) if each.rule == "TK"]
    assert len(findings) == MOST_OF_A_RULE + 1
    assert findings[-1].what == f"{900 - MOST_OF_A_RULE} more findings of this rule"
