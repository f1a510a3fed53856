"""Scripts in every text there is, and every page opened in a real browser: nothing of theirs runs, loads or stands there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Frame, Page, Request, sync_playwright
from playwright.sync_api import Route as Asked

from newsletter.clock import SettableClock
from newsletter.inbound.maildir import MaildirReader
from newsletter.mail.envelope import Envelope
from newsletter.transports.maildir import MaildirTransport
from newsletter.web.inbox import TABS

WRAPPED = (".xml", ".png", ".jpg", ".gif", ".json")
from newsletter.web.security import PRIVATE_PLACES
from tests.conftest import absent
from tests.journeys.scripted import (
    ADDRESS,
    CLOSED,
    COLUMNS,
    DOOR,
    FIELDS,
    OPEN,
    PICTURE,
    ROW,
    Haunted,
    admitted,
    fields,
    holding,
    text_columns,
)
from tests.journeys.serving import Served
from tests.parts.lending import sqlite_ledger
from tests.parts.scripts import ADDRESSES, JOINED, SCRIPTS
from tests.web.route import Route
from tests.web.routes import ISSUE, ROUTES, api_routes
from tests.web.scene import Nobody

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
LOOK = (Path(__file__).parent / "looking.js").read_text(encoding="utf-8")
SECTIONS = tuple(f"haunted-{name}" for name in ("linkitem", "paperitem", "tableitem", "repositoryitem", "textitem"))
FRAMED = ("/html", "/email", "/clicks/mail", "/brand/sample")
"""How the addresses of mails in frames end: they bring styles of their own."""
BEFORE_THE_REST = tuple(
    script for script in SCRIPTS if not any(x in script for x in ("<plaintext", "</title>", "<!--"))
)
"""Scripts that do not swallow the ones behind them."""
NO_PAGES = {"/c/", "/o/", "/l/"}
"""Answered with a redirect or a picture."""


@pytest.fixture(scope="module")
def haunted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Haunted]:
    """A served application that was given a script in every text, through its doors."""
    folder, served = tmp_path_factory.mktemp("haunted"), Served()
    database = sqlite_ledger(folder / "newsletter.db")
    made = Haunted(database, SettableClock(), folder, base_url=served.url)
    made.haunt()
    served.start(made.app)
    yield made
    served.stop()
    database.close()


@pytest.fixture(scope="module")
def browser(haunted: Haunted) -> Iterator[Browser]:
    """Debian's Chromium, for which no host but this machine exists."""
    if not os.access(CHROMIUM, os.X_OK):
        absent("chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@dataclass
class Look:
    """A browser that notes everything a page does that it should not."""

    context: BrowserContext
    home: str
    found: list[str] = field(default_factory=list)
    opened: int = 0
    address: str = ""
    trusted: bool = True
    """Whether what stands in a mail's frame was cleaned by us; else it only must do nothing."""

    without_policy: bool = False
    """Whether the browser was told to pass over the policy."""

    def __post_init__(self) -> None:
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.page.on("dialog", lambda dialog: (self.say("a dialog"), dialog.dismiss()))
        self.page.on("pageerror", lambda error: self.say(f"an error: {error}"))
        self.page.on("console", self._hear)
        self.page.on("request", lambda asked: self._watch(asked, self.trusted))
        self.page.on("requestfinished", lambda asked: self._watch(asked, True))
        self.page.on("requestfailed", lambda asked: self._watch(asked, asked.failure != "csp"))
        self.page.on("popup", lambda _: self.say("a new window"))

    def open(self, address: str, data: dict[str, str] | None = None) -> None:
        """Open an address, by POST if there is `data`, and look at what stands there."""
        self.address, self.opened = address, self.opened + 1
        if data is not None:
            self.page.route("**/*", lambda asked: _as_post(asked, data), times=1)
        try:
            answer = self.page.goto(self.home + address, wait_until="load")
        except Error as error:
            if "Download is starting" not in error.message:
                raise
            return  # a file: nothing of it is shown
        if answer is None or answer.status >= 500:
            self.say("a broken page")
        if not self.page.url.startswith(f"{self.home}/"):
            self.say(f"led away to {self.page.url}")
        mail = urlsplit(address).path.endswith(FRAMED)
        whole = self.page.main_frame
        for frame in (whole,) if mail else (whole, *whole.child_frames):  # of frames in a mail nothing was loaded
            try:
                self._look_at(frame, mail=mail or frame is not whole)
            except Error as error:
                self.say("it went away while it was looked at")
                raise AssertionError("\n".join(self.found)) from error

    def _look_at(self, frame: Frame, *, mail: bool) -> None:
        if frame.evaluate("window.__owned === 1"):
            self.say("their script has run")
        is_page = frame.evaluate("document.contentType") == "text/html"  # all else a browser wraps in a page of its own
        if is_page and (self.trusted or not mail):
            for wrong in frame.evaluate(LOOK, mail):
                self.say(wrong)

    @property
    def is_private(self) -> bool:
        """Whether this is a page of the desk or the inbox: whoever serves an image there must not learn that it is seen."""
        return self.address.startswith(PRIVATE_PLACES)

    def say(self, what: str) -> None:
        """Note something."""
        self.found.append(f"{self.address[:120]}: {what}")

    def _hear(self, message: ConsoleMessage) -> None:
        refused = ("violates the following Content Security Policy", "Blocked ", "Refused to execute the redirect")
        if not self.trusted and any(each in message.text for each in refused):
            return  # that is how a frame that is trusted with nothing behaves
        waits = message.text.startswith("Loading the image 'https://") and "img-src 'self' data:" in message.text
        if waits and self.is_private:
            return  # those from elsewhere wait for a click
        if self.address.endswith(WRAPPED) and message.text.startswith("Applying inline style violates"):
            return  # the browser's own page around what is none
        harmless = ("the server responded with a status of", "net::ERR_NAME_NOT_RESOLVED", "net::ERR_CERT", "htmx:")
        if message.type == "error" and not any(each in message.text for each in harmless):
            self.say(message.text)

    def _watch(self, asked: Request, counts: bool) -> None:
        """Note a request that left, or, where what stands there was cleaned by us, one that was only meant to."""
        picture = asked.resource_type == "image" and asked.url.startswith("https://")
        # an editor's own picture at the desk: nothing but the policy holds it back until a click
        may = picture and (not self.is_private or self.without_policy or asked.failure in {None, "csp"})
        if counts and not (may or asked.url.startswith((f"{self.home}/", "data:"))):
            self.say(f"asked for {asked.resource_type} {asked.url}")


def _as_post(asked: Asked, data: dict[str, str]) -> None:
    headers = asked.request.headers | {"content-type": "application/x-www-form-urlencoded"}
    asked.continue_(method="POST", post_data=urlencode(data), headers=headers)


@contextmanager
def looking(browser: Browser, haunted: Haunted, *, bypass_csp: bool = False) -> Iterator[Look]:
    """Return a browser in which an editor is signed in; what it noted fails the test."""
    context = browser.new_context(bypass_csp=bypass_csp, accept_downloads=False)
    look = Look(context, haunted.base_url, without_policy=bypass_csp)
    sit_down(look, haunted)
    yield look
    context.close()
    assert look.found == [], "\n".join(look.found)


def sit_down(look: Look, haunted: Haunted) -> str:
    """Sign the browser in; return the CSRF token."""
    caller = haunted.seated()
    name, _, value = caller.cookies.partition("=")
    look.context.add_cookies([{"name": name, "value": value, "url": haunted.base_url}])
    return caller.csrf


def pages(haunted: Haunted) -> Iterator[str]:
    """Yield an address of every route that shows something; several, where there is more than one thing to show."""
    mails = [mail.name for mail in MaildirReader(haunted.parts.settings.inbox).page(limit=50)]
    sent, kinds = haunted.issues, ("email", "text", "web")
    desk = [str(haunted.names[name]) for name in ("haunted", "sending", "paused", "sent", sent[0])]
    several = {
        "/{pub}/{issue}": [f"/orchard/{slug}" for slug in sent],
        "/{pub}/{issue}.md": [f"/orchard/{slug}.md" for slug in sent],
        "/{pub}/all/{section}": [f"/orchard/all/{section}" for section in SECTIONS],
        "/{pub}/all/{section}/{key}": ["/orchard/all/haunted-tableitem/haunted-6"],
        "/{pub}/{issue}/{section}/{key}": [
            f"/orchard/{slug}/{section}/haunted-{3 * n}" for slug in sent for n, section in enumerate(SECTIONS)
        ],
        ISSUE: [f"/desk/orchard/issues/{number}" for number in desk],
        f"{ISSUE}/review": [f"/desk/orchard/issues/{haunted.names['haunted']}/review"],
        f"{ISSUE}/previews/{{name}}/{{kind}}": [
            *(
                f"/desk/orchard/issues/{haunted.names[name]}/previews/saved/{kind}"
                for name, kind in (*(("haunted", kind) for kind in kinds), *((name, "email") for name in sent))
            ),
            f"/desk/orchard/issues/{haunted.names['haunted']}/previews/{haunted.typed}/email",
        ],
        "/inbox/{name}": [f"/inbox/{mail}?tab={tab}" for mail in mails for tab in TABS],
        "/inbox/{name}/html": [f"/inbox/{mails[0]}/html"],  # the others stand in the frame of their first tab
        f"{ISSUE}/deliveries": [f"/desk/orchard/issues/{number}/deliveries" for number in desk[1:]],
        f"{ISSUE}/report": [f"/desk/orchard/issues/{number}/report" for number in desk[1:]],
    }
    for route in ROUTES:
        if route.method == "GET" and route.path not in NO_PAGES:
            yield from several.get(route.path, [haunted.fill(route.address)])
    yield from ("/nothing/is/here", "/desk?publication=orchard")


# --- the lists


def test_every_column_with_text_is_listed_with_how_a_script_gets_there(haunted: Haunted) -> None:
    there = {f"{table.name}.{column.name}" for table, column in text_columns()}
    assert there - COLUMNS.keys() == set(), "say in COLUMNS how a script gets into it, or why none can"
    assert COLUMNS.keys() - there == set()
    assert {name for name, way in COLUMNS.items() if way == DOOR} - holding(haunted) == set()


def test_every_field_of_the_document_takes_scripts_as_text_or_not_at_all() -> None:
    found = list(fields())
    assert {name for _, _, name in found} == FIELDS.keys(), "say in FIELDS what the new field may hold"
    for model, name, listed in found:
        taken = admitted(model, name)
        least = {OPEN: 20, ADDRESS: len(ADDRESSES), PICTURE: len(ADDRESSES) - 1, CLOSED: 0}[FIELDS[listed]]
        assert len(taken) >= least, listed
        if FIELDS[listed] == CLOSED:
            assert taken == (), f"{listed} takes {taken[:1]}"
        if FIELDS[listed] == ADDRESS:
            assert {urlsplit(address).scheme.lower() for address in taken} <= {"http", "https", "mailto"}, listed


def test_the_corpus_is_large() -> None:
    assert len(set(SCRIPTS)) == len(SCRIPTS) >= 50


# --- the pages


def test_no_page_runs_or_holds_a_script_that_came_through_a_door(browser: Browser, haunted: Haunted) -> None:
    with looking(browser, haunted) as look:
        for address in pages(haunted):
            look.open(address)
        assert look.opened > 80


def test_no_page_runs_what_a_request_holds(browser: Browser, haunted: Haunted) -> None:
    """Every parameter of every route, in its path, its query and its form."""
    with looking(browser, haunted) as look:
        for route in ROUTES:
            if route.path not in NO_PAGES:
                csrf = sit_down(look, haunted)
                for address, data in reflecting(haunted, route):
                    look.open(address, None if data is None else data | {"csrf": csrf})
        assert look.opened > 80


def test_no_page_runs_a_script_that_stands_in_any_row_even_without_the_policy(
    browser: Browser, haunted: Haunted
) -> None:
    haunted.write_rows()
    assert {name for name, way in COLUMNS.items() if way in {DOOR, ROW}} - holding(haunted) == set()
    with looking(browser, haunted, bypass_csp=True) as look:
        for address in pages(haunted):
            if not address.startswith("/inbox") and "/previews/" not in address:  # made of no rows but the document's
                look.open(address)


@pytest.mark.parametrize("number", range(2))
def test_a_mail_that_anybody_wrote_runs_nothing_in_the_inbox(browser: Browser, haunted: Haunted, number: int) -> None:
    """Whatever way it got there: its HTML stands in the frame as it is, and the frame is trusted with nothing."""
    name = catch(haunted, number)
    with looking(browser, haunted) as look:
        look.trusted = False
        for address in (f"/inbox/{name}/html", *(f"/inbox/{name}?tab={tab}" for tab in TABS), "/inbox"):
            look.open(address)


def catch(haunted: Haunted, number: int) -> str:
    """Put a mail full of scripts into the inbox: whole, or one after the other; return its name there."""
    html = (JOINED, "\n".join(f"<div>{script}</div>" for script in BEFORE_THE_REST))[number]
    mail = EmailMessage(policy=SMTP)
    mail["From"] = mail["To"] = Address(SCRIPTS[0], "pip", "pear.example")
    mail["Subject"], mail["X-Owned"] = SCRIPTS[2], SCRIPTS[10]
    mail.set_content(JOINED.replace("\r", ""))
    mail.add_alternative(html.replace("\r", ""), subtype="html")
    envelope = Envelope(77 + number, "bounce@pear.example", "pip@pear.example", mail.as_bytes())
    MaildirTransport(haunted.parts.settings.inbox).send([envelope], Nobody())
    return next(
        m.name for m in MaildirReader(haunted.parts.settings.inbox).page(limit=50) if f"D{77 + number}." in m.name
    )


def reflecting(haunted: Haunted, route: Route) -> Iterator[tuple[str, dict[str, str] | None]]:
    """Yield addresses and forms of a route with a script in every parameter: beside what is there, and in its place."""
    asked = api_routes(haunted.app).get((route.method, route.path))
    if asked is None:
        return
    needed = list(_needed(asked.dependant))
    query = {parameter.alias for each in needed for parameter in each.query_params} | {"done", "tab"}
    fields = {name for each in needed for parameter in each.body_params for name in _names(parameter)}
    data = dict.fromkeys(fields, JOINED) if route.method == "POST" else None
    yield f"{haunted.fill(route.address)}?{urlencode(dict.fromkeys(query, JOINED))}", data
    if "{" in route.path:
        script = quote(SCRIPTS[0] + SCRIPTS[5] + SCRIPTS[6], safe="")
        places = {parameter.alias: script for each in needed for parameter in each.path_params}
        yield route.path.replace(":int", "").replace(":path", "").format(**places), data


def _needed(dependant: Any) -> Iterator[Any]:
    """Yield a view's needs and those of what it depends on."""
    yield dependant
    for inner in dependant.dependencies:
        yield from _needed(inner)


def _names(parameter: Any) -> list[str]:
    """Return the fields of a form: those of a model, or the one."""
    inner = getattr(getattr(parameter, "field_info", None), "annotation", None)
    return list(getattr(inner, "model_fields", {})) or [parameter.alias]
