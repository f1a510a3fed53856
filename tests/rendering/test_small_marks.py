from __future__ import annotations

import pytest

from newsletter.rendering.losses import Loss
from newsletter.rendering.markdown import losses, to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (
            "- [ ] a\n- [x] *b*\n- [X] c",
            '<ul>\n<li class="task">☐ a</li>\n<li class="task">☑ <em>b</em></li>\n<li class="task">☑ c</li>\n</ul>',
        ),
        ("1. [ ] a", '<ol>\n<li class="task">☐ a</li>\n</ol>'),
        (
            "- [y] a\n- [x](https://a.example)",
            '<ul>\n<li>[y] a</li>\n<li><a href="https://a.example">x</a></li>\n</ul>',
        ),
        ("[x] a", "<p>[x] a</p>"),
        ("a ==so *it* is== b", "<p>a <mark>so <em>it</em> is</mark> b</p>"),
        ("(==a==)", "<p>(<mark>a</mark>)</p>"),
        ("a==b or c==d", "<p>a==b or c==d</p>"),
        ("x == y and y == z", "<p>x == y and y == z</p>"),
        ("==a `b==` c==", "<p><mark>a <code>b==</code> c</mark></p>"),
        ("=== a ===", "<p>=== a ===</p>"),
        ("==a", "<p>==a</p>"),
        ("![c](https://a.example/x.png){width=480}", '<p><img src="https://a.example/x.png" alt="c" width="480"></p>'),
        (
            "![c](https://a.example/x.png){width=480px height=9}",
            '<p><img src="https://a.example/x.png" alt="c" width="480" height="9"></p>',
        ),
        ("[Join](https://a.example){.button} us", '<p><a href="https://a.example">Join</a> us</p>'),
        ("#### Head {#id .x}", "<h4>Head</h4>"),
        ("a {.x} f{x} [y](https://a.example){ z }", '<p>a {.x} f{x} <a href="https://a.example">y</a>{ z }</p>'),
    ],
)
def test_they_are_read(text: str, html: str) -> None:
    assert str(to_html(text)) == html


def test_attributes_are_told_and_the_size_of_an_image_is_kept() -> None:
    assert losses("a\n[b](https://a.example){.button}") == [Loss(2, "“{.button}”")]
    assert losses("#### a {#b}") == [Loss(1, "“{#b}”")]
    assert losses("![c](https://a.example/x.png){width=480}") == []
    assert losses("![c](https://a.example/x.png){.wide width=480}") == [Loss(1, "“{.wide width=480}”")]
