"""What all pages of the desk share: who sits there, a word about what was just done, and that nobody keeps a copy."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.accounts.sessions import SignedIn
from newsletter.bootstrap import Parts
from newsletter.model import Issue, Publication
from newsletter.model.actor import Actor
from newsletter.store import alarms, issues
from newsletter.web import sessions
from newsletter.web.desk.turns import TURNS
from newsletter.web.inbox import has_inbox
from newsletter.web.parts import PartsOf
from newsletter.web.templating import page

PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
DONE = {
    "saved": "Saved.",
    "tested": "The test is on its way.",
    "scheduled": "Scheduled.",
    "undone": "It is a draft again: nobody got it.",
    "deleted": "Deleted. It can be restored from here.",
    "restored": "Restored: it is a draft again.",
    "paused": "Paused.",
    "resumed": "Sending goes on.",
    "retried": "It is being read once more; if that fails again, it is back here in a moment.",
    "discarded": "Discarded.",
    "relinked": "The link leads there now.",
    "resent": "What was uncertain is queued again.",
    "password": "Your password is changed, and you are signed out everywhere else.",
    "ended": "That browser is signed out.",
    "alone": "You are signed out everywhere else.",
    "everywhere": "You are signed out everywhere.",
    "disabled": "Your account is disabled. It can be enabled on the machine that runs this service.",
    "removed": "Your account is removed.",
    "seen": "Noted that you have seen it.",
    "cancelled": "Cancelled. Who has not got it will not.",
}
"""What `?done=` may say: an address can choose among these words and say nothing else."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A request at the desk: the parts, and the editor who made it."""

    request: Request
    parts: Parts
    seat: SignedIn

    def load(self, issue_id: int) -> tuple[Issue, Publication]:
        """Return an issue and its publication. Raises NotFoundError."""
        with self.parts.database.read() as session:
            issue = issues.by_id(session, issue_id)
            return issue, issues.publication_of(session, issue)

    @property
    def by(self) -> Actor:
        """Who acts, from where, with the rights they have at this moment."""
        return self.seat.actor

    def turn(self, kind: str) -> AbstractContextManager[None]:
        """Wait for this editor's turn at rendering. Raises LimitError: see `newsletter.web.desk.turns`."""
        return TURNS.take(self.seat.editor.id, kind)

    def page(self, name: str, values: dict[str, Any], *, status: int = 200) -> HTMLResponse:
        """Return template `desk/<name>` for the editor."""
        with self.parts.database.read() as session:
            unseen = alarms.unseen(session)
        return desk_page(self.request, name, {**values, "seat": self.seat, "alarms": unseen}, status=status)


def reading(request: Request, parts: PartsOf, seat: sessions.Seat) -> Desk:
    """Return the desk for a view that changes nothing."""
    return Desk(request, parts, seat)


def changing(request: Request, parts: PartsOf, seat: sessions.Change) -> Desk:
    """Return the desk for a view that changes something: the form was proven to be ours."""
    return Desk(request, parts, seat)


Reading = Annotated[Desk, Depends(reading)]
Changing = Annotated[Desk, Depends(changing)]


def desk_page(request: Request, name: str, values: dict[str, Any], *, status: int = 200) -> HTMLResponse:
    """Return template `desk/<name>`; `values["seat"]` is the editor, or None, `values["done"]` a word of the view's own."""
    done = DONE.get(request.query_params.get("done", ""), "")
    given = {"done": done, "inbox": has_inbox(request.app.state.parts.settings), **values}
    return page(request, f"desk/{name}", status=status, headers=PRIVATE, **given)


def back_to(path: str, done: str = "") -> RedirectResponse:
    """Return the redirect that follows a change (RFC 9110 section 15.4.4), so that reloading repeats nothing."""
    return RedirectResponse(f"{path}?done={done}" if done else path, 303, PRIVATE)
