"""What a worker does of past issues that somebody moves in at the desk: say what would become of each post, or move them in."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Protocol

from newsletter.errors import InputError, NewsletterError
from newsletter.issues.moving.moving_in import MovingPosts
from newsletter.issues.moving.post_report import PostsReport
from newsletter.issues.moving.post_terms import PostTerms
from newsletter.issues.moving.recognising import FoundPosts, find_posts
from newsletter.model import ListMove
from newsletter.model.actor import Actor
from newsletter.moved_files import MovedFile, opened

_MOST_TOLD = 50
_ERRORS, _TOLD = "0.errors.csv", "posts.jsonl"


class PostsUnderWay(Protocol):
    """A run that a worker has: its file, whoever began it, and how it is told how far it is."""

    move: ListMove
    path: Path

    @property
    def is_dry(self) -> bool:
        """Whether it only looks."""

    def by(self) -> Actor:
        """Return whoever asked for it."""

    def named(self, file: MovedFile) -> MovedFile:
        """Return a file by the name that somebody knows."""

    def made(self, name: str) -> AbstractContextManager[IO[str]]:
        """Open a file that is kept beside the upload."""

    def note(self, *, at_once: bool = False, **values: int) -> None:
        """Say how far it is. Raises a ConflictError when another has it."""

    def hold(self) -> None:
        """Say that it lives."""


@dataclass
class PostRun:
    """One run of past issues, with the tools that move them in."""

    moving: MovingPosts
    run: PostsUnderWay

    def do(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Look at the posts in a dry run, or move them in; return what they are and what came of them. Raises NewsletterError."""
        choices = self.run.move.choices
        terms = PostTerms.said(
            images=choices["images"], include_paid=bool(choices["include_paid"]), site=choices["site"]
        )
        with opened([str(self.run.path)]) as files:
            named = [self.run.named(each) for each in files]
            found = find_posts(named, product=choices["product"])
            if not found.posts:
                raise _nothing(found)
            self.run.note(at_once=True, rows=0, stored_due=len(found.posts))
            report = self._moved(found, terms)
        self._write(report)
        return _survey(found), cut(report.counts())

    def survey_after(self, error: NewsletterError) -> dict[str, Any]:
        """Return nothing: what was found out of posts stands in the trouble."""
        return {}

    def _moved(self, found: FoundPosts, terms: PostTerms) -> PostsReport:
        return replace(self.moving, fetch=self._fetched).move_in(
            found,
            terms,
            publication_id=self.run.move.publication_id,
            by=self.run.by(),
            dry_run=self.run.is_dry,
            progress=lambda done: self.run.note(stored=done),
        )

    def _fetched(self, address: str) -> bytes:
        """Get a picture; the pictures of one post may take longer than a lease."""
        self.run.hold()
        return self.moving.fetch(address)

    def _write(self, report: PostsReport) -> None:
        """Keep a line of each post for the page, and what is to be downloaded of those that did not come as they were."""
        with self.run.made(_TOLD) as file:
            file.writelines(json.dumps(each.as_told(), ensure_ascii=True) + "\n" for each in report.posts)
        with self.run.made(_ERRORS) as file:
            file.writelines(report.error_lines())


def _nothing(found: FoundPosts) -> InputError:
    if found.broken:
        name, why = found.broken[0]
        return InputError(why, where=name, remedy="download it anew")
    return InputError("there is no past issue in this file", remedy="choose the export that holds the posts")


def _survey(found: FoundPosts) -> dict[str, Any]:
    others = [each.name for each in found.files if each.name not in found.claimed]
    broken = [(name[:300], why[:300]) for name, why in found.broken[:_MOST_TOLD]]
    return {"broken": broken, "others": len(others), "read": len(found.claimed)}


def cut(counts: dict[str, Any]) -> dict[str, Any]:
    """Return counts with no more reasons than a page can tell."""
    failed = counts["pictures"]["failed"]
    counts["pictures"] |= {"failed": dict(list(failed.items())[:_MOST_TOLD]), "failed_all": len(failed)}
    return counts | {"reasons": dict(list(counts["reasons"].items())[:_MOST_TOLD])}
