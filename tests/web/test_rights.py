"""Each role asks each route of the desk, on its publication, on another one and on the service: only what it may do is done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.clock import SettableClock
from newsletter.model import Subscriber, Subscription, Suppression
from newsletter.model.rights import RIGHTS_OF, Right, Role, rights_of
from newsletter.model.states import Consent, SubscriptionState
from newsletter.store.accounts import grants
from newsletter.store.database import Database
from newsletter.web.desk.pages import NEEDS
from tests.web.places import add_publication
from tests.web.route import PUBLIC, Route, Who
from tests.web.routes import ROUTES, api_routes, dependencies
from tests.web.scene import Caller, Scene
from tests.web.seats import add_editor
from tests.web.test_every_route import PASSING, ask, sealed

ASKED = [route for route in ROUTES if route.right is not None]
OF_ISSUES = [route for route in ASKED if "{issue_id}" in route.path]
HERE, THERE, SERVICE = "on the publication", "on another", "on the service"
SEATS = [(role, where) for role in Role for where in (HERE, THERE, SERVICE)]


@pytest.fixture
def scene(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Scene:
    """A service with one of everything, and a second publication."""
    made = Scene(sqlite_database, clock, tmp_path)
    add_publication(made.database, "thicket")
    return made


def seated_as(scene: Scene, role: Role | None, where: str) -> Caller:
    """Return the browser of somebody with a role there, and no other."""
    editor = add_editor(scene.parts, "somebody@tide.example.org", "Somebody", role=None)
    home = {HERE: scene.publication.id, THERE: scene.publication.id + 1, SERVICE: None}[where]
    if role is not None:
        with scene.database.write() as session:
            grants.give(session, editor.id, home, role, scene.clock.now())
    return scene.seated(editor)


def granted(role: Role, where: str, route: Route) -> frozenset[Right]:
    """Return the rights that a role gives where a route asks for them."""
    if where == THERE or (where == HERE and route.of_service):
        return frozenset()
    return rights_of(role, publication_id=None if where == SERVICE else 1)


# --- the list


def test_every_route_of_the_desk_says_which_right_it_takes_or_why_none_can_be_asked() -> None:
    for route in ROUTES:
        if route.who is Who.EDITOR:
            assert (route.right is None) == bool(route.why), f"{route.name}: say in tests/web/routes.py what it takes"
        else:
            assert (route.right, route.why) == (None, ""), f"{route.name} is public: {PUBLIC[route.who]}"
    assert {route.who for route in ROUTES} - {Who.EDITOR} == set(PUBLIC)


def test_every_route_asks_for_the_right_that_the_list_says(scene: Scene) -> None:
    there = api_routes(scene.app)
    for route in ROUTES:
        if (route.method, route.path) in there:
            asked = [NEEDS[way] for way in dependencies(there[route.method, route.path]) if way in NEEDS]
            wanted = [] if route.right is None else [(route.right, not route.of_service)]
            assert asked == wanted, route.name


def test_every_right_is_asked_for_by_a_route_of_the_desk() -> None:
    assert {route.right for route in ASKED} == set(Right)


# --- the matrix


@pytest.mark.parametrize(("role", "where"), SEATS, ids=[f"{role}-{where}" for role, where in SEATS])
def test_a_role_does_what_it_may_and_nothing_else(scene: Scene, role: Role, where: str) -> None:
    caller = seated_as(scene, role, where)
    writes = any(Right.WRITE in granted(role, where, route) for route in ASKED)
    # who may write has what they type kept for their preview
    passing = PASSING | {"preview_texts", "working_copies", "open_pages"} if writes else PASSING
    changed = sealed(scene, passing)
    for route in sorted(ASKED, key=acts_whatever_is_there):  # those at the end: what they change is met by no other
        may = granted(role, where, route)
        sees = bool(may) or route.of_service
        if route.right in may and acts_whatever_is_there(route):
            answer = ask(scene, route, caller)
            assert answer.status_code == route.status, f"{route.name}: {answer.status_code}"
            changed = sealed(scene, passing)
        elif route.right in may:
            let_in(scene, route, caller)
        else:
            answer = ask(scene, route, caller)
            assert answer.status_code == (403 if sees else 404), f"{route.name}: {answer.status_code}"
        assert changed() == [], f"{route.name} changed {changed()}"


def acts_whatever_is_there(route: Route) -> bool:
    """Tell whether a route changes a publication and names nothing of it that could be missing."""
    return route.method == "POST" and not route.of_service and route.address.count("{") == 0


def let_in(scene: Scene, route: Route, caller: Caller) -> None:
    """Assert that a caller is let in; what a change needs is not there, so that nothing is changed."""
    if not route.changes:
        answer = ask(scene, route, caller)
        assert answer.status_code == route.status, f"{route.name}: {answer.status_code}"
        return
    if "{" not in route.path and route.of_service:
        answer = ask(
            scene, route, caller, data={"csrf": caller.csrf}
        )  # nothing is said, so that it reaches the room and no further
        assert answer.status_code in {404, 422}, f"{route.name}: {answer.status_code}"
        return
    nowhere = scene.fill(route.address)
    for number in set(map(str, scene.names.values())):
        nowhere = nowhere.replace(f"/{number}/", "/987654/")
    nowhere = nowhere if "/987654/" in nowhere else f"{nowhere.rpartition('/')[0]}/987654"
    answer = ask(scene, route, caller, address=nowhere)
    assert answer.status_code == 404, f"{route.name}: {answer.status_code}"


def test_somebody_without_any_role_sees_that_there_is_nothing_for_them(scene: Scene) -> None:
    caller, changed = seated_as(scene, None, SERVICE), sealed(scene, PASSING)
    page = caller.ask("GET", "/desk")
    assert page.status_code == 200
    assert "nothing here that you may see" in page.text and "orchard" not in page.text.lower()
    for route in ASKED:
        assert ask(scene, route, caller).status_code == (403 if route.of_service else 404), route.name
    assert changed() == []


def test_what_may_not_be_seen_and_what_is_not_there_are_answered_alike(scene: Scene) -> None:
    caller = seated_as(scene, Role.PUBLISHER, THERE)
    hidden = caller.ask("GET", scene.fill("/desk/orchard/issues/{draft}"))
    nowhere = caller.ask("GET", scene.fill("/desk/nowhere/issues/{draft}"))
    assert hidden.status_code == nowhere.status_code == 404
    assert hidden.text == nowhere.text.replace("nowhere", "orchard")
    assert caller.ask("GET", scene.fill("/desk/issues/{draft}")).status_code == 404


def test_an_issue_below_the_address_of_another_publication_is_not_there(scene: Scene) -> None:
    owner, changed = scene.seated(), sealed(scene, PASSING)
    for route in OF_ISSUES:
        address = scene.fill(route.address).replace("/desk/orchard/", "/desk/thicket/")
        assert ask(scene, route, owner, address=address).status_code == 404, route.name
    assert changed() == []


def test_a_new_issue_is_begun_only_where_one_may_write(scene: Scene) -> None:
    caller, changed = seated_as(scene, Role.ANALYST, HERE), sealed(scene, PASSING)
    form = {"csrf": caller.csrf, "publication": "orchard"}
    own = {"origin": "http://news.test", "sec-fetch-site": "same-origin"}
    assert caller.ask("POST", "/desk/new", headers=own, data=form).status_code == 403
    assert caller.ask("POST", "/desk/new", headers=own, data=form | {"publication": "thicket"}).status_code == 404
    assert changed() == []


# --- what pages show


def shown(scene: Scene, caller: Caller, address: str) -> str:
    """Return a page that the caller may see."""
    answer = caller.ask("GET", scene.fill(address))
    assert answer.status_code == 200, address
    return answer.text


def buttons(role: Role) -> Iterator[tuple[str, str, bool]]:
    """Yield a page, what offers something on it, and whether a role on the publication shall see it."""
    may = RIGHTS_OF[role]
    at = "/desk/orchard/issues"
    yield "/desk", 'action="/desk/new"', Right.WRITE in may
    yield f"{at}/{{draft}}", 'id="save"', Right.WRITE in may
    yield f"{at}/{{draft}}", "/delete", Right.WRITE in may
    yield f"{at}/{{draft}}/review", "/test", Right.WRITE in may
    yield f"{at}/{{draft}}/review", "/schedule", Right.SEND in may
    # the publication asks for nobody: only who cannot send may say that it is ready
    yield f"{at}/{{draft}}/review", "/approve", Right.APPROVE in may and Right.SEND not in may
    yield f"{at}/{{scheduled}}", "/undo", Right.SEND in may
    yield f"{at}/{{sending}}", "/pause", Right.SEND in may
    yield f"{at}/{{paused}}", "/resume", Right.SEND in may
    yield f"{at}/{{paused}}", "/cancel", Right.SEND in may
    yield f"{at}/{{sent}}", "/report", Right.SEE_NUMBERS in may
    yield f"{at}/{{sent}}", "/deliveries", Right.SEE_PEOPLE in may
    yield "/desk", 'href="/desk/readers"', Right.SEE_PEOPLE in may
    yield "/desk", 'href="/desk/reports"', False
    yield "/desk", 'href="/desk/audit"', False
    yield "/desk", 'href="/desk/bin"', Right.WRITE in may


@pytest.mark.parametrize("role", list(Role))
def test_a_page_offers_what_may_be_done_and_nothing_else(scene: Scene, role: Role) -> None:
    caller = seated_as(scene, role, HERE)
    for address, offer, wanted in buttons(role):
        assert (offer in shown(scene, caller, address)) == wanted, f"{address}: {offer}"


def test_alarms_of_the_service_stand_before_those_who_manage_it(scene: Scene) -> None:
    assert "Reports cannot be read" in shown(scene, scene.seated(), "/desk")
    assert "Reports cannot be read" not in shown(scene, seated_as(scene, Role.PUBLISHER, HERE), "/desk")


def test_who_sees_the_readers_of_one_publication_sees_no_other_one(scene: Scene) -> None:
    there = seated_as(scene, Role.PUBLISHER, THERE)
    assert there.ask("GET", scene.fill("/desk/thicket/readers/{reader}")).status_code == 404
    own = {"origin": "http://news.test", "sec-fetch-site": "same-origin"}
    form = {"csrf": there.csrf, "address": str(scene.names["address"])}
    found = there.ask("POST", "/desk/thicket/readers", headers=own, data=form)
    assert found.status_code == 404 and "Pip" not in found.text


def test_what_is_known_of_a_reader_elsewhere_is_not_shown(scene: Scene) -> None:
    now, reader = scene.clock.now(), int(str(scene.names["reader"]))
    standing = {"state": SubscriptionState.ACTIVE, "tracking": Consent.UNKNOWN, "created_at": now, "changed_at": now}
    with scene.database.write() as session:
        there = scene.publication.id + 1
        session.add(Subscription(publication_id=there, subscriber_id=reader, **standing))
        known_by = {
            "address_hash": session.get_one(Subscriber, reader).address_hash,
            "reason": "manual",
            "created_at": now,
        }
        session.add(Suppression(publication_id=there, **known_by))
    address = scene.fill("/desk/orchard/readers/{reader}.json")
    of_all, of_one = (
        who.ask("GET", address).json() for who in (scene.seated(), seated_as(scene, Role.PUBLISHER, HERE))
    )
    for name in ("subscriptions", "suppressions"):
        assert {row["publication"] for row in of_all[name]} >= {"thicket"}
        assert "thicket" not in {row["publication"] for row in of_one[name]}
    assert [row["publication"] for row in of_one["subscriptions"]] == ["orchard"]
    assert of_one["deliveries"] == of_all["deliveries"]


def test_old_addresses_lead_to_the_new_ones_with_their_query(scene: Scene) -> None:
    owner = scene.seated()
    for old, new in (
        ("/desk/issues/{draft}?kind=text", "/desk/orchard/issues/{draft}?kind=text"),
        ("/desk/issues/{sent}/report.csv?raw=1", "/desk/orchard/issues/{sent}/report.csv?raw=1"),
        ("/desk/readers/{reader}", "/desk/orchard/readers/{reader}"),
        ("/desk?publication=orchard", "/desk/orchard/issues"),
    ):
        answer = owner.ask("GET", scene.fill(old))
        assert answer.status_code in {301, 303}
        assert answer.headers["location"] == scene.fill(new)
