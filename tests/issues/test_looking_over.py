"""An issue is rendered and then looked over in one place, so that what is shown, checked and frozen is the same."""

from __future__ import annotations

import ast

from tests.test_floors import modules


def looked_over_in(source: str) -> bool:
    """Tell whether a module calls `preflight.check`, by whatever name it was imported."""
    tree = ast.parse(source)
    names = {"preflight.check"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "newsletter.issues.preflight":
            names |= {alias.asname or alias.name for alias in node.names if alias.name == "check"}
        elif isinstance(node, ast.ImportFrom) and node.module == "newsletter.issues":
            names |= {f"{alias.asname}.check" for alias in node.names if alias.name == "preflight" and alias.asname}
    return any(isinstance(node, ast.Call) and ast.unparse(node.func) in names for node in ast.walk(tree))


def test_render_then_preflight_stands_once() -> None:
    assert [name for name, source in modules() if looked_over_in(source)] == ["newsletter.issues.looking_over"]


def test_another_place_would_be_found() -> None:
    assert looked_over_in("from newsletter.issues import preflight as p\np.check(1, 2, 3)")
    assert looked_over_in("from newsletter.issues.preflight import check as look\nlook(1, 2, 3)")
    assert not looked_over_in("from newsletter.issues import preflight\npreflight.stops([])")
