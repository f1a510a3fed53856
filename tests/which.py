"""Which tests to run after a change: `python -m tests.which newsletter/store/delivery/planning.py`.

Those at the mirrored path, and those that import the module; where there are none, the same of the modules that import it.
"""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("newsletter", "workers")


def mirrored(module: str) -> str:
    """Return where the tests of a module lie when they are those of this module alone: `newsletter/` falls away."""
    path = Path(module.removeprefix("newsletter/"))
    return str(Path("tests") / path.with_name(f"test_{path.name}"))


def chosen_for(module: str) -> list[str]:
    """Return the test files for a module, by its path below the root; the one at the mirrored path comes first."""
    level, seen = {module}, set[str]()
    while level:
        found = {test for each in level for test in (*_at_mirror(each), *_importing(each, "tests"))}
        if found:
            return sorted(found, key=lambda path: (path != mirrored(module), path))
        seen |= level
        level = {path for each in level for package in PACKAGES for path in _importing(each, package)} - seen
    return []


def modules() -> list[str]:
    """Return the paths of all modules, but for those that only open a package or start it."""
    return sorted(path for package in PACKAGES for path in _imports(package) if not Path(path).name.startswith("__"))


def _at_mirror(module: str) -> list[str]:
    return [mirrored(module)] if (ROOT / mirrored(module)).is_file() else []


def _importing(module: str, package: str) -> list[str]:
    name = module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    tests_only = package == "tests"
    return [
        path
        for path, imported in _imports(package).items()
        if name in imported and (not tests_only or Path(path).name.startswith("test_"))
    ]


@cache
def _imports(package: str) -> dict[str, set[str]]:
    """What each file of a package imports; a name out of a module counts as that, and as a module that it may be."""
    return {str(path.relative_to(ROOT)): _imported(path) for path in sorted((ROOT / package).rglob("*.py"))}


def _imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call) and "module" in ast.unparse(
            node.func
        ):  # started as a process: `python -m name`
            names = [argument.value for argument in node.args[:1] if isinstance(argument, ast.Constant)]
            found |= {".".join((*path.parent.relative_to(ROOT).parts, str(name))) for name in names}
    return found


if __name__ == "__main__":
    for given in sys.argv[1:]:
        print(*chosen_for(str(Path(given).resolve().relative_to(ROOT))), sep="\n")
