"""What people may change in this room: where a link leads, and whether clicks are counted."""

from __future__ import annotations

from newsletter.feedback import counting, links
from newsletter.model.rights import Right
from tests.parts.changes import Change

MODULES = (counting.__name__, links.__name__)
BY_ITSELF: dict[str, str] = {}
CHANGES = (
    Change(
        counting.count_clicks,
        Right.MANAGE_PUBLICATION,
        "publication.change",
        lambda scene, by: counting.count_clicks(
            scene.database, clock=scene.clock, publication=scene.publication.slug, on=True, by=by
        ),
    ),
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
