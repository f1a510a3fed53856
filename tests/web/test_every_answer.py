"""Every answer of every route, good or bad: what its headers promise, who may keep it, and that it holds nothing inline."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from newsletter.clock import SettableClock
from newsletter.errors import StoreError
from newsletter.store.database import Database
from newsletter.web.security import CONTENT_SECURITY_POLICY, PRIVATE_PLACES, PRIVATE_POLICY
from tests.web.places import SECRET_KEY
from tests.web.route import Route, Who
from tests.web.routes import ROUTES, SEATED
from tests.web.scene import HOOK_SECRET, Caller, Scene
from tests.web.test_every_route import OWN, ask, who_may

FRAMES = {
    "/desk/{publication}/issues/{issue_id}/clicks/mail",
    "/desk/{publication}/issues/{issue_id}/previews/{name}/{kind}",
    "/desk/{publication}/settings/brand/sample",
    "/inbox/{name}/html",
}
"""Pages that a page of ours shows in a frame: with somebody's own styles, and trusted with nothing."""
KEPT_BY_ANYONE = {Who.ANYONE, Who.FORM, Who.SITE}
GIVING_COOKIES = {
    "POST /desk/sign-in",
    "POST /desk/sign-in/again",
    "POST /desk/sign-in/link/{once}",
    "POST /desk/sign-in/passkey/options",
    "POST /desk/account/passkeys/options",
    "POST /desk/account/prove/options",
    "POST /desk/sign-out",
} | {
    f"POST /desk/account/{path}"
    for path in ("password", "sessions/{session_id}/end", "sign-out-everywhere", "disable", "remove")
}
INSIDE = "kept-inside-7f3a"
"""What nobody may read: it stands in the errors that we raise, and in nothing else."""
LARGE = str(64 * 1024 * 1024)
INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=|<script(?! type=\"application/ld\+json\">)(?![^>]* src=)|javascript:", re.IGNORECASE
)


@dataclass(frozen=True)
class Answered:
    """One answer, and how it was asked for."""

    route: Route
    how: str
    answer: httpx.Response

    def __str__(self) -> str:
        return f"{self.route.name}, {self.how}: {self.answer.status_code}"


@pytest.fixture
def scene(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Scene:
    """A service on http."""
    return Scene(sqlite_database, clock, tmp_path)


class Broken:
    """A ledger that cannot be asked."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Callable[..., None]:
        def fail(*_: object, **__: object) -> None:
            raise self._error

        return fail


def answers(scene: Scene) -> Iterator[Answered]:
    """Ask every route as who may, as nobody, and in every way that goes wrong."""
    nobody = scene.stranger()
    yield from in_order(scene, nobody)
    editor = scene.seated()
    for route in ROUTES:
        yield Answered(route, "as nobody", ask(scene, route, nobody, headers={}))
        yield Answered(route, "from elsewhere", ask(scene, route, editor, headers={"origin": "null"}))
        yield Answered(route, "of no method", ask(scene, route, editor, method="BREW"))
        yield Answered(route, "without fields", ask(scene, route, editor, data={"csrf": editor.csrf}))
        yield Answered(
            route, "where nothing is", ask(scene, route, editor, address=f"{scene.fill(route.address)}/9/9/9")
        )
        yield Answered(route, "too large", ask(scene, route, editor, headers=OWN | {"content-length": LARGE}))
        yield Answered(route, "as JSON", ask(scene, route, nobody, headers={"accept": "application/json"}))
    yield from broken(scene, editor)


def in_order(scene: Scene, nobody: Caller) -> Iterator[Answered]:
    """Ask every route as who may; then again, with the copy that was given."""
    for route in ROUTES:
        caller = who_may(scene, route) if route in SEATED else nobody
        good = ask(scene, route, caller)
        named = route.named if scene.base_url.startswith("https://") else 0
        assert good.status_code == (named or route.status), route.name
        yield Answered(route, "as who may", good)
        if "etag" in good.headers:
            again = ask(scene, route, caller, headers={"if-none-match": good.headers["etag"]})
            assert again.status_code == 304
            yield Answered(route, "with a copy", again)
        if route.method == "GET":
            yield Answered(route, "HEAD", ask(scene, route, caller, method="HEAD"))


def broken(scene: Scene, editor: Caller) -> Iterator[Answered]:
    """Ask every route while the ledger cannot be asked, or while there is a bug."""
    whole = scene.parts.database
    for error in (StoreError(f"the ledger at /{INSIDE}/path rests"), RuntimeError(f"the {INSIDE}")):
        for route in ROUTES:
            scene.parts.__dict__["database"] = Broken(error)
            try:
                yield Answered(route, type(error).__name__, ask(scene, route, editor))
            finally:
                scene.parts.__dict__["database"] = whole


def test_every_answer_promises_what_it_should(scene: Scene) -> None:
    seen = list(answers(scene))
    for each in seen:
        check(each, https=False)
    statuses = {each.answer.status_code for each in seen}
    assert statuses >= {200, 202, 302, 303, 304, 400, 401, 403, 404, 405, 413, 422, 500, 503}


def test_with_https_every_answer_promises_https_for_a_year(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path
) -> None:
    scene = Scene(sqlite_database, clock, tmp_path, base_url="https://news.test")
    for each in in_order(scene, scene.stranger()):
        check(each, https=True)
        for cookie in each.answer.headers.get_list("set-cookie"):
            assert cookie.startswith("__Host-") and "; Secure" in cookie, each


def check(each: Answered, *, https: bool) -> None:
    """Assert all that is true of every answer."""
    check_promises(each, https=https)
    check_copies(each)
    check_content(each)


def check_promises(each: Answered, *, https: bool) -> None:
    """Every answer says what a browser may do with it."""
    headers = each.answer.headers
    policy = headers["content-security-policy"]
    in_frame = each.route.path in FRAMES and each.answer.status_code == 200
    assert policy.startswith("default-src 'none'; "), each
    assert f"frame-ancestors {chr(39)}{'self' if in_frame else 'none'}{chr(39)}" in policy, each
    assert ("sandbox " in policy) == in_frame, each
    assert "script" not in policy.replace("script-src 'self'", "") and "unsafe-eval" not in policy, each
    assert ("unsafe-inline" in policy) <= in_frame, each
    if not in_frame and each.route.path not in {"/c/", "/l/", "/o/"}:
        private = each.answer.request.url.path.startswith(PRIVATE_PLACES)
        assert policy == (PRIVATE_POLICY if private else CONTENT_SECURITY_POLICY), each
        assert headers["cross-origin-opener-policy"] == "same-origin", each
        assert "camera=()" in headers["permissions-policy"], each
    assert headers["x-content-type-options"] == "nosniff", each
    quiet = each.route.who is Who.TOKEN and each.answer.status_code < 400
    assert headers["referrer-policy"] in (
        {"no-referrer"} if quiet else {"no-referrer", "strict-origin-when-cross-origin"}
    ), each
    assert ("max-age=" in headers.get("strict-transport-security", "")) == https, each


def check_copies(each: Answered) -> None:
    """What is one person's, and what went wrong, is kept by nobody; a cookie comes from signing in and out only."""
    headers, status = each.answer.headers, each.answer.status_code
    if each.route.who not in KEPT_BY_ANYONE or (status >= 400):
        assert "no-store" in headers["cache-control"], each
    assert ("set-cookie" in headers) <= (each.route.name in GIVING_COOKIES), each
    for cookie in headers.get_list("set-cookie"):
        assert {"httponly", "path=/", "samesite=lax"} <= {part.strip().lower() for part in cookie.split(";")}, each
    assert each.answer.headers.get("access-control-allow-origin") is None, each
    assert "server" not in headers and "x-powered-by" not in headers, each


def check_content(each: Answered) -> None:
    """A page holds nothing inline, a text says in which letters it is, and a fault tells nothing of our insides."""
    kind, text = each.answer.headers.get("content-type", ""), each.answer.text
    if kind.startswith("text/"):
        assert "charset=utf-8" in kind, each
    if kind.startswith("text/html") and each.route.path not in FRAMES:
        assert INLINE.search(text) is None, each
    secrets = {INSIDE, HOOK_SECRET, SECRET_KEY}
    assert not any(secret in text for secret in secrets), each
    assert "Traceback" not in text and "newsletter/" not in text, each
    if each.how == "as JSON" and each.answer.status_code >= 400:
        assert kind == "application/json", each
