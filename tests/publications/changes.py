"""What people may change in this room, and what it does by itself."""

from __future__ import annotations

from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.publications import click_counting, creating
from tests.parts.changes import Change, modules_of
from tests.web.scene import Scene

MODULES = modules_of("publications")
BY_ITSELF: dict[str, str] = {}


def _create(scene: Scene, by: Actor) -> object:
    words = {"slug": "grove", "name": "The Grove", "from_address": "ada@grove.test"}
    return creating.create(scene.database, clock=scene.clock, **words, by=by)


CHANGES = (
    Change(creating.create, Right.MANAGE_SERVICE, "publication.create", _create, of_service=True),
    Change(
        creating.change,
        Right.MANAGE_PUBLICATION,
        "publication.change",
        lambda scene, by: creating.change(
            scene.database, clock=scene.clock, slug=scene.publication.slug, name="The Orchard Again", by=by
        ),
    ),
    Change(
        click_counting.count_clicks,
        Right.MANAGE_PUBLICATION,
        "publication.change",
        lambda scene, by: click_counting.count_clicks(
            scene.database, clock=scene.clock, publication=scene.publication.slug, on=True, by=by
        ),
    ),
)
