"""The readers of a publication: looked for, filtered, page by page; and whatever is told of all of them.

What is looked for comes by POST, so that no address stands in an address of a page or in a log (law 8); so do the pages after the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from newsletter import csv_guard
from newsletter.audience import exporting, history, sign_up_bursts
from newsletter.audience.reader_lists import TypedFilter
from newsletter.errors import InputError, NewsletterError, NotFoundError
from newsletter.feedback import publication_numbers
from newsletter.model.reader_filter import MOST_TICKED, ReaderFilter
from newsletter.model.rights import Right
from newsletter.model.states import SubscriptionState
from newsletter.paging import read_reader_mark, write_reader_mark
from newsletter.web.desk.one_reader import at_readers, reader_page, seen_from
from newsletter.web.desk.pages import PRIVATE, Desk, FindsPeople, SeesPeople, back_to
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/readers")


class ReadersForm(BaseModel):
    """What the form of the list says; the form that changes many readers carries it along."""

    model_config = ConfigDict(extra="ignore")

    address: str = ""
    state: str = ""
    tag: str = ""
    field: str = ""
    value: str = ""
    source: str = ""
    since: str = ""
    until: str = ""
    segment: str = ""
    bounced: str = ""
    after: str = ""
    whom: str = "all"
    chosen: Annotated[list[Number], Field(max_length=MOST_TICKED)] = []
    act: str = ""
    name: str = ""

    def typed(self) -> TypedFilter:
        """Return the filter; of readers that are ticked only these are meant."""
        ids = tuple(self.chosen) if self.whom == "ticked" else ()
        asked = (self.address, self.state, self.tag, self.field, self.value, self.source, self.since, self.until)
        return TypedFilter(*asked, self.segment, bool(self.bounced), ids)

    @property
    def is_of_one(self) -> bool:
        """Whether nothing but an address is asked for."""
        return self.typed() == TypedFilter(words=self.address)

    def carried(self) -> list[tuple[str, str]]:
        """Return the fields that say whom it is about, for a form that goes on with them."""
        names = ("address", "state", "tag", "field", "value", "source", "since", "until", "segment", "bounced", "whom")
        ticked = [("chosen", str(each)) for each in self.chosen] if self.whom == "ticked" else []
        return [(name, value) for name in names if (value := getattr(self, name))] + ticked


Typed = Annotated[ReadersForm, Form()]


@router.get("")
def show(desk: SeesPeople) -> Response:
    """Show the newest readers."""
    return list_page(desk, ReadersForm())


@router.post("")
def find(desk: FindsPeople, typed: Typed) -> Response:
    """Show the readers whom the form matches; a whole address leads to its reader, or shows why it is ruled out."""
    whole = typed.is_of_one and not typed.after and desk.parts.reader_lists.whole_address(typed.address)
    if whole:
        try:
            known = seen_from(desk, history.show(desk.parts.database, address=typed.address))
        except (InputError, NotFoundError) as error:
            return list_page(desk, typed, mistake=error, status=error.http_status)
        if known["subscriber"] is None:
            return reader_page(desk, known)
        return back_to(f"{at_readers(desk)}/{known['subscriber']['id']}")
    return list_page(desk, typed)


@router.post("/export")
def export(desk: FindsPeople, typed: Typed) -> Response:
    """Send the readers whom the form matches as CSV, row by row, in the columns that an import takes back."""
    assert desk.publication is not None
    lists, home = desk.parts.reader_lists, desk.publication
    wanted = wanted_of(desk, typed)
    if wanted.is_everybody:
        rows = exporting.export_subscribers(
            desk.parts.database, clock=desk.parts.clock, publication_id=home.id, by=desk.by
        )
    else:
        rows = exporting.export_chosen(lists, publication_id=home.id, wanted=wanted, by=desk.by)
    headers = PRIVATE | {"Content-Disposition": f'attachment; filename="{home.slug}-readers.csv"'}
    return StreamingResponse(_lines(rows), headers=headers, media_type="text/csv; charset=utf-8; header=present")


def _lines(rows: Iterator[dict[str, str]]) -> Iterator[str]:
    cells = ([row[column] for column in exporting.COLUMNS] for row in rows)
    return csv_guard.lines(exporting.COLUMNS, cells, end="\r\n")  # RFC 4180 section 2


def wanted_of(desk: Desk, typed: ReadersForm) -> ReaderFilter:
    """Return the filter of a form. Raises InputError."""
    assert desk.publication is not None
    if typed.whom == "ticked" and not typed.chosen:
        raise InputError("no reader is ticked", where="chosen", remedy="tick some, or choose all that are found")
    return desk.parts.reader_lists.read(desk.publication.id, typed.typed())


def list_page(desk: Desk, typed: ReadersForm, *, mistake: NewsletterError | None = None, status: int = 200) -> Response:
    """Return the page of the list."""
    assert desk.publication is not None
    home, lists = desk.publication, desk.parts.reader_lists
    found = None
    shown = typed.model_copy(update={"chosen": [], "whom": "all"})
    if mistake is None:
        try:
            wanted = wanted_of(desk, shown)
            found = lists.page(home.id, wanted, by=desk.by, after=read_reader_mark(typed.after))
        except InputError as error:
            mistake, status = error, error.http_status
    values: dict[str, Any] = {
        "at": at_readers(desk),
        "publication": home,
        "given": typed,
        "found": found,
        "next": write_reader_mark(found.page.after) if found is not None and found.page.after else "",
        "mistake": mistake,
        "is_filtered": typed.typed() != TypedFilter(),
        "choices": lists.choices(home.id, by=desk.by),
        "sources": _sources(desk),
        "states": [each.value for each in SubscriptionState],
        "may_change": desk.may(Right.MANAGE_AUDIENCE),
    }
    return desk.page("readers.html", values | _beside(desk, typed), status=status)


def _beside(desk: Desk, typed: ReadersForm) -> dict[str, Any]:
    """Return what stands on the first page of the list alone: what is unusual, and what was changed lately."""
    assert desk.publication is not None
    if typed.after or typed.typed() != TypedFilter():
        return {"bursts": [], "changes": []}
    parts, home = desk.parts, desk.publication
    return {
        "bursts": sign_up_bursts.look(parts.database, clock=parts.clock, publication_id=home.id),
        "changes": parts.changing_readers.newest(home.id, by=desk.by),
    }


def _sources(desk: Desk) -> list[tuple[str, str]]:
    """Return the ways by which readers came, as values and words of the filter."""
    assert desk.publication is not None
    known = publication_numbers.numbers(
        desk.parts.database, clock=desk.parts.clock, publication_id=desk.publication.id
    ).forms
    forms = [(f"form:{word}", f"form {word}") for word in sorted(known)]
    return [("form", "a form"), *forms, ("import", "a list"), ("hand", "by hand")]
