"""Past issues that move in at the desk: the room `issues` reads them, and here their file has its turn beside the lists of readers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from newsletter.accounts.permissions import require
from newsletter.audience.file_moves import FileMoves, MoveActs, ToldChoices, kept_path
from newsletter.model import ListMove
from newsletter.model.actor import Actor
from newsletter.model.list_moves import ListMoveState, MoveKind
from newsletter.model.rights import Right

TOLD = "posts.jsonl"
"""The file that has a line of JSON for each post of the last run, kept as long as the upload would be."""


@dataclass(frozen=True)
class PostChoices:
    """What somebody says of past issues: their product, what becomes of pictures, whether what was for payers is shown, where they stood."""

    product: str = ""
    images: str = "leave"
    include_paid: bool = False
    site: str = ""

    def told(self) -> dict[str, Any]:
        """Return them as JSON holds them."""
        return asdict(self)


def post_choices_of(move: ListMove) -> PostChoices:
    """Return what was chosen last."""
    return PostChoices(**{name: move.choices[name] for name in PostChoices().told() if name in move.choices})


@dataclass(frozen=True)
class PostMoves(FileMoves):
    """The tools of moving past issues in at the desk."""

    kind: ClassVar[MoveKind] = MoveKind.POSTS
    right: ClassVar[Right] = Right.WRITE
    acts: ClassVar[MoveActs] = MoveActs("issues.look_at_posts", "issues.move_posts_in", "issues.discard_posts")
    first: ClassVar[ToldChoices] = PostChoices()

    def move(self, publication_id: int, move_id: int, choices: PostChoices, *, by: Actor) -> None:
        """Have past issues moved in as they were looked at.

        Raises ConflictError for other choices than those of the dry run or when it ended with trouble, NotFoundError; ForbiddenError, also for
        somebody who may not make public what would be.
        """
        require(by, self.right, publication_id)
        seen = self.see_done_as_seen(publication_id, move_id, choices, by=by)
        if seen.report.get("archived"):
            require(by, Right.SEND, publication_id)
        self._begin(publication_id, move_id, ListMoveState.MOVING, choices.told(), by=by, seen=seen.choices)

    def lines(self, publication_id: int, move_id: int, *, after: int, most: int, by: Actor) -> list[str]:
        """Return what is told of posts, a line of JSON each, behind the first `after`; none when it is forgotten.

        Raises ForbiddenError, NotFoundError.
        """
        path = kept_path(self.folder, self.show(publication_id, move_id, by=by), TOLD)
        return _lines(path, after, most) if path.is_file() else []


def _lines(path: Path, after: int, most: int) -> list[str]:
    with path.open(encoding="utf-8") as file:
        return list(islice(file, after, after + most))
