"""Nothing waits for ever: a loop that looks again and again looks at a clock as well, or can be told to end."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.test_floors import ROOT, modules

WAITS = {"sleep", "wait"}
CLOCKS = {"monotonic", "perf_counter", "time"}
TOLD = {"ending", "_ending", "_ended", "stopped"}
"""What a service's loop is told to end by: whoever starts it says so."""
ENDS_OTHERWISE = {
    "_work": "goes on for as long as the issue does, while somebody looks on who can stop it",
    "_run": "measures a command for as long as that runs",
    "_read_while_sending": "ends with the reader, who has a clock",
}
"""Functions of the product, and why they may."""
SOURCES = [
    *modules(),
    *((str(p.relative_to(ROOT)), p.read_text(encoding="utf-8")) for p in (ROOT / "tests").rglob("*.py")),
]


def endless(source: str, told: set[str]) -> Iterator[tuple[str, int]]:
    """Yield the function and the line of each `while` that waits and has no bound."""
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for loop in ast.walk(function):
                if (
                    isinstance(loop, ast.While)
                    and _calls(loop) & WAITS
                    and not (_calls(loop) & CLOCKS or _names(loop) & told)
                ):
                    yield function.name, loop.lineno


def _calls(loop: ast.While) -> set[str]:
    """The names of all that is called in the loop and in its condition."""
    return {_name(node.func) for node in ast.walk(loop) if isinstance(node, ast.Call)}


def _names(loop: ast.While) -> set[str]:
    return {_name(node) for node in ast.walk(loop)}


def _name(node: ast.AST) -> str:
    return getattr(node, "attr", "") or getattr(node, "id", "")


def test_no_loop_of_a_test_waits_for_ever() -> None:
    found = [
        f"{path}:{line}" for path, source in SOURCES if path.startswith("tests") for _, line in endless(source, set())
    ]
    assert found == [], "see tests/parts/waiting.py: `comes_true` waits within bounds"


def test_no_loop_of_the_product_waits_for_ever_but_for_those_that_say_why() -> None:
    found = [
        (name, f"{path}:{line}")
        for path, source in SOURCES
        if not path.startswith("tests")
        for name, line in endless(source, TOLD)
    ]
    assert [place for name, place in found if name not in ENDS_OTHERWISE] == []
    assert {name for name, _ in found} == set(ENDS_OTHERWISE), "an excuse that nobody needs"


@pytest.mark.parametrize(
    "loop",
    [
        "while True:\n  time.sleep(1)",
        "while not ready():\n  sleep(0.1)",
        "while busy:\n  await asyncio.sleep(0)",
        "while not event.wait(0.1):\n  pass",
        "while True:\n  if ready(): break\n  clock.sleep(1)",
    ],
)
def test_a_loop_without_a_bound_is_found(loop: str) -> None:
    source = "async def f():\n" + "\n".join(f"  {line}" for line in loop.splitlines())
    assert list(endless(source, TOLD)) == [("f", 2)]


@pytest.mark.parametrize(
    "loop",
    [
        "while time.monotonic() < end:\n  time.sleep(1)",
        "while True:\n  if time.monotonic() > end: raise TimeoutError\n  sleep(1)",
        "while not ending.is_set():\n  ending.wait(1)",
        "for _ in range(10):\n  time.sleep(1)",
        "while more():\n  take()",
    ],
)
def test_a_loop_with_a_bound_is_left_alone(loop: str) -> None:
    source = "async def f():\n" + "\n".join(f"  {line}" for line in loop.splitlines())
    assert list(endless(source, TOLD)) == []
