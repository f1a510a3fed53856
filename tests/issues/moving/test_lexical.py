"""Posts of Ghost that hold nothing but what its editor wrote: each node that is known is read, and every other is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.bootstrap import Parts
from newsletter.issues.moving.lexical import html_of_lexical, is_lexical
from newsletter.model.states import IssueState
from tests.conftest import SHARED
from tests.issues.moving.exports import ghost, issue_named, move

SAMPLE = SHARED / "imports" / "ghost" / "the-weekly.ghost.2026-11-01-07-00-00.json"


def text(words: str, form: int = 0) -> dict[str, Any]:
    return {"type": "extended-text", "text": words, "format": form}


def node(kind: str, *children: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return {"type": kind, "children": list(children), "version": 1, **facts}


def tree(*nodes: dict[str, Any]) -> str:
    return json.dumps({"root": {"type": "root", "children": list(nodes)}})


def issue_text(parts: Parts, folder: Path, *nodes: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Move a post of these nodes in, and return its text and what is told of it."""
    report = move(parts, ghost(folder / "export.json", {"html": None, "lexical": tree(*nodes)}))
    assert report.fates == {"archived": 1}, report.posts
    return issue_named(parts, "ebb").source, tuple(report.posts[0].told)


def test_what_the_editor_knows_comes_in(small_parts: Parts, tmp_path: Path) -> None:
    source, told = issue_text(
        small_parts,
        tmp_path,
        node("paragraph", text("Plain, "), text("bold", 1), text(" & "), text("slanted", 2), text(" gone", 4)),
        node("paragraph", text("See "), node("link", text("the chart"), url="https://charts.example.org/a?b=1&c=2")),
        node("paragraph", text("One"), {"type": "linebreak"}, text("Two "), text("x = <1>", 16)),
        node("extended-heading", text("Mud"), tag="h2"),
        node("list", node("listitem", text("first")), node("listitem", text("second")), listType="number", tag="ol"),
        node("list", node("listitem", text("a dot")), listType="bullet", tag="ul"),
        node("extended-quote", text("Said at low water")),
        {"type": "codeblock", "code": "if a < b:\n    pass", "language": "python"},
        {"type": "horizontalrule"},
        {"type": "image", "src": "https://i.example.org/h.png", "alt": "A harbour", "caption": "At <i>dawn</i>"},
        {"type": "bookmark", "url": "https://example.org/read", "metadata": {"title": "Read & see", "description": "Good"}},
        {"type": "embed", "url": "https://video.example.net/1", "html": "<iframe src='https://video.example.net/e'></iframe>"},
        {"type": "html", "html": "<p>By <b>hand</b><script>alert(1)</script></p>"},
        {"type": "markdown", "markdown": "Some *marked* words"},
        {"type": "callout", "calloutEmoji": "!", "calloutText": "Mind the tide"},
        {"type": "toggle", "heading": "More", "content": "<p>Below</p>"},
        {"type": "button", "buttonText": "To the pier", "buttonUrl": "https://pier.example.org/"},
        {"type": "file", "src": "https://f.example.org/a.pdf", "fileTitle": "The tables"},
        {"type": "signup", "header": "Sign up"},
        {"type": "paywall"},
    )  # fmt: skip
    for part in (
        "Plain, **bold** & *slanted* ~~gone~~",
        "[the chart](https://charts.example.org/a?b=1&c=2)",
        "`x = <1>`",
        "## Mud",
        "1. first\n2. second",
        "- a dot",
        "> Said at low water",
        "```python\nif a < b:\n    pass\n```",
        "![A harbour](https://i.example.org/h.png)",
        "At *dawn*",
        "[Read & see](https://example.org/read): Good",
        "https://video.example.net/1",
        "By **hand**",
        "Some *marked* words",
        "Mind the tide",
        "**More**",
        "[To the pier](https://pier.example.org/)",
        "[The tables](https://f.example.org/a.pdf)",
    ):
        assert part in source, (part, source)
    assert "alert" not in source and "Sign up" not in source
    assert told == ()


def test_a_list_within_a_list_belongs_to_the_item_above_it(small_parts: Parts, tmp_path: Path) -> None:
    inner = node("list", node("listitem", text("deep")), listType="number", tag="ol")
    outer = node(
        "list", node("listitem", text("one")), node("listitem", inner), node("listitem", text("two")), tag="ul"
    )
    source, told = issue_text(small_parts, tmp_path, outer)
    assert "- one\n  1. deep\n- two" in source
    assert told == ()


def test_what_nobody_knows_is_told_and_its_words_stay(small_parts: Parts, tmp_path: Path) -> None:
    source, told = issue_text(
        small_parts,
        tmp_path,
        node("paragraph", text("Sand")),
        node("hologram", node("paragraph", text("Words within"))),
        {"type": "weather", "place": "Ulm"},
        {"type": "email", "html": "<p>Only in the mail</p>"},
    )
    assert "Words within" in source and "Only in the mail" not in source
    assert len(told) == 3
    assert "'hologram' is not known: its words stay" in told[0]
    assert "'weather' is not known: nothing of it can be read" in told[1] and "in the mail alone" in told[2]


def test_html_is_read_where_there_is_any_and_what_is_no_tree_is_left_out(small_parts: Parts, tmp_path: Path) -> None:
    posts = (
        {"html": "<p>Rendered</p>", "lexical": tree(node("paragraph", text("Typed"))), "slug": "one"},
        {"html": "", "lexical": "{broken", "slug": "two"},
        {"html": None, "lexical": tree(), "slug": "three"},
        {"html": None, "mobiledoc": '{"version": "0.3.1"}', "slug": "four"},
    )
    report = move(small_parts, ghost(tmp_path / "export.json", *posts))
    assert report.fates == {"archived": 1, "skipped": 3}
    assert "Rendered" in issue_named(small_parts, "one").source
    assert [each.why for each in report.posts if each.why] == [
        "its text is missing",
        "its text is missing",
        "its text is missing",
    ]


def test_the_sample_says_the_same_by_its_html_and_by_its_editor(small_parts: Parts, tmp_path: Path) -> None:
    if not SAMPLE.exists():
        pytest.skip("the sample exports of other products are not beside this checkout")
    read = json.loads(SAMPLE.read_text())
    posts = read["db"][0]["data"]["posts"]
    lexical = next(each["lexical"] for each in posts if each.get("lexical"))
    source, told = issue_text(small_parts, tmp_path, *json.loads(lexical)["root"]["children"])
    for words in ("Lexical **bold**", "content/images/2024/05/harbour.png", "[Read this](https://example.org/read)"):
        assert words in source or any(words in each for each in told), (words, source, told)
    assert issue_named(small_parts, "ebb").state is IssueState.ARCHIVED


_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=10)
_ANYTHING = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "children", "text", "format", "tag", "url", "metadata", "images", "html"]), inner
        )
    ),
    max_leaves=30,
)


@given(_ANYTHING)
def test_whatever_a_tree_holds_it_is_read_without_a_fault(children: Any) -> None:
    html, told = html_of_lexical(json.dumps({"root": {"children": children}}))
    assert isinstance(html, str) and all(isinstance(each, str) for each in told)


def test_a_tree_without_end_is_cut_and_told() -> None:
    deep = text("deepest")
    for _ in range(300):
        deep = node("quote", deep)
    html, told = html_of_lexical(tree(deep))
    assert "deepest" not in html and "nested too deeply" in told[0]
    assert not is_lexical("[" * 100_000)
