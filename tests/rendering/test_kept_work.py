"""What is kept of work that was done: the newest, within bounds, and never anything else than what would be made."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.inlining import PLACE, inline, inline_pieces
from newsletter.rendering.kept_work import KeptWork

FRAME = f'<!DOCTYPE html><html><head><title>{{}}</title></head><body><div class="c">{PLACE}</div><p class="foot">End</p></body></html>'
CSS = ".c p{color:#111111}.c a{color:#222222}.foot{color:#333333}"
WORDS = st.text("abc é<>&", max_size=8).map(lambda words: re.sub("[<>&]", "", words))
PARTS = st.lists(
    WORDS.map(lambda words: f'<p>{words}<a href="https://x.example/">{words}</a></p>' if words else ""), max_size=6
)


def test_a_result_is_made_once_and_the_oldest_goes_first() -> None:
    kept: KeptWork[str] = KeptWork(most=40)
    made: list[str] = []

    def of(key: str) -> str:
        return kept.of(key, lambda: made.append(key) or key.upper(), lambda _: 10)

    assert [of(each) for each in "abab"] == ["A", "B", "A", "B"] and made == ["a", "b"]
    for each in "cdae":  # a was used since b
        of(each)
    assert kept.get("b") is None and kept.get("a") == "A" and made == ["a", "b", "c", "d", "e"]


def test_what_is_very_large_is_not_kept() -> None:
    kept: KeptWork[str] = KeptWork(most=40)
    assert kept.keep("a", "A", 11) == "A" and kept.get("a") is None
    assert kept.keep("b", "B", 10) == "B" and kept.keep("b", "C", 9) == "C" and kept.get("b") == "C"


@given(title=st.sampled_from(["one", "two"]), parts=PARTS)
def test_a_page_in_pieces_is_the_page_that_is_made_at_once(title: str, parts: list[str]) -> None:
    frame = FRAME.format(title)
    pieces = inline_pieces(frame, parts, CSS, finish=str.strip, key="bare")
    assert len(pieces) == len(parts) + 2
    assert "".join(pieces) == inline(frame.replace(PLACE, "".join(parts)), CSS)


def test_what_stands_around_the_content_decides() -> None:
    part = "<p>words</p>"
    inside = inline_pieces(FRAME.format("x"), [part], CSS, finish=str, key="bare")
    outside = inline_pieces(FRAME.format("x").replace('class="c"', 'class="d"'), [part], CSS, finish=str, key="bare")
    assert inside[1] == '<p style="color:#111">words</p>' and outside[1] == part
