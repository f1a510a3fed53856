"""The boards of a section as tables of an issue: the newest snapshot of each, beside those of the days before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from pydantic import ValidationError
from sqlalchemy.orm import Session

from newsletter.model import Publication, Snapshot, Source
from newsletter.model.document import TableItem
from newsletter.model.section_plan import SectionPlan
from newsletter.rendering.language import language_of
from newsletter.sources.boards import BoardFrame, EarlierBoard, board_item, kept_rows, read_columns
from newsletter.sources.found import FoundTable
from newsletter.sources.held_boards import unread_reason
from newsletter.sources.plain_markdown import safe_cell, safe_markdown
from newsletter.store.archive import published
from newsletter.store.sources import placed, snapshots


class ShownBoards(NamedTuple):
    """The tables of a section as they are to be shown, and what an editor should know of those that are not."""

    tables: Sequence[TableItem] = ()
    told: Sequence[str] = ()


def boards_of(session: Session, home: Publication, plan: SectionPlan, day: date) -> ShownBoards:
    """Return the boards of a section as of a day, in the order of their sources; what is held for an editor is told and left out."""
    tables: list[TableItem] = []
    told: list[str] = []
    last = next(iter(published.latest(session, home.id, limit=1)), None)
    for source in placed.boards_of(session, home.id, plan.slug):
        snapshot = snapshots.newest(session, source.id, before=day + timedelta(days=1))
        if snapshot is None:
            told.append(f"{plan.title}: “{source.name}” has not been read yet")
            continue
        since = snapshots.unchanged_since(session, source.id, snapshot.digest, snapshot.day)
        if held := snapshot.held or unread_reason(snapshot.day, since, day):
            told.append(f"{plan.title}: “{source.name}” is held for you: {held}")
        else:
            frame = BoardFrame(
                title=source.name,
                source=source.name,
                day=snapshot.day,
                shown=day,
                since=since,
                last_issue=last.dated if last else None,
                mailed=plan.mailed,
                language=language_of(home.language),
            )
            try:
                tables.append(_table(session, source, snapshot, frame))
            except (
                ValidationError,
                ValueError,
                TypeError,
                KeyError,
                IndexError,
            ):  # kept by another release, or another mapping
                told.append(f"{plan.title}: “{source.name}” cannot be shown; gather it anew")
    return ShownBoards(tables, told)


def _table(session: Session, source: Source, snapshot: Snapshot, frame: BoardFrame) -> TableItem:
    kept = snapshot.rows
    table = FoundTable(tuple(kept["columns"]), kept_rows(kept["rows"]), str(kept.get("attribution", "")))
    then = None
    if frame.last_issue is not None:
        after = min(frame.last_issue + timedelta(days=1), snapshot.day)
        then = snapshots.believed(session, source.id, before=after)
    earlier = [EarlierBoard(then.day, _rows(then))] if then is not None else []
    item = board_item(table, read_columns(table.columns, source.mapping), frame, earlier)
    shown = {
        "columns": tuple(each.model_copy(update={"title": safe_cell(each.title)}) for each in item.columns),
        "rows": tuple(tuple(map(safe_cell, row)) for row in item.rows),
        "body": safe_markdown(item.body),
        "note": safe_markdown(item.note),
    }
    return TableItem.model_validate(item.model_dump() | shown)


def _rows(snapshot: Snapshot) -> tuple[tuple[str, tuple[str | float | None, ...]], ...]:
    return kept_rows(snapshot.rows.get("rows") if isinstance(snapshot.rows, dict) else snapshot.rows)
