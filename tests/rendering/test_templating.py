from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.errors import InputError, NotFoundError
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
