"""No rule takes more than its time: a text of 200,000 characters is looked at in well under a second for each."""

from __future__ import annotations

import time

import pytest

from newsletter.issues.parsing import parse_issue
from newsletter.issues.preflight import MOST_OF_A_RULE, Inspected, check
from newsletter.issues.preflight.registry import LOOKS
from newsletter.rendering.renderer import EmailRendering
from tests.issues.preflight.looks import BRAND, MAIL, inspected, with_words

SIZE = 200_000
PIECES = {
    "words": "word " * 20 + "\n\n",
    "links": "see https://a.example/b?utm_source=x&c=1 now, ",
    "images": "![](https://a.example/b.png) ",
    "tags": "<b>bold</b> <img alt= ",
    "ticks": "`code` and $x$ ",
    "hashes": "#### a heading " + "of words " * 5 + "\n\n",
    "brackets": "[[name]] {{ name }} *|A|* ",
    "one line": "x",
    "unfinished": "TK TODO ",
}


def _text(piece: str, size: int) -> str:
    signs = sum(piece.count(sign) for sign in "`*_~<&$[\\") or 1
    return (piece * (min(size // len(piece), 50_000 // (4 * signs)) + 1))[:size].rstrip(" \n[`<$*{|#")


@pytest.mark.parametrize("name", PIECES)
def test_a_large_text_is_looked_at_quickly_by_every_rule(name: str) -> None:
    mail = EmailRendering("s", f'<html lang="en">{"<p>words</p>" * 15_000}{MAIL.html}</html>', MAIL.text, (), 0)
    text = with_words(_text(PIECES[name], SIZE))
    document = parse_issue(text)
    issue = Inspected(document, BRAND, mail, text)
    assert issue.places.lines and issue.passages
    took = {}
    for look in LOOKS:
        begun = time.process_time()
        count = sum(1 for _ in look(issue))
        took[f"{look.__module__} ({count})"] = time.process_time() - begun
    print(name, len(text), {key: round(value, 3) for key, value in took.items() if value > 0.02})
    assert max(took.values()) < 1.5, took


def test_of_one_rule_so_many_findings_are_told_and_the_rest_is_counted() -> None:
    findings = [each for each in check(inspected(with_words("TK\n\n" * 900 + "end"))) if each.rule == "TK"]
    assert len(findings) == MOST_OF_A_RULE + 1
    assert findings[-1].what == f"{900 - MOST_OF_A_RULE} more findings of this rule"
