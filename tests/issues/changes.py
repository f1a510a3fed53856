"""What people may change in this room, and what it does by itself."""

from __future__ import annotations

from datetime import date, timedelta

from newsletter.issues.accepting import Accepting, key_of
from newsletter.issues.approving import Approving
from newsletter.issues.asking_approval import AskingApproval
from newsletter.issues.bringing import Bringing, Luggage
from newsletter.issues.choosing_audience import ChoosingAudience
from newsletter.issues.commenting import Commenting
from newsletter.issues.deleting import Deleting
from newsletter.issues.drafted_words import DraftedWords
from newsletter.issues.editing import Editing
from newsletter.issues.filling import Filling
from newsletter.issues.history import History
from newsletter.issues.mending import Mending
from newsletter.issues.moving.moving_in import MovingPosts
from newsletter.issues.moving.post_terms import PostTerms
from newsletter.issues.moving.posts import ForeignPost, PostBody
from newsletter.issues.moving.recognising import FoundPosts
from newsletter.issues.new_issues import NewIssues
from newsletter.issues.preflight import Finding, Fix
from newsletter.issues.preflight.drafted_marks import marked
from newsletter.issues.previewing import Previewing
from newsletter.issues.publishing import Publishing
from newsletter.issues.rearranging import Rearranging
from newsletter.issues.renaming import Renaming
from newsletter.issues.saving import Edit, Saving
from newsletter.model import Editor
from newsletter.model.actor import Actor
from newsletter.model.addition import Addition
from newsletter.model.document import LinkItem, Section, SectionKind
from newsletter.model.proposed import ProposedWords
from newsletter.model.rights import Right, Role
from newsletter.rendering.markdown_file import write_item
from newsletter.store.accounts import editors, grants
from newsletter.store.issues import issues
from tests.parts.actors import OPERATOR, able
from tests.parts.answers import MEANT
from tests.parts.changes import Change, modules_of
from tests.web.scene import Scene

MODULES = modules_of("issues")
BY_ITSELF = {
    "newsletter.issues.slot_rounds.SlotRounds.tick": "the slot schedules as the scheduler, which is written down; old turns are forgotten",
    "newsletter.issues.slot_rounds.SlotRounds._tell": "warns those who approve; the alarm is its record",
    "newsletter.issues.slot_rounds.SlotRounds._tell_of_none": "ends an alarm whose cause is mended",
    "newsletter.issues.deleting.Deleting.purge": "the bin forgets what lay in it for thirty days; who put it there stands written",
    "newsletter.issues.preview_texts.keep": "a text that somebody types is shown to them, and nothing of the issue changes",
    "newsletter.issues.preview_texts.forget": "texts kept for previews are forgotten within a day",
    "newsletter.issues.working_copies.WorkingCopies.keep": "what somebody types and does not store is kept for them; the issue stays as it is",
    "newsletter.issues.working_copies.WorkingCopies.discard": "lets go of one's own typed text, which was never stored",
    "newsletter.issues.working_copies.WorkingCopies.forget": "typed text that nobody came back for is forgotten after thirty days",
    "newsletter.issues.thinning.HistoryRounds.thin": "of old revisions the last one of an hour or a day is kept",
}


def issue(scene: Scene, name: str) -> int:
    """Return the id of an issue of the scene."""
    return int(str(scene.names[name]))


def _text(scene: Scene, name: str) -> str:
    return str(scene.names[f"{name} text"])


def _approve(scene: Scene) -> object:
    """Whoever takes an approval back gave it: the one who acts in these tests."""
    return scene.parts.approving.approve(issue(scene, "ready"), by=able(*Right))


def _approver(scene: Scene) -> None:
    """Somebody else who may approve."""
    with scene.database.write() as session:
        made = Editor(address="approver@orchard.test", password_hash="x", created_at=scene.clock.now())
        editors.add(session, made)
        grants.give(session, made.id, None, Role.OWNER, scene.clock.now())


def _import(scene: Scene, by: Actor) -> object:
    text = _text(scene, "spare").replace("2026-05-04", "2026-05-24")
    return scene.parts.editing.import_issue(text, source="a file", by=by)


def _bring(scene: Scene, by: Actor) -> object:
    text = _text(scene, "spare").replace("2026-05-04", "2026-05-25")
    return scene.parts.bringing.import_issue(text, Luggage(), source="a file", by=by)


def _move_in(scene: Scene, by: Actor) -> object:
    post = ForeignPost(
        "plain", "a.html", "a.html", "Ebb", lambda: PostBody("<p>Low</p>"), why_draft="it was a draft there"
    )
    home = scene.publication.id
    return scene.parts.moving_posts.move_in(FoundPosts([post]), PostTerms(), publication_id=home, by=by)


def _save(scene: Scene, by: Actor) -> object:
    number, text = issue(scene, "draft"), _text(scene, "draft")
    return scene.parts.editing.save(number, text=text, revision=1, by=by)


def _schedule(scene: Scene, by: Actor) -> object:
    at = scene.clock.now() + timedelta(days=1)
    return scene.parts.publishing.schedule(issue(scene, "ready"), at, despite=MEANT, by=by)


def _test(scene: Scene, by: Actor) -> object:
    return scene.parts.previewing.send_test(issue(scene, "tested"), "me@tide.example.org", by=by)


def _section() -> Section:
    story = LinkItem(title="A story that was gathered", url="https://wire.example/story")
    return Section(title="Gathered", slug="gathered", kind=SectionKind.LINKS, items=(story,))


def _begin(scene: Scene, by: Actor) -> object:
    day, tool = date(2026, 5, 26), scene.parts.filling
    return tool.begin(scene.publication.id, day, [_section()], note="Told.", by=by, also=lambda *_: None)


def _fill(scene: Scene, by: Actor) -> object:
    additions, tool = [Addition(_section())], scene.parts.filling
    return tool.add(issue(scene, "draft"), 1, additions, note="Told.", by=by, also=lambda *_: None)


def _with_what_was_filled(scene: Scene) -> None:
    _fill(scene, OPERATOR)


def _take_out(scene: Scene, by: Actor) -> object:
    written = [write_item(item) for item in _section().items]
    return scene.parts.filling.take_out(issue(scene, "draft"), written, by=by, also=lambda *_: None)


TRACKED = "https://a.example/?utm_source=x"


def _with_something_to_mend(scene: Scene) -> None:
    text = _text(scene, "draft") + f"\n\nSee {TRACKED} now.\n"
    scene.parts.editing.save(issue(scene, "draft"), text=text, revision=1, by=OPERATOR)


def _mend(scene: Scene, by: Actor) -> object:
    with scene.parts.database.read() as session:
        stored = issues.by_id(session, issue(scene, "draft"))
    line = stored.source.split("\n").index(f"See {TRACKED} now.") + 1
    fix = Fix(line, TRACKED, "https://a.example/")
    return scene.parts.mending.mend(stored.id, [fix], revision=stored.revision, by=by)


def _with_something_drafted(scene: Scene) -> None:
    text = _text(scene, "draft") + f"\n\n{marked('It stands.')}\n"
    scene.parts.editing.save(issue(scene, "draft"), text=text, revision=1, by=OPERATOR)


def with_an_item(scene: Scene) -> None:
    """Give the draft an item that words can be put to."""
    text = (
        _text(scene, "draft") + "\n\n## Piers {#piers kind=links}\n\n### [One](https://one.example/) {#one}\n\nWords.\n"
    )
    scene.parts.editing.save(issue(scene, "draft"), text=text, revision=1, by=OPERATOR)


def _put(scene: Scene, by: Actor) -> object:
    words = ProposedWords((), {("piers", "one"): "It stands."})
    return scene.parts.drafted_words.put(issue(scene, "draft"), words, revision=2, by=by)


def _with_two_revisions(scene: Scene) -> None:
    text = _text(scene, "draft") + "\n\nOne more line.\n"
    scene.parts.editing.save(issue(scene, "draft"), text=text, revision=1, by=OPERATOR)


def _restore(scene: Scene, by: Actor) -> object:
    return scene.parts.history.restore(issue(scene, "draft"), 1, revision=2, by=by)


def _save_together(scene: Scene, by: Actor) -> object:
    edit = Edit(_text(scene, "draft").replace("---\n", "---\n# A comment.\n", 1), 1)
    return scene.parts.saving.save(issue(scene, "draft"), edit, by=by)


ADVICE = Finding("advise", "subject-length", "the subject is short", "subject", "say more")


def _accept(scene: Scene, by: Actor) -> object:
    return scene.parts.accepting.accept(issue(scene, "draft"), ADVICE, _text(scene, "draft"), reason="Meant.", by=by)


def _with_something_accepted(scene: Scene) -> None:
    _accept(scene, OPERATOR)


def _show_again(scene: Scene, by: Actor) -> object:
    key = key_of(ADVICE, _text(scene, "draft"))
    return scene.parts.accepting.show_again(issue(scene, "draft"), key, by=by)


CHANGES = (
    Change(Accepting.accept, Right.WRITE, "issue.accept-finding", _accept),
    Change(Accepting.show_again, Right.WRITE, "issue.reopen-finding", _show_again, prepare=_with_something_accepted),
    Change(History.restore, Right.WRITE, "issue.change", _restore, prepare=_with_two_revisions),
    Change(Saving.save, Right.WRITE, "issue.change", _save_together, prepare=_with_two_revisions),
    Change(DraftedWords.put, Right.WRITE, "issue.change", _put, prepare=with_an_item),
    Change(
        DraftedWords.accept,
        Right.WRITE,
        "issue.change",
        lambda scene, by: scene.parts.drafted_words.accept(issue(scene, "draft"), by=by),
        prepare=_with_something_drafted,
    ),
    Change(Mending.mend, Right.WRITE, "issue.change", _mend, prepare=_with_something_to_mend),
    Change(Editing.import_issue, Right.WRITE, "issue.create", _import),
    Change(Filling.begin, Right.WRITE, "issue.create", _begin),
    Change(Filling.add, Right.WRITE, "issue.change", _fill),
    Change(Filling.take_out, Right.WRITE, "issue.change", _take_out, prepare=_with_what_was_filled),
    Change(Bringing.import_issue, Right.WRITE, "issue.create", _bring),
    Change(Editing.save, Right.WRITE, "issue.change", _save),
    Change(
        Editing.new,
        Right.WRITE,
        "issue.create",
        lambda scene, by: scene.parts.editing.new(scene.publication.id, by=by),
    ),
    Change(
        Deleting.delete,
        Right.WRITE,
        "issue.delete",
        lambda scene, by: scene.parts.deleting.delete(issue(scene, "spare"), by=by),
    ),
    Change(
        Deleting.restore,
        Right.WRITE,
        "issue.restore",
        lambda scene, by: scene.parts.deleting.restore(issue(scene, "binned"), by=by),
    ),
    Change(Previewing.send_test, Right.WRITE, "issue.test-mail", _test),
    Change(
        ChoosingAudience.choose,
        Right.SEND,
        "issue.audience",
        lambda scene, by: scene.parts.choosing_audience.choose(issue(scene, "draft"), None, by=by),
    ),
    Change(Publishing.schedule, Right.SEND, "issue.schedule", _schedule),
    Change(
        Publishing.reschedule,
        Right.SEND,
        "issue.reschedule",
        lambda scene, by: scene.parts.publishing.reschedule(
            issue(scene, "scheduled"), scene.clock.now() + timedelta(days=9), despite=MEANT, by=by
        ),
    ),
    Change(
        Publishing.undo,
        Right.SEND,
        "issue.take-back",
        lambda scene, by: scene.parts.publishing.undo(issue(scene, "scheduled"), by=by),
    ),
    Change(
        Approving.approve,
        Right.APPROVE,
        "issue.approve",
        lambda scene, by: scene.parts.approving.approve(issue(scene, "ready"), by=by),
    ),
    Change(
        AskingApproval.ask,
        Right.WRITE,
        "issue.ask-approval",
        lambda scene, by: scene.parts.asking_approval.ask(issue(scene, "ready"), by=by),
        prepare=_approver,
    ),
    Change(
        Commenting.comment,
        Right.WRITE,
        "issue.comment",
        lambda scene, by: scene.parts.commenting.comment(issue(scene, "ready"), "Is this so?", line=1, by=by),
    ),
    Change(
        Commenting.resolve,
        Right.WRITE,
        "issue.resolve-comment",
        lambda scene, by: scene.parts.commenting.resolve(
            issue(scene, "draft"), int(str(scene.names["comment"])), by=by
        ),
    ),
    Change(
        Approving.withdraw,
        Right.APPROVE,
        "issue.withdraw-approval",
        lambda scene, by: scene.parts.approving.withdraw(issue(scene, "ready"), by=by),
        prepare=_approve,
    ),
    Change(MovingPosts.move_in, Right.WRITE, "issue.create", _move_in),
    Change(
        NewIssues.keep,
        Right.MANAGE_PUBLICATION,
        "publication.change",
        lambda scene, by: scene.parts.new_issues.keep(scene.publication.id, "Begin here.", by=by),
    ),
    Change(
        Rearranging.duplicate,
        Right.WRITE,
        "issue.create",
        lambda scene, by: scene.parts.rearranging.duplicate(issue(scene, "spare"), by=by),
    ),
    Change(
        Rearranging.move,
        Right.WRITE,
        "issue.change",
        lambda scene, by: scene.parts.rearranging.move(issue(scene, "spare"), date(2026, 5, 30), by=by),
    ),
    Change(
        Renaming.rename_issue,
        Right.WRITE,
        "issue.rename",
        lambda scene, by: scene.parts.renaming.rename_issue(issue(scene, "spare"), "another", by=by),
    ),
    Change(
        Renaming.rename_publication,
        Right.MANAGE_PUBLICATION,
        "publication.rename",
        lambda scene, by: scene.parts.renaming.rename_publication(scene.publication.id, "grove", by=by),
    ),
)
