"""Files and functions stay short enough to be read at one go."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.test_floors import FLOORS, ROOT, modules

MOST_FILE_LINES = 300
MOST_FUNCTION_LINES = 40
MOST_PARAMETERS = 6


def long_functions(module: str, source: str, most: int = MOST_FUNCTION_LINES) -> list[str]:
    """Return the functions longer than `most` lines, from `def` to the last line; the docstring is not counted."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1 - _docstring_lines(node)
            if lines > most:
                found.append(f"{module}:{node.lineno} {node.name}: {lines} lines")
    return found


def many_parameters(source: str, most: int = MOST_PARAMETERS) -> list[tuple[str, int]]:
    """Return the functions with more than `most` parameters and how many they have; `self` and `cls` are not counted."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            number = sum(argument.arg not in {"self", "cls"} for argument in given)
            if number > most:
                found.append((node.name, number))
    return found


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return (first.end_lineno or 0) - first.lineno + 1
    return 0


def test_no_file_is_too_long() -> None:
    long = [f"{module}: {n} lines" for module, source in modules() if (n := source.count("\n")) > MOST_FILE_LINES]
    assert long == []


def test_no_test_file_is_far_too_long() -> None:
    paths = (ROOT / "tests").rglob("*.py")
    assert [
        str(path) for path in paths if Path(path).read_text(encoding="utf-8").count("\n") > 2 * MOST_FILE_LINES
    ] == []


def test_no_function_is_too_long() -> None:
    assert [found for module, source in modules() for found in long_functions(module, source)] == []


def test_no_function_of_a_room_takes_a_bag_of_tools() -> None:
    rooms = {room: source for room, source in modules() if any(room.startswith(f"{r}.") for r in FLOORS["rooms"])}
    found = {f"{room}.{name}": n for room, source in rooms.items() for name, n in many_parameters(source)}
    assert found == {}


def test_a_function_of_many_parameters_is_found() -> None:
    assert many_parameters("class A:\n def f(self, a, b, c, *, d, e, f, g): pass") == [("f", 7)]
    assert not many_parameters("def f(a, b, c, *, d, e, f): pass")


def test_a_long_function_is_found() -> None:
    body = "\n".join("    x = 1" for _ in range(41))
    assert long_functions("m", f"def f():\n{body}\n")
    assert not long_functions("m", f'def f():\n    """One.\n\n    Two.\n    """\n{body[:100]}\n')
