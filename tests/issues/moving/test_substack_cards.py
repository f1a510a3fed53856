"""What Substack draws by script becomes words and lines that link; its own buttons go, and a writer's own stay."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import pytest

from tests.issues.moving.test_converting import made, text_of


def drawn(tag: str, classes: str, told: dict[str, Any], inside: str = "") -> str:
    return f'<{tag} class="{classes}" data-attrs="{escape(json.dumps(told), quote=True)}">{inside}</{tag}>'


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            f"<p>With {drawn('span', 'mention-wrap', {'name': 'Bob', 'url': None})}, {drawn('span', 'cashtag-wrap', {'symbol': '$X'})}.</p>",
            "With Bob, $X.",
        ),
        (
            drawn(
                "p",
                "button-wrapper",
                {"url": "https://shop.example/", "text": "Buy", "action": None},
                "<a href='https://shop.example/'>Buy it</a>",
            ),
            "[Buy it](https://shop.example/)",
        ),
        (drawn("p", "button-wrapper", {"url": "https://a.example/subscribe?x=1", "text": "Join"}, "<a>Join</a>"), ""),
        (
            drawn("p", "button-wrapper", {"url": "https://a.example/p/x?action=share", "text": "Tell"}, "<a>Tell</a>"),
            "",
        ),
        (drawn("p", "button-wrapper", {"url": "https://a.example/p/x", "text": "Share"}, "<a>Share</a>"), ""),
        (drawn("p", "button-wrapper", {"url": "javascript:x", "text": "Buy"}, "<a>Buy</a>"), ""),
        (drawn("p", "button-wrapper", {"url": "https://[broken", "text": "Buy"}, "<a>Buy</a>"), ""),
        (
            drawn("div", "digest-post-embed", {"title": "Another", "canonical_url": "https://a.example/p/b"}),
            "[Another](https://a.example/p/b)",
        ),
        (
            drawn(
                "div",
                "instagram-embed-wrap",
                {"instagram_id": "Cx", "title": "A cat"},
                "<a href='https://instagram.com/a'>@a</a>",
            ),
            "[A cat](https://www.instagram.com/p/Cx/)",
        ),
        (
            drawn("iframe", "spotify-wrap", {"title": "A song", "url": "https://s.example/1"}),
            "[A song](https://s.example/1)",
        ),
        (
            drawn(
                "div",
                "comment",
                {"url": "https://open.example/", "commentId": 9, "comment": {"body": "A note", "name": "Ada"}},
            ),
            "[A note (@Ada)](https://substack.com/note/c-9)",
        ),
        ("<div class='pullquote'><p>Said</p></div>", "> Said"),
        (
            "<div class='preformatted-block'><label class='hide-text'>Text within this block</label><pre class='text'>A\n  B</pre></div>",
            "```\nA\n  B\n```",
        ),
        (
            "<div class='file-embed-wrapper'><p class='file-embed-details-h1'>Report</p><a href='https://a.example/r.pdf'>Get</a><a href='https://a.example/r.pdf'>Get</a></div>",
            "[Report](https://a.example/r.pdf)",
        ),
        ("<p class='cta-caption'>Thanks for reading!</p>", ""),
        ("<div class='x' data-attrs='no json'>Words</div>", "Words"),
    ],
)
def test_each_card_becomes_a_line(html: str, text: str) -> None:
    assert text_of(f"<p>A</p>{html}<p>Z</p>", "substack") == "\n\n".join(filter(None, ("A", text, "Z")))


def test_what_the_product_alone_shows_is_told() -> None:
    ready = made("<p>A</p><div class='native-video-embed'></div><div class='poll-embed'></div><p>Z</p>", "substack")
    assert ready.told == (
        "a film that its product alone shows is left behind",
        "a poll that its product alone shows is left behind",
    )
