"""Whoever translates writes words: what looks like markup in a catalogue is shown, and never obeyed."""

from __future__ import annotations

from gettext import NullTranslations
from pathlib import Path

import pytest

from newsletter.errors import InputError
from newsletter.rendering.language import language_of
from newsletter.rendering.speaking import own
from newsletter.rendering.templating import Templates


class Hostile(NullTranslations):
    """A catalogue that somebody wrote who wants more than to translate."""

    def gettext(self, message: str) -> str:
        return "<script>x</script> & <b>%(name)s</b>" if "%(name)s" in message else "<img src=x onerror=y>"

    def ngettext(self, one: str, several: str, count: int) -> str:
        return "<i>%(num)s</i>"


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Templates:
    """Templates that are said in German by `Hostile`."""
    monkeypatch.setattr("newsletter.rendering.language.catalogue", lambda _: Hostile())
    sources = {
        "a.html.j2": '<p title="{{ _("Title") }}">{{ _("Hello %(name)s", name=name) }}</p>',
        "b.html.j2": "{% trans name=name %}Hello {{ name }}{% endtrans %}",
        "c.html.j2": '{{ ngettext("one", "many", 2) }}',
        "d.html.j2": '{% from "e.html.j2" import greet with context %}{{ greet() }}',
        "e.html.j2": '{% macro greet() %}{{ _("Title") }}{% endmacro %}',
        "f.txt.j2": '{{ _("Hello %(name)s", name=name) }}',
        "g.html.j2": '{{ _("%(name)s", name=strong(name)) }} {{ link(name) }}',
    }
    for name, source in sources.items():
        (tmp_path / name).write_text(source)
    return Templates(tmp_path)


@pytest.mark.parametrize("name", ["a", "b", "c", "d"])
def test_no_text_of_a_catalogue_becomes_markup(templates: Templates, name: str) -> None:
    page = templates.render(f"{name}.html.j2", words=language_of("de"), name="<em>Ann</em>")
    assert "<" not in page.replace('<p title="', "").replace("</p>", "")
    assert "&lt;" in page


def test_plain_text_is_not_escaped(templates: Templates) -> None:
    assert (
        templates.render("f.txt.j2", words=language_of("de"), name="Ann & Co") == "<script>x</script> & <b>Ann & Co</b>"
    )


def test_a_link_and_what_is_pointed_out_hold_what_they_are_given_as_text(templates: Templates) -> None:
    page = templates.render("g.html.j2", words=language_of("de"), name='"><b>')
    assert page.count("<strong>&#34;&gt;&lt;b&gt;</strong>") == 1 and '<a href="&#34;&gt;&lt;b&gt;">' in page


def test_our_words_say_where_they_are_in_another_language():
    assert own(language_of("he")) == ' lang="en" dir="ltr"' and own(language_of("ar")) == ""


def test_a_template_that_speaks_without_a_language_is_an_error(templates: Templates) -> None:
    with pytest.raises(InputError, match="words"):
        templates.render("a.html.j2", name="Ann")


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("h", "\u2068The Letter\u2069 رسالة"),
        ("i", "<strong>\u2068The Letter\u2069</strong> رسالة"),
        ("j", '<a href="/x">رسالة</a>'),
    ],
)
def test_a_value_is_set_apart_from_a_sentence_of_the_other_direction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, page: str
) -> None:
    class Arabic(NullTranslations):
        def gettext(self, message: str) -> str:
            return message.replace("letter", "رسالة")

    monkeypatch.setattr("newsletter.rendering.language.catalogue", lambda _: Arabic())
    (tmp_path / "h.html.j2").write_text('{{ _("%(name)s letter", name=name) }}')
    (tmp_path / "i.html.j2").write_text('{{ _("%(name)s letter", name=strong(name)) }}')
    (tmp_path / "j.html.j2").write_text('{{ _("%(go)sletter%(end)s", go=link("/x"), end=link_end) }}')
    assert Templates(tmp_path).render(f"{name}.html.j2", words=language_of("ar"), name="The Letter") == page
