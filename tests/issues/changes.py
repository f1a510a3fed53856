"""What people may change in this room, and what it does by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from newsletter.issues import approving, deleting, editing, previewing, publishing, renaming
from newsletter.model import Issue
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from tests.parts.answers import MEANT
from tests.parts.changes import Change, modules_of
from tests.web.scene import Scene

MODULES = modules_of("issues")
BY_ITSELF = {
    "newsletter.issues.deleting.purge": "the bin forgets what lay in it for thirty days; who put it there stands written",
    "newsletter.issues.preview_texts.keep": "a text that somebody types is shown to them, and nothing of the issue changes",
    "newsletter.issues.preview_texts.forget": "texts kept for previews are forgotten within a day",
}


def tools(scene: Scene) -> dict[str, Any]:
    """Return what sends a test, or freezes."""
    return {"clock": scene.clock, "renderer": scene.parts.renderer, "settings": scene.parts.settings}


def issue(scene: Scene, name: str) -> dict[str, str]:
    """Return the slugs of an issue of the scene."""
    with scene.database.read() as session:
        return {"publication": scene.publication.slug, "slug": session.get_one(Issue, scene.names[name]).slug}


def _text(scene: Scene, name: str) -> str:
    return str(scene.names[f"{name} text"])


def _import(scene: Scene, by: Actor) -> object:
    text = _text(scene, "spare").replace("2026-05-04", "2026-05-24")
    return editing.import_issue(scene.database, clock=scene.clock, text=text, source="a file", by=by)


def _save(scene: Scene, by: Actor) -> object:
    number, text = int(str(scene.names["draft"])), _text(scene, "draft")
    return editing.save(scene.database, clock=scene.clock, issue_id=number, text=text, revision=1, by=by)


def _schedule(scene: Scene, by: Actor) -> object:
    at = scene.clock.now() + timedelta(days=1)
    return publishing.schedule(scene.database, **tools(scene), **issue(scene, "ready"), at=at, despite=MEANT, by=by)


def _test(scene: Scene, by: Actor) -> object:
    named = issue(scene, "tested")
    return previewing.test_send(
        scene.database, queue=scene.parts.queue, **tools(scene), **named, to="me@tide.example.org", by=by
    )


CHANGES = (
    Change(editing.import_issue, Right.WRITE, "issue.create", _import),
    Change(editing.save, Right.WRITE, "issue.change", _save),
    Change(
        editing.new,
        Right.WRITE,
        "issue.create",
        lambda scene, by: editing.new(scene.database, clock=scene.clock, publication=scene.publication.slug, by=by),
    ),
    Change(
        deleting.delete,
        Right.WRITE,
        "issue.delete",
        lambda scene, by: deleting.delete(scene.database, clock=scene.clock, **issue(scene, "spare"), by=by),
    ),
    Change(
        deleting.restore,
        Right.WRITE,
        "issue.restore",
        lambda scene, by: deleting.restore(
            scene.database, clock=scene.clock, issue_id=int(str(scene.names["binned"])), by=by
        ),
    ),
    Change(previewing.test_send, Right.WRITE, "issue.test-mail", _test),
    Change(publishing.schedule, Right.SEND, "issue.schedule", _schedule),
    Change(
        publishing.undo,
        Right.SEND,
        "issue.take-back",
        lambda scene, by: publishing.undo(scene.database, clock=scene.clock, **issue(scene, "scheduled"), by=by),
    ),
    Change(
        approving.approve,
        Right.APPROVE,
        "issue.approve",
        lambda scene, by: approving.approve(scene.database, clock=scene.clock, **issue(scene, "ready"), by=by),
    ),
    Change(
        renaming.rename_issue,
        Right.WRITE,
        "issue.rename",
        lambda scene, by: renaming.rename_issue(
            scene.database, clock=scene.clock, **issue(scene, "spare"), new="another", by=by
        ),
    ),
    Change(
        renaming.rename_publication,
        Right.MANAGE_PUBLICATION,
        "publication.rename",
        lambda scene, by: renaming.rename_publication(
            scene.database, clock=scene.clock, slug=scene.publication.slug, new="grove", by=by
        ),
    ),
)
