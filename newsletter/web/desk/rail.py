"""The places of a publication at the desk, and what can be done there: for the rail of every page, and for the list of commands.

A new page of a publication stands in `PLACES`, and with that in the rail, among the commands, and under its keys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from newsletter.model import Publication
from newsletter.model.rights import Right


@dataclass(frozen=True, slots=True)
class Place:
    """A page of a publication: its name, its path below the publication, the key after `g`, and the right that it takes."""

    name: str
    path: str
    key: str
    right: Right
    is_main: bool = True
    """Whether it stands in the rail: five do, so that they fit below a phone's page."""


PLACES = (
    Place("Today", "", "t", Right.READ),
    Place("Issues", "issues", "i", Right.READ),
    Place("Audience", "readers", "a", Right.SEE_PEOPLE),
    Place("Numbers", "numbers", "n", Right.SEE_NUMBERS),
    Place("Settings", "settings", "s", Right.MANAGE_PUBLICATION),
    Place("Calendar", "calendar", "c", Right.READ, is_main=False),
    Place("Candidates", "candidates", "o", Right.READ, is_main=False),
    Place("Sources", "sources", "r", Right.READ, is_main=False),
    Place("Images", "images", "m", Right.READ, is_main=False),
    Place("Snippets", "snippets", "p", Right.READ, is_main=False),
    Place("Fields", "fields", "f", Right.SEE_PEOPLE, is_main=False),
    Place("Segments", "segments", "e", Right.SEE_PEOPLE, is_main=False),
    Place("Hour and days", "slot", "h", Right.READ, is_main=False),
)
OF_THE_SERVICE = (
    ("All issues", "/desk", None),
    ("Bin", "/desk/bin", None),
    ("New publication", "/desk/publications/new", Right.MANAGE_SERVICE),
    ("Returned reports", "/desk/reports", Right.MANAGE_SERVICE),
    ("Checks of the service", "/desk/service", Right.MANAGE_SERVICE),
    ("Audit", "/desk/audit", Right.SEE_AUDIT),
    ("Team", "/desk/accounts", Right.MANAGE_ACCOUNTS),
    ("API keys", "/desk/accounts/keys", Right.MANAGE_ACCOUNTS),
    ("My account", "/desk/account", None),
)
"""Pages that belong to no publication: name, address, and the right that is asked for on the service."""
KEYS = (
    ("Ctrl+K", "open this list, and find a page or an action in it"),
    ("?", "open this list, where nothing is being typed"),
    ("g, then a letter", "go to the page with that letter"),
    ("Ctrl+S", "store the text of an issue"),
    ("Esc", "close what is open"),
)
"""Keys that work on every page, where a script runs; those of one page stand on that page."""

May = Callable[[Right, int | None], bool]


@dataclass(frozen=True, slots=True)
class RailLink:
    """A place as the rail shows it: where it leads, and whether the page is that place or below it."""

    name: str
    address: str
    key: str
    is_here: bool
    is_main: bool


def links(home: Publication, path: str, may: May) -> list[RailLink]:
    """Return the places of a publication that somebody may see; `path` is the address of the page that shows them."""
    base, shown = f"/desk/{home.slug}", []
    for place in PLACES:
        if may(place.right, home.id):
            address = f"{base}/{place.path}" if place.path else base
            is_here = path == address or (bool(place.path) and path.startswith(f"{address}/"))
            shown.append(RailLink(place.name, address, place.key, is_here, place.is_main))
    return shown
