from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import jinja2
import pytest

from newsletter.resources import TEMPLATES
from newsletter.web import templating
from newsletter.web.templating import begun, direction, environment, long_date, moment, render, short_date, static


def test_words_are_escaped_unless_said_otherwise() -> None:
    template = environment().from_string("{{ word }}")
    assert template.render(word="<b>&'") == "&lt;b&gt;&amp;&#39;"


def test_a_name_nobody_gave_is_an_error_not_nothing() -> None:
    with pytest.raises(jinja2.UndefinedError):
        render("base/error.html")


def test_every_template_compiles() -> None:
    names = environment().list_templates(extensions=["html"])
    assert "archive/issue.html" in names
    for name in names:
        environment().get_template(name)


def test_every_form_at_the_desk_bears_the_token_of_its_session_but_those_before_there_is_one() -> None:
    by_hand = {
        template.name
        for template in (TEMPLATES / "web" / "desk").glob("*.html")
        if re.search(r'<form\b[^>]*method="post"', template.read_text()) and template.name != "parts.html"
    }
    without_a_session = {"forgotten.html", "interrupted.html", "link.html", "second.html", "sign_in.html"}
    assert by_hand == {*without_a_session, "page.html"}  # there: the form that signs in again over a page


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "Monday, March 2, 2026"),
        ("en-GB", "Monday, 2 March 2026"),
        ("pt-BR", "segunda-feira, 2 de março de 2026"),
        ("xx-unknown", "Monday, March 2, 2026"),
    ],
)
def test_a_date_is_written_in_any_language_and_in_english_when_it_is_not_known(language: str, written: str) -> None:
    assert long_date(date(2026, 3, 2), language) == written


def test_short_dates_and_moments_are_short() -> None:
    assert short_date(date(2026, 3, 2)) == "Mar 2, 2026"
    assert moment(datetime(2026, 3, 2, 8, 5, tzinfo=UTC)).startswith("Mar 2, 2026, 8:05")


def test_the_direction_of_writing_follows_the_language() -> None:
    assert [direction(language) for language in ("en", "ar", "he-IL", "FA")] == ["ltr", "rtl", "rtl", "rtl"]


def test_an_address_of_a_static_file_changes_with_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templating, "STATIC", tmp_path)
    addresses = set()
    for content in ("one", "another"):
        (tmp_path / "a.css").write_text(content)
        addresses.add(static("a.css"))
    assert len(addresses) == 2
    assert static("missing.css") == "/static/missing.css"


def test_words_begin_as_a_sentence_and_code_in_them_is_set_as_code() -> None:
    assert begun("take `all` out of <b>`") == "Take <code>all</code> out of &lt;b&gt;`"
    assert begun("`a<b>` and `\n`") == "`a&lt;b&gt;` and `\n`".replace("`a&lt;b&gt;`", "<code>a&lt;b&gt;</code>")
    assert begun("") == ""
