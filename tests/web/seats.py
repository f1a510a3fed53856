"""An editor's browser, without a socket: keeps cookies, and takes the CSRF token from the last page with a form."""

from __future__ import annotations

import asyncio
import re
from functools import cache
from http.cookies import SimpleCookie
from typing import Any

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI

from newsletter.accounts import sessions
from newsletter.accounts.sessions import Brought, Visit
from newsletter.bootstrap import Parts
from newsletter.model import Editor
from newsletter.model.rights import Role
from newsletter.store.accounts import editors, grants

ADDRESS = "mara@tide.example.org"
PASSWORD = "correct horse battery"
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@cache
def _hashed() -> str:
    return PasswordHasher().hash(PASSWORD)


def add_editor(parts: Parts, address: str = ADDRESS, name: str = "Mara", *, role: Role | None = Role.OWNER) -> Editor:
    """Store the editor that `Browser.sign_in` signs in, or another, with a role for the service; the password is hashed once."""
    with parts.database.write() as session:
        made = Editor(address=address, name=name, password_hash=_hashed(), created_at=parts.clock.now())
        editors.add(session, made)
        if role is not None:
            grants.give(session, made.id, None, role, made.created_at)
        return made


class Cookies(dict[str, str]):
    """Cookies of one site, by name: a new one takes the place of the old, and one that has ended is gone."""

    def set(self, name: str, value: str) -> None:
        """Put a cookie there by hand."""
        self[name] = value

    def take(self, answer: httpx.Response) -> None:
        """Do as the Set-Cookie headers say (RFC 6265 section 5.3)."""
        for header in answer.headers.get_list("set-cookie"):
            for name, cookie in SimpleCookie(header).items():
                self[name] = cookie.value
                if cookie["max-age"] == "0":
                    del self[name]


class Browser:
    """A client of `app` that seems to come from `ip` and asks for `host`."""

    def __init__(self, app: FastAPI, *, host: str = "news.test", ip: str = "192.0.2.7", scheme: str = "http") -> None:
        self._app = app
        self._ip = ip
        self._base = f"{scheme}://{host}"
        self.cookies = Cookies()
        self.csrf = ""

    def get(self, path: str, **headers: str) -> httpx.Response:
        """GET a page; redirects are not followed."""
        return self._ask("GET", path, headers=headers)

    def post(self, path: str, headers: dict[str, str] | None = None, **data: str) -> httpx.Response:
        """POST a form as this site's own page would."""
        own = {"origin": self._base, "sec-fetch-site": "same-origin"}
        return self._ask("POST", path, headers={**own, **(headers or {})}, data={"csrf": self.csrf, **data})

    def take_seat(self, parts: Parts, editor: Editor) -> None:
        """Be signed in without the work of proving a password."""
        with parts.database.write() as session:
            opened = sessions.begin(
                session, editor.id, now=parts.clock.now(), visit=Visit("A test", self._ip), brought=Brought()
            )
        self.cookies.set("desk", opened.session)
        self.csrf = sessions.csrf_token(opened.session)

    def sign_in(self, password: str = PASSWORD, address: str = ADDRESS) -> httpx.Response:
        """Sign in and open the list of issues."""
        answer = self.post("/desk/sign-in", address=address, password=password)
        if answer.status_code == 303:
            self.get("/desk")
        return answer

    def _ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        answer = asyncio.run(self._send(method, path, given))
        self.cookies.take(answer)
        found = _CSRF.search(answer.text) if answer.headers.get("content-type", "").startswith("text/html") else None
        self.csrf = found[1] if found else self.csrf
        return answer

    async def _send(self, method: str, path: str, given: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False, client=(self._ip, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url=self._base, cookies=self.cookies) as client:
            return await client.request(method, path, **given)
