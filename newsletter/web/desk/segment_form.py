"""The form in which a segment is built: rows of rules, some of them groups with rows of their own, as plain inputs.

A row's inputs are called `r.` with the number of the row, or of the group and the row in it, and a word: `r.2-kind`, `r.2.0-key`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from newsletter.errors import InputError
from newsletter.model.segment import MOST_RULES

GROUPS = {"all": "all of these", "any": "one of these", "none": "none of these"}
KINDS = {
    "tag": "bear the tag",
    "field": "have a field that",
    "joined": "joined",
    "came by": "came by",
    "language": "signed up in the language",
    "got": "got the issue",
    "clicked": "followed a link of the issue",
    "section": "followed a link in the section",
    "domain": "have an address at",
    "bounced": "had mail come back within",
}
"""What a rule says of readers, in words that go on."""
VALUES = {
    "tag": ("key",),
    "field": ("key", "how", "value"),
    "joined": ("since", "before", "days"),
    "came by": ("way", "place"),
    "language": ("language",),
    "got": ("issue_id",),
    "clicked": ("issue_id",),
    "section": ("section", "days"),
    "domain": ("domain",),
    "bounced": ("days",),
}
"""The inputs of each rule, called as the rule calls its values."""
_LEAVES_OUT = frozenset({"since", "before", "days", "issue_id"})
"""An empty one is not said."""
_NAME = re.compile(r"r\.(\d{1,3})(?:\.(\d{1,3}))?-([a-z_]{1,20})")
_LONGEST = 200


@dataclass(eq=False)
class SegmentRow:
    """A rule with its values, or a group (all, any, none) with rows of its own."""

    kind: str
    values: dict[str, str] = field(default_factory=dict)
    rows: list[SegmentRow] = field(default_factory=list)

    @property
    def is_group(self) -> bool:
        """Whether it holds rows."""
        return self.kind in GROUPS

    def told(self) -> dict[str, Any]:
        """Return the rule as plain values."""
        if self.is_group:
            return {"rule": self.kind, "of": [row.told() for row in self.rows]}
        given = {name: self.values.get(name, "").strip() for name in VALUES[self.kind]}
        if self.kind == "domain":
            given["domain"] = given["domain"].lower().lstrip("@")
        if self.kind == "section":
            given["section"] = given["section"].lower()
        return {"rule": self.kind} | {name: text for name, text in given.items() if text or name not in _LEAVES_OUT}


@dataclass
class SegmentForm:
    """A segment as it is being built."""

    name: str = ""
    group: SegmentRow = field(default_factory=lambda: SegmentRow("all"))

    def add(self, kind: str, group: str = "") -> None:
        """Add a row of a kind, or a group, below a group by its number. Raises InputError beyond the number there may be."""
        below = self.group
        outer = _at(self.group.rows, group)
        if outer is not None and outer.is_group:
            below = outer
        if kind not in KINDS and not (kind in GROUPS and below is self.group):
            return
        if sum(1 + len(row.rows) for row in self.group.rows) >= MOST_RULES - 1:
            raise InputError(f"a segment holds at most {MOST_RULES} rules", where="rule", remedy="make it simpler")
        below.rows.append(SegmentRow(kind))

    def drop(self, path: str) -> None:
        """Take away the row at `2`, or at `2.0` the first of a group."""
        outer, dot, inner = path.partition(".")
        group = _at(self.group.rows, outer)
        if group is not None and not dot:
            self.group.rows.remove(group)
        elif group is not None and (row := _at(group.rows, inner)) is not None:
            group.rows.remove(row)


def _at(rows: list[SegmentRow], number: str) -> SegmentRow | None:
    """Return the row of a number that a form sent, or None where there is none."""
    is_number = number.isascii() and number.isdigit() and len(number) < 4
    return rows[int(number)] if is_number and int(number) < len(rows) else None


def read_form(given: Mapping[str, str]) -> SegmentForm:
    """Return the form as it was sent; what is no input of it is left out."""
    rows: dict[tuple[int, ...], dict[str, str]] = {}
    for name, text in given.items():
        if found := _NAME.fullmatch(name):
            path = tuple(int(number) for number in found.groups()[:2] if number)
            rows.setdefault(path, {})[found[3]] = text[:_LONGEST]
    mode = given.get("mode", "all")
    form = SegmentForm(given.get("name", "")[:_LONGEST], SegmentRow(mode if mode in GROUPS else "all"))
    groups: dict[int, SegmentRow] = {}
    for path, values in sorted(rows.items()):
        kind = values.pop("kind", "")
        below = form.group if len(path) == 1 else groups.get(path[0])
        if below is None or not (kind in KINDS or (kind in GROUPS and len(path) == 1)):
            continue
        row = SegmentRow(kind, values)
        below.rows.append(row)
        if row.is_group:
            groups[path[0]] = row
    return form


def form_of(name: str, rule: Mapping[str, Any]) -> SegmentForm | None:
    """Return the form of a stored rule; None for one whose groups lie deeper than the form shows."""
    top: Mapping[str, Any] = rule if rule["rule"] in GROUPS else {"rule": "all", "of": [rule]}
    form = SegmentForm(name, SegmentRow(top["rule"]))
    for each in top["of"]:
        row = _row_of(each)
        if any(inner.is_group for inner in row.rows):
            return None
        form.group.rows.append(row)
    return form


def _row_of(rule: Mapping[str, Any]) -> SegmentRow:
    if rule["rule"] in GROUPS:
        return SegmentRow(rule["rule"], rows=[_row_of(each) for each in rule["of"]])
    names = VALUES[rule["rule"]]
    return SegmentRow(rule["rule"], {n: str(rule[n]) for n in names if rule.get(n) is not None})
