"""Routes under one beginning of addresses, which a request for another address passes in one step.

Routes are asked one after the other, and those of readers come last, since their addresses begin with any publication's slug. Each
page of the archive would be compared with two hundred routes of the desk.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

_CHOSEN = "newsletter.route"


class RouteGroup(BaseRoute):
    """The routes of which each path is `beginning`, or starts with it and a slash."""

    def __init__(self, beginning: str, routes: Sequence[BaseRoute]) -> None:
        self._beginning = beginning
        self.routes = routes

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Find the first route that takes the request, or else the first that has its path and another method."""
        path, partial = scope.get("path", ""), None
        if not path.startswith(self._beginning) or path[len(self._beginning) :][:1] not in ("", "/"):
            return Match.NONE, {}
        for route in self.routes:
            match, found = route.matches(scope)
            if match is Match.FULL:
                return match, {**found, _CHOSEN: route}
            if match is Match.PARTIAL and partial is None:
                partial = {**found, _CHOSEN: route}
        return (Match.NONE, {}) if partial is None else (Match.PARTIAL, partial)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to the route that was found."""
        await scope[_CHOSEN].handle(scope, receive, send)
