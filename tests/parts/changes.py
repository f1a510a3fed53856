"""The table of what people may change: each function of a room that is told who acts, the right it takes, and what it writes down.

A room lists its own in `tests/<room>/changes.py`, as `CHANGES`, with the `MODULES` that it answers for; what a module does by itself
stands in `BY_ITSELF`, with the reason. `tests/test_changes.py` walks them all.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsletter.model.actor import Actor
from newsletter.model.rights import Right

if TYPE_CHECKING:
    from tests.web.scene import Scene

TESTS = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Change:
    """One function of a room. `do` calls it in a scene, as somebody; `action` is the word of its one entry."""

    function: Callable[..., Any]
    right: Right
    action: str
    do: Callable[[Scene, Actor], object]
    of_service: bool = False
    """Whether the right is needed for the whole service, and not for one publication."""
    prepare: Callable[[Scene], object] = lambda scene: None
    """What must be there first."""

    @property
    def name(self) -> str:
        """Where the function stands."""
        return f"{self.function.__module__}.{self.function.__qualname__}"


@dataclass(frozen=True)
class Table:
    """What one room says of itself."""

    room: str
    modules: tuple[str, ...]
    changes: tuple[Change, ...]
    by_itself: dict[str, str]


def tables() -> list[Table]:
    """Return the tables of all rooms that have one."""
    found = []
    for path in sorted(TESTS.glob("*/changes.py")):
        if path.parent.name != "parts":
            listed = importlib.import_module(f"tests.{path.parent.name}.changes")
            found.append(Table(path.parent.name, listed.MODULES, listed.CHANGES, listed.BY_ITSELF))
    return found


def modules_of(room: str) -> tuple[str, ...]:
    """Return the names of all modules of a room."""
    package = importlib.import_module(f"newsletter.{room}")
    return tuple(sorted(found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")))


def is_protocol(found: object) -> bool:
    """Tell whether this is a protocol of typing, which says what something can do and does none of it."""
    return bool(getattr(found, "_is_protocol", False))


def told_who_acts(module: str) -> Iterator[str]:
    """Yield the public functions and methods of a module that take `by`, and begin no part of another's transaction."""
    loaded = importlib.import_module(module)
    for _, found in inspect.getmembers(loaded):
        if getattr(found, "__module__", "") != module or is_protocol(found):
            continue  # a protocol does nothing: it says what another room's tool does
        members = inspect.getmembers(found, inspect.isfunction) if inspect.isclass(found) else [("", found)]
        for _, function in members:
            if inspect.isfunction(function) and not function.__name__.startswith("_"):
                names = list(inspect.signature(function).parameters)
                if "by" in names and "session" not in names:
                    yield f"{module}.{function.__qualname__}"


def writers(module: str) -> Iterator[tuple[str, bool]]:
    """Yield each function of a module that opens a transaction to write, and whether it is told who acts."""
    tree = ast.parse(Path(str(importlib.import_module(module).__file__)).read_text(encoding="utf-8"))
    yield from _writers(tree, module)


def _writers(node: ast.AST, name: str) -> Iterator[tuple[str, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
            inner = f"{name}.{child.name}"
            if isinstance(child, ast.FunctionDef) and any(map(_opens, ast.walk(child))):
                arguments = [*child.args.args, *child.args.kwonlyargs]
                yield inner, any(argument.arg == "by" for argument in arguments)
            else:
                yield from _writers(child, inner)


def _opens(node: ast.AST) -> bool:
    """Tell whether this calls `database.write()`, `write_on` or a `write` of the same kind."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    return node.func.attr in {"write", "write_on"} and "database" in ast.unparse(node.func.value).lower()
