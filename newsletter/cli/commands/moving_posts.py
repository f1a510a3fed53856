"""The past issues of a move: which posts are among its files, how they move in, and the move itself, tried or done."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import TYPE_CHECKING

from newsletter.cli import printing
from newsletter.cli.acting import at_machine
from newsletter.errors import InputError

if TYPE_CHECKING:
    from newsletter.cli.opening import PartsAsNeeded
    from newsletter.issues.moving.post_report import PostsReport
    from newsletter.issues.moving.post_terms import PostTerms
    from newsletter.issues.moving.recognising import FoundPosts
    from newsletter.moved_files import MovedFile

_FEW_COLLECTIONS = (20_000, 20, 20)
"""As of the embedded worker: looking for garbage in the tree of a post that is being read takes a fifth of the time."""


def posts_among(files: Sequence[MovedFile], product: str, issues: bool | None) -> FoundPosts:
    """Return the posts among files, none where only readers are meant. Raises InputError where only issues are, and there is none."""
    from newsletter.issues.moving.recognising import FoundPosts, find_posts

    if issues is False:
        return FoundPosts()
    found = find_posts(files, product=product)
    if issues and not found.posts:
        where = ", ".join(each.name for each in files[:3])
        raise InputError("there is no past issue", where=where, remedy="name the export that holds the posts")
    return found


def post_terms(images: str, site: str, *, include_paid: bool) -> PostTerms:
    """Return how posts move in. Raises InputError for a way that cannot be meant."""
    from newsletter.issues.moving.post_terms import PostTerms

    return PostTerms.said(images=images, include_paid=include_paid, site=site)


class PostMove:
    """The past issues of a move, which may be tried before it is done."""

    def __init__(self, parts: PartsAsNeeded, publication_id: int, found: FoundPosts, terms: PostTerms) -> None:
        self.found = found
        self._parts, self._publication_id, self._terms = parts, publication_id, terms

    def run(self, *, dry_run: bool) -> PostsReport:
        """Move them in, or say what would become of them."""
        gc.set_threshold(*_FEW_COLLECTIONS)
        with printing.progress_bar() as bar:
            task = bar.add_task("Past issues", total=len(self.found.posts), note="") if bar else None

            def show(done: int) -> None:
                if bar and task is not None:
                    bar.update(task, completed=done)

            return self._parts.whole.moving_posts.move_in(
                self.found,
                self._terms,
                publication_id=self._publication_id,
                by=at_machine(),
                dry_run=dry_run,
                progress=show,
            )
