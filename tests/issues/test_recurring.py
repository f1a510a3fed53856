"""Items that stood in the last issues, and tables that have not changed for days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import event, update

from newsletter.clock import SettableClock
from newsletter.issues.editing import Editing
from newsletter.issues.looking_over import LookingOver
from newsletter.issues.preflight import Finding
from newsletter.issues.publishing import Publishing
from newsletter.model import Issue, IssueItem
from newsletter.store.database import Database
from tests.issues.samples import RENDERER, SETTINGS, add_publication
from tests.parts.actors import OPERATOR
from tests.parts.answers import MEANT

HEAD = """\
---
publication: tide
title: The Tide Table
slug: {slug}
date: {day}
subject: Springs of {slug}
preheader: High water at noon.
---

Of {slug}.

## Links {{#links kind=links}}

"""
TABLE = """\
## Figures {{#figures kind=tables}}

### Heights {attributes}

| Harbour | Feet |
|---------|------|
| Ada     | {feet} |
"""


@pytest.fixture(autouse=True)
def _publication(database: Database) -> None:
    add_publication(database)


def _write(
    database: Database, clock: SettableClock, slug: str, *items: str, day: date | None = None, table: str = ""
) -> int:
    text = HEAD.format(slug=slug, day=day or clock.now().date()) + "\n\n".join(items) + "\n\n" + table
    return Editing(database, clock).import_issue(text, source="x.md", by=OPERATOR).id


def _freeze(database: Database, clock: SettableClock, issue_id: int) -> None:
    Publishing(database, clock, RENDERER, SETTINGS).schedule(issue_id, clock.now(), despite=MEANT, by=OPERATOR)


def _found(database: Database, clock: SettableClock, issue_id: int, **settings: int) -> list[Finding]:
    seen = LookingOver(database, clock, RENDERER, SETTINGS.model_copy(update=settings)).look_over(issue_id)
    return [
        each for each in seen.findings if each.rule in {"repeated-item", "old-table", "stale-table", "empty-all-page"}
    ]


def _item(name: str, url: str = "", words: str = "") -> str:
    return f"### [{name}]({url or f'https://{name.lower()}.example/x'})\n\n{words or f'Of {name}.'}"


def test_an_item_that_stood_in_an_issue_is_asked_about_with_its_line(database: Database, clock: SettableClock) -> None:
    _freeze(database, clock, _write(database, clock, "first", _item("Ada"), _item("Ben")))
    second = _write(
        database, clock, "second", _item("Cy"), _item("Again", "http://www.ben.example/x/?utm_source=a", "New.")
    )
    [finding] = _found(database, clock, second)
    assert (finding.severity, finding.rule, finding.where) == ("ask", "repeated-item", "links/again")
    assert "stood in “first” of Thu 1 Jan 2026" in finding.what
    with database.read() as session:
        from newsletter.store.issues import issues

        assert issues.by_id(session, second).source.split("\n")[finding.line - 1].startswith("### [Again]")


@pytest.mark.parametrize("is_of_before", [False, True])
def test_a_paper_is_the_same_by_its_abstract_and_by_its_file(
    database: Database, clock: SettableClock, is_of_before: bool
) -> None:
    _freeze(database, clock, _write(database, clock, "first", _item("Ada", "https://arxiv.org/abs/2605.01234v1")))
    if is_of_before:  # of a release that kept no keys of addresses
        with database.write() as session:
            session.execute(update(IssueItem).values(address_key=None))
    second = _write(database, clock, "second", _item("Again", "http://arxiv.org/pdf/2605.01234", "New."))
    assert [each.where for each in _found(database, clock, second)] == ["links/again"]


def test_it_stops_a_schedule_until_it_is_named(database: Database, clock: SettableClock) -> None:
    from newsletter.issues.publishing import RefusedError

    _freeze(database, clock, _write(database, clock, "first", _item("Ada"), _item("Ben")))
    second = _write(database, clock, "second", _item("Cy"), _item("Ben"))
    publishing = Publishing(database, clock, RENDERER, SETTINGS)
    with pytest.raises(RefusedError, match="stood in “first”"):
        publishing.schedule(second, clock.now(), despite=["same-day"], by=OPERATOR)
    publishing.schedule(second, clock.now(), despite=["same-day", "repeated-item"], by=OPERATOR)


def test_what_stands_in_every_issue_is_meant(database: Database, clock: SettableClock) -> None:
    for number in range(4):
        _freeze(database, clock, _write(database, clock, f"n{number}", _item("Ada"), _item(f"Of{number}")))
    assert _found(database, clock, _write(database, clock, "next", _item("Ada"))) == []


def test_no_more_than_the_last_issues_are_looked_at(database: Database, clock: SettableClock) -> None:
    start = date(2026, 1, 1)
    for number, name in enumerate(("Ada", "Ben", "Cy")):
        day = start + timedelta(days=number)
        _freeze(database, clock, _write(database, clock, f"n{number}", _item(name), day=day))
    draft = _write(database, clock, "next", _item("Ada"), _item("Cy"), day=start + timedelta(days=4))
    assert [each.where for each in _found(database, clock, draft)] == ["links/ada", "links/cy"]
    assert [each.where for each in _found(database, clock, draft, preflight_issues=2)] == ["links/cy"]
    assert _found(database, clock, draft, preflight_issues=0) == []


def test_a_table_is_old_when_it_has_not_changed_for_days(database: Database, clock: SettableClock) -> None:
    start = date(2026, 1, 1)
    same = TABLE.format(attributes="", feet=7)
    _freeze(database, clock, _write(database, clock, "first", _item("Ada"), day=start, table=same))
    for days, changed, told in (
        (6, same, 0),
        (7, same, 1),
        (30, same, 1),
        (30, TABLE.format(attributes="", feet=8), 0),
    ):
        draft = _write(database, clock, "next", _item("Ben"), day=start + timedelta(days=days), table=changed)
        found = _found(database, clock, draft)
        assert [each.rule for each in found] == ["old-table"] * told, days
    assert _found(database, clock, draft, preflight_table_days=0) == []


def test_a_table_of_a_daily_that_stood_still_for_a_month_is_asked_about(
    database: Database, clock: SettableClock
) -> None:
    start = date(2026, 1, 1)
    same, before = (TABLE.format(attributes="", feet=feet) for feet in (7, 8))
    for number in range(40):
        day = start + timedelta(days=number)
        _freeze(database, clock, _write(database, clock, f"n{number}", _item(f"Of{number}"), day=day, table=same))
    for days, table, told in ((40, same, ["stale-table"]), (30, same, ["old-table"]), (40, before, [])):
        draft = _write(database, clock, "next", _item("Ben"), day=start + timedelta(days=days), table=table)
        assert [each.rule for each in _found(database, clock, draft)] == told, days


@pytest.mark.parametrize(
    ("dated", "told"),
    [
        ("2025-12-24", ["old-table"]),
        ("2025-12-25", []),
        ("someday", []),
        ("2025-12-02", ["old-table"]),
        ("2025-12-01", ["stale-table"]),
    ],
)
def test_a_table_that_says_its_day_is_old_by_that(
    database: Database, clock: SettableClock, dated: str, told: list[str]
) -> None:
    table = TABLE.format(attributes=f"{{as-of={dated}}}", feet=7)
    draft = _write(database, clock, "first", _item("Ada"), day=date(2026, 1, 1), table=table)
    found = _found(database, clock, draft)
    assert [each.rule for each in found] == told


def test_a_link_to_all_of_a_section_that_never_had_an_item_is_told(database: Database, clock: SettableClock) -> None:
    labs = '## Labs {#links kind=links all="All labs"}\n'
    text = HEAD.format(slug="first", day=clock.now().date()).partition("## Links")[0] + labs
    first = Editing(database, clock).import_issue(text, source="x.md", by=OPERATOR).id
    [finding] = _found(database, clock, first)
    assert (finding.rule, finding.where, text.split("\n")[finding.line - 1]) == (
        "empty-all-page", "links", labs.strip()
    )  # fmt: skip
    _freeze(database, clock, _write(database, clock, "second", _item("Ada")))
    assert len(_found(database, clock, first)) == 1, "what is not published yet is seen by nobody"
    with database.write() as session:
        session.execute(update(Issue).where(Issue.slug == "second").values(published_at=clock.now()))
    assert _found(database, clock, first) == []


def test_what_is_read_does_not_grow_with_the_issues_beyond_the_last(database: Database, clock: SettableClock) -> None:
    def rows(issues: int) -> int:
        for number in range(issues):
            _freeze(database, clock, _write(database, clock, f"i{issues}-{number}", _item(f"Of{issues}x{number}")))
        draft = _write(database, clock, f"draft{issues}", _item("New"))
        return len(_rows(database, draft))

    assert rows(20) == rows(40) == 14


def _rows(database: Database, issue_id: int) -> list[object]:
    from newsletter.store.issues import issues, other_issues

    statements: list[str] = []
    with database.read() as session:
        issue = issues.by_id(session, issue_id)
        listen = lambda *said: statements.append(said[2])  # noqa: E731
        event.listen(session.get_bind(), "before_cursor_execute", listen)
        try:
            found = other_issues.items_of_last(session, issue, 14)
        finally:
            event.remove(session.get_bind(), "before_cursor_execute", listen)
    assert len(statements) == 2, "two statements, however many issues there are"
    return list(found)
