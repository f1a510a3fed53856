"""What people may change in this room: where a link leads."""

from __future__ import annotations

from newsletter.feedback import links
from newsletter.model.rights import Right
from tests.parts.changes import Change

MODULES = (links.__name__,)
BY_ITSELF: dict[str, str] = {}
CHANGES = (
    Change(
        links.change,
        Right.SEND,
        "issue.relink",
        lambda scene, by: links.change(
            scene.database,
            clock=scene.clock,
            issue_id=scene.names["sent"],
            number=1,
            url="https://journal.test/moved",
            by=by,
        ),
    ),
)
