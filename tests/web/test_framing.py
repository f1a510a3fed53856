"""Whether a document names images of others."""

from __future__ import annotations

import pytest

from newsletter.web.framing import frame_headers, has_remote_images


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://x.example/a.png">',
        "<img src='http://x.example/a.png'>",
        "<IMG SRC = //x.example/a.png>",
        "<img alt='a > b' src=https://x.example/a>",
        '<img srcset="https://x.example/a 2x">',
        '<td background="https://x.example/a">',
        "<p style=\"background: url('https://x.example/a')\">",
        "<style>p { background: url( //x.example/a ) }</style>",
        '<img src="https://news.test.x.example/a">',
        '<img src="https://news.test:81/a">',
    ],
)
def test_an_image_of_another_host_is_found(html: str) -> None:
    assert has_remote_images(html, "news.test")


@pytest.mark.parametrize(
    "html",
    [
        "",
        '<img src="https://news.test/o/x.gif">',
        '<img src="https://NEWS.test/o/x.gif">',
        '<img src="data:image/png;base64,//x.example/">',
        '<img src="/a//b.png">',
        '<a href="https://x.example">src</a>',
        "http://x.example/ is no image",
    ],
)
def test_nothing_else_is(html: str) -> None:
    assert not has_remote_images(html, "news.test")


def test_a_frame_loads_images_of_others_when_asked_and_nothing_else_then() -> None:
    quiet, asked = (frame_headers("'self'", "", images=images)["Content-Security-Policy"] for images in (False, True))
    assert "img-src 'self' data:;" in quiet
    assert "http" not in quiet
    assert asked == quiet.replace("img-src 'self' data:", "img-src 'self' https: data:")
