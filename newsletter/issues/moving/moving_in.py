"""Move past issues of other products in: public ones into the archive under their own dates, drafts as drafts. Nobody is mailed any of them.

Each post is stored in a transaction of its own, with what it became: the same posts again change nothing, and a run that was killed ends
the same when it is run again. Whoever changed or deleted an issue here since keeps it so.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import InputError, NewsletterError
from newsletter.issues.moving.composing import PostPlace
from newsletter.issues.moving.pictures import KeptPictures, PostPictures
from newsletter.issues.moving.planning_posts import (
    PlannedPost,
    digest_of,
    links_between,
    plan,
    reported,
)
from newsletter.issues.moving.post_report import PostChange, PostFate, PostsReport, ReportedPost
from newsletter.issues.moving.post_terms import PostTerms
from newsletter.issues.moving.readied import PostLinks, picture_at_head, readied
from newsletter.issues.moving.recognising import FoundPosts
from newsletter.issues.moving.storing_posts import MadePost, StoringPosts
from newsletter.model import Publication
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store.database import Database
from newsletter.store.images import images
from newsletter.store.publications import publications
from newsletter.transports.image_store.base import ImageStore


def _nothing(_done: int) -> None:
    """Show nothing."""


@dataclass(frozen=True)
class MovingPosts:
    """The tools of moving past issues in, put together once per process."""

    database: Database
    clock: Clock
    store: ImageStore
    fetch: Callable[[str], bytes]
    base_url: str

    def move_in(
        self,
        found: FoundPosts,
        terms: PostTerms,
        *,
        publication_id: int,
        by: Actor,
        dry_run: bool = False,
        progress: Callable[[int], None] = _nothing,
    ) -> PostsReport:
        """Move posts into a publication, or say with `dry_run` what would become of them; return what became of each.

        Raises NotFoundError; ForbiddenError; UnavailableError when the image store is down. What was stored before stays, and the next run
        goes on from there.
        """
        with self.database.read() as session:
            home = publications.by_id(session, publication_id)
            require(by, Right.WRITE, home.id)
            planned = list(plan(session, home, found, terms, self.clock.now()))
            if not dry_run and any(each.fate is PostFate.ARCHIVED for each in planned):
                require(by, Right.SEND, home.id)  # anybody may read it from now on
        links = links_between(planned, home, self.base_url, terms.site)
        pictures = KeptPictures(found.files, self.fetch, copies=terms.copies, only_say=dry_run)
        move = _Move(home, terms, pictures, links, None if dry_run else by)
        report = PostsReport()
        for number, each in enumerate(planned, start=1):
            report.posts.append(self._moved(each, move))
            progress(number)
        report.pictures_taken, report.pictures_left = pictures.taken, len(pictures.left)
        report.pictures_failed = pictures.failed
        return report

    def _moved(self, each: PlannedPost, move: _Move) -> ReportedPost:
        """Move one post in, or only look at it where nobody is said to do it."""
        if each.is_skipped:
            return reported(each, PostFate.SKIPPED, None)
        digest = digest_of(each, move.terms)
        if each.known and each.known.digest == digest and (each.known.copied or not move.terms.copies):
            return reported(each, each.fate, PostChange.UNCHANGED, issue_id=each.known.issue_id)
        post = replace(each.post, site=each.post.site or move.terms.site)
        pictures = move.pictures.of_post(post.site)
        try:
            place = PostPlace(move.home, each.slug, each.day, picture_at_head(post, pictures))
            ready = readied(post, place, pictures, move.links)
        except InputError as error:
            return reported(each, PostFate.FAILED, None, (error.what,))
        if not ready.whole:
            each = replace(each, fate=PostFate.DRAFT, why="it cannot be kept as it is")
        if move.by is None:
            return reported(each, each.fate, PostChange.CHANGED if each.known else PostChange.NEW, ready.told)
        made = MadePost(each, ready, pictures, digest, move.terms.copies)
        return self._stored(made, move.home, move.by)

    def _stored(self, made: MadePost, home: Publication, by: Actor) -> ReportedPost:
        """Put the pictures of a post away, and store it. Raises UnavailableError when the image store is down."""
        try:
            for image in made.pictures.images.values():
                self.store.put(image.file, image.content)
            with self.database.write() as session:
                return StoringPosts(self.clock).keep(session, made, home, by)
        except Exception:
            self._take_away(made.pictures)
            raise

    def _take_away(self, pictures: PostPictures) -> None:
        """Let go of octets that no publication has an image of; where that fails, they lie there and no address leads to them."""
        with suppress(NewsletterError):
            for taken in pictures.images.values():
                with self.database.read() as session:
                    is_known = images.with_digest(session, taken.digest) is not None
                if not is_known:
                    self.store.remove(taken.file)


@dataclass(frozen=True)
class _Move:
    """One move of posts: where to, how, and by whom; by nobody where it is only tried."""

    home: Publication
    terms: PostTerms
    pictures: KeptPictures
    links: PostLinks
    by: Actor | None
