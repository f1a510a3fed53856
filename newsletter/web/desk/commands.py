"""Every page and action that somebody may reach, in one list: the command palette, and without a script a page of links."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Response

from newsletter.issues.addressing import every_publication
from newsletter.model import Publication
from newsletter.model.rights import Right
from newsletter.web.desk import rail
from newsletter.web.desk.pages import Desk, Reading, Sees

router = APIRouter(prefix="/desk")
_HOME = "/{publication}"


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list: a link; or, where `fields` are filled, a form that does something at once."""

    name: str
    address: str
    key: str = ""
    fields: tuple[tuple[str, str], ...] = ()


@router.get("/commands")
def everywhere(desk: Reading) -> Response:
    """Show what can be reached of all publications."""
    return _page(desk)


@router.get(f"{_HOME}/commands")
def of_one(desk: Sees) -> Response:
    """Show what can be reached from a page of one publication, whose own pages come first."""
    return _page(desk)


def _page(desk: Desk) -> Response:
    homes = desk.readable(every_publication(desk.parts.database))
    here = [] if desk.publication is None else _of(desk, desk.publication)
    others = [
        Listed(f"{each.name}: {place.name}", f"/desk/{each.slug}/{place.path}".rstrip("/"))
        for each in homes
        if desk.publication is None or each.id != desk.publication.id
        for place in rail.PLACES
        if place.is_main and desk.may(place.right, each.id)
    ]
    service = [Listed(name, at) for name, at, right in rail.OF_THE_SERVICE if right is None or desk.may(right, 0)]
    groups = [
        (desk.publication.name if desk.publication else "", here),
        ("Other publications" if desk.publication else "Publications", others),
        ("The service", service),
    ]
    shown = [(title, lines) for title, lines in groups if lines]
    return desk.page("commands.html", {"groups": shown, "keys": rail.KEYS, "bare": _is_asked_by_script(desk)})


def _of(desk: Desk, home: Publication) -> list[Listed]:
    links = rail.links(home, "", desk.may)
    found = [Listed(link.name, link.address, f"g {link.key}") for link in links]
    tabs = ("drafts", "waiting", "scheduled", "sent")
    found += [Listed(f"Issues: {tab}", f"/desk/{home.slug}/issues?tab={tab}") for tab in tabs]
    if desk.may(Right.WRITE):
        found.insert(0, Listed("Begin a new issue", "/desk/new", "g w", (("publication", home.slug),)))
    if desk.may(Right.MANAGE_PUBLICATION):
        settings = ("brand", "sections", "sending", "domain", "suppressions", "danger")
        found += [Listed(f"Settings: {name}", f"/desk/{home.slug}/settings/{name}") for name in settings]
    found.append(Listed("The archive, as readers see it", f"/{home.slug}"))
    return found


def _is_asked_by_script(desk: Desk) -> bool:
    return "hx-request" in desk.request.headers
