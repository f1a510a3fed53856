"""Every page that a route shows, in a real browser: axe finds nothing, nothing is wider than the window, and nothing comes from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from newsletter.clock import SettableClock
from tests.journeys.pictures import look
from tests.journeys.serving import Served
from tests.parts.lending import sqlite_ledger
from tests.web.route import Who
from tests.web.routes import ROUTES
from tests.web.scene import Scene

SCHEMES = ("light", "dark")
WIDTHS = (390, 1280)
LEAST = 40
"""Pages: fewer, and the list is not what is looked at."""
_ONCE = "{once}"
"""In the path of what can be opened once."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A served application with one of everything."""
    folder, served = tmp_path_factory.mktemp("pages"), Served()
    database = sqlite_ledger(folder / "newsletter.db")
    made = Scene(database, SettableClock(), folder, base_url=served.url)
    served.start(made.app)
    yield made
    served.stop()
    database.close()


@pytest.fixture(scope="module")
def pages(scene: Scene) -> tuple[tuple[str, bool], ...]:
    """The address of every page, and whether an editor opens it: what answers with HTML, and is no mail in a frame."""
    return tuple(_pages(scene))


def _pages(scene: Scene) -> Iterator[tuple[str, bool]]:
    for route in ROUTES:
        if route.method != "GET" or _ONCE in route.path or "/previews/" in route.path or route.path.endswith("/html"):
            continue
        is_seated = route.who in (Who.EDITOR, Who.HOME)
        caller = scene.seated() if is_seated else scene.stranger()
        address = scene.fill(route.address)
        answer = caller.ask("GET", address, headers=dict(route.headers))
        if answer.headers.get("content-type", "").startswith("text/html") and "<main" in answer.text:
            yield address, is_seated


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_everybody_can_use_every_page(
    scene: Scene, pages: tuple[tuple[str, bool], ...], browser: Browser, scheme: Any, width: int
) -> None:
    assert len(pages) > LEAST, "hardly a page was found"
    window: dict[str, Any] = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    with browser.new_context(**window) as ours, browser.new_context(**window) as theirs:
        seated, stranger = opened(ours, scene), theirs.new_page()
        found = [
            f"{address}: {what}"
            for address, is_seated in pages
            for what in looked(seated if is_seated else stranger, scene.base_url, address, f"{width}-{scheme}")
        ]
    assert not found, "\n".join(found)


def opened(context: BrowserContext, scene: Scene) -> Page:
    """Return a page of an editor who is signed in."""
    name, _, secret = scene.seated().cookies.partition("=")
    context.add_cookies([{"name": name, "value": secret, "url": scene.base_url}])
    return context.new_page()


def looked(page: Page, home: str, address: str, view: str) -> list[str]:
    """Open a page, and return what is wrong with it."""
    wrong: list[str] = []
    ours = (f"{home}/", "data:", "blob:", "about:")
    hear: dict[str, Any] = {
        "console": lambda message: wrong.append(f"console: {message.text}") if message.type == "error" else None,
        "pageerror": lambda error: wrong.append(f"error: {error}"),
        "request": lambda asked: None if asked.url.startswith(ours) else wrong.append(f"asks {asked.url}"),
    }
    for event, hearing in hear.items():
        page.on(event, hearing)  # type: ignore[call-overload]
    answer = page.goto(f"{home}{address}")
    look(page, f"{re.sub('[^a-z0-9]+', '-', address.lower()).strip('-') or 'home'}-{view}")
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    for violation in Axe().run(page).response["violations"]:
        where = [" ".join(map(str, node["target"])) for node in violation["nodes"]][:3]
        wrong.append(f"{violation['id']} at {where}")
    if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        wrong.append("wider than its window")
    for event, hearing in hear.items():
        page.remove_listener(event, hearing)
    is_refused = answer is not None and answer.status >= httpx.codes.BAD_REQUEST
    # the browser itself writes down each answer that is a refusal
    return [each for each in wrong if not (is_refused and "status of 4" in each)]
