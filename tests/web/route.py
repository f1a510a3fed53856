"""A route as the list of all has it, and short ways to write one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from newsletter.model.rights import Right

OWN = "what is one's own"


class Who(Enum):
    """Whose a route is."""

    ANYONE = auto()
    TOKEN = auto()  # whoever holds the token in the address
    FORM = auto()  # whoever was shown the form: a timed token and a honeypot
    SITE = auto()  # anyone, from a form of this site (Origin)
    HOOK = auto()  # a program that knows the secret
    EDITOR = auto()  # an editor; a change needs the session's CSRF token as well
    HOME = auto()  # a visitor on this machine; elsewhere an editor


PUBLIC = {
    Who.ANYONE: "it shows what everybody may read",
    Who.TOKEN: "whoever has the token got it by mail, and may do what it was made for",
    Who.FORM: "whoever wants the mail asks for it, and must confirm",
    Who.SITE: "it is the way in",
    Who.HOOK: "a program proves itself by its secret",
    Who.HOME: "mail that never left this machine, shown to who sits at it",
}
"""Why no right is asked for."""


@dataclass(frozen=True)
class Route:
    """One route. `address` and `data` name what lies behind them (`tests.web.scene`)."""

    method: str
    path: str
    who: Who
    address: str
    data: Mapping[str, str] = field(default_factory=dict)
    says: Mapping[str, Any] = field(default_factory=dict)
    """What a program says as JSON, where it is no form."""
    headers: Mapping[str, str] = field(default_factory=dict)
    changes: bool = False
    status: int = 200
    named: int = 0
    """The status where the service has a name and https, if that is another one: passkeys need both."""
    alone: bool = False
    """Whether it changes who asks: another editor is taken each time."""
    right: Right | None = None
    """What an editor needs for it."""
    of_service: bool = False
    """Whether for the service, and not for the publication in its address."""
    why: str = ""
    """Why an editor needs no right that this door could ask for."""

    @property
    def name(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"


def get(path: str, who: Who = Who.ANYONE, address: str = "", **more: Any) -> Route:
    """A page."""
    return Route("GET", path, who, address or path, **more)


def post(path: str, who: Who, address: str = "", *, status: int = 303, changes: bool = True, **more: Any) -> Route:
    """A form."""
    return Route("POST", path, who, address or path, status=status, changes=changes, **more)


def desk(path: str, name: str = "", **more: Any) -> Route:
    """A page of the desk, in the publication of the scene; `name` is its issue."""
    return get(path, Who.EDITOR, _filled(path, name), **more)


def change(path: str, name: str = "", *, address: str = "", **more: Any) -> Route:
    """A form of the desk."""
    return post(path, Who.EDITOR, address or _filled(path, name), **more)


def _filled(path: str, name: str) -> str:
    return path.replace("{publication}", "orchard").replace("{issue_id}", f"{{{name}}}")


def led(path: str, address: str) -> Route:
    """An address of before, where no publication stood in it."""
    return get(path, Who.EDITOR, address, status=301, why="leads only to what the editor may see")


def own(path: str, address: str = "", **more: Any) -> Route:
    """A form of one's own account."""
    return post(f"/desk/account/{path}", Who.EDITOR, f"/desk/account/{address or path}", alone=True, why=OWN, **more)
