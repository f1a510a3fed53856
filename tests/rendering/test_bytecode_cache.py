"""What a template compiles to is kept for all environments, and that of a text that has changed is not used any more."""

from __future__ import annotations

from pathlib import Path

import jinja2

from newsletter.rendering.bytecode_cache import CompiledTemplates
from newsletter.rendering.templating import Templates


def environment(folder: Path, cache: CompiledTemplates) -> jinja2.Environment:
    return jinja2.Environment(loader=jinja2.FileSystemLoader(folder), autoescape=True, bytecode_cache=cache)


def test_a_second_environment_compiles_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.j2").write_text("{{ name }}!", encoding="utf-8")
    cache = CompiledTemplates()
    assert environment(tmp_path, cache).get_template("a.j2").render(name="Ann") == "Ann!"
    second = environment(tmp_path, cache)
    second.compile = None  # type: ignore[assignment]
    assert second.get_template("a.j2").render(name="<b>") == "&lt;b&gt;!"


def test_a_text_that_has_changed_is_compiled_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.j2"
    for text in ("one", "two", "one"):
        path.write_text(text, encoding="utf-8")
        assert Templates(tmp_path).render("a.j2") == text


def test_two_folders_with_a_file_of_one_name_are_apart(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.j2").write_text(name, encoding="utf-8")
    assert [Templates(tmp_path / name).render("a.j2") for name in ("one", "two", "one")] == ["one", "two", "one"]
