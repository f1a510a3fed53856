from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.issues.sample import sample_document
from newsletter.rendering.renderer import Renderer
from newsletter.rendering.template_lint import NOTICES, TemplateFault, lint
from newsletter.rendering.template_scripts import in_source
from newsletter.resources import TEMPLATES
from tests.rendering.documents import BRAND

SAMPLES = [sample_document("daily", "en"), sample_document("daily", "he")]
Linted = Callable[..., list[TemplateFault]]


@pytest.fixture
def linted(tmp_path: Path) -> Linted:
    """Lint the house's templates with these beside them for one publication."""

    def run(own: dict[str, str], samples: int = 1) -> list[TemplateFault]:
        folder = tmp_path / "templates"
        shutil.copytree(TEMPLATES, folder)
        for name, text in own.items():
            path = folder / "publications" / "daily" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return lint(Renderer(folder), replace(BRAND, slug="daily"), SAMPLES[:samples])

    return run


def mail(footer: str) -> dict[str, str]:
    return {
        "issue/mail.mjml.j2": f"{{% extends 'house/issue/mail.mjml.j2' %}}{{% block footer %}}{footer}{{% endblock %}}"
    }


def test_without_own_templates_there_is_nothing_to_find(linted: Linted) -> None:
    assert linted({}) == []


def test_a_frame_that_adds_to_the_houses_keeps_the_contract(linted: Linted) -> None:
    assert linted(mail("{{ super() }}<p>{{ brand.name }} is printed, too.</p>"), samples=2) == []


@pytest.mark.parametrize(
    ("footer", "said"),
    [
        ("<p>bye</p>", "no way to unsubscribe"),
        ("{{ super() }}<script>x()</script>", "a script"),
        ('{{ super() }}<img src="http://a.example/x.png" alt="" width="1">', "without https"),
        ('{{ super() }}<img src="https://a.example/x.png">', "no alt text or no width"),
        ("{{ super() }}<style>@import url(https://a.example/x.css);</style>", "a style sheet from elsewhere"),
        ("{{ super() }}{{ nobody }}", "undefined"),
        ("{% if %}", "line 1"),
    ],
)
def test_what_breaks_the_contract_is_an_error_that_names_the_template(linted: Linted, footer: str, said: str) -> None:
    errors = [fault for fault in linted(mail(footer)) if not fault.warning]
    assert any(said in fault.what and fault.template.startswith("issue/mail") and fault.remedy for fault in errors)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "issue/web_item.html.j2",
            '<a onclick="x()" href="{{ item.href }}">{{ item.title }}</a>',
            "event handler (onclick)",
        ),
        ("issue/web_issue.html.j2", "{% if false %}\n<SCRIPT>x()</SCRIPT>{% endif %}", "line 2 holds a script"),
        ("issue/web_issue.html.j2", "<script src='/x.js'></script>", "the page holds a script"),
        ("issue/furniture/web_quote.html.j2", "<p OnMouseOver = x>{{ content }}</p>", "event handler (onmouseover)"),
        ("own/part.j2", "<a\n title='a > b'\n href='javascript:x()'>x</a>", "line 3 holds a link that is a program"),
        ("issue/mail_item.html.j2", '<p onload="x()">{{ item.title }}</p>', "the mail holds an event handler (onload)"),
    ],
)
def test_what_would_run_in_a_page_or_a_template_is_an_error(linted: Linted, name: str, text: str, said: str) -> None:
    errors = [fault for fault in linted({name: text}) if not fault.warning]
    assert any(said in fault.what and fault.remedy for fault in errors), errors


@pytest.mark.parametrize(
    "text",
    [
        "{# <script> and onclick= are not allowed #}<p>{{ super }}</p>",
        '<p title="say onclick=x">on = off, and one=1</p>',
        "<p data-on='x' class='on'>on click = x</p>",
        "{% set onclick = 1 %}{{ onload }}<i></i>",
        "<p>javascript: a word</p>",
    ],
)
def test_what_only_looks_as_if_it_ran_is_left_alone(text: str) -> None:
    assert list(in_source(text)) == []


def test_no_template_of_the_house_holds_what_would_run() -> None:
    found = {
        path.relative_to(TEMPLATES).as_posix()
        for folder in ("issue", "notice")
        for path in (TEMPLATES / folder).rglob("*.j2")
        if list(in_source(path.read_text(encoding="utf-8")))
    }
    assert found == set()


def test_words_that_no_longer_arrive_and_weight_are_warnings(linted: Linted) -> None:
    found = linted(mail('<p><a href="{{ unsubscribe_url }}">Out</a></p>' + "<p>heavy words</p>" * 4000))
    assert [fault for fault in found if not fault.warning] == []
    assert {"not shown", "the mail is"} <= {
        word for fault in found for word in ("not shown", "the mail is") if word in fault.what
    }


def test_a_name_that_the_house_has_not_takes_the_place_of_nothing_and_own_parts_are_free(linted: Linted) -> None:
    found = linted({"issue/mial.mjml.j2": "", "own/part.j2": "", **mail("{{ super() }}{% include 'own/part.j2' %}")})
    assert [(fault.template, fault.what) for fault in found] == [
        ("issue/mial.mjml.j2", "it takes the place of nothing")
    ]


def test_a_notice_without_its_link_is_an_error(linted: Linted) -> None:
    found = linted({"notice/confirm.txt.j2": "Please confirm."})
    assert [(fault.template, fault.warning) for fault in found] == [("notice/confirm.mjml.j2", False)]
    assert "confirm_url" in found[0].remedy


def test_every_notice_has_values_to_be_tried_with() -> None:
    assert set(NOTICES) == {path.name.partition(".")[0] for path in (TEMPLATES / "notice").iterdir()} - {"base"}
