"""What people may change in this room, and what it does by itself."""

from __future__ import annotations

from datetime import date

from sqlalchemy import update

from newsletter.model import Issue
from newsletter.model.actor import Actor
from newsletter.model.brand import Author
from newsletter.model.rights import Right
from newsletter.model.states import IssueState
from newsletter.publications.authors import AuthorChange, Authors
from newsletter.publications.checking_domain import DomainChecking
from newsletter.publications.click_counting import ClickCounting
from newsletter.publications.creating import Creating, NewPublication, PublicationChange
from newsletter.publications.ending import Ending
from newsletter.publications.slotting import SlotChange, Slotting
from newsletter.publications.snippets import Snippets
from tests.parts.actors import OPERATOR
from tests.parts.changes import Change, modules_of
from tests.web.scene import Scene

MODULES = modules_of("publications")
BY_ITSELF = {
    "newsletter.publications.removing.RemovalRounds._go_on": "removes what somebody asked to be removed; the wish stands written",
}
CHRISTMAS = date(2029, 12, 25)


def _create(scene: Scene, by: Actor) -> object:
    return scene.parts.creating.create(NewPublication("grove", "The Grove", "ada@grove.test"), by=by)


def _skip(scene: Scene) -> object:
    return scene.parts.slotting.skip(scene.publication.id, CHRISTMAS, "Christmas", by=OPERATOR)


def _idle(scene: Scene) -> None:
    """Let no issue be on its way."""
    with scene.database.write() as session:
        session.execute(update(Issue).values(state=IssueState.CANCELLED))


def _close(scene: Scene) -> None:
    _idle(scene)
    scene.parts.ending.close(scene.publication.id, by=OPERATOR)


CHANGES = (
    Change(
        Slotting.change,
        Right.MANAGE_PUBLICATION,
        "publication.slot",
        lambda scene, by: scene.parts.slotting.change(scene.publication.id, SlotChange(hour="07:00"), by=by),
    ),
    Change(
        Slotting.skip,
        Right.MANAGE_PUBLICATION,
        "publication.skip-day",
        lambda scene, by: scene.parts.slotting.skip(scene.publication.id, CHRISTMAS, "Christmas", by=by),
    ),
    Change(
        Slotting.keep,
        Right.MANAGE_PUBLICATION,
        "publication.keep-day",
        lambda scene, by: scene.parts.slotting.keep(scene.publication.id, CHRISTMAS, by=by),
        prepare=_skip,
    ),
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
        Ending.close,
        Right.MANAGE_PUBLICATION,
        "publication.close",
        lambda scene, by: scene.parts.ending.close(scene.publication.id, by=by),
        prepare=_idle,
    ),
    Change(
        Ending.reopen,
        Right.MANAGE_PUBLICATION,
        "publication.reopen",
        lambda scene, by: scene.parts.ending.reopen(scene.publication.id, by=by),
        prepare=_close,
    ),
    Change(
        Ending.remove,
        Right.MANAGE_PUBLICATION,
        "publication.remove",
        lambda scene, by: scene.parts.ending.remove(scene.publication.id, "The Orchard Letter", by=by),
        prepare=_close,
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
        DomainChecking.check,
        Right.MANAGE_PUBLICATION,
        "domain.check",
        lambda scene, by: scene.parts.domain_checking.check(scene.publication.id, by=by),
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
