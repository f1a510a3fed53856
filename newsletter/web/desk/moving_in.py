"""Moving readers in: choose a file, look at what it is and what would be done, choose otherwise, move in, and see what came of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict

from newsletter.audience.list_moves import ListMoves, MoveChoices, choices_of
from newsletter.errors import ConflictError, InputError
from newsletter.model import ListMove
from newsletter.web.desk.moved_list import (
    FIELD_TITLES,
    MEANING_TITLES,
    NO_REPORT,
    NO_SURVEY,
    PRODUCT_TITLES,
    remedy_of,
)
from newsletter.web.desk.moving_pages import MovingPages
from newsletter.web.desk.pages import Desk, ManagesAudience, SeesAudience, back_to
from newsletter.web.parts import Number

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


PAGES: MovingPages[ListMoves] = MovingPages("readers", "readers/move-in", "list_moves")


@router.get("")
def form(desk: SeesAudience) -> Response:
    """Show where a file is chosen, and the lists of before."""
    return PAGES.first(desk)


@router.post("")
def take(desk: ManagesAudience, request: Request) -> Response:
    """Take a file, and have it looked at."""
    return PAGES.take(desk, request)


@router.get("/{move_id}")
def show(move_id: Number, desk: SeesAudience) -> Response:
    """Show how far a list is, what it was taken for, or what came of it."""
    return _page(desk, PAGES.shown(desk, move_id))


@router.get("/{move_id}/progress")
def progress(move_id: Number, desk: SeesAudience) -> Response:
    """Return how far it is."""
    move = PAGES.shown(desk, move_id)
    return PAGES.progress(desk, move, _values(desk, move))


@router.post("/{move_id}")
def choose(move_id: Number, desk: ManagesAudience, typed: Typed) -> Response:
    """Look again with other choices, move in as it was looked at, or let the list go."""
    room, home = PAGES.room(desk), PAGES.home(desk)
    move = room.show(home, move_id, by=desk.by)
    try:
        if typed.act == "discard":
            room.discard(home, move.id, by=desk.by)
            return back_to(PAGES.at(desk), "list-discarded")
        PAGES.check_seen(desk, move, typed.seen)
        choices = _chosen(move, typed)
        is_seen = choices.told() == {name: move.choices.get(name) for name in choices.told()}
        if typed.act == "move" and is_seen:
            room.move(home, move.id, choices, consent=typed.consent, agreed=bool(typed.agreed), by=desk.by)
        else:  # what was chosen since is seen before it is done
            room.look_again(home, move.id, choices, by=desk.by)
    except (InputError, ConflictError) as error:
        return _page(desk, room.show(home, move_id, by=desk.by), mistake=error, consent=typed.consent)
    return back_to(PAGES.at(desk, move))


@router.get("/{move_id}/errors/{number}.csv")
def errors(move_id: Number, number: Number, desk: SeesAudience) -> Response:
    """Return the rows of a list that could not be used, to be mended and moved in again."""
    name = desk.parts.list_moves.error_name(PAGES.home(desk), move_id, number, by=desk.by)
    return PAGES.errors(desk, move_id, number, name)


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


def _page(
    desk: Desk, move: ListMove, *, mistake: InputError | ConflictError | None = None, consent: str = ""
) -> Response:
    values = _values(desk, move) | {"mistake": mistake, "consent": consent}
    return desk.page("moving.html", values, status=200 if mistake is None else mistake.http_status)


def _values(desk: Desk, move: ListMove) -> dict[str, Any]:
    return PAGES.values(desk, move) | {
        "survey": NO_SURVEY | move.survey,
        "report": NO_REPORT | move.report,
        "remedy": remedy_of(move),
        "choices": choices_of(move),
        "fields": FIELD_TITLES,
        "meanings": MEANING_TITLES,
        "products": PRODUCT_TITLES,
    }
