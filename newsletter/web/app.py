"""The web door: one FastAPI application over the parts."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from newsletter import __version__
from newsletter.bootstrap import Parts
from newsletter.page_priority import PagePriority
from newsletter.web import assets, desk, errors, images, inbox
from newsletter.web.archive import charts
from newsletter.web.archive import pages as archive
from newsletter.web.bodies import Bodies
from newsletter.web.crowd import RequestLimit
from newsletter.web.forwarding import Forwarded
from newsletter.web.machine import api, health, hooks
from newsletter.web.machine.clicks import ClickDoor
from newsletter.web.public import confirm, subscribe, tracking_consent, unsubscribe, vote
from newsletter.web.route_group import RouteGroup
from newsletter.web.security import SecurityHeaders
from newsletter.web.uploads import Uploads


class BeforeMail:
    """Counts the pages that are being made, so that sending in the same process gives way."""

    def __init__(self, app: ASGIApp, page_priority: PagePriority) -> None:
        self._app = app
        self._page_priority = page_priority
        page_priority.expect_pages()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        with self._page_priority:
            await self._app(scope, receive, send)


# Put in as they are: `include_router` would build each of them anew in each application, at its first request.
_ROUTES: tuple[BaseRoute, ...] = (
    *health.router.routes,
    *assets.router.routes,
    Mount("/static", assets.Assets()),
    RouteGroup("/desk", desk.router.routes),
    *images.router.routes,
    *inbox.router.routes,
    *hooks.router.routes,
    *api.router.routes,
    *tracking_consent.router.routes,
    *subscribe.router.routes,
    *confirm.router.routes,
    *unsubscribe.router.routes,
    *vote.router.routes,
    *charts.router.routes,
    *archive.router.routes,  # last: its addresses begin with any publication's slug
)


def create_app(parts: Parts) -> FastAPI:
    """Return the application; views reach `parts` through `newsletter.web.parts`."""
    app = FastAPI(
        title="newsletter",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # they lead to whatever name the request came with: `errors.no_route` does it
    )
    app.router.default = errors.no_route
    app.state.parts = parts
    errors.install(app)
    desk.install(app)
    app.router.routes.extend(_ROUTES)
    https = parts.settings.base_url.startswith("https://")
    app.add_middleware(RequestLimit)
    app.add_middleware(Bodies)
    app.add_middleware(Uploads, parts=parts)
    app.add_middleware(SecurityHeaders, https=https, broken=errors.broken, unreadable=errors.nothing_here)
    app.add_middleware(ClickDoor, parts=parts)
    app.add_middleware(BeforeMail, page_priority=parts.page_priority)
    app.add_middleware(Forwarded, trusted=parts.settings.proxy_networks)  # the last one is asked first
    return app
