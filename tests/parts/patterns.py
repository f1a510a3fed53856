"""Every regular expression of the product, found in its source: where it stands, and how it is asked."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
_FUNCTIONS = frozenset({"compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn"})
_SCANS = frozenset({"split", "findall", "finditer", "sub", "subn"})


@dataclass(frozen=True, slots=True)
class Found:
    """One expression. `ways` holds `match`, `fullmatch`, `search` or `scan` (all matches of a text)."""

    place: str
    pattern: re.Pattern[str] | re.Pattern[bytes]
    ways: frozenset[str]


@dataclass(frozen=True, slots=True)
class Site:
    """One call of `re` in the source; `found` is None when only the running program knows the expression."""

    file: str
    line: int
    function: str
    found: Found | None


_CALLED = re.compile(r"\bre\s*\.\s*\w+\s*\(")
"""A source without this calls nothing of `re`, and need not be read by its grammar: most files are such."""


def sites() -> Iterator[Site]:
    """Yield every call of `re` that takes an expression, in newsletter/ and workers/."""
    for folder in ("newsletter", "workers"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            source = path.read_text("utf-8")
            if not _CALLED.search(source):
                continue
            tree = ast.parse(source)
            calls = list(_calls(tree))
            if calls:
                nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute | ast.Assign | ast.Name)]
                name = str(path.relative_to(ROOT))
                module = importlib.import_module(name.removesuffix(".py").replace("/", ".").removesuffix(".__init__"))
                for call, function in calls:
                    yield Site(name, call.lineno, function, _found(name, nodes, module, call))


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    for node, function in _within(tree, ""):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        of_re = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
        if of_re and node.func.attr in _FUNCTIONS:
            yield node, function


def _within(node: ast.AST, function: str) -> Iterator[tuple[ast.AST, str]]:
    for child in ast.iter_child_nodes(node):
        inner = child.name if isinstance(child, ast.FunctionDef | ast.ClassDef) else function
        yield child, inner
        yield from _within(child, inner)


def _found(file: str, nodes: list[ast.AST], module: ModuleType, call: ast.Call) -> Found | None:
    assert isinstance(call.func, ast.Attribute)
    place = f"{file}:{call.lineno}"
    try:
        expression = _value(call.args[0], module)
        if isinstance(expression, re.Pattern):
            return None
        pattern = re.compile(expression, _flags(call, module))
    except NameError:
        return None
    ways = _ways_of_names(nodes, call) if call.func.attr == "compile" else frozenset({_way(call.func.attr)})
    return Found(place, pattern, ways)


def _value(node: ast.expr, module: ModuleType) -> object:
    return eval(compile(ast.Expression(node), "<source>", "eval"), vars(module))  # our own source


def _flags(call: ast.Call, module: ModuleType) -> int:
    assert isinstance(call.func, ast.Attribute)
    named = [keyword.value for keyword in call.keywords if keyword.arg == "flags"]
    place = {"compile": 1, "search": 2, "match": 2, "fullmatch": 2, "findall": 2, "finditer": 2, "split": 3}
    at = place.get(call.func.attr, 4)
    given = named or call.args[at : at + 1]
    return int(_value(given[0], module)) if given else 0  # type: ignore[call-overload, no-any-return]


def _ways_of_names(nodes: list[ast.AST], call: ast.Call) -> frozenset[str]:
    """How a compiled expression is asked: by its name's methods, if it has a name that goes nowhere else."""
    at_once = [node.attr for node in nodes if isinstance(node, ast.Attribute) and node.value is call]
    if at_once:
        return frozenset(_way(method) for method in at_once)
    names = [
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and node.value is call
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.startswith("_")
    ]
    if not names:
        return frozenset({"scan"})
    loads = [node for node in nodes if isinstance(node, ast.Name) and node.id in names]
    asked = [node for node in nodes if isinstance(node, ast.Attribute) and node.value in loads]
    if len(asked) < len(loads) - len(names):  # handed on to somebody
        return frozenset({"scan"})
    return frozenset(_way(node.attr) for node in asked) or frozenset({"scan"})


def _way(method: str) -> str:
    return "scan" if method in _SCANS else method
