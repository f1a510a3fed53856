"""What people may change in this room, and what it does by itself."""

from __future__ import annotations

from newsletter.model.actor import Actor
from newsletter.model.brand import Author
from newsletter.model.rights import Right
from newsletter.publications.authors import AuthorChange, Authors
from newsletter.publications.click_counting import ClickCounting
from newsletter.publications.creating import Creating, NewPublication, PublicationChange
from newsletter.publications.snippets import Snippets
from tests.parts.changes import Change, modules_of
from tests.web.scene import Scene

MODULES = modules_of("publications")
BY_ITSELF: dict[str, str] = {}


def _create(scene: Scene, by: Actor) -> object:
    return scene.parts.creating.create(NewPublication("grove", "The Grove", "ada@grove.test"), by=by)


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
    Change(
        Authors.change,
        Right.MANAGE_PUBLICATION,
        "author.change",
        lambda scene, by: scene.parts.authors.change(scene.publication.id, "ada", AuthorChange(bio="Writes."), by=by),
    ),
    Change(
        Authors.remove,
        Right.MANAGE_PUBLICATION,
        "author.remove",
        lambda scene, by: scene.parts.authors.remove(scene.publication.id, "ada", by=by),
    ),
    Change(
        Snippets.keep,
        Right.WRITE,
        "snippet.add",
        lambda scene, by: scene.parts.snippets.keep(scene.publication.id, "Thanks", "Thank you.", by=by),
    ),
    Change(
        Snippets.remove,
        Right.WRITE,
        "snippet.remove",
        lambda scene, by: scene.parts.snippets.remove(scene.publication.id, int(scene.names["snippet"]), by=by),
    ),
    Change(
        ClickCounting.count_clicks,
        Right.MANAGE_PUBLICATION,
        "publication.change",
        lambda scene, by: scene.parts.click_counting.count_clicks(scene.publication.id, on=True, by=by),
    ),
)
