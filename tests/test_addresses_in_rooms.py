"""Rooms are told what they work on by its id: a door looks a slug up once, and hands the id on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.test_floors import FLOORS, modules

MEANT = re.compile(r"(?:(?:publication|issue|home)s?(?:_slugs?)?|slugs?)")
"""What a parameter is called that says which publication or issue is meant; where it is text, it says so by slug."""
_LOOKS_UP = "it looks a slug up, for doors"
_NAMES = "it gives a slug, or tells one"
_ARCHIVE = "readers ask by address; page and address, also one of before, are found in one look"
MAY = {
    "newsletter.issues.addressing.publication_meant": _LOOKS_UP,
    "newsletter.issues.addressing.publication_named": _LOOKS_UP,
    "newsletter.issues.addressing.publication_with": _LOOKS_UP,
    "newsletter.issues.addressing.issue_named": _LOOKS_UP,
    "newsletter.issues.addressing.issue_and_home": _LOOKS_UP,
    "newsletter.issues.addressing.known_by": _LOOKS_UP,
    "newsletter.issues.catalogue.in_bin": "what lies in the bin has no address: it is listed by the slug that it had",
    "newsletter.issues.deleting.Deleting.restore": _NAMES,
    "newsletter.issues.front_matter.with_slug": _NAMES,
    "newsletter.issues.renaming.was_named": "it tells whether the slug in a file is the publication's",
    "newsletter.issues.starting.filled": _NAMES,
    "newsletter.issues.starting.starter": _NAMES,
    "newsletter.issues.sample.sample_document": _NAMES,
    "newsletter.accounts.editors.Team.scope": _LOOKS_UP,
    "newsletter.archive.board_history.board_history": _ARCHIVE,
    "newsletter.archive.feeds.feed": _ARCHIVE,
    "newsletter.archive.pages.index": _ARCHIVE,
    "newsletter.archive.pages.issue_page": _ARCHIVE,
    "newsletter.archive.pages.publication_named": _ARCHIVE,
    "newsletter.archive.pages.find_publication": _ARCHIVE,
    "newsletter.archive.sections.section_page": _ARCHIVE,
}
"""The public functions of rooms whose work it is to resolve a slug or to name one, each with the reason."""


def told_by_slug(module: str, source: str) -> Iterator[tuple[str, str]]:
    """Yield the public functions and methods that take a publication or an issue by its slug, each with that parameter."""
    yield from _of_body(ast.parse(source).body, module)


def _of_body(body: list[ast.stmt], where: str) -> Iterator[tuple[str, str]]:
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _of_body(node.body, f"{where}.{node.name}")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            yield from ((f"{where}.{node.name}", each.arg) for each in given if _is_slug(each))


def _is_slug(parameter: ast.arg) -> bool:
    """Tell whether a text, or several, say which publication or issue is meant."""
    names = {each.id for each in ast.walk(parameter.annotation or ast.Constant(None)) if isinstance(each, ast.Name)}
    return "str" in names and MEANT.fullmatch(parameter.arg) is not None


def _of_rooms() -> list[tuple[str, str]]:
    rooms = tuple(f"{room}." for room in FLOORS["rooms"])
    return [found for name, source in modules() if name.startswith(rooms) for found in told_by_slug(name, source)]


def test_rooms_are_told_ids_and_no_slugs() -> None:
    assert [found for found in _of_rooms() if found[0] not in MAY] == [], "look the slug up at the door: take the id"


def test_whoever_may_take_a_slug_takes_one() -> None:
    found = {name for name, _ in _of_rooms()}
    assert [name for name in MAY if name not in found] == [], "it takes none any more: take it off the list"


@pytest.mark.parametrize(
    "given",
    [
        "slug: str",
        "publication: str = ''",
        "*, issue: str | None = None",
        "issue_slug: str",
        "publication_slug: str, /",
        "slugs: Sequence[str]",
        "by: Actor, home: str",
    ],
)
def test_a_function_that_takes_a_slug_is_found(given: str) -> None:
    assert [name for name, _ in told_by_slug("m", f"def f({given}): pass")] == ["m.f"]
    assert [name for name, _ in told_by_slug("m", f"class A:\n async def f(self, {given}): pass")] == ["m.A.f"]


@pytest.mark.parametrize(
    "given", ["issue_id: int", "publication: Publication", "issue: Issue", "new: str", "text: str"]
)
def test_a_function_that_takes_ids_rows_or_other_words_is_none(given: str) -> None:
    assert (
        list(told_by_slug("m", f"def f({given}): pass\ndef _f(slug: str): pass\nclass _A:\n def f(slug: str): pass"))
        == []
    )
