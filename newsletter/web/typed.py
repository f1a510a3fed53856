"""What was typed into a form of the desk whose session has ended: the answer carries it, so that it stays in the browser.

A script keeps it there by itself; this is for browsers without one. Only a page of this site can have anything carried,
only fields of this table are, and nothing is stored before whoever signs in presses the button again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Annotated

from fastapi import Depends, Request

from newsletter.accounts.sessions import SignedIn
from newsletter.web.errors import wants_json
from newsletter.web.provenance import is_from_here


class TypedPlace(Enum):
    """What is typed somewhere, and so where it is shown again."""

    TEXT = auto()  # of an issue
    REVIEW = auto()  # when an issue goes out, and to whom its test
    LINE = auto()  # a single field


_HOME = r"/desk/(?P<publication>[a-z0-9-]{1,80})"
_ISSUE = rf"{_HOME}/issues/(?P<issue>\d{{1,15}})"
_TYPED_AT = (
    (re.compile(rf"{_ISSUE}(/preview)?"), TypedPlace.TEXT, frozenset({"text", "revision", "kind", "images"})),
    (re.compile(rf"{_ISSUE}/(test|schedule)"), TypedPlace.REVIEW, frozenset({"to", "at", "despite"})),
    (re.compile(rf"{_ISSUE}/links/\d{{1,15}}"), TypedPlace.LINE, frozenset({"url"})),
    (re.compile(rf"{_HOME}/bin/\d{{1,15}}/restore"), TypedPlace.LINE, frozenset({"slug"})),
    (re.compile(rf"{_HOME}/readers"), TypedPlace.LINE, frozenset({"address"})),
)
"""Where something is typed, and the fields that hold it; never a password, nor the token of a session."""
MOST_FIELDS = 40
PREFIX = "typed."
"""Before the name of a carried field in the form that signs in, whose own fields have names too."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of a form, and the path it was sent to."""

    path: str
    fields: tuple[tuple[str, str], ...]
    place: TypedPlace = TypedPlace.LINE
    issue_id: int = 0
    publication: str = ""

    def value(self, name: str) -> str:
        """Return a field's value; empty when there is none."""
        return next((value for each, value in self.fields if each == name), "")

    def values(self, name: str) -> list[str]:
        """Return the values of a field that may come several times."""
        return [value for each, value in self.fields if each == name]


class Interruption(Exception):  # noqa: N818 - no fault: the way to sign in with what was typed in hand
    """A form came back for a session that has ended (`seat` is None), or with the token of another one."""

    def __init__(self, typed: Typed, seat: SignedIn | None) -> None:
        super().__init__("a form outlived its session")
        self.typed = typed
        self.seat = seat


async def typed_here(request: Request) -> Typed | None:
    """Return what this request's form holds; None where nothing is typed, for scripts, and when another site may have sent it."""
    if wants_json(request) or "hx-request" in request.headers or not is_from_here(request):
        return None
    form = await request.form()  # read already, for the views
    return _typed(request.url.path, form.multi_items())


async def typed_before(request: Request) -> Typed | None:
    """Return what the form that signs in carries from the one before it; None for anything that this site did not write there."""
    if not is_from_here(request):
        return None
    form = await request.form()
    fields = [(name.removeprefix(PREFIX), value) for name, value in form.multi_items() if name.startswith(PREFIX)]
    return _typed(str(form.get("where", "")), fields)


def _typed(path: str, fields: Iterable[tuple[str, object]]) -> Typed | None:
    for pattern, place, names in _TYPED_AT:
        known = pattern.fullmatch(path)
        if known:
            found = tuple((name, value) for name, value in fields if name in names and isinstance(value, str))
            issue_id = int(known.groupdict().get("issue") or 0)
            some = any(value for name, value in found)
            publication = known.groupdict().get("publication") or ""
            return Typed(path, found[:MOST_FIELDS], place, issue_id, publication) if some else None
    return None


TypedHere = Annotated[Typed | None, Depends(typed_here)]
TypedBefore = Annotated[Typed | None, Depends(typed_before)]
