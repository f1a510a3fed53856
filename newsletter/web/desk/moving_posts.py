"""Moving past issues in: choose a file, look at what would become of each post, choose otherwise, move in, and see what came of it."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict

from newsletter.audience.post_moves import PostChoices, post_choices_of
from newsletter.errors import ConflictError, InputError
from newsletter.issues.moving.planning_posts import PostTerms
from newsletter.issues.moving.post_report import PostsReport
from newsletter.issues.moving.post_run import cut
from newsletter.issues.moving.products import PRODUCTS
from newsletter.model import ListMove
from newsletter.model.list_moves import UNDER_WAY
from newsletter.web.desk.moved_list import course_of
from newsletter.web.desk.moving_in import check_seen, errors_answer, mark_of
from newsletter.web.desk.pages import Desk, SeesToWrite, Writes, back_to
from newsletter.web.parts import Number
from newsletter.web.uploads import MOST_OCTETS, uploaded

router = APIRouter(prefix="/desk/{publication}/issues/move-in")
PAGE = 100
_TITLES = {"plain": "Files of HTML or Markdown", "beehiiv": "beehiiv"}
PRODUCT_TITLES = {"": "By its shape"} | {word: _TITLES.get(word, word.capitalize()) for word in PRODUCTS}
IMAGE_TITLES = {"leave": "Stay where they are", "copy": "Are copied here"}
FATE_TITLES = {"archived": "archive", "draft": "draft", "skipped": "left out", "failed": "not readable"}
CHANGE_TITLES = {
    "new": "new",
    "changed": "changed there since",
    "unchanged": "here already",
    "left": "left as it is here",
}

NO_POSTS = cut(PostsReport().counts())
NO_FILES: dict[str, Any] = {"broken": [], "others": 0, "read": 0}


class PostForm(BaseModel):
    """What stands in the form of past issues."""

    model_config = ConfigDict(frozen=True)

    act: str = "look"
    seen: str = ""
    product: str = ""
    images: str = "leave"
    include_paid: str = ""
    site: str = ""

    def chosen(self) -> PostChoices:
        """Return what is chosen. Raises InputError for an address that is none."""
        PostTerms.said(images=self.images, include_paid=bool(self.include_paid), site=self.site.strip())
        product = self.product if self.product in PRODUCT_TITLES else ""
        return PostChoices(product, self.images, bool(self.include_paid), self.site.strip())


Typed = Annotated[PostForm, Form()]


@router.get("")
def form(desk: SeesToWrite) -> Response:
    """Show where a file is chosen, and those of before."""
    return _first_page(desk)


@router.post("")
def take(desk: Writes, request: Request) -> Response:
    """Take a file, and have it looked at."""
    home, upload = _home(desk), uploaded(request)
    if upload is None:
        return _first_page(desk, mistake=InputError("no file was chosen", where="list_file", remedy="choose one"))
    try:
        made = desk.parts.post_moves.take(home, upload.path, file_name=upload.name, by=desk.by)
    except (InputError, ConflictError) as error:
        return _first_page(desk, mistake=error)
    return back_to(f"{_at(desk)}/{made}")


@router.get("/{move_id}")
def show(move_id: Number, desk: SeesToWrite, after: Number = 0) -> Response:
    """Show how far a file is, what would become of its posts, or what came of them: a hundred behind the first `after`."""
    return _page(desk, desk.parts.post_moves.show(_home(desk), move_id, by=desk.by), after=after)


@router.get("/{move_id}/progress")
def progress(move_id: Number, desk: SeesToWrite) -> Response:
    """Return how far it is; whoever looks on is led to the whole page when it is done."""
    move = desk.parts.post_moves.show(_home(desk), move_id, by=desk.by)
    answer = desk.page("moving_progress.html", _values(desk, move))
    if move.state not in UNDER_WAY:
        answer.headers["HX-Redirect"] = f"{_at(desk)}/{move.id}"
    return answer


@router.post("/{move_id}")
def choose(move_id: Number, desk: Writes, typed: Typed) -> Response:
    """Look again with other choices, move in as it was looked at, or let the file go."""
    room, home = desk.parts.post_moves, _home(desk)
    move = room.show(home, move_id, by=desk.by)
    try:
        if typed.act == "discard":
            room.discard(home, move.id, by=desk.by)
            return back_to(_at(desk), "list-discarded")
        check_seen(move, typed.seen)
        choices = typed.chosen()
        if typed.act == "move" and choices == post_choices_of(move):
            room.move(home, move.id, choices, by=desk.by)
        else:  # what was chosen since is seen before it is done
            room.look_again(home, move.id, choices, by=desk.by)
    except (InputError, ConflictError) as error:
        return _page(desk, room.show(home, move_id, by=desk.by), mistake=error, typed=typed)
    return back_to(f"{_at(desk)}/{move.id}")


@router.get("/{move_id}/errors.csv")
def errors(move_id: Number, desk: SeesToWrite) -> Response:
    """Return the posts that are no public issues, or not as they were, with the reason."""
    path = desk.parts.post_moves.errors(_home(desk), move_id, 0, by=desk.by)
    return errors_answer(path, f"past-issues-{move_id}.errors.csv")


def _first_page(desk: Desk, *, mistake: InputError | ConflictError | None = None) -> Response:
    found = desk.parts.post_moves.newest(_home(desk), by=desk.by)
    values: dict[str, Any] = {"moves": found, "mistake": mistake, "at": _at(desk), "most": MOST_OCTETS >> 20}
    more = {"publication": desk.publication, "under_way": UNDER_WAY, "kind": "posts"}
    return desk.page("move_in.html", values | more, status=200 if mistake is None else mistake.http_status)


def _page(
    desk: Desk,
    move: ListMove,
    *,
    after: int = 0,
    mistake: InputError | ConflictError | None = None,
    typed: PostForm | None = None,
) -> Response:
    values = _values(desk, move)
    if not values["moving"]:
        values |= _rows(desk, move, after)
    values |= {"mistake": mistake, "site": typed.site if typed else values["choices"].site}
    return desk.page("moving_posts.html", values, status=200 if mistake is None else mistake.http_status)


def _rows(desk: Desk, move: ListMove, after: int) -> dict[str, Any]:
    lines = desk.parts.post_moves.lines(_home(desk), move.id, after=after, most=PAGE + 1, by=desk.by)
    rows = [json.loads(line) for line in lines[:PAGE]]
    return {"rows": rows, "more": after + PAGE if len(lines) > PAGE else 0, "started": after > 0, "after": after}


def _values(desk: Desk, move: ListMove) -> dict[str, Any]:
    return {
        "publication": desk.publication,
        "at": f"{_at(desk)}/{move.id}",
        "all": _at(desk),
        "move": move,
        "seen": mark_of(move),
        "report": NO_POSTS | move.report,
        "survey": NO_FILES | move.survey,
        "moving": move.state in UNDER_WAY,
        "course": course_of(move, desk.parts.clock.now()),
        "choices": post_choices_of(move),
        "products": PRODUCT_TITLES,
        "image_titles": IMAGE_TITLES,
        "fates": FATE_TITLES,
        "changes": CHANGE_TITLES,
    }


def _home(desk: Desk) -> int:
    assert desk.publication is not None
    return desk.publication.id


def _at(desk: Desk) -> str:
    assert desk.publication is not None
    return f"/desk/{desk.publication.slug}/issues/move-in"
