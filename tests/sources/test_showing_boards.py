"""Boards come into a draft as tables: the newest snapshot, what moved since the last issue, and nothing that is held."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from newsletter.clock import SettableClock
from newsletter.issues.parsing import parse_issue
from newsletter.model import Issue, Publication, Source
from newsletter.model.document import TableItem
from newsletter.model.section_plan import SectionPlan
from newsletter.model.sources import SourceKind
from newsletter.model.states import IssueState, SourceState
from newsletter.rendering.markdown_file import write_markdown
from newsletter.sources.found import FoundTable
from newsletter.sources.showing_boards import ShownBoards, boards_of
from newsletter.sources.taking_in import rows_of
from newsletter.store.database import Database
from newsletter.store.sources import snapshots
from tests.issues.samples import add_publication
from tests.rendering.documents import document, section
from tests.sources.rows import add_source

DAY = date(2026, 5, 9)
PLAN = SectionPlan(slug="boards", title="Boards", kind="tables", mailed=2)  # type: ignore[arg-type]
MAPPING = {"columns": [{"title": "Model"}, {"title": "Score", "type": "number", "direction": "highest"}], "rank": "#"}


def _add(database: Database, clock: SettableClock, home: Publication, name: str = "Open index", **more: Any) -> Source:
    values = {"kind": SourceKind.TABLE, "section": "boards", "mapping": MAPPING} | more
    return add_source(database, clock, home, name, **values)


def _keep(
    database: Database, clock: SettableClock, source: Source, day: date, *rows: tuple[str, float], **more: Any
) -> None:
    table = FoundTable(tuple(MAPPING["columns"]), tuple((name, (name, score)) for name, score in rows))  # type: ignore[arg-type]
    with database.write() as session:
        snapshots.keep(session, source.id, day, rows_of(table), taken_at=clock.now(), **({"digest": "x"} | more))


def _shown(database: Database, home: Publication, day: date = DAY) -> ShownBoards:
    with database.read() as session:
        return boards_of(session, home, PLAN, day)


def _sent(database: Database, clock: SettableClock, home: Publication, day: date) -> None:
    facts = {"title": "T", "subject": "T", "dated": day, "state": IssueState.SENT, "source": "", "content": {}}
    moments = dict.fromkeys(("published_at", "created_at", "changed_at"), clock.now())
    with database.write() as session:
        session.add(Issue(publication_id=home.id, slug=f"{day}", **facts, **moments))


def test_the_best_rows_of_the_newest_day_are_shown_with_what_moved_since_the_last_issue(
    database: Database, clock: SettableClock
) -> None:
    home = add_publication(database)
    source = _add(database, clock, home)
    _keep(database, clock, source, DAY - timedelta(days=2), ("A", 60.0), ("B", 50.0), ("C", 40.0))
    _keep(database, clock, source, DAY, ("B", 70.0), ("A", 60.0), ("C", 40.0))
    _keep(database, clock, source, DAY + timedelta(days=1), ("Z", 99.0))
    _sent(database, clock, home, DAY - timedelta(days=1))
    shown = _shown(database, home)
    (table,) = shown.tables
    assert table.title == "Open index"
    assert [row[:3] for row in table.rows] == [("1", "B", "70"), ("2", "A", "60")]
    assert [row[3] for row in table.rows] == ["▲ up 1", "▼ down 1"]
    assert shown.told == []


def test_a_board_says_since_when_it_is_the_same_and_is_compared_with_what_stood_in_the_last_issue(
    database: Database, clock: SettableClock
) -> None:
    home = add_publication(database)
    source = _add(database, clock, home)
    _keep(database, clock, source, DAY - timedelta(days=60), ("B", 9.0), ("A", 8.0))
    _keep(database, clock, source, DAY - timedelta(days=59), ("A", 9.0), ("B", 8.0), held="a figure jumped")
    for day in range(1, 11):
        _keep(database, clock, source, DAY - timedelta(days=day), ("A", 9.0), ("B", 8.0), digest="same")
    _keep(database, clock, source, DAY, ("A", 9.0), ("B", 8.0), digest="same")
    _sent(database, clock, home, DAY - timedelta(days=50))
    (table,) = _shown(database, home).tables
    assert table.attributes == {"as-of": "2026-04-29"}
    assert table.note == "Source: Open index, as of April 29, 2026."
    assert [row[3] for row in table.rows] == ["▲ up 1", "▼ down 1"]


def test_a_board_whose_source_is_away_ages_with_the_issue_and_is_held_in_the_end(
    database: Database, clock: SettableClock
) -> None:
    home = add_publication(database)
    source = _add(database, clock, home)
    _keep(database, clock, source, DAY, ("A", 9.0))
    (table,) = _shown(database, home, DAY + timedelta(days=7)).tables
    assert table.note == "Source: Open index, May 9, 2026."
    (table,) = _shown(database, home, DAY + timedelta(days=8)).tables
    assert table.note == "Source: Open index, as of May 9, 2026."
    assert len(_shown(database, home, DAY + timedelta(days=30)).tables) == 1
    shown = _shown(database, home, DAY + timedelta(days=31))
    assert shown.tables == []
    assert shown.told == [
        "Boards: “Open index” is held for you: it has not changed since 9 May 2026, for 31 days, and was last read on 9 May 2026: gather it, or upload it, anew"
    ]
    _keep(database, clock, source, DAY + timedelta(days=30), ("A", 9.0))  # read, held and released the day before
    assert len(_shown(database, home, DAY + timedelta(days=31)).tables) == 1


def test_what_was_never_read_or_is_held_is_told_and_what_is_off_is_not_there(
    database: Database, clock: SettableClock
) -> None:
    home = add_publication(database)
    _add(database, clock, home, "Unread")
    _keep(database, clock, _add(database, clock, home, "Odd"), DAY, ("A", 1.0), held="half of its rows are gone")
    _add(database, clock, home, "Off", state=SourceState.OFF)
    _add(database, clock, home, "Elsewhere", section="others")
    shown = _shown(database, home)
    assert shown.tables == []
    assert shown.told == [
        "Boards: “Unread” has not been read yet",
        "Boards: “Odd” is held for you: half of its rows are gone",
    ]


def test_a_snapshot_that_another_release_kept_is_told(database: Database, clock: SettableClock) -> None:
    home = add_publication(database)
    for name, rows in (("List", [1]), ("Text", "x"), ("None", None), ("Empty", {})):
        source = _add(database, clock, home, name)
        with database.write() as session:
            snapshots.keep(session, source.id, DAY, rows, digest="x", taken_at=clock.now())
    shown = _shown(database, home)
    assert shown.tables == []
    assert [said.endswith("cannot be shown; gather it anew") for said in shown.told] == [True] * 4


def test_no_name_of_a_row_can_do_more_than_stand_there(database: Database, clock: SettableClock) -> None:
    home = add_publication(database)
    names = (
        "[a](javascript:x)", "<script>x</script>", "![i](http://a.example/i.png)", "{{name}}", "a | b", "\\", "`", "**", "[x][y]", "*" * 300, "[" * 90,
        "# one", ":::note", "[^1]", "$x$", "](", "&lt;", "-", ":rocket:",
    )  # fmt: skip
    _keep(database, clock, _add(database, clock, home), DAY, *((name, float(n)) for n, name in enumerate(names)))
    plan = PLAN.model_copy(update={"mailed": 50})
    with database.read() as session:
        (table,) = boards_of(session, home, plan, DAY).tables
    assert isinstance(table, TableItem) and len(table.rows) == len(names)
    doc = document(sections=(section("boards", table),))
    assert parse_issue(write_markdown(doc)) == doc
