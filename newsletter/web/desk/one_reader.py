"""The page of one reader: what they agreed to, what they got, what came back, what editors did; and what can be done."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from newsletter.accounts import permissions
from newsletter.audience import erasure, history
from newsletter.audience.one_reader import MOST_NOTE_CHARS, WAYS, AddedReader
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.feedback import overview
from newsletter.issues.addressing import every_publication
from newsletter.model.feedback import MACHINE
from newsletter.model.rights import Right
from newsletter.web.desk.pages import PRIVATE, Desk, ErasesForGood, ManagesAudience, SeesPeople, back_to
from newsletter.web.desk.reader_fields import known_form
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/readers")

MOST_SHOWN = 200
"""Of deliveries, reports and events the newest; the JSON holds all."""
BECAME = {
    "added": "reader-added",
    "asked": "reader-asked",
    "known": "reader-known",
    "waits": "reader-waits",
    "left": "reader-left",
    "ruled out": "reader-ruled-out",
}
"""The word about what was done, by what became of somebody who was added by hand."""


@router.get("/add")
def form(desk: SeesPeople) -> Response:
    """Show the form that adds a reader."""
    return _form(desk, {})


class AddForm(BaseModel):
    """What the form says that adds a reader."""

    model_config = ConfigDict(extra="ignore")

    address: str = ""
    name: str = ""
    sentence: str = ""
    day: str = ""
    way: str = ""
    proven: str = ""


@router.post("/add")
def add(desk: ManagesAudience, typed: Annotated[AddForm, Form()]) -> Response:
    """Add a reader with the proof that they agreed."""
    assert desk.publication is not None
    wanted = AddedReader(**typed.model_dump(exclude={"proven"}), proven=bool(typed.proven))
    try:
        became = desk.parts.one_reader.add(desk.publication.id, wanted, by=desk.by)
    except InputError as error:
        return _form(desk, wanted._asdict(), mistake=error)
    return back_to(at_readers(desk), BECAME[became])


@router.get("/{subscriber_id}.json")
def show_json(subscriber_id: Number, desk: SeesPeople) -> Response:
    """Return everything that is known as JSON: the answer to a request under GDPR article 15."""
    return JSONResponse(_known(desk, subscriber_id), headers=PRIVATE)


@router.get("/{subscriber_id}")
def show(subscriber_id: Number, desk: SeesPeople) -> Response:
    """Show the same as a page."""
    return reader_page(desk, _known(desk, subscriber_id))


@router.post("/{subscriber_id}/notes")
def note(subscriber_id: Number, desk: ManagesAudience, note: Annotated[str, Form()] = "") -> Response:
    """Note something of a reader."""
    assert desk.publication is not None
    try:
        desk.parts.one_reader.note(desk.publication.id, subscriber_id, note, by=desk.by)
    except InputError as error:
        return reader_page(desk, _known(desk, subscriber_id), mistake=error, typed=note)
    return _back(desk, subscriber_id, "commented")


@router.post("/{subscriber_id}/notes/{note_id}/remove")
def remove_note(subscriber_id: Number, note_id: Number, desk: ManagesAudience) -> Response:
    """Remove a note."""
    assert desk.publication is not None
    desk.parts.one_reader.remove_note(desk.publication.id, subscriber_id, note_id, by=desk.by)
    return _back(desk, subscriber_id, "note-removed")


@router.post("/{subscriber_id}/confirmation")
def send_again(subscriber_id: Number, desk: ManagesAudience) -> Response:
    """Have the mail that asks the reader to confirm sent once more."""
    assert desk.publication is not None
    try:
        desk.parts.one_reader.send_again(desk.publication.id, subscriber_id, by=desk.by)
    except ConflictError as error:
        return reader_page(desk, _known(desk, subscriber_id), mistake=error)
    return _back(desk, subscriber_id, "reader-again")


@router.post("/{subscriber_id}/suppress")
def suppress(subscriber_id: Number, desk: ManagesAudience, reason: Annotated[str, Form()] = "") -> Response:
    """Rule the reader out for this publication."""
    assert desk.publication is not None
    known = _known(desk, subscriber_id)
    try:
        given = reason.strip() or "manual"
        desk.parts.suppressing.suppress(known["address"], publication_id=desk.publication.id, reason=given, by=desk.by)
    except InputError as error:
        return reader_page(desk, known, mistake=error)
    return _back(desk, subscriber_id, "suppressed")


@router.post("/{subscriber_id}/erase")
def erase(subscriber_id: Number, desk: ErasesForGood, address: Annotated[str, Form()] = "") -> Response:
    """Forget a person everywhere; the address is typed as proof that it is meant."""
    known = _known(desk, subscriber_id)
    if not known["address"] or address.strip().lower() != known["address"].lower():
        told = InputError("this is not the reader’s address", where="erase", remedy="type it as it stands above")  # noqa: RUF001 - as set in print
        return reader_page(desk, known, mistake=told)
    erasure.forget(desk.parts.database, clock=desk.parts.clock, address=known["address"], by=desk.by)
    return back_to(at_readers(desk), "reader-erased")


def at_readers(desk: Desk) -> str:
    """Return the address of the list."""
    assert desk.publication is not None
    return f"/desk/{desk.publication.slug}/readers"


def _back(desk: Desk, subscriber_id: int, done: str) -> Response:
    return back_to(f"{at_readers(desk)}/{subscriber_id}", done)


def _form(desk: Desk, typed: dict[str, Any], *, mistake: InputError | None = None) -> Response:
    values = {"at": at_readers(desk), "given": AddForm().model_dump() | typed, "ways": WAYS, "mistake": mistake}
    may = desk.may(Right.MANAGE_AUDIENCE)
    return desk.page("reader_add.html", values | {"may_change": may}, status=mistake.http_status if mistake else 200)


def _known(desk: Desk, subscriber_id: int) -> dict[str, Any]:
    return seen_from(desk, history.show_reader(desk.parts.database, subscriber_id=subscriber_id))


def seen_from(desk: Desk, known: dict[str, Any]) -> dict[str, Any]:
    """Return of what is known of somebody what concerns the publications whose readers this editor may see.

    Raises NotFoundError for somebody who is no reader of the publication in the address, unless all may be seen.
    """
    if permissions.may(desk.by, Right.SEE_PEOPLE, None):
        return known
    assert desk.publication is not None
    every = every_publication(desk.parts.database)
    mine = {each.slug for each in every if desk.may(Right.SEE_PEOPLE, each.id)}
    found = {
        name: [row for row in known[name] if row["publication"] in mine] for name in ("subscriptions", "deliveries")
    }
    if desk.publication.slug not in {row["publication"] for rows in found.values() for row in rows}:
        raise NotFoundError(
            "this is no reader of the publication", remedy="is the address written as in the subscription?"
        )
    sent = {row["id"] for row in found["deliveries"]}
    told = {name: [row for row in known[name] if row["delivery"] in sent] for name in ("reports", "events")}
    ruled_out = [row for row in known["suppressions"] if row["publication"] in {*mine, None}]
    return known | found | told | {"suppressions": ruled_out}


def reader_page(
    desk: Desk,
    known: dict[str, Any],
    *,
    mistake: InputError | ConflictError | None = None,
    typed: str = "",
) -> Response:
    """Return the page of a reader, or of an address that is only ruled out."""
    parts, subscriber = desk.parts, known["subscriber"]
    policy = parts.reports.policy
    score, file = 0.0, None
    if subscriber is not None:
        assert desk.publication is not None
        score = overview.score_of(parts.database, clock=parts.clock, policy=policy, subscriber_id=subscriber["id"])
        file = parts.one_reader.look(desk.publication.id, subscriber["id"], by=desk.by)
    long = ("deliveries", "reports", "events")
    newest = {name: known[name][::-1][:MOST_SHOWN] for name in long}
    issues = {delivery["id"]: delivery for delivery in known["deliveries"]}
    values = known | newest | {"issue_of": issues, "cut": any(len(known[name]) > MOST_SHOWN for name in long)}
    more = {
        "zone_name": desk.publication.time_zone if desk.publication else "",
        "publication": desk.publication,
        "at": at_readers(desk),
        "score": score,
        "limit": policy.limit,
        "machine_from": MACHINE,
        "now": parts.clock.now(),
        "file": file,
        "known_form": known_form(desk, subscriber["id"]) if subscriber else None,
        "known_at": f"{at_readers(desk)}/{subscriber['id']}/known" if subscriber else "",
        "mistake": mistake,
        "typed": typed,
        "most_note": MOST_NOTE_CHARS,
        "may_change": desk.may(Right.MANAGE_AUDIENCE),
        "may_erase": permissions.may(desk.by, Right.MANAGE_AUDIENCE, None),
    }
    return desk.page("reader.html", values | more, status=mistake.http_status if mistake else 200)
