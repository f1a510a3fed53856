"""The pages that moving readers in and moving past issues in have in common: the first one, progress, and what every one says of a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from newsletter.audience.file_moves import FileMoves
from newsletter.errors import ConflictError, InputError
from newsletter.model import ListMove
from newsletter.model.list_moves import UNDER_WAY
from newsletter.web.desk.moved_list import course_of
from newsletter.web.desk.pages import PRIVATE, Desk, back_to
from newsletter.web.uploads import MOST_OCTETS, uploaded

Mistake = InputError | ConflictError
_PIECE = 1 << 16
_Room = TypeVar("_Room", bound=FileMoves)


@dataclass(frozen=True)
class MovingPages(Generic[_Room]):
    """What moves in (`readers`, `posts`), where its pages are below the publication, and the name of the part that does it."""

    kind: str
    place: str
    part: str

    def room(self, desk: Desk) -> _Room:
        """Return what does it."""
        found: _Room = getattr(desk.parts, self.part)
        return found

    def home(self, desk: Desk) -> int:
        """Return the publication of the address."""
        assert desk.publication is not None
        return desk.publication.id

    def at(self, desk: Desk, move: ListMove | None = None) -> str:
        """Return the address of the first page, or of that of a file."""
        assert desk.publication is not None
        return f"/desk/{desk.publication.slug}/{self.place}" + (f"/{move.id}" if move is not None else "")

    def first(self, desk: Desk, *, mistake: Mistake | None = None) -> Response:
        """Show where a file is chosen, and those of before."""
        values: dict[str, Any] = {
            "moves": self.room(desk).newest(self.home(desk), by=desk.by),
            "mistake": mistake,
            "at": self.at(desk),
            "most": MOST_OCTETS >> 20,
            "kind": self.kind,
            "publication": desk.publication,
            "under_way": UNDER_WAY,
        }
        return desk.page("move_in.html", values, status=200 if mistake is None else mistake.http_status)

    def take(self, desk: Desk, request: Request) -> Response:
        """Take a file, and have it looked at."""
        upload = uploaded(request)
        if upload is None:
            return self.first(desk, mistake=InputError("no file was chosen", where="list_file", remedy="choose one"))
        try:
            made = self.room(desk).take(self.home(desk), upload.path, file_name=upload.name, by=desk.by)
        except (InputError, ConflictError) as error:
            return self.first(desk, mistake=error)
        return back_to(f"{self.at(desk)}/{made}")

    def shown(self, desk: Desk, move_id: int) -> ListMove:
        """Return a file that moves in here. Raises NotFoundError."""
        return self.room(desk).show(self.home(desk), move_id, by=desk.by)

    def progress(self, desk: Desk, move: ListMove, values: dict[str, Any]) -> Response:
        """Return how far it is; whoever looks on is led to the whole page when it is done."""
        answer = desk.page("moving_progress.html", values)
        if move.state not in UNDER_WAY:
            answer.headers["HX-Redirect"] = self.at(desk, move)
        return answer

    def values(self, desk: Desk, move: ListMove) -> dict[str, Any]:
        """Return what every page says of a file."""
        return {
            "publication": desk.publication,
            "at": self.at(desk, move),
            "all": self.at(desk),
            "move": move,
            "seen": f"{move.asked_at.timestamp():.3f}",
            "moving": move.state in UNDER_WAY,
            "course": course_of(move, desk.parts.clock.now()),
        }

    def check_seen(self, desk: Desk, move: ListMove, seen: str) -> None:
        """Raise ConflictError for a form about another look than the newest."""
        if seen != self.values(desk, move)["seen"]:
            raise ConflictError("somebody looked at it meanwhile", remedy="this is how it is now")

    def errors(self, desk: Desk, move_id: int, number: int, name: str) -> Response:
        """Return a CSV file of what could not be used, to be downloaded by a name."""
        path = self.room(desk).errors(self.home(desk), move_id, number, by=desk.by)
        named = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(_pieces(path), media_type="text/csv; charset=utf-8", headers={**PRIVATE, **named})


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(partial(file.read, _PIECE), b"")
