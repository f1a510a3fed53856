"""Store a post as the issue it becomes: one transaction, in which it is noted what became of it. Whoever changed an issue here since keeps it so."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from newsletter.clock import Clock
from newsletter.issues import entries, recording
from newsletter.issues.drafts import add_draft, new_draft, rewrite_draft, values_of
from newsletter.issues.editing import free_slug
from newsletter.issues.freezing_archived import freeze_archived
from newsletter.issues.moving.pictures import PostPictures
from newsletter.issues.moving.planning_posts import PlannedPost, reported
from newsletter.issues.moving.post_report import PostChange, PostFate, ReportedPost
from newsletter.issues.moving.readied import ReadiedPost
from newsletter.model import Issue, MovedPost, Publication
from newsletter.model.actor import Actor
from newsletter.model.document import Document
from newsletter.model.revisions import RevisionOrigin
from newsletter.model.states import IssueState
from newsletter.rendering.markdown_file import write_markdown
from newsletter.store.images import images
from newsletter.store.issues import issues, moved, other_issues


@dataclass(frozen=True)
class MadePost:
    """A post about to be stored, with its pictures, and what tells whether it is the same the next time."""

    planned: PlannedPost
    ready: ReadiedPost
    pictures: PostPictures
    digest: str
    copied: bool


@dataclass(frozen=True)
class StoringPosts:
    """The tools of storing posts, within somebody's transaction."""

    clock: Clock

    def keep(self, session: Session, made: MadePost, home: Publication, by: Actor) -> ReportedPost:
        """Store a post with its pictures, whose octets are there, and return what became of it."""
        other_issues.lock(session, home.id)
        change, issue = self._write(session, made, home, by)
        if issue is None or change is PostChange.LEFT:
            why = "it was deleted here" if issue is None else "somebody changed it here"
            fate = PostFate.SKIPPED if issue is None else _fate_of(issue)
            return reported(replace(made.planned, why=why), fate, PostChange.LEFT)
        for new in made.pictures.new_images():
            images.keep(session, home.id, new, by=by, at=self.clock.now())
        planned = replace(made.planned, slug=issue.slug)
        return reported(planned, _fate_of(issue), change, made.ready.told, issue_id=issue.id)

    def _write(self, session: Session, made: MadePost, home: Publication, by: Actor) -> tuple[PostChange, Issue | None]:
        """Store a post as the issue it becomes, in the transaction that notes it."""
        each, post = made.planned, made.planned.post
        known = moved.find(session, home.id, post.product, post.foreign_id)
        if known is None:
            change, issue = PostChange.NEW, self._begun(session, made, home, by)
        else:
            there = issues.with_id(session, known.issue_id)
            if there is None or not _is_untouched(there, known):
                return PostChange.LEFT, there
            change, issue = PostChange.CHANGED, self._rewritten(session, made, there, by)
        if each.fate is PostFate.ARCHIVED:
            issue = self._archived(session, issue, each, by)
        moved.lead_to(session, issue, post.paths)
        row = MovedPost(
            publication_id=home.id,
            product=post.product,
            foreign_id=post.foreign_id,
            issue_id=issue.id,
            revision=issue.revision,
            digest=made.digest,
            copied=made.copied,
            moved_at=self.clock.now(),
        )
        moved.keep(session, row)
        return change, issue

    def _begun(self, session: Session, made: MadePost, home: Publication, by: Actor) -> Issue:
        document, text = made.ready.document, made.ready.text
        slug = free_slug(document.slug, issues.slugs_like(session, home.id, document.slug) - {""})
        if slug != document.slug:
            document, text = _with_slug(made.ready, slug)
        return add_draft(session, new_draft(home.id, values_of(document, text, self.clock, by)), by, RevisionOrigin.MOVED_IN)  # fmt: skip

    def _rewritten(self, session: Session, made: MadePost, issue: Issue, by: Actor) -> Issue:
        """Change an issue that moved in before; it keeps its slug."""
        document, text = _with_slug(made.ready, issue.slug)
        values = values_of(document, text, self.clock, by)
        if issue.state is IssueState.DRAFT:
            return rewrite_draft(session, issue, issue.revision, values, by, origin=RevisionOrigin.MOVED_IN)
        before = recording.Before.of(issue)
        changed = issues.rewrite(session, issue.id, issue.revision, values, state=IssueState.ARCHIVED)
        assert changed is not None  # the publication is locked
        recording.record(session, changed, by, RevisionOrigin.MOVED_IN, before)
        entries.add(session, by, "issue.change", changed, at=values["changed_at"])
        freeze_archived(session, changed, values["changed_at"])
        return changed

    def _archived(self, session: Session, issue: Issue, each: PlannedPost, by: Actor) -> Issue:
        """Put a draft into the archive: public from its own day on, and never mailed."""
        if issue.state is IssueState.DRAFT:
            now = self.clock.now()
            freeze_archived(session, issue, now)
            issues.move_as_seen(session, issue, IssueState.ARCHIVED, by=by, at=now, values={"published_at": each.at})
            issue = issues.by_id(session, issue.id, fresh=True)
        return issue


def _with_slug(ready: ReadiedPost, slug: str) -> tuple[Document, str]:
    document = ready.document.model_copy(update={"slug": slug})
    return document, write_markdown(document)


def _is_untouched(issue: Issue, known: MovedPost) -> bool:
    return issue.state in (IssueState.DRAFT, IssueState.ARCHIVED) and issue.revision == known.revision


def _fate_of(issue: Issue) -> PostFate:
    return PostFate.DRAFT if issue.state is IssueState.DRAFT else PostFate.ARCHIVED
