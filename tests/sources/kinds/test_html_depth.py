from __future__ import annotations

from newsletter.sources.kinds.html_depth import MOST_DEPTH, is_too_deep


def test_elements_that_are_never_closed_lie_deep() -> None:
    assert is_too_deep("<div><b>" * MOST_DEPTH)
    assert not is_too_deep("<div>" * MOST_DEPTH)


def test_a_long_page_is_not_deep() -> None:
    assert not is_too_deep("<tr><td>1<td><b>2</b><br><img src=x>" * 5_000)
    assert not is_too_deep("</div>" * 5_000 + "<div>" * 10)
