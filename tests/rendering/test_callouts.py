from __future__ import annotations

import pytest

from newsletter.rendering.language import language_of
from newsletter.rendering.markdown import losses, to_html
from tests.rendering.documents import BRAND, RENDERER, document


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("> [!NOTE]\n> a", "<p><strong>Note</strong></p>\n<p>a</p>"),
        ("> [!warning]- Mind *this*\n> a", "<p><strong>Mind <em>this</em></strong></p>\n<p>a</p>"),
        ("> [!TIP]", "<p><strong>Tip</strong></p>"),
        ("> [!IMPORTANT]\n>\n> a\n>\n> - b", "<p><strong>Important</strong></p>\n<p>a</p>\n<ul>\n<li>b</li>\n</ul>"),
        ("> [!bug]\n> a", "<p><strong>Bug</strong></p>\n<p>a</p>"),
    ],
)
def test_a_callout_has_a_title(text: str, inside: str) -> None:
    assert str(to_html(text)) == f'<blockquote class="callout">\n{inside}\n</blockquote>'
    assert losses(text) == []


@pytest.mark.parametrize("text", ["> a [!NOTE]", "[!NOTE] a", "> [!NOTE](https://a.example)"])
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert "callout" not in str(to_html(text)) or "NOTE" not in text


def test_its_title_is_said_in_the_language_of_the_issue() -> None:
    assert "<strong>Hinweis</strong>" in RENDERER.web(document(language="de", lead="> [!NOTE]\n> a"), BRAND)
    assert "<strong>ملاحظة</strong>" in to_html("> [!NOTE]\n> a", language=language_of("ar"))
    assert '<strong lang="en" dir="ltr">Note</strong>' in to_html("> [!NOTE]\n> a", language=language_of("he"))
