"""Comments on the lines of an issue: they are found again by their words where the text moves, and answered, resolved, reopened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError, InputError
from newsletter.issues import entries
from newsletter.model import Comment, Issue
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store.accounts.audit import Values
from newsletter.store.database import Database
from newsletter.store.issues import comments, issues

LONGEST = 2000
"""Characters of one comment."""
LIKE = 60
"""How like a line must be to one that was commented on, to be it with other words: of 100, as rapidfuzz counts it (1 - InDel distance / length)."""
_QUOTED = 300
_MOST_LINES = 1_000_000


@dataclass(frozen=True, slots=True)
class CommentThread:
    """A comment with what was answered, and where its line stands now: 0 of the whole issue, None where it is gone.

    `words` are those of the line as it stands, where they are no longer those that were commented on.
    """

    first: Comment
    answers: Sequence[Comment]
    line: int | None
    words: str = ""


@dataclass(frozen=True)
class Commenting:
    """The tools of commenting, put together once per process. Whoever may write an issue, or approve it, may comment on it."""

    database: Database
    clock: Clock

    def comment(
        self,
        issue_id: int,
        text: str,
        *,
        line: int = 0,
        quote: str = "",
        answers: int | None = None,
        by: Actor,
    ) -> Comment:
        """Comment on a line of an issue as it stands, on the whole (0), or on another comment; return it.

        `quote` has the words of the line where somebody is writing: it is found by them in the text that is stored, or once they are stored.

        Raises NotFoundError, ForbiddenError, InputError for no words, too many, or a line that is not there; ConflictError beyond
        the number of comments that an issue holds.
        """
        words = text.replace("\r\n", "\n").strip()
        if not words or len(words) > LONGEST or "\0" in words:
            raise InputError(f"a comment has 1 to {LONGEST:,} characters", where="comment", remedy="shorten or fill it")
        now = self.clock.now()
        with self.database.write() as session:
            issue = issues.by_id(session, issue_id)
            require(by, Right.WRITE, issue.publication_id)
            if comments.count(session, issue.id) >= comments.MOST:
                raise ConflictError(f"an issue holds {comments.MOST} comments", remedy="go on in another way")
            about = comments.locked(session, issue.id, answers) if answers is not None else None
            place = (about.line, about.quote) if about else _quoted(issue, line, quote)
            made = Comment(
                publication_id=issue.publication_id,
                issue_id=issue.id,
                answers_id=about.id if about else None,
                revision=issue.revision,
                line=place[0],
                quote=place[1],
                text=words,
                person=by.person,
                name=by.shown_as,
                at=now,
            )
            comments.add(session, made)
            if about is not None and about.resolved_at is not None:
                comments.resolve(about, None, "")  # an answer opens it again
            entries.add(session, by, "issue.comment", issue, at=now, values=Values(new=f"line {made.line}"))
            return made

    def resolve(self, issue_id: int, comment_id: int, *, done: bool = True, by: Actor) -> None:
        """Mark a thread as resolved, or as open again. Raises NotFoundError, ForbiddenError."""
        now = self.clock.now()
        with self.database.write() as session:
            issue = issues.by_id(session, issue_id)
            require(by, Right.WRITE, issue.publication_id)
            found = comments.locked(session, issue.id, comment_id)
            comments.resolve(found, now if done else None, by.shown_as)
            words = Values(new=f"line {found.line}: {'resolved' if done else 'open'}")
            entries.add(session, by, "issue.resolve-comment", issue, at=now, values=words)

    def threads(self, issue: Issue) -> list[CommentThread]:
        """Return the threads of an issue in the order of the text as it stands; what is gone from it comes last."""
        with self.database.read() as session:
            found = comments.of(session, issue.id)
        lines = issue.source.replace("\r\n", "\n").split("\n")
        answers: dict[int, list[Comment]] = {}
        for each in found:
            if each.answers_id is not None:
                answers.setdefault(each.answers_id, []).append(each)
        made = [_thread(each, answers.get(each.id, []), lines) for each in found if not each.answers_id]
        return sorted(made, key=lambda thread: (thread.line is None, thread.line or 0, thread.first.id))


def _quoted(issue: Issue, line: int, quote: str) -> tuple[int, str]:
    lines = issue.source.replace("\r\n", "\n").split("\n")
    if quote.strip() and 0 < line <= _MOST_LINES:
        words = quote.strip()[:_QUOTED]
        return nearest(lines, words, line) or line, words
    if not 0 <= line <= len(lines):
        raise InputError(
            f"the issue has {len(lines)} lines", where="line", remedy="name one of them, or none for the whole"
        )
    return line, lines[line - 1].strip()[:_QUOTED] if line else ""


def _thread(comment: Comment, answers: Sequence[Comment], lines: Sequence[str]) -> CommentThread:
    line = nearest(lines, comment.quote, comment.line) if comment.line else 0
    if line is not None:
        return CommentThread(comment, answers, line)
    likest = _likest(lines, comment.quote, comment.line)
    return CommentThread(comment, answers, likest, lines[likest - 1].strip()[:_QUOTED] if likest else "")


def nearest(lines: Sequence[str], quote: str, line: int) -> int | None:
    """Return the line with these words that is nearest to `line`; None where none has them. `assets/editor/comments.js` does the same."""
    same = [number for number, each in enumerate(lines, 1) if each.strip()[:_QUOTED] == quote]
    return min(same, key=lambda number: abs(number - line)) if same else None


def _likest(lines: Sequence[str], quote: str, line: int) -> int | None:
    """Return the line that these words have most likely become, the nearest of those that are equally like them; None where none is."""
    from rapidfuzz import fuzz  # late: only where a line that was commented on has other words now

    alike = {
        number: likeness
        for number, each in enumerate(lines, 1)
        if (likeness := fuzz.ratio(each.strip()[:_QUOTED], quote, score_cutoff=LIKE))
    }
    return max(alike, key=lambda number: (alike[number], -abs(number - line))) if alike else None
