"""Moving readers in: choose a file, look at what it is and what would be done, choose otherwise, move in, and see what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

from newsletter.audience.list_moves import MoveChoices, choices_of
from newsletter.errors import ConflictError, InputError
from newsletter.model import ListMove
from newsletter.model.list_moves import UNDER_WAY
from newsletter.web.desk.moved_list import (
    FIELD_TITLES,
    MEANING_TITLES,
    NO_REPORT,
    NO_SURVEY,
    PRODUCT_TITLES,
    course_of,
    remedy_of,
)
from newsletter.web.desk.pages import PRIVATE, Desk, ManagesAudience, SeesAudience, back_to
from newsletter.web.parts import Number
from newsletter.web.uploads import MOST_OCTETS, uploaded

router = APIRouter(prefix="/desk/{publication}/readers/move-in")
_PIECE = 1 << 16


class ChoiceForm(BaseModel):
    """What stands in the form of a list: a field for each column and a meaning for each word, in the order of the page."""

    model_config = ConfigDict(frozen=True)

    act: str = "look"
    seen: str = ""
    product: str = ""
    list_id: str = ""
    field: list[str] = []
    meaning: list[str] = []
    consent: str = ""
    agreed: str = ""


Typed = Annotated[ChoiceForm, Form()]


@router.get("")
def form(desk: SeesAudience) -> Response:
    """Show where a file is chosen, and the lists of before."""
    return _first_page(desk)


@router.post("")
def take(desk: ManagesAudience, request: Request) -> Response:
    """Take a file, and have it looked at."""
    home, upload = _home(desk), uploaded(request)
    if upload is None:
        return _first_page(desk, mistake=InputError("no file was chosen", where="list_file", remedy="choose one"))
    try:
        made = desk.parts.list_moves.take(home, upload.path, file_name=upload.name, by=desk.by)
    except (InputError, ConflictError) as error:
        return _first_page(desk, mistake=error)
    return back_to(f"{_at(desk)}/{made}")


@router.get("/{move_id}")
def show(move_id: Number, desk: SeesAudience) -> Response:
    """Show how far a list is, what it was taken for, or what came of it."""
    return _page(desk, desk.parts.list_moves.show(_home(desk), move_id, by=desk.by))


@router.get("/{move_id}/progress")
def progress(move_id: Number, desk: SeesAudience) -> Response:
    """Return how far it is; whoever looks on is led to the whole page when it is done."""
    move = desk.parts.list_moves.show(_home(desk), move_id, by=desk.by)
    answer = desk.page("moving_progress.html", _values(desk, move))
    if move.state not in UNDER_WAY:
        answer.headers["HX-Redirect"] = f"{_at(desk)}/{move.id}"
    return answer


@router.post("/{move_id}")
def choose(move_id: Number, desk: ManagesAudience, typed: Typed) -> Response:
    """Look again with other choices, move in as it was looked at, or let the list go."""
    room, home = desk.parts.list_moves, _home(desk)
    move = room.show(home, move_id, by=desk.by)
    try:
        if typed.act == "discard":
            room.discard(home, move.id, by=desk.by)
            return back_to(_at(desk), "list-discarded")
        check_seen(move, typed.seen)
        choices = _chosen(move, typed)
        is_seen = choices.told() == {name: move.choices.get(name) for name in choices.told()}
        if typed.act == "move" and is_seen:
            room.move(home, move.id, choices, consent=typed.consent, agreed=bool(typed.agreed), by=desk.by)
        else:  # what was chosen since is seen before it is done
            room.look_again(home, move.id, choices, by=desk.by)
    except (InputError, ConflictError) as error:
        return _page(desk, room.show(home, move_id, by=desk.by), mistake=error, consent=typed.consent)
    return back_to(f"{_at(desk)}/{move.id}")


@router.get("/{move_id}/errors/{number}.csv")
def errors(move_id: Number, number: Number, desk: SeesAudience) -> Response:
    """Return the rows of a list that could not be used, to be mended and moved in again."""
    path = desk.parts.list_moves.errors(_home(desk), move_id, number, by=desk.by)
    return errors_answer(path, f"list-{move_id}-{number}.errors.csv")


def errors_answer(path: Path, name: str) -> Response:
    """Return a CSV file of what could not be used, to be downloaded by a name."""
    named = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_pieces(path), media_type="text/csv; charset=utf-8", headers={**PRIVATE, **named})


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(partial(file.read, _PIECE), b"")


def mark_of(move: ListMove) -> str:
    """Return what tells one look at a file from the next."""
    return f"{move.asked_at.timestamp():.3f}"


def check_seen(move: ListMove, seen: str) -> None:
    """Raise ConflictError for a form about another look than the newest."""
    if seen != mark_of(move):
        raise ConflictError("somebody looked at it meanwhile", remedy="this is how it is now")


def _chosen(move: ListMove, typed: ChoiceForm) -> MoveChoices:
    """Return what a form says, put to what was said before."""
    before = choices_of(move)
    mapping, states = dict(before.mapping), dict(entry.rpartition("=")[::2] for entry in before.states)
    for column, field in zip(move.survey.get("columns", []), typed.field, strict=False):
        if field in FIELD_TITLES and field != column["field"]:
            mapping[column["name"]] = field
    for word, meaning in zip(move.survey.get("words", []), typed.meaning, strict=False):
        if meaning in MEANING_TITLES and meaning != word["meaning"]:
            states[f"{word['column']}:{word['word']}"] = meaning
    said = [f"{key}={meaning}" for key, meaning in states.items() if meaning]
    product = typed.product if typed.product in PRODUCT_TITLES else before.product
    return MoveChoices(product, mapping, said, typed.list_id.strip()[:20])


def _first_page(desk: Desk, *, mistake: InputError | ConflictError | None = None) -> Response:
    found = desk.parts.list_moves.newest(_home(desk), by=desk.by)
    values: dict[str, Any] = {
        "moves": found,
        "mistake": mistake,
        "at": _at(desk),
        "most": MOST_OCTETS >> 20,
        "kind": "readers",
    }
    status = 200 if mistake is None else mistake.http_status
    return desk.page("move_in.html", values | {"publication": desk.publication, "under_way": UNDER_WAY}, status=status)


def _page(
    desk: Desk, move: ListMove, *, mistake: InputError | ConflictError | None = None, consent: str = ""
) -> Response:
    values = _values(desk, move) | {"mistake": mistake, "consent": consent}
    return desk.page("moving.html", values, status=200 if mistake is None else mistake.http_status)


def _values(desk: Desk, move: ListMove) -> dict[str, Any]:
    return {
        "publication": desk.publication,
        "at": f"{_at(desk)}/{move.id}",
        "all": _at(desk),
        "move": move,
        "seen": mark_of(move),
        "survey": NO_SURVEY | move.survey,
        "report": NO_REPORT | move.report,
        "moving": move.state in UNDER_WAY,
        "course": course_of(move, desk.parts.clock.now()),
        "remedy": remedy_of(move),
        "choices": choices_of(move),
        "fields": FIELD_TITLES,
        "meanings": MEANING_TITLES,
        "products": PRODUCT_TITLES,
    }


def _home(desk: Desk) -> int:
    assert desk.publication is not None
    return desk.publication.id


def _at(desk: Desk) -> str:
    assert desk.publication is not None
    return f"/desk/{desk.publication.slug}/readers/move-in"
