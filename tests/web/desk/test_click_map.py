"""The clicks on an issue, drawn on its mail."""

from __future__ import annotations

import pytest

from newsletter.web.desk.click_map import marked


def test_a_mark_stands_at_the_end_of_each_link_that_was_followed() -> None:
    html = '<p><a class="x" href="https://a.test/?a=1&amp;b=2">One</a> and <a href="https://b.test/">two</a></p>'
    found = marked(html, {"https://a.test/?a=1&b=2": (1200, 3)})
    assert '>One <mark title="1,200 clicks by people, 3 by machines">1,200</mark></a>' in found
    assert '">two</a></p>' in found


@pytest.mark.parametrize(
    "html", ["", "<a href=", '<a href="https://a.test/">', "<a>x</a>", '<a name="x">y</a>', "</a><a>"]
)
def test_whatever_is_no_whole_link_stays_as_it_is(html: str) -> None:
    assert marked(html, {"https://a.test/": (1, 0)}) == html
