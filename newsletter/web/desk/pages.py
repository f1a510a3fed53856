"""What all pages of the desk share: who sits there, a word about what was just done, and that nobody keeps a copy."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.accounts import permissions
from newsletter.accounts.sessions import SignedIn
from newsletter.bootstrap import Parts
from newsletter.delivery import alarming
from newsletter.delivery.alarming import right_over
from newsletter.errors import InputError, MovedError, NotFoundError
from newsletter.issues import addressing
from newsletter.issues.addressing import every_publication
from newsletter.model import Alarm, Issue, Publication
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.web import sessions
from newsletter.web.desk import rail
from newsletter.web.desk.done import DONE
from newsletter.web.desk.turns import TURNS
from newsletter.web.inbox import has_inbox
from newsletter.web.parts import PartsOf
from newsletter.web.proving import Proven
from newsletter.web.templating import page
from newsletter.zones import zone

PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


@dataclass(frozen=True, slots=True)
class Desk:
    """A request at the desk: the parts, the editor who made it, and the publication in its address, where there is one."""

    request: Request
    parts: Parts
    seat: SignedIn
    publication: Publication | None = None

    def load(self, issue_id: int) -> tuple[Issue, Publication]:
        """Return an issue of this publication. Raises NotFoundError, also for one of another."""
        assert self.publication is not None, "an issue is loaded below its publication's address"
        return addressing.issue_of(self.parts.database, issue_id, self.publication.id), self.publication

    def at(self, issue_id: int, page: str = "") -> str:
        """Return the address of an issue at the desk, or of a page below it."""
        assert self.publication is not None
        return f"/desk/{self.publication.slug}/issues/{issue_id}" + (f"/{page}" if page else "")

    def may(self, right: str, publication_id: int | None = None) -> bool:
        """Tell whether the editor has a right: where nothing else is said on the publication in the address, else on the service."""
        here = None if self.publication is None else self.publication.id
        return permissions.may(self.by, Right(right), here if publication_id is None else publication_id)

    @property
    def zone(self) -> tzinfo:
        """The time zone of the publication in the address; UTC where this machine does not know it."""
        assert self.publication is not None, "only a publication has a time zone"
        try:
            return zone(self.publication.time_zone)
        except InputError:
            return UTC

    def readable(self, every: list[Publication]) -> list[Publication]:
        """Return those of these publications that the editor may see at all."""
        return [each for each in every if permissions.may(self.by, Right.READ, each.id)]

    @property
    def by(self) -> Actor:
        """Who acts, from where, with the rights they have at this moment."""
        return self.seat.actor

    def turn(self, kind: str) -> AbstractContextManager[None]:
        """Wait for this editor's turn at rendering. Raises LimitError: see `newsletter.web.desk.turns`."""
        return TURNS.take(self.seat.editor.id, kind)

    def page(self, name: str, values: dict[str, Any], *, status: int = 200) -> HTMLResponse:
        """Return template `desk/<name>` for the editor."""
        unseen = [alarm for alarm in alarming.unseen(self.parts.database) if self.hears_of(alarm)]
        given = {"seat": self.seat, "alarms": unseen, "may": self.may}
        acts_on = {"may_mark": lambda alarm: permissions.may(self.by, *right_over(alarm)), "rail": self._rail()}
        return desk_page(self.request, name, {**values, **given, **acts_on}, status=status)

    def _rail(self) -> dict[str, Any] | None:
        """The publication's places for the side of a whole page; a fragment has none."""
        if self.publication is None or "hx-request" in self.request.headers:
            return None
        links = rail.links(self.publication, self.request.url.path, self.may)
        return {
            "home": self.publication,
            "homes": self.readable(every_publication(self.parts.database)),
            "links": links,
        }

    def hears_of(self, alarm: Alarm) -> bool:
        """Tell whether an alarm concerns the editor."""
        right = Right.MANAGE_SERVICE if alarm.publication_id is None else Right.READ
        return permissions.may(self.by, right, alarm.publication_id)


def reading(request: Request, parts: PartsOf, seat: sessions.MustBeSignedIn) -> Desk:
    """Return the desk for a view that changes nothing."""
    return Desk(request, parts, seat)


def changing(request: Request, parts: PartsOf, seat: sessions.Change) -> Desk:
    """Return the desk for a view that changes something: the form was proven to be ours."""
    return Desk(request, parts, seat)


def proving(request: Request, parts: PartsOf, seat: Proven) -> Desk:
    """Return the desk for what cannot be undone: the form was proven to be ours, and the editor lately to be who they are."""
    return Desk(request, parts, seat)


Reading = Annotated[Desk, Depends(reading)]
"""The desk of whoever is signed in: for pages of one's own, and those that show to each what they may see."""
Changing = Annotated[Desk, Depends(changing)]
"""The same for a change to what is one's own, and where a room alone can tell which right it takes."""
Proving = Annotated[Desk, Depends(proving)]
"""The same for what cannot be undone: the editor proved lately who they are."""
NEEDS: dict[Callable[..., Desk], tuple[Right, bool]] = {}
"""What each way to a view asks for, and whether of the publication in its address: the rights are asked nowhere else in this door."""


def enter(desk: Desk, slug: str, right: Right) -> Desk:
    """Return the desk of one publication. Raises NotFoundError where the editor may not even see it, ForbiddenError without the right."""
    found, had = addressing.known_by(desk.parts.database, slug)
    if found is None and had is not None and permissions.may(desk.by, Right.READ, had.id):
        raise MovedError("this publication has another address", old=slug, new=had.slug, depth=1)
    if found is None or not permissions.may(desk.by, Right.READ, found.id):
        raise NotFoundError("there is no such publication here", remedy="the desk lists those that you may see")
    permissions.require(desk.by, right, found.id)
    return replace(desk, publication=found)


def _reads(right: Right) -> Callable[..., Desk]:
    def way(request: Request, parts: PartsOf, seat: sessions.MustBeSignedIn, publication: str) -> Desk:
        return enter(Desk(request, parts, seat), publication, right)

    NEEDS[way] = right, True
    return way


def _changes(right: Right) -> Callable[..., Desk]:
    def way(request: Request, parts: PartsOf, seat: sessions.Change, publication: str) -> Desk:
        return enter(Desk(request, parts, seat), publication, right)

    NEEDS[way] = right, True
    return way


def _reads_service(right: Right) -> Callable[..., Desk]:
    def way(request: Request, parts: PartsOf, seat: sessions.MustBeSignedIn) -> Desk:
        permissions.require(seat.actor, right, None)
        return Desk(request, parts, seat)

    NEEDS[way] = right, False
    return way


def _changes_service(right: Right) -> Callable[..., Desk]:
    def way(request: Request, parts: PartsOf, seat: sessions.Change) -> Desk:
        permissions.require(seat.actor, right, None)
        return Desk(request, parts, seat)

    NEEDS[way] = right, False
    return way


def _sends_for_good(request: Request, parts: PartsOf, seat: Proven, publication: str) -> Desk:
    return enter(Desk(request, parts, seat), publication, Right.SEND)


def _manages_for_good(request: Request, parts: PartsOf, seat: Proven, publication: str) -> Desk:
    return enter(Desk(request, parts, seat), publication, Right.MANAGE_PUBLICATION)


def _manages_audience_for_good(request: Request, parts: PartsOf, seat: Proven, publication: str) -> Desk:
    return enter(Desk(request, parts, seat), publication, Right.MANAGE_AUDIENCE)


def _erases_for_good(request: Request, parts: PartsOf, seat: Proven, publication: str) -> Desk:
    permissions.require(seat.actor, Right.MANAGE_AUDIENCE, None)  # a person is forgotten by every publication
    return enter(Desk(request, parts, seat), publication, Right.READ)


def _manages_accounts(request: Request, parts: PartsOf, seat: Proven) -> Desk:
    permissions.require(seat.actor, Right.MANAGE_ACCOUNTS, None)
    return Desk(request, parts, seat)


NEEDS |= {
    _manages_for_good: (Right.MANAGE_PUBLICATION, True),
    _sends_for_good: (Right.SEND, True),
    _manages_audience_for_good: (Right.MANAGE_AUDIENCE, True),
    _erases_for_good: (Right.MANAGE_AUDIENCE, False),
    _manages_accounts: (Right.MANAGE_ACCOUNTS, False),
}
Sees = Annotated[Desk, Depends(_reads(Right.READ))]
SeesNumbers = Annotated[Desk, Depends(_reads(Right.SEE_NUMBERS))]
SeesPeople = Annotated[Desk, Depends(_reads(Right.SEE_PEOPLE))]
SeesAudience = Annotated[Desk, Depends(_reads(Right.MANAGE_AUDIENCE))]
FindsPeople = Annotated[Desk, Depends(_changes(Right.SEE_PEOPLE))]
SeesToWrite = Annotated[Desk, Depends(_reads(Right.WRITE))]
Writes = Annotated[Desk, Depends(_changes(Right.WRITE))]
Manages = Annotated[Desk, Depends(_changes(Right.MANAGE_PUBLICATION))]
SeesSettings = Annotated[Desk, Depends(_reads(Right.MANAGE_PUBLICATION))]
ManagesForGood = Annotated[Desk, Depends(_manages_for_good)]
ManagesAudience = Annotated[Desk, Depends(_changes(Right.MANAGE_AUDIENCE))]
ManagesAudienceForGood = Annotated[Desk, Depends(_manages_audience_for_good)]
ErasesForGood = Annotated[Desk, Depends(_erases_for_good)]
Approves = Annotated[Desk, Depends(_changes(Right.APPROVE))]
Sends = Annotated[Desk, Depends(_changes(Right.SEND))]
SendsForGood = Annotated[Desk, Depends(_sends_for_good)]
"""The same for what no undo brings back: the editor proved lately who they are."""
SeesAccounts = Annotated[Desk, Depends(_reads_service(Right.MANAGE_ACCOUNTS))]
ManagesAccounts = Annotated[Desk, Depends(_manages_accounts)]
SeesService = Annotated[Desk, Depends(_reads_service(Right.MANAGE_SERVICE))]
ManagesService = Annotated[Desk, Depends(_changes_service(Right.MANAGE_SERVICE))]
SeesAudit = Annotated[Desk, Depends(_reads_service(Right.SEE_AUDIT))]


def desk_page(request: Request, name: str, values: dict[str, Any], *, status: int = 200) -> HTMLResponse:
    """Return template `desk/<name>`; `values["seat"]` is the editor, or None, `values["done"]` a word of the view's own."""
    done = DONE.get(request.query_params.get("done", ""), "")
    given = {"done": done, "inbox": has_inbox(request.app.state.parts.settings), **values}
    return page(request, f"desk/{name}", status=status, headers=PRIVATE, **given)


def back_to(path: str, done: str = "") -> RedirectResponse:
    """Return the redirect that follows a change (RFC 9110 section 15.4.4), so that reloading repeats nothing."""
    return RedirectResponse(f"{path}?done={done}" if done else path, 303, PRIVATE)
