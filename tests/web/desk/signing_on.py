"""A service that trusts an issuer on a real socket, and browsers that sign in there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr
from sqlalchemy import func, select

from newsletter.accounts.sessions import csrf_token
from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.model import AuditEntry, Editor
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.parts.oidc_issuer import CLIENT_ID, CLIENT_SECRET, OidcIssuer
from tests.web.places import add_publication, make_parts
from tests.web.seats import ADDRESS, Browser, add_editor

BACK = "/desk/sign-in/oidc/callback"
MARA = {"sub": "mara-at-the-issuer", "email": ADDRESS, "email_verified": True, "name": "Mara"}
INA = {"sub": "ina-at-the-issuer", "email": "ina@tide.example.org", "email_verified": True, "name": "Ina <b>"}
NOBODY = "Nobody here is known by what came back from there"
NOT_BEGUN = "This sign-in was not begun in this browser"
AWAY = "The issuer of single sign-on does not answer as it should"
UNBELIEVED = "What came back from there is not believed"


@dataclass
class Place:
    """A service with one editor, and the issuer that it trusts."""

    issuer: OidcIssuer
    parts: Parts
    editor: Editor

    def __post_init__(self) -> None:
        self.app = create_app(self.parts)

    def browser(self) -> Browser:
        return Browser(self.app)

    def go(self, browser: Browser, path: str = "/desk/sign-in/oidc") -> str:
        """Begin, and return the address at the issuer."""
        answer = browser.get(path)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def come(self, browser: Browser, url: str, answer: str = "allow") -> httpx.Response:
        """Go through the issuer's page and come back; forms are made for the session from then on."""
        came = browser.get(within(self.issuer.follow(url, answer)))
        browser.csrf = csrf_token(browser.cookies.get("desk", ""))
        return came

    def enter(self, browser: Browser, path: str = "/desk/sign-in/oidc") -> httpx.Response:
        return self.come(browser, self.go(browser, path))

    def count(self, table: type) -> int:
        with self.parts.database.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def rows(self, table: type) -> list[Any]:
        with self.parts.database.read() as session:
            return list(session.scalars(select(table).order_by(table.id)))

    def trail(self) -> list[tuple[str, str, str]]:
        """Return what was written down: action, of whom, and what is new."""
        return [(row.action, row.actor_name, row.new) for row in self.rows(AuditEntry)]


def within(url: str) -> str:
    """Return path and query of an address of ours."""
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}" == "http://news.test", url
    return f"{parts.path}?{parts.query}"


def is_in(browser: Browser) -> bool:
    return browser.get("/desk").status_code == 200


def asks_for_a_proof(browser: Browser) -> None:
    asked = browser.post("/desk/accounts/invite", address=INA["email"], role="writer")
    assert asked.status_code == 403 and "Is it you?" in asked.text, asked.text


def said(answer: httpx.Response, words: str, status: int = 422, about: object = "") -> None:
    """See that an answer is the sign-in, with these words, and opens nothing."""
    assert answer.status_code == status, (about, answer.text)
    assert words in answer.text and "<h1>Sign in</h1>" in answer.text, (about, answer.text)
    assert "desk=" not in answer.headers.get("set-cookie", "")


def make_place(database: Database, clock: SettableClock, folder: Path, issuer: OidcIssuer, **more: object) -> Place:
    settings = {
        "oidc_issuer": issuer.url,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": SecretStr(CLIENT_SECRET),
        "oidc_name": "Harbour",
        **more,
    }
    parts = Parts(make_parts(database, clock, folder).settings.model_copy(update=settings), clock)
    parts.__dict__["database"] = database
    add_publication(database)
    return Place(issuer, parts, add_editor(parts))
