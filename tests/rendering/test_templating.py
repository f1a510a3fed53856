from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.errors import InputError, NotFoundError
from newsletter.mail.slots import Slot
from newsletter.rendering.slots_in_content import SlotText
from newsletter.rendering.templating import Templates


def render(folder: Path, files: dict[str, str], name: str = "a.html.j2", **values) -> str:
    for file, text in files.items():
        (folder / file).write_text(text)
    return Templates(folder).render(name, **values)


def test_values_are_escaped_in_html_and_not_in_text(tmp_path):
    assert render(tmp_path, {"a.html.j2": "{{ x }}"}, x="<&>") == "&lt;&amp;&gt;"
    assert render(tmp_path, {"a.txt.j2": "{{ x }}"}, "a.txt.j2", x="<&>") == "<&>"


@pytest.mark.parametrize(
    "files",
    [
        {"a.html.j2": "{% include 'a.html.j2' %}"},
        {"a.html.j2": "{% include 'b' %}", "b": "{% extends 'a.html.j2' %}"},
        {"a.html.j2": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"},
        {"a.html.j2": "{% include 'b' + x %}"},
        {"a.html.j2": "{{ missing }}"},
        {"a.html.j2": "{% if %}"},
        {"a.html.j2": "x" * 200_000},
        {"a.html.j2": "{% include 'f0' %}", "f9": "", **{f"f{n}": f"{{% include 'f{n + 1}' %}}" for n in range(9)}},
    ],
)
def test_a_bad_template_is_refused_with_its_name(tmp_path, files):
    with pytest.raises(InputError) as caught:
        render(tmp_path, files, x="b")
    assert caught.value.where in files and caught.value.remedy


def test_a_template_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(NotFoundError):
        render(tmp_path, {})
    with pytest.raises(NotFoundError):
        render(tmp_path, {"a.html.j2": "{% include 'b' %}"})


def test_a_publication_has_templates_of_its_own_and_builds_on_those_of_the_house(tmp_path):
    own = tmp_path / "publications" / "daily"
    own.mkdir(parents=True)
    (tmp_path / "a.html.j2").write_text("house {% block words %}says{% endblock %} {% include 'b.html.j2' %}")
    (tmp_path / "b.html.j2").write_text("b of the house")
    (own / "a.html.j2").write_text("{% extends 'house/a.html.j2' %}{% block words %}<{{ super() }}>{% endblock %}")
    templates = Templates(tmp_path)
    assert templates.of("daily").render("a.html.j2") == "house <says> b of the house"
    assert templates.of("other").render("a.html.j2") == "house says b of the house"
    assert templates.of("").render("a.html.j2") == "house says b of the house"
    (own / "b.html.j2").write_text("b of its own")
    assert Templates(tmp_path).of("daily").render("a.html.j2") == "house <says> b of its own"
    assert (templates.of("daily").overrides(), templates.overrides()) == (["a.html.j2", "b.html.j2"], [])


def test_an_own_template_that_includes_itself_is_refused(tmp_path):
    own = tmp_path / "publications" / "daily"
    own.mkdir(parents=True)
    (tmp_path / "a.html.j2").write_text("house")
    (own / "a.html.j2").write_text("{% extends 'a.html.j2' %}")
    with pytest.raises(InputError, match="includes itself"):
        Templates(tmp_path).of("daily").render("a.html.j2")


def test_a_block_of_a_parent_keeps_its_slots_and_content_gets_none(tmp_path):
    (tmp_path / "a.html.j2").write_text("{% block words %}{{ ours }} {{ theirs }}{% endblock %}")
    (tmp_path / "b.html.j2").write_text("{% extends 'a.html.j2' %}{% block words %}<{{ super() }}>{% endblock %}")
    (tmp_path / "c.html.j2").write_text("{% extends 'b.html.j2' %}{% block words %}({{ super() }}){% endblock %}")
    mark = Slot.UNSUBSCRIBE.value
    said = Templates(tmp_path).render("c.html.j2", ours=SlotText(mark), theirs=mark)
    assert said.startswith(f"(<{mark} ") and said.count(mark) == 1


@pytest.mark.parametrize("expression", ["1 / 0", "'a' + 1", "{}.a.b", "'%d' % 'x'"])
def test_an_expression_that_fails_is_refused_with_the_name_of_its_template(tmp_path, expression):
    with pytest.raises(InputError) as caught:
        render(tmp_path, {"a.html.j2": "{{ " + expression + " }}"})
    assert caught.value.where == "a.html.j2"
