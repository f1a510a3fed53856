"""Every route asked by everyone who may not: nothing is shown, nothing changes, and whoever may is let in."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from newsletter.accounts import sessions
from newsletter.clock import SettableClock
from newsletter.model.actor import operator
from newsletter.model.brand import RESERVED_ISSUE_SLUGS, RESERVED_SLUGS
from newsletter.model.rights import HeldGrant, Role
from newsletter.store.database import Database
from newsletter.tokens import Purpose
from newsletter.web.app import BeforeMail
from newsletter.web.bodies import Bodies
from newsletter.web.crowd import RequestLimit
from newsletter.web.forwarding import Forwarded
from newsletter.web.machine.clicks import ClickDoor
from newsletter.web.security import SecurityHeaders
from newsletter.web.uploads import Uploads
from tests.web.places import every_key
from tests.web.route import Route, Who
from tests.web.routes import ROUTES, SEATED, registered
from tests.web.scene import Caller, Scene
from tests.web.seats import PASSWORD

PASSING = frozenset({"events"})
"""What asking alone may add to (law 7)."""
OWN = {"origin": "http://news.test", "sec-fetch-site": "same-origin"}
FOREIGN = (
    *({**OWN, "origin": origin} for origin in (
        "https://evil.test",
        "http://evil.test",
        "null",
        "",
        "http://news.test.evil.test",
        "http://evil.test/news.test",
        "http://news.test@evil.test",
        "http://evil.test#news.test",
        "http://news.test:8080",
        "news.test",
        "file://",
    )),
    *({**OWN, "sec-fetch-site": site} for site in ("cross-site", "same-site", "", "Same-Origin x")),
    {"origin": "null", "sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "cross-site"},
)  # fmt: skip
NEW = "another sentence of words"
OPERATOR: dict[str, Callable[[Scene, str], object]] = {
    "signed out": lambda scene, address: scene.parts.accounts.team.sign_out(address, by=operator()),
    "given a password": lambda scene, address: scene.parts.accounts.team.set_password(address, NEW, by=operator()),
    "given a role": lambda scene, address: scene.parts.accounts.team.give_role(
        address, HeldGrant(Role.PUBLISHER), by=operator()
    ),
    "disabled": lambda scene, address: scene.parts.accounts.team.disable(address, by=operator()),
    "removed": lambda scene, address: scene.parts.accounts.team.remove(address, by=operator()),
}
CHANGING = tuple(route for route in ROUTES if route.who is Who.EDITOR and route.method == "POST")


@pytest.fixture
def scene(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Scene:
    """A service on SQLite."""
    return Scene(sqlite_database, clock, tmp_path)


@pytest.fixture
def each_scene(database: Database, clock: SettableClock, tmp_path: Path) -> Scene:
    """A service, on each database: where rows decide who somebody is."""
    return Scene(database, clock, tmp_path)


def ask(scene: Scene, route: Route, caller: Caller, *, method: str = "", **changed: object) -> httpx.Response:
    """Ask a route as its own form would; `changed` are headers, fields or the address that are different."""
    data = {"csrf": caller.csrf} | {name: scene.fill(value) for name, value in route.data.items()}
    own = {name: scene.fill(value) for name, value in route.headers.items()}
    given = {"headers": changed.get("headers", OWN | own if route.method == "POST" else own)}
    if route.says:
        given["json"] = route.says
    elif route.method == "POST":
        given["data"] = changed.get("data", data)
    return caller.ask(method or route.method, str(changed.get("address", scene.fill(route.address))), **given)


def sealed(scene: Scene, besides: frozenset[str] = frozenset()) -> Callable[[], list[str]]:
    """Return what tells which tables have changed since."""
    before = scene.fingerprint(besides)
    return lambda: [name for name, now in scene.fingerprint(besides).items() if now != before[name]]


# --- the list itself


def test_every_route_is_listed_and_every_listed_one_exists(scene: Scene) -> None:
    there, listed = set(registered(scene.app)), {(route.method, route.path) for route in ROUTES}
    assert there - listed == set(), "say in tests/web/routes.py who may ask it"
    assert listed - there == set(), "gone: take it out of tests/web/routes.py"


def test_no_route_is_registered_or_listed_twice(scene: Scene) -> None:
    for found in (registered(scene.app), [(route.method, route.path) for route in ROUTES]):
        assert [route for route, count in Counter(found).items() if count > 1] == []


def test_nothing_stands_before_the_routes_that_answers_by_itself_and_is_not_listed(scene: Scene) -> None:
    assert {layer.cls for layer in scene.app.user_middleware} == {
        Forwarded,
        BeforeMail,
        ClickDoor,
        SecurityHeaders,
        Uploads,
        Bodies,
        RequestLimit,
    }


def test_no_publication_and_no_issue_can_take_the_address_of_a_route() -> None:
    words = [route.path.strip("/").split("/") for route in ROUTES]
    assert {path[0] for path in words if path[0] and path[0] != "{pub}"} - RESERVED_SLUGS == set()
    second = {path[1] for path in words if path[0] == "{pub}" and len(path) > 1 and not path[1].startswith("{")}
    assert second - RESERVED_ISSUE_SLUGS == set()


def test_who_may_is_let_in_and_a_route_changes_something_exactly_if_the_list_says_so(each_scene: Scene) -> None:
    scene = each_scene
    for route in ROUTES:
        caller = who_may(scene, route)
        changed, answered = sealed(scene, PASSING), counted()
        answer = ask(scene, route, caller)
        assert answer.status_code == route.status, f"{route.name}: {answer.status_code} {answer.text[:300]}"
        assert "/sign-in?next" not in answer.headers.get("location", ""), route.name
        assert bool(changed()) == route.changes, f"{route.name} changed {changed()}"
        if route.path != "/static":  # a mount has no route of its own
            assert reached(answered) == [route.path], f"{route.address} is answered by another route"


def who_may(scene: Scene, route: Route) -> Caller:
    """Return a caller whose the route is."""
    if route not in SEATED:
        return scene.stranger()
    return scene.seated(scene.one_more_editor() if route.alone else None)


def counted() -> Counter[str]:
    """Return how often each route has answered."""
    found: Counter[str] = Counter()
    for metric in REGISTRY.collect():
        if metric.name == "newsletter_http_answers":
            for sample in metric.samples:
                if sample.name.endswith("_total"):
                    found[sample.labels["route"]] += int(sample.value)
    return found


def reached(before: Counter[str]) -> list[str]:
    """Return which routes have answered since."""
    return list((counted() - before).keys())


# --- nobody, and those who are nobody any more


def test_nobody_is_let_in_where_an_editor_must_be_signed_in(each_scene: Scene) -> None:
    refuses_all(each_scene, each_scene.stranger())


def test_what_is_there_and_what_is_not_are_refused_alike(scene: Scene) -> None:
    nobody = scene.stranger()
    for route in SEATED:
        if "{" in route.path:
            there, nowhere = scene.fill(route.address), scene.fill(route.address).replace("/1", "/987654")
            answers = [ask(scene, route, nobody, address=address) for address in (there, nowhere)]
            # A form over what the caller sent names where it came from, and nothing else that differs.
            told = [re.sub(r'name="where" value="[^"]*"', "", a.text) if a.status_code == 401 else "" for a in answers]
            first, second = [(a.status_code, a.headers.get("location", "").split("?")[0]) for a in answers]
            assert (first, told[0]) == (second, told[1]), route.name


def test_a_made_up_cookie_opens_nothing(scene: Scene) -> None:
    real = scene.seated()
    name, _, value = real.cookies.partition("=")
    signer, now = every_key(scene.parts), scene.clock.now()
    forged = [signer.issue_timed(purpose, subject, now) for purpose in Purpose for subject in (1, 2)]
    forged += [signer.issue(purpose, 1) for purpose in Purpose]
    changed = [
        value[:-1],
        value + "A",
        value + "=",
        value.swapcase(),
        value[::-1],
        f'"{value}',
        "1",
        "0",
        "null",
        real.csrf,
    ]
    for cookie in (*forged, *changed):
        caller = Caller(scene.app, f"{name}={cookie}", real.csrf)
        for route in (SEATED[0], CHANGING[0]):
            refused(ask(scene, route, caller), route)
    for other in ("Desk", "__Secure-desk", "session", "desk[]"):
        refused(ask(scene, SEATED[0], Caller(scene.app, f"{other}={value}")), SEATED[0])


def end_seats(scene: Scene) -> Iterator[tuple[str, Caller]]:
    """Yield editors whose seats have ended, each in another way, and the name of the way."""
    for name, address, data in (
        ("signed out", "/desk/sign-out", {}),
        ("signed out everywhere", "/desk/account/sign-out-everywhere", {}),
        ("ended on the own page", "/desk/account/sessions/{session}/end", {}),
        ("with a new password", "/desk/account/password", {"present": PASSWORD, "new": NEW, "again": NEW}),
        ("disabled by oneself", "/desk/account/disable", {"password": PASSWORD}),
        ("removed by oneself", "/desk/account/remove", {"password": PASSWORD}),
    ):
        editor = scene.seated(scene.one_more_editor())
        answer = editor.ask("POST", scene.fill(address), headers=OWN, data={"csrf": editor.csrf} | data)
        assert answer.status_code == 303, name
        yield name, editor
    yield from end_from_elsewhere(scene)


def end_from_elsewhere(scene: Scene) -> Iterator[tuple[str, Caller]]:
    """Yield editors whose seats were ended from another browser, or by the operator."""
    for address in ("/desk/account/sign-out-others", "/desk/account/sessions/{session}/end"):
        known = scene.one_more_editor()
        editor, path = scene.seated(known), scene.fill(address)
        other = scene.seated(known)
        assert other.ask("POST", path, headers=OWN, data={"csrf": other.csrf}).status_code == 303
        assert ask(scene, SEATED[0], other).status_code == 200
        yield f"ended by {path} elsewhere", editor
    for name, end in OPERATOR.items():
        known = scene.one_more_editor()
        editor = scene.seated(known)
        end(scene, known.address)
        yield f"{name} by the operator", editor


def test_an_editor_whose_seat_has_ended_is_nobody_also_when_others_sit_down(each_scene: Scene) -> None:
    scene = each_scene
    expired = scene.seated()
    ended = dict(end_seats(scene))
    for _ in range(len(ended)):  # a database may deal the numbers of rows that are gone once more
        scene.seated(scene.other_editor)
    for caller in ended.values():
        refuses_all(scene, caller)
    scene.clock.advance(sessions.IDLE_SECONDS + 1)
    refuses_all(scene, expired)
    scene.seated(scene.other_editor)
    refused(ask(scene, SEATED[0], expired), SEATED[0])


def refuses_all(scene: Scene, caller: Caller) -> None:
    """Assert that a caller gets nothing from, and changes nothing by, any route that needs an editor."""
    changed = sealed(scene, PASSING)
    for route in SEATED:
        refused(ask(scene, route, caller), route, scene)
    fragment = ask(scene, SEATED[0], caller, headers=OWN | {"hx-request": "true"})
    assert (fragment.status_code, fragment.headers["hx-redirect"]) == (401, "/desk/sign-in?next=/desk")
    assert changed() == []


TOLD = ("Grafting", "orchard", "pear.example", "mara@", "caught", "Abstract")
"""Words that stand on the pages of editors."""


def refused(answer: httpx.Response, route: Route, scene: Scene | None = None) -> None:
    """Assert that an answer leads to the form and tells nothing, or is the form over what this caller just sent."""
    if route.method == "POST" and answer.status_code == 401:
        assert 'action="/desk/sign-in/again"' in answer.text, route.name
        assert "no-store" in answer.headers["cache-control"] and "set-cookie" not in answer.headers, route.name
        told = re.sub(r"(?s)<textarea.*?</textarea>|<input[^>]*>", "", answer.text)
        assert not [word for word in TOLD if word in told], route.name
        return
    assert answer.status_code == 303, f"{route.name}: {answer.status_code}"
    where, _, following = answer.headers["location"].partition("?next=")
    assert where == "/desk/sign-in", route.name
    if scene is not None:
        assert following == (scene.fill(route.address) if route.method == "GET" else "/desk"), route.name
    assert "no-store" in answer.headers["cache-control"], route.name
    assert "set-cookie" not in answer.headers, route.name
    assert not [word for word in TOLD if word in answer.text], route.name


# --- a form that is not ours


def test_a_form_of_another_site_is_refused(scene: Scene) -> None:
    editor, signing_in = scene.seated(), [route for route in ROUTES if route.who is Who.SITE]
    changed = sealed(scene, PASSING)
    for route in (*CHANGING, *signing_in):
        for provenance in FOREIGN:
            answer = ask(scene, route, editor if route in CHANGING else scene.stranger(), headers=provenance)
            assert answer.status_code == 403, f"{route.name} with {provenance}"
            assert "set-cookie" not in answer.headers, route.name
        assert changed() == [], route.name


def test_a_form_without_the_token_of_its_session_is_refused(each_scene: Scene) -> None:
    scene, editor = each_scene, each_scene.seated()
    colleague, again, ended = scene.seated(scene.other_editor), scene.seated(), scene.seated()
    ended.ask("POST", "/desk/sign-out", headers=OWN, data={"csrf": ended.csrf})
    changed = sealed(scene, PASSING)
    for route in CHANGING:
        data = {name: scene.fill(value) for name, value in route.data.items()}
        for token in ("", colleague.csrf, again.csrf, ended.csrf):
            answers = [
                ask(scene, route, editor, data=data | {"csrf": token}),
                ask(scene, route, editor, data=data, headers=OWN | {"x-csrf-token": token}),
            ]
            assert [a.status_code for a in answers] == [403, 403], f"{route.name} with {token!r}"
        address = f"{scene.fill(route.address)}?csrf={editor.csrf}"
        assert ask(scene, route, editor, address=address, data=data).status_code == 403, route.name
        assert changed() == [], route.name


def test_a_form_with_a_token_that_was_made_up_is_refused(scene: Scene) -> None:
    editor, signer = scene.seated(), every_key(scene.parts)
    form, cookie = signer.issue_timed(Purpose.FORM, 1, scene.clock.now()), editor.cookies.partition("=")[2]
    wrong = [
        "x",
        "A" * 24,
        editor.csrf[:-1],
        f"{editor.csrf}=",
        f" {editor.csrf}",
        editor.csrf.swapcase(),
        form,
        cookie,
    ]
    wrong += [signer.issue(purpose, subject) for purpose in Purpose for subject in (1, 2, 3)]
    changed = sealed(scene, PASSING)
    for token in wrong:
        data = {"publication": "orchard", "csrf": token}
        answer = editor.ask("POST", "/desk/new", headers=OWN, data=data)
        assert (answer.status_code, changed()) == (403, []), token


# --- GET, HEAD and methods that make no sense


def test_asking_changes_nothing(each_scene: Scene) -> None:
    scene, editor = each_scene, each_scene.seated()
    changed = sealed(scene, PASSING)
    for address in addresses(scene):
        for method in ("GET", "HEAD", "OPTIONS"):
            (editor if address.startswith(("/desk", "/inbox")) else scene.stranger()).ask(method, address)
        assert changed() == [], address


def test_a_change_cannot_be_made_by_asking(scene: Scene) -> None:
    editor, asked = scene.seated(), {route.path for route in ROUTES if route.method == "GET"}
    changed = sealed(scene, PASSING)
    for route in (route for route in ROUTES if route.method == "POST"):
        fields = {"csrf": editor.csrf, "_method": "POST"} | {n: scene.fill(v) for n, v in route.data.items()}
        address = httpx.URL(scene.fill(route.address), params=fields)
        headers = {**OWN, **route.headers, "x-csrf-token": editor.csrf, "x-http-method-override": "POST"}
        for method in ("GET", "HEAD"):
            answer = editor.ask(method, str(address), headers=headers)
            assert route.path in asked or answer.status_code in {404, 405}, route.name
            assert changed() == [], route.name


def test_a_method_that_makes_no_sense_is_405_and_changes_nothing(scene: Scene) -> None:
    editor = scene.seated()
    changed, methods = sealed(scene, PASSING), {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"}
    for route in ROUTES:
        there = {other.method for other in ROUTES if other.path == route.path} | {"HEAD"}
        for method in methods - (there if "GET" in there else there - {"HEAD"}):
            answer = ask(scene, route, editor, method=method, headers=OWN | {"x-csrf-token": editor.csrf})
            wrong = f"{method} {route.path}"
            assert answer.status_code in {404, 405}, wrong
            assert answer.status_code == 404 or answer.headers["allow"], wrong
        assert changed() == [], route.name


def test_head_is_answered_as_get_without_the_content(scene: Scene) -> None:
    editor = scene.seated()
    for address in addresses(scene):
        caller = editor if address.startswith(("/desk", "/inbox")) else scene.stranger()
        full, head = caller.ask("GET", address), caller.ask("HEAD", address)
        assert head.status_code == full.status_code, address
        assert sent_by(scene, caller, address) == b"", address
        shifting = {"content-length"} if address == "/metrics" else set()
        assert facts(head, shifting) == facts(full, shifting), address


def sent_by(scene: Scene, caller: Caller, address: str) -> bytes:
    """Return the content that the application sends after a HEAD: clients, that of these tests too, throw it away."""
    sent: list[bytes] = []
    path, _, query = address.partition("?")
    scope = {
        "type": "http",
        "method": "HEAD",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
        "client": (caller.ip, 50_000),
        "server": ("news.test", 80),
        "headers": [(b"host", b"news.test"), (b"cookie", caller.cookies.encode())],
    }

    requests = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, object]:
        for request in requests:
            return request
        return await asyncio.Event().wait() and {}  # the client stays

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message.get("body", b""))

    asyncio.run(scene.app(scope, receive, send))
    return b"".join(sent)


def facts(answer: httpx.Response, besides: set[str]) -> dict[str, str]:
    """Return the headers of an answer."""
    return {name: value for name, value in answer.headers.items() if name not in besides}


# --- the inbox, which a visitor on the service's own machine may open


AT_HOME = "http://127.0.0.1:8025"


@pytest.mark.parametrize(
    ("base_url", "host", "ip", "opens"),
    [
        (AT_HOME, "127.0.0.1:8025", "127.0.0.1", True),
        (AT_HOME, "localhost:8025", "::1", True),
        (AT_HOME, "127.0.0.1:8025", "192.0.2.7", False),
        (AT_HOME, "news.test", "127.0.0.1", False),
        ("http://news.test", "127.0.0.1:8025", "127.0.0.1", False),
    ],
)
def test_the_inbox_opens_by_itself_only_to_this_machine_and_by_its_name(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path, base_url: str, host: str, ip: str, opens: bool
) -> None:
    scene = Scene(sqlite_database, clock, tmp_path, base_url=base_url)
    changed = sealed(scene)
    for route in (route for route in ROUTES if route.who is Who.HOME):
        answer = ask(scene, route, Caller(scene.app, ip=ip), headers={"host": host})
        if opens:
            assert answer.status_code == route.status, route.name
        else:
            refused(answer, route, scene)
    assert changed() == []


def addresses(scene: Scene) -> Iterator[str]:
    """Yield an address of every route that answers GET, and some where nothing is."""
    yield from (scene.fill(route.address) for route in ROUTES if route.method == "GET")
    yield from (
        "/unknown",
        "/orchard/",
        "/orchard/2026-03-09",
        "/a/b/c/d/e",
        "/static/nothing.css",
        "/desk/",
        "/desk/x",
    )
