"""The web door: one FastAPI application over the parts."""

from __future__ import annotations

from fastapi import FastAPI

from newsletter import __version__
from newsletter.bootstrap import Parts, wire
from newsletter.web import archive, assets, consent, desk, errors, health, hooks, inbox, public
from newsletter.web.security import Shield
from newsletter.web.tracking import TrackingDoor


def create_app(parts: Parts) -> FastAPI:
    """Return the application; views reach `parts` through `newsletter.web.parts`."""
    app = FastAPI(title="newsletter", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.parts = parts
    errors.install(app)
    app.include_router(health.router)
    app.include_router(assets.router)
    app.mount("/static", assets.Assets())
    app.include_router(desk.router)
    app.include_router(inbox.router)
    app.include_router(hooks.router)
    app.include_router(consent.router)
    app.include_router(public.router)
    app.include_router(archive.router)  # last: its addresses begin with any publication's slug
    https = parts.settings.base_url.startswith("https://")
    app.add_middleware(Shield, https=https, broken=errors.broken)
    app.add_middleware(TrackingDoor, parts=parts)  # the last one is asked first
    return app


def create() -> FastAPI:
    """Return the application wired from the settings: `uvicorn newsletter.web.app:create --factory`."""
    return create_app(wire())
