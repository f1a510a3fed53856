"""The routes by which readers and past issues move in; a part of the list of all."""

from __future__ import annotations

from newsletter.model.rights import Right
from tests.web.route import Who
from tests.web.route import change as _change
from tests.web.route import desk as _desk
from tests.web.route import get as _get
from tests.web.route import post as _post

HOME = "/desk/{publication}"
HERE = "/desk/orchard"
MOVING_ROUTES = (
    _desk(f"{HOME}/readers/move-in", right=Right.MANAGE_AUDIENCE),
    _change(
        f"{HOME}/readers/move-in", status=422, changes=False, right=Right.MANAGE_AUDIENCE
    ),  # with a file: tests/web/desk/test_moving_in.py
    _get(
        f"{HOME}/readers/move-in/{{move_id}}",
        Who.EDITOR,
        f"{HERE}/readers/move-in/{{move}}",
        right=Right.MANAGE_AUDIENCE,
    ),
    _get(
        f"{HOME}/readers/move-in/{{move_id}}/progress",
        Who.EDITOR,
        f"{HERE}/readers/move-in/{{move}}/progress",
        right=Right.MANAGE_AUDIENCE,
    ),
    _get(
        f"{HOME}/readers/move-in/{{move_id}}/errors/{{number}}.csv",
        Who.EDITOR,
        f"{HERE}/readers/move-in/{{move}}/errors/0.csv",
        right=Right.MANAGE_AUDIENCE,
    ),
    _post(
        f"{HOME}/readers/move-in/{{move_id}}",
        Who.EDITOR,
        f"{HERE}/readers/move-in/{{move}}",
        data={"act": "discard"},
        right=Right.MANAGE_AUDIENCE,
    ),
    _desk(f"{HOME}/issues/move-in", right=Right.WRITE),
    _change(
        f"{HOME}/issues/move-in", status=422, changes=False, right=Right.WRITE
    ),  # with a file: tests/web/desk/test_moving_posts.py
    _get(f"{HOME}/issues/move-in/{{move_id}}", Who.EDITOR, f"{HERE}/issues/move-in/{{posts}}", right=Right.WRITE),
    _get(
        f"{HOME}/issues/move-in/{{move_id}}/progress",
        Who.EDITOR,
        f"{HERE}/issues/move-in/{{posts}}/progress",
        right=Right.WRITE,
    ),
    _get(
        f"{HOME}/issues/move-in/{{move_id}}/errors.csv",
        Who.EDITOR,
        f"{HERE}/issues/move-in/{{posts}}/errors.csv",
        right=Right.WRITE,
    ),
    _post(
        f"{HOME}/issues/move-in/{{move_id}}",
        Who.EDITOR,
        f"{HERE}/issues/move-in/{{posts}}",
        data={"act": "discard"},
        right=Right.WRITE,
    ),
)
