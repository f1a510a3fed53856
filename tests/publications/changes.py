"""What people may change in this room, and what it does by itself."""

from __future__ import annotations

from newsletter.model.actor import Actor
from newsletter.model.brand import Author
from newsletter.model.rights import Right
from newsletter.publications.authors import AuthorChange, Authors
from newsletter.publications.click_counting import ClickCounting
from newsletter.publications.creating import Creating, NewPublication, PublicationChange
from tests.parts.actors import OPERATOR
from tests.parts.changes import Change, modules_of
from tests.web.scene import Scene

MODULES = modules_of("publications")
BY_ITSELF: dict[str, str] = {}


def _create(scene: Scene, by: Actor) -> object:
    return scene.parts.creating.create(NewPublication("grove", "The Grove", "ada@grove.test"), by=by)


def _with_author(scene: Scene) -> int:
    if not scene.parts.authors.listed(scene.publication.id):
        scene.parts.authors.add(scene.publication.id, Author("ada", "Ada"), by=OPERATOR)
    return scene.publication.id


def _change_author(scene: Scene, by: Actor) -> object:
    return scene.parts.authors.change(_with_author(scene), "ada", AuthorChange(bio="Writes."), by=by)


def _remove_author(scene: Scene, by: Actor) -> None:
    scene.parts.authors.remove(_with_author(scene), "ada", by=by)


CHANGES = (
    Change(Creating.create, Right.MANAGE_SERVICE, "publication.create", _create, of_service=True),
    Change(
        Creating.change,
        Right.MANAGE_PUBLICATION,
        "publication.change",
        lambda scene, by: scene.parts.creating.change(
            scene.publication.id, PublicationChange(name="The Orchard Again"), by=by
        ),
    ),
    Change(
        Authors.add,
        Right.MANAGE_PUBLICATION,
        "author.add",
        lambda scene, by: scene.parts.authors.add(scene.publication.id, Author("grace", "Grace"), by=by),
    ),
    Change(Authors.change, Right.MANAGE_PUBLICATION, "author.change", _change_author),
    Change(Authors.remove, Right.MANAGE_PUBLICATION, "author.remove", _remove_author),
    Change(
        ClickCounting.count_clicks,
        Right.MANAGE_PUBLICATION,
        "publication.change",
        lambda scene, by: scene.parts.click_counting.count_clicks(scene.publication.id, on=True, by=by),
    ),
)
