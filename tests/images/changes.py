"""What people may change in this room, and what it does by itself."""

from __future__ import annotations

from newsletter.images.keeping import Keeping, Upload
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from tests.parts.actors import OPERATOR
from tests.parts.changes import Change, modules_of
from tests.parts.pictures import png
from tests.web.scene import Scene

MODULES = modules_of("images")
BY_ITSELF: dict[str, str] = {}


def _add(scene: Scene, by: Actor) -> object:
    return scene.parts.keeping_images.add(scene.publication.id, [Upload("tree.png", png(shade=7))], by=by)


def _remove(scene: Scene, by: Actor) -> object:
    return scene.parts.keeping_images.remove(scene.publication.id, "tree.png", by=by)


CHANGES = (
    Change(Keeping.add, Right.WRITE, "image.add", _add),
    Change(Keeping.remove, Right.WRITE, "image.remove", _remove, prepare=lambda scene: _add(scene, OPERATOR)),
)
