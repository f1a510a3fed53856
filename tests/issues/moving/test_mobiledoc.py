"""Posts of Ghost of which nothing is left but what its editor of before wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.issues.moving.mobiledoc import html_of_mobiledoc, is_mobiledoc
from newsletter.issues.moving.recognising import find_posts
from newsletter.moved_files import opened
from tests.issues.moving.test_converting import text_of

CARDS: list[list[Any]] = [
    ["image", {"src": "https://i.example.org/h.png", "alt": "A harbour", "caption": "At dawn"}],
    ["code", {"code": "if a < b:", "language": "python"}],
    ["embed", {"url": "https://video.example.net/1", "html": "<iframe src='https://video.example.net/e'></iframe>"}],
    ["card-markdown", {"markdown": "Some *marked* words"}],
    ["html", {"html": "<p>By <b>hand</b><script>alert(1)</script></p>"}],
    ["hr", {}],
    ["bookmark", {"url": "https://example.org/read", "metadata": {"title": "Read & see", "description": "Good"}}],
    ["hologram", {"text": "seen"}],
]


def doc(*sections: list[Any], **more: Any) -> str:
    return json.dumps({"version": "0.3.1", "atoms": [], "cards": [], "markups": [], "sections": sections} | more)


def test_what_the_editor_knows_comes_in() -> None:
    markers = [
        [0, [], 0, "Plain, "],
        [0, [0], 1, "bold"],
        [1, [], 0, 0],
        [0, [2, 1], 2, "slanted link"],
        [0, [], 0, " <1>"],
    ]
    written = doc(
        [1, "p", markers],
        [1, "h2", [[0, [], 0, "Mud"]]],
        [3, "ol", [[[0, [], 0, "one"]], [[0, [0], 1, "two"]]]],
        [1, "aside", [[0, [], 0, "Said"]]],
        *([10, number] for number in range(len(CARDS))),
        [2, "https://i.example.org/two.png"],
        markups=[["strong"], ["em"], ["a", ["href", "https://charts.example.org/a?b=1&c=2"]]],
        atoms=[["soft-return", "", {}]],
        cards=CARDS,
    )
    html, told = html_of_mobiledoc(written)
    text = text_of(html, "ghost")
    for part in (
        "Plain, **bold**\\\n[*slanted link*](https://charts.example.org/a?b=1&c=2) \\<1>",
        "## Mud",
        "1. one\n2. **two**",
        "> Said",
        "![A harbour](https://i.example.org/h.png)\n\n*At dawn*",
        "```python\nif a < b:\n```",
        "[https://video.example.net/1](https://video.example.net/1)",
        "Some *marked* words",
        "By **hand**",
        "---",
        "[Read & see](https://example.org/read): Good",
        "![](https://i.example.org/two.png)",
    ):
        assert part in text, (part, text)
    assert told == ("a part of the kind 'hologram' is not known: its words stay",)


def test_a_post_without_html_is_read_by_it(tmp_path: Path) -> None:
    post = {"id": "1", "title": "Old", "slug": "old", "status": "published", "published_at": "2019-01-01T00:00:00.000Z"}
    post |= {"html": None, "lexical": None, "mobiledoc": doc([1, "p", [[0, [], 0, "Words"]]])}
    (tmp_path / "export.json").write_text(json.dumps({"db": [{"data": {"posts": [post]}}]}))
    with opened([str(tmp_path / "export.json")]) as files:
        (found,) = find_posts(files).posts
        assert (found.skipped, found.read().text) == ("", "<p>Words</p>")


@pytest.mark.parametrize("text", ["", "{broken", "[]", "{}", '{"sections": 3}', doc()])
def test_what_holds_nothing_is_none(text: str) -> None:
    assert not is_mobiledoc(text)
    assert html_of_mobiledoc(text) == ("", ())


_JSON = st.recursive(
    st.none() | st.integers(-2, 12) | st.sampled_from(["p", "ul", "a", "image", "code", "<x>"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["src", "html", "href"]), inner, max_size=2)
    ),
    max_leaves=12,
)


@given(st.fixed_dictionaries({name: st.lists(_JSON, max_size=4) for name in ("sections", "markups", "atoms", "cards")}))
def test_whatever_it_holds_it_is_read_without_a_fault(root: dict[str, Any]) -> None:
    html, told = html_of_mobiledoc(json.dumps(root))
    assert isinstance(html, str) and all(told)
