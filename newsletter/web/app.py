"""The web door: one FastAPI application over the parts."""

from __future__ import annotations

from fastapi import FastAPI
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
from newsletter.web.machine import health, hooks
from newsletter.web.machine.clicks import ClickDoor
from newsletter.web.public import confirm, subscribe, tracking_consent, unsubscribe, vote
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
    app.include_router(health.router)
    app.include_router(assets.router)
    app.mount("/static", assets.Assets())
    app.include_router(desk.router)
    app.include_router(images.router)
    app.include_router(inbox.router)
    app.include_router(hooks.router)
    app.include_router(tracking_consent.router)
    app.include_router(subscribe.router)
    app.include_router(confirm.router)
    app.include_router(unsubscribe.router)
    app.include_router(vote.router)
    app.include_router(charts.router)
    app.include_router(archive.router)  # last: its addresses begin with any publication's slug
    https = parts.settings.base_url.startswith("https://")
    app.add_middleware(RequestLimit)
    app.add_middleware(Bodies)
    app.add_middleware(Uploads, parts=parts)
    app.add_middleware(SecurityHeaders, https=https, broken=errors.broken, unreadable=errors.nothing_here)
    app.add_middleware(ClickDoor, parts=parts)
    app.add_middleware(BeforeMail, page_priority=parts.page_priority)
    app.add_middleware(Forwarded, trusted=parts.settings.proxy_networks)  # the last one is asked first
    return app
