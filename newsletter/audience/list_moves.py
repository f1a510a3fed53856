"""Lists of readers that move in at the desk: what is chosen for one, and that nobody moves in of whom it is not said how they agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from newsletter.accounts.permissions import require
from newsletter.audience.file_moves import FileMoves, MoveActs, ToldChoices
from newsletter.audience.moving.error_files import plain_error_name
from newsletter.errors import InputError
from newsletter.model import ListMove
from newsletter.model.actor import Actor
from newsletter.model.list_moves import ListMoveState, MoveKind
from newsletter.model.rights import Right

MOST_CONSENT_CHARS = 2_000


@dataclass(frozen=True)
class MoveChoices:
    """What somebody says of a list: its product, the field of each column, what words of standing mean, which list of an API is meant."""

    product: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    states: Sequence[str] = ()
    list_id: str = ""

    def told(self) -> dict[str, Any]:
        """Return them as JSON holds them."""
        return asdict(self) | {"states": list(self.states)}


def choices_of(move: ListMove) -> MoveChoices:
    """Return what was chosen last."""
    names = ("product", "mapping", "states", "list_id")
    return MoveChoices(**{name: move.choices[name] for name in names if name in move.choices})


@dataclass(frozen=True)
class ListMoves(FileMoves):
    """The tools of moving readers in at the desk."""

    kind: ClassVar[MoveKind] = MoveKind.READERS
    right: ClassVar[Right] = Right.MANAGE_AUDIENCE
    acts: ClassVar[MoveActs] = MoveActs(
        "subscribers.look_at_list", "subscribers.move_list_in", "subscribers.discard_list"
    )
    first: ClassVar[ToldChoices] = MoveChoices()

    def error_name(self, publication_id: int, move_id: int, number: int, *, by: Actor) -> str:
        """Return by which name a file of errors is downloaded, so that it can be moved in again. Raises ForbiddenError, NotFoundError."""
        names = self.show(publication_id, move_id, by=by).report.get("error_files", [])
        return plain_error_name(names[number] if number < len(names) else "", f"list-{move_id}-{number}.errors.csv")

    def move(
        self, publication_id: int, move_id: int, choices: MoveChoices, *, consent: str, agreed: bool, by: Actor
    ) -> None:
        """Have a list moved in as it was looked at.

        Raises InputError where nobody says how its readers agreed, ConflictError for other choices than those of the dry run or when it
        ended with trouble, ForbiddenError, NotFoundError.
        """
        require(by, self.right, publication_id)
        seen = self.see_done_as_seen(publication_id, move_id, choices, by=by)
        words = " ".join(consent.split())[:MOST_CONSENT_CHARS]
        if not words and seen.report.get("unproven"):
            raise InputError("nobody says how these people agreed", where="consent", remedy="say it in a sentence")
        if not agreed:
            raise InputError(
                "nobody says that these people agreed", where="agreed", remedy="tick it, or move no list in"
            )
        told = choices.told() | {"consent": words}
        self._begin(publication_id, move_id, ListMoveState.MOVING, told, by=by, seen=seen.choices)
