# ruff: noqa: RUF001 - quotes and dashes as printers set them
from __future__ import annotations

from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model.brand import Look
from newsletter.model.document import TextItem
from newsletter.rendering.language import language_of
from newsletter.rendering.markdown import to_html
from newsletter.rendering.typography import typeset_html
from tests.rendering.documents import BRAND, BUDGET, RENDERER, document, section


def shown(text: str, language: str = "en") -> str:
    html = typeset_html(to_html(text, where="here"), language_of(language))
    return BeautifulSoup(html, "lxml").get_text().strip()


@pytest.mark.parametrize(
    ("typed", "set_as"),
    [
        ('She said "so".', "She said “so”."),
        ("It's the editors' choice of '68.", "It’s the editors’ choice of ’68."),
        ("He said \"it's 'new' to us\".", "He said “it’s ‘new’ to us”."),
        ('*"So"* and ("so")', "“So” and (“so”)"),
        ('"**so**" and "[so](https://a.example/)", ("`so`")', "“so” and “so”, (“so”)"),
        ("one -- two, 3--5, and so on...", "one – two, 3–5, and so on…"),
        ("one --- two", "one — two"),
        ('run it with --strict and `--a "b"`...', 'run it with --strict and --a "b"…'),
        ('a 6" screen', 'a 6" screen'),
        ("at https://a.example/its--so here", "at https://a.example/its--so here"),
        ("....", "...."),
    ],
)
def test_running_text_is_set_as_english_printers_do(typed: str, set_as: str) -> None:
    assert shown(typed) == set_as


@pytest.mark.parametrize(
    ("language", "set_as"),
    [("de", "„so“"), ("fr", "«\u00a0so\u00a0»"), ("es", "«so»"), ("ja", "「so」"), ("de-AT", "„so“"), ("he", "“so”")],
)
def test_each_language_has_its_quotes(language: str, set_as: str) -> None:
    assert shown('"so"', language) == set_as


def test_only_a_publication_that_wishes_it_is_typeset_and_then_in_all_outputs_alike() -> None:
    doc = document(lead='"So" -- it\'s', sections=(section("a", TextItem(key="k", title='"T"', body='"b"...')),))
    brand = replace(BRAND, look=Look(typographer=True))
    mail = RENDERER.email(doc, brand, byte_budget=BUDGET)
    for output in (mail.html, mail.text, RENDERER.web(doc, brand), RENDERER.web_item(doc, "a", "k", brand)):
        assert "“b”…" in output
    assert "“So” – it’s" in mail.html and "“So”" not in RENDERER.email(doc, BRAND, byte_budget=BUDGET).html


@given(st.text(alphabet="ab1 \"'-.<>&`*_\n", max_size=60))
def test_nothing_but_quotes_dashes_and_dots_changes(text: str) -> None:
    html = to_html(text, where="here")
    before = BeautifulSoup(html, "lxml").get_text()
    after = BeautifulSoup(typeset_html(html, language_of("en")), "lxml").get_text()

    def plain(said: str) -> str:
        for sign, typed in (("“", '"'), ("”", '"'), ("‘", "'"), ("’", "'"), ("—", "---"), ("–", "--"), ("…", "...")):
            said = said.replace(sign, typed)
        return said

    assert plain(after) == plain(before)
