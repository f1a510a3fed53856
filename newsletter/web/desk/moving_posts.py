"""Moving past issues in: choose a file, look at what would become of each post, choose otherwise, move in, and see what came of it."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict

from newsletter.audience.post_moves import PostChoices, PostMoves, post_choices_of
from newsletter.errors import ConflictError, InputError
from newsletter.issues.moving.post_report import PostsReport
from newsletter.issues.moving.post_run import cut
from newsletter.issues.moving.post_terms import PostTerms
from newsletter.issues.moving.products import PRODUCTS
from newsletter.model import ListMove
from newsletter.web.desk.moving_pages import MovingPages
from newsletter.web.desk.pages import Desk, SeesToWrite, Writes, back_to
from newsletter.web.parts import Number

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


PAGES: MovingPages[PostMoves] = MovingPages("posts", "issues/move-in", "post_moves")


@router.get("")
def form(desk: SeesToWrite) -> Response:
    """Show where a file is chosen, and those of before."""
    return PAGES.first(desk)


@router.post("")
def take(desk: Writes, request: Request) -> Response:
    """Take a file, and have it looked at."""
    return PAGES.take(desk, request)


@router.get("/{move_id}")
def show(move_id: Number, desk: SeesToWrite, after: Number = 0) -> Response:
    """Show how far a file is, what would become of its posts, or what came of them: a hundred behind the first `after`."""
    return _page(desk, PAGES.shown(desk, move_id), after=after)


@router.get("/{move_id}/progress")
def progress(move_id: Number, desk: SeesToWrite) -> Response:
    """Return how far it is."""
    move = PAGES.shown(desk, move_id)
    return PAGES.progress(desk, move, _values(desk, move))


@router.post("/{move_id}")
def choose(move_id: Number, desk: Writes, typed: Typed) -> Response:
    """Look again with other choices, move in as it was looked at, or let the file go."""
    room, home = PAGES.room(desk), PAGES.home(desk)
    move = room.show(home, move_id, by=desk.by)
    try:
        if typed.act == "discard":
            room.discard(home, move.id, by=desk.by)
            return back_to(PAGES.at(desk), "list-discarded")
        PAGES.check_seen(desk, move, typed.seen)
        choices = typed.chosen()
        if typed.act == "move" and choices == post_choices_of(move):
            room.move(home, move.id, choices, by=desk.by)
        else:  # what was chosen since is seen before it is done
            room.look_again(home, move.id, choices, by=desk.by)
    except (InputError, ConflictError) as error:
        return _page(desk, room.show(home, move_id, by=desk.by), mistake=error, typed=typed)
    return back_to(PAGES.at(desk, move))


@router.get("/{move_id}/errors.csv")
def errors(move_id: Number, desk: SeesToWrite) -> Response:
    """Return the posts that are no public issues, or not as they were, with the reason."""
    return PAGES.errors(desk, move_id, 0, f"past-issues-{move_id}.errors.csv")


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
    lines = PAGES.room(desk).lines(PAGES.home(desk), move.id, after=after, most=PAGE + 1, by=desk.by)
    rows = [json.loads(line) for line in lines[:PAGE]]
    return {"rows": rows, "more": after + PAGE if len(lines) > PAGE else 0, "started": after > 0, "after": after}


def _values(desk: Desk, move: ListMove) -> dict[str, Any]:
    return PAGES.values(desk, move) | {
        "report": NO_POSTS | move.report,
        "survey": NO_FILES | move.survey,
        "choices": post_choices_of(move),
        "products": PRODUCT_TITLES,
        "image_titles": IMAGE_TITLES,
        "fates": FATE_TITLES,
        "changes": CHANGE_TITLES,
    }
