"""A mapping as somebody writes it, and what its kind of source does not read of it; what a board's may say tells `newsletter.sources.mapping`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from newsletter.errors import InputError
from newsletter.model.sources import SourceKind

ANNOUNCEMENTS = ("new", "cross", "replace", "replace-cross")
"""Types of announcement of arXiv, of which a mapping names those that are news."""
LEFT_OUT = ("archived", "fork", "disabled", "private")
"""What of GitHub's repositories is left out, unless a mapping says `true` of it."""
_NAMES = {SourceKind.ARXIV: ("announce",), SourceKind.GITHUB: LEFT_OUT}
_REMEDIES = {
    SourceKind.ARXIV: 'write {"announce": ["new", "cross"]}',
    SourceKind.GITHUB: 'write {"archived": true, "fork": true}',
}
_CALLED = {SourceKind.ARXIV: "arXiv", SourceKind.GITHUB: "GitHub"}


class MappingMistake(NamedTuple):
    """A part of a mapping that its kind does not read: where it stands, what is wrong with it, and how to mend it."""

    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.remedy}"


def mistakes(kind: SourceKind, mapping: Mapping[str, Any] | None) -> Iterator[MappingMistake]:
    """Yield what of a mapping its kind does not read; nothing of a board's."""
    if not mapping or kind is SourceKind.TABLE:
        return
    if kind not in _NAMES:
        readers = ", ".join([*_NAMES, SourceKind.TABLE])
        yield MappingMistake(
            "mapping", f"sources of the kind {kind} read none", f"leave it out; there is one for {readers}"
        )
        return
    called, remedy = _CALLED[kind], _REMEDIES[kind]
    for name in sorted(str(name) for name in mapping if name not in _NAMES[kind])[:1]:
        yield MappingMistake(f"mapping {name[:60]!r}", f"there is no such name for {called}", remedy)
    if kind is SourceKind.GITHUB:
        for name in (name for name in LEFT_OUT if not isinstance(mapping.get(name, False), bool)):
            yield MappingMistake(f"mapping {name}", "it is neither true nor false", remedy)
    elif not isinstance(wished := mapping.get("announce", ANNOUNCEMENTS), list | tuple):
        yield MappingMistake("mapping announce", "it is no list", remedy)
    elif others := [each for each in wished if each not in ANNOUNCEMENTS]:
        what = f"arXiv knows no {str(others[0])[:60]!r}"
        yield MappingMistake("mapping announce", what, f"there is {', '.join(ANNOUNCEMENTS)}")


def read_mapping(text: str | bytes, *, where: str = "mapping") -> dict[str, Any]:
    """Return the mapping that JSON holds: an object. Raises InputError, naming `where`."""
    remedy = "docs/table-mapping.md says what may stand there for a table, docs/source-kinds.md for other kinds"
    try:
        given = json.loads(text.lstrip("\ufeff") if isinstance(text, str) else text)
    except (ValueError, RecursionError) as wrong:
        why = f": line {wrong.lineno}, {wrong.msg}" if isinstance(wrong, json.JSONDecodeError) else ""
        raise InputError(f"the mapping is no JSON{why}", where=where, remedy=remedy) from None
    if not isinstance(given, dict):
        raise InputError("the mapping is no object of JSON", where=where, remedy=remedy)
    return given
