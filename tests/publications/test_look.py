from __future__ import annotations

from typing import Any

import pytest

from newsletter.errors import InputError
from newsletter.model.brand import SocialLink
from newsletter.publications.look import MOST_SOCIAL_LINKS, check_look, logo_of, read_social

FINE: list[dict[str, Any]] = [
    {"tagline": "Every weekday at seven"},
    {"tagline": "", "footer": "", "social": [], "sponsor_label": ""},
    {"footer": "Written in [Exampleton](https://example.org) by *three* people."},
    {"font": "classic"},
    {"social": [{"name": "Mastodon", "url": "https://example.social/@daily"}]},
]
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"tagline": "x" * 201}, "tagline"),
    ({"tagline": "two\nlines"}, "tagline"),
    ({"sponsor_label": "x" * 81}, "sponsor label"),
    ({"footer": "one\n\ntwo"}, "footer"),
    ({"footer": "# heading"}, "footer"),
    ({"footer": "- list"}, "footer"),
    ({"footer": "x" * 2001}, "footer"),
    ({"footer": "<script>x()</script>"}, "footer"),
    ({"footer": "[dead](/away)"}, "footer"),
    ({"footer": "![](http://a.example/x.png)"}, "footer"),
    ({"font": "comic"}, "font"),
    ({"logo": {"url": "https://a.example/x.png", "dark_url": "", "width": 1, "height": 1}}, "logo"),
    ({"logo": {"url": f"/images/{'a' * 64}.png", "dark_url": "/etc/passwd", "width": 1, "height": 1}}, "logo"),
    ({"social": [{"name": "", "url": "https://a.example"}]}, "social"),
    ({"social": [{"name": "x" * 41, "url": "https://a.example"}]}, "social"),
    ({"social": [{"name": "A", "url": "http://a.example"}]}, "social"),
    ({"social": [{"name": "A", "url": "javascript:alert(1)"}]}, "social"),
    ({"social": [{"name": "A", "url": "https://"}]}, "social"),
    ({"social": [{"name": "A", "url": "https://[x"}]}, "social"),
    ({"social": [{"name": "A", "url": 'https://a.example/"x'}]}, "social"),
    ({"social": [{"name": "A", "url": "https://a.example/" + "x" * 500}]}, "social"),
    ({"social": [{"name": n, "url": "https://a.example"} for n in ("A", "a")]}, "social"),
    ({"social": [{"name": str(n), "url": "https://a.example"} for n in range(MOST_SOCIAL_LINKS + 1)]}, "social"),
]


@pytest.mark.parametrize("values", FINE)
def test_a_look_that_readers_can_be_shown_passes(values: dict[str, Any]) -> None:
    check_look(values)


@pytest.mark.parametrize(("values", "where"), WRONG)
def test_a_look_that_will_not_do_is_refused_with_its_field(values: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as refused:
        check_look(values)
    assert refused.value.where == where and refused.value.remedy


def test_social_links_are_read_from_lines_in_their_order() -> None:
    read = read_social(["Mastodon = https://example.social/@a", "Site=https://example.org/?a=b"])
    assert read == (SocialLink("Mastodon", "https://example.social/@a"), SocialLink("Site", "https://example.org/?a=b"))
    with pytest.raises(InputError, match="names no address"):
        read_social(["Mastodon"])


@pytest.mark.parametrize(
    ("size", "shown"), [((960, 96), (240, 24)), ((96, 960), (5, 48)), ((20, 10), (20, 10)), ((10_000, 1), (240, 1))]
)
def test_a_logo_is_shown_as_large_as_the_masthead_has_room_for(size: tuple[int, int], shown: tuple[int, int]) -> None:
    logo = logo_of(f"/images/{'a' * 64}.png", size)
    assert (logo["width"], logo["height"]) == shown
    check_look({"logo": logo})
