"""Every route of the application in one list: who may ask it, and whether it changes anything.

`test_every_route` compares the list with the application: a route that is not here fails, and so does one that is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Mount

from newsletter.model.rights import Right
from newsletter.web.machine import clicks
from newsletter.web.route_group import RouteGroup
from tests.web.moving_routes import MOVING_ROUTES
from tests.web.route import OWN, Who
from tests.web.route import change as _change
from tests.web.route import desk as _desk
from tests.web.route import get as _get
from tests.web.route import led as _led
from tests.web.route import own as _own
from tests.web.route import post as _post
from tests.web.routes_for_programs import FOR_PROGRAMS
from tests.web.scene import HOOK_SECRET
from tests.web.seats import ADDRESS, PASSWORD

ACCOUNTS: dict[str, Any] = {"right": Right.MANAGE_ACCOUNTS, "of_service": True}
BASICS = {"name": "Orchard", "from_name": "Orchard", "from_address": ADDRESS, "language": "en", "time_zone": "UTC"}
"""What the first page of the settings cannot do without."""
HOME = "/desk/{publication}"
ISSUE = f"{HOME}/issues/{{issue_id}}"
HERE = "/desk/orchard"

ROUTES = (
    _get("/healthz"),
    _get("/metrics", Who.HOOK, headers={"authorization": f"Bearer {HOOK_SECRET}"}),
    _get("/robots.txt"),
    _get("/sitemap.xml"),
    _get("/favicon.ico"),
    _get("/images/{digest}.{extension}", address="/images/{image}"),
    _get("/static", address="/static/site.css"),
    _get("/static/accent/{digits}.css", address="/static/accent/1f5f8b.css"),
    _get("/"),
    _get("/{pub}", address="/orchard"),
    _get("/{pub}/feed.atom", address="/orchard/feed.atom"),
    _get("/{pub}/feed.json", address="/orchard/feed.json"),
    _get("/{pub}/all/{section}", address="/orchard/all/papers"),
    _get("/{pub}/all/{section}/{key}", address="/orchard/all/tables/sweetness"),
    _get("/{pub}/{issue}.md", address="/orchard/2026-03-01.md"),
    _get("/{pub}/{issue}", address="/orchard/2026-03-01"),
    _get("/{pub}/{issue}/{section}/{key}", address="/orchard/2026-03-01/papers/grafting-1"),
    _get(
        "/{pub}/{issue}/{section}/{chart}.png",
        address="/orchard/2026-03-01/tables/sweetness.0123456789abcdef.wide.png",
        status=301,  # to the address that tells what is on it
    ),
    _get("/{pub}/subscribe", address="/orchard/subscribe"),
    _get("/{pub}/subscribe/sent", address="/orchard/subscribe/sent"),
    _post("/{pub}/subscribe", Who.FORM, "/orchard/subscribe", data={"address": "new@pear.example", "token": "{form}"}),
    _get("/confirm/{token}", Who.TOKEN, "/confirm/{confirm}"),
    _post("/confirm/{token}", Who.TOKEN, "/confirm/{confirm}", status=200, changes=False),  # it is active already
    _get("/confirm/{token}/never", Who.TOKEN, "/confirm/{confirm}/never"),
    _get("/u/{token}", Who.TOKEN, "/u/{leave}"),
    _get("/u/{token}/tracking", Who.TOKEN, "/u/{leave}/tracking"),
    _post("/u/{token}/tracking", Who.TOKEN, "/u/{leave}/tracking", status=200, data={"answer": "yes"}),
    _post("/u/{token}", Who.TOKEN, "/u/{leave}", status=200),
    _post("/u/{token}/again", Who.TOKEN, "/u/{leave}/again", status=200),
    _post("/confirm/{token}/never", Who.TOKEN, "/confirm/{confirm}/never", status=200),
    _get("/v/{token}/{answer}", Who.TOKEN, "/v/{vote}/up"),
    _post("/v/{token}/{answer}", Who.TOKEN, "/v/{vote}/up", status=200),
    _get("/c/", Who.TOKEN, "/c/{click}/1", status=302),
    _get("/o/", Who.TOKEN, "/o/{open}.gif"),
    _get("/l/", address="/l/{edition}/1", status=302),
    *FOR_PROGRAMS,
    _get("/desk/sign-in", Who.ANYONE),
    _post("/desk/sign-in", Who.SITE, data={"address": ADDRESS, "password": PASSWORD}),
    _post(
        "/desk/sign-in/again",
        Who.SITE,
        data={
            "address": ADDRESS,
            "password": PASSWORD,
            "where": "/desk/orchard/issues/{draft}",
            "typed.text": "{draft text}",
        },
        status=200,
    ),
    _get("/desk/sign-in/second", Who.ANYONE, status=303),
    _post("/desk/sign-in/second", Who.SITE, data={"code": "000000"}, changes=False, status=422),
    _post("/desk/sign-in/again/second", Who.SITE, data={"code": "000000"}, changes=False, status=422),
    _post("/desk/sign-in/passkey/options", Who.SITE, status=409, named=200, changes=False),
    _post("/desk/sign-in/passkey", Who.SITE, data={"passkey": "{{}}"}, status=422, changes=False),
    _get("/desk/sign-in/oidc", Who.ANYONE, status=404),  # no issuer is set: tests/web/desk/test_single_sign_on.py
    _get("/desk/sign-in/oidc/callback", Who.ANYONE, status=404),
    _get("/desk/sign-in/forgotten", Who.ANYONE),
    _post("/desk/sign-in/forgotten", Who.SITE, data={"address": ADDRESS, "what": "reset"}),
    _get("/desk/sign-in/link/{once}", Who.ANYONE, "/desk/sign-in/link/{invited}"),
    _post(
        "/desk/sign-in/link/{once}",
        Who.SITE,
        "/desk/sign-in/link/{invited}",
        data={"name": "Ina", "password": PASSWORD, "again": PASSWORD},
    ),
    _desk("/desk", why="shows to each what they may see"),
    _desk("/desk/seat", why=OWN),
    _change(
        "/desk/new", data={"publication": "orchard"}, why="the right to write, on the publication that is chosen in it"
    ),
    _desk("/desk/commands", why="lists to each what they may see"),
    _desk(HOME, right=Right.READ),
    _desk(f"{HOME}/commands", right=Right.READ),
    _desk(f"{HOME}/calendar", right=Right.READ),
    _desk("/desk/publications/new", right=Right.MANAGE_SERVICE, of_service=True),
    _change(
        "/desk/publications/new",
        data={"slug": "grove", "name": "The Grove", "from_address": "ada@grove.test"},
        right=Right.MANAGE_SERVICE,
        of_service=True,
    ),
    _desk(f"{HOME}/first-send", right=Right.READ),
    _desk(f"{HOME}/settings", right=Right.MANAGE_PUBLICATION),
    _change(f"{HOME}/settings", data={"tagline": "of another page", **BASICS}, right=Right.MANAGE_PUBLICATION),
    _desk(f"{HOME}/settings/brand/sample", right=Right.MANAGE_PUBLICATION),
    _change(f"{HOME}/settings/brand/logo", data={"remove": "yes"}, right=Right.MANAGE_PUBLICATION),
    _get(f"{HOME}/settings/{{word}}", Who.EDITOR, f"{HERE}/settings/brand", right=Right.MANAGE_PUBLICATION),
    _change(
        f"{HOME}/settings/{{word}}",
        address=f"{HERE}/settings/brand",
        data={"tagline": "Each day"},
        right=Right.MANAGE_PUBLICATION,
    ),
    _desk(f"{HOME}/settings/domain", right=Right.MANAGE_PUBLICATION),
    _change(f"{HOME}/settings/domain", right=Right.MANAGE_PUBLICATION),
    _desk(f"{HOME}/settings/suppressions", right=Right.SEE_PEOPLE),
    _change(f"{HOME}/settings/suppressions", data={"address": "no@pear.example"}, right=Right.MANAGE_AUDIENCE),
    _change(
        f"{HOME}/settings/suppressions/lift",
        data={"address": "no@pear.example", "why": "asked for it"},
        right=Right.MANAGE_AUDIENCE,
    ),
    _desk(f"{HOME}/settings/danger", right=Right.MANAGE_PUBLICATION),
    _change(
        f"{HOME}/settings/danger", data={"slug": "desk"}, status=422, changes=False, right=Right.MANAGE_PUBLICATION
    ),
    _change(f"{HOME}/settings/danger/close", status=409, changes=False, right=Right.MANAGE_PUBLICATION),
    _change(f"{HOME}/settings/danger/reopen", status=409, changes=False, right=Right.MANAGE_PUBLICATION),
    _change(
        f"{HOME}/settings/danger/remove",
        data={"name": "no"},
        status=409,
        changes=False,
        right=Right.MANAGE_PUBLICATION,
    ),
    _desk(f"{HOME}/issues", right=Right.READ),
    _change(f"{ISSUE}/copy", "draft", right=Right.WRITE),
    _change(f"{ISSUE}/day", "tested", data={"day": "2026-05-29"}, right=Right.WRITE),
    _change(f"{ISSUE}/reschedule", "spare", data={"day": "2026-05-28"}, status=422, changes=False, right=Right.SEND),
    _desk(ISSUE, "draft", right=Right.READ),
    _change(ISSUE, "draft", data={"text": "{draft text}", "revision": "{revision}"}, right=Right.WRITE),
    _change(f"{ISSUE}/preview", "draft", data={"text": "{draft text}"}, status=200, changes=False, right=Right.WRITE),
    _change(f"{ISSUE}/pasted/html", "draft", data={"html": "<p>x</p>"}, status=200, changes=False, right=Right.WRITE),
    _change(f"{ISSUE}/pasted/link", "draft", data={"address": "nowhere"}, status=422, changes=False, right=Right.WRITE),
    _get(
        f"{ISSUE}/previews/{{name}}/{{kind}}",
        Who.EDITOR,
        f"{HERE}/issues/{{draft}}/previews/saved/email",
        right=Right.READ,
    ),
    _desk(f"{ISSUE}/review", "draft", right=Right.READ),
    _change(
        f"{ISSUE}/working-copies",
        "draft",
        data={"page": "a1", "text": "typed", "revision": "{revision}"},
        status=200,
        right=Right.WRITE,
    ),
    _post(
        f"{ISSUE}/working-copies/{{copy_id}}/discard",
        Who.EDITOR,
        f"{HERE}/issues/{{draft}}/working-copies/1/discard",  # what the route above kept
        right=Right.WRITE,
    ),
    _desk(f"{ISSUE}/history", "draft", right=Right.READ),
    _desk(f"{ISSUE}/history/compare", "draft", right=Right.READ),
    _get(f"{ISSUE}/history/{{number}}", Who.EDITOR, f"{HERE}/issues/{{draft}}/history/1", right=Right.READ),
    _post(
        f"{ISSUE}/history/{{number}}/restore",
        Who.EDITOR,
        f"{HERE}/issues/{{draft}}/history/1/restore",
        data={"revision": "2"},  # it was saved once, above
        right=Right.WRITE,
    ),
    _post(
        f"{ISSUE}/findings/accept",
        Who.EDITOR,
        f"{HERE}/issues/{{draft}}/findings/accept",
        data={"key": "0", "reason": "Meant."},
        status=409,
        changes=False,
        right=Right.WRITE,
    ),
    _change(f"{ISSUE}/findings/reopen", "draft", data={"key": "0"}, changes=False, right=Right.WRITE),
    _change(f"{ISSUE}/outside", "draft", status=200, changes=False, right=Right.WRITE),
    _change(
        f"{ISSUE}/mend",
        "draft",
        data={"revision": "{revision}", "fix": '[1, "a", "b"]'},
        changes=False,
        right=Right.WRITE,
    ),
    _change(f"{ISSUE}/propose", "draft", status=200, changes=False, right=Right.WRITE),
    _change(f"{ISSUE}/accept", "draft", data={"revision": "{revision}"}, changes=False, right=Right.WRITE),
    _change(f"{ISSUE}/test", "tested", data={"to": ADDRESS}, right=Right.WRITE),
    _change(f"{ISSUE}/approve", "ready", data={"revision": "{revision}"}, right=Right.APPROVE),
    _change(
        f"{ISSUE}/schedule",
        "ready",
        data={"at": "2031-05-09T06:30", "despite": "other-date"},
        right=Right.SEND,
    ),
    _change(f"{ISSUE}/undo", "scheduled", right=Right.SEND),
    _desk(f"{ISSUE}/timeline", "draft", status=301, right=Right.READ),
    _change(f"{ISSUE}/comments", "draft", data={"text": "Is this so?", "line": "1"}, right=Right.WRITE),
    _post(
        f"{ISSUE}/comments/{{comment_id}}",
        Who.EDITOR,
        f"{HERE}/issues/{{draft}}/comments/{{comment}}",
        data={"act": "resolve"},
        right=Right.WRITE,
    ),
    _change(f"{ISSUE}/audience", "draft", data={"segment": ""}, right=Right.SEND),
    _change(f"{ISSUE}/ask", "draft", data={"note": "Please"}, right=Right.WRITE),
    _change(f"{ISSUE}/rehearse", "draft", data={"sample": "1"}, right=Right.SEND),
    _change(f"{ISSUE}/withdraw", "draft", changes=False, right=Right.APPROVE),
    _desk(f"{HOME}/slot", right=Right.READ),
    _change(f"{HOME}/slot", data={"hour": "07:00", "weekday": "1"}, right=Right.MANAGE_PUBLICATION),
    _change(f"{HOME}/slot/skip", data={"day": "2031-12-25", "why": "Christmas"}, right=Right.MANAGE_PUBLICATION),
    _change(f"{HOME}/slot/keep", data={"day": "2030-12-25"}, right=Right.MANAGE_PUBLICATION),
    _desk(f"{ISSUE}/countdown", "scheduled", right=Right.READ),
    _desk(f"{ISSUE}/progress", "sending", right=Right.READ),
    _desk(f"{ISSUE}/deliveries", "sent", right=Right.SEE_PEOPLE),
    _change(f"{ISSUE}/pause", "sending", right=Right.SEND),
    _change(f"{ISSUE}/delete", "spare", right=Right.WRITE),
    _desk("/desk/bin", why="shows to each what they may restore"),
    _post(
        "/desk/alarms/{alarm_id}/seen",
        Who.EDITOR,
        "/desk/alarms/{alarm}/seen",
        why="the room asks: to send, where it concerns one publication, else to manage the service",
    ),
    _post(f"{HOME}/bin/{{issue_id}}/restore", Who.EDITOR, f"{HERE}/bin/{{binned}}/restore", right=Right.WRITE),
    _change(f"{ISSUE}/resume", "paused", right=Right.SEND),
    _change(f"{ISSUE}/cancel", "doomed", right=Right.SEND),
    _change(f"{ISSUE}/resend", "uncertain", data={"uncertain": "yes"}, right=Right.SEND),
    _change(f"{ISSUE}/later", "sent", status=409, changes=False, right=Right.SEND),  # nobody joined since
    _desk(f"{ISSUE}/report", "sent", right=Right.SEE_NUMBERS),
    _desk(f"{ISSUE}/report.json", "sent", right=Right.SEE_NUMBERS),
    _desk(f"{ISSUE}/report.csv", "sent", right=Right.SEE_NUMBERS),
    _desk(f"{ISSUE}/clicks", "sent", right=Right.SEE_NUMBERS),
    _desk(f"{ISSUE}/clicks/mail", "sent", right=Right.SEE_NUMBERS),
    _desk(f"{HOME}/numbers", right=Right.SEE_NUMBERS),
    _desk(f"{HOME}/numbers.json", right=Right.SEE_NUMBERS),
    _get(f"{HOME}/numbers/{{what}}.csv", Who.EDITOR, f"{HERE}/numbers/growth.csv", right=Right.SEE_NUMBERS),
    _post(
        f"{ISSUE}/links/{{number}}",
        Who.EDITOR,
        f"{HERE}/issues/{{sent}}/links/1",
        data={"url": "https://journal.test/moved"},
        right=Right.SEND,
    ),
    _desk(f"{HOME}/old-items", right=Right.READ),
    _desk(f"{HOME}/snippets", right=Right.READ),
    _change(f"{HOME}/snippets", data={"name": "Thanks", "text": "Thank you."}, right=Right.WRITE),
    _change(
        f"{HOME}/snippets/{{snippet_id}}",
        address=f"{HERE}/snippets/{{snippet}}",
        data={"name": "Bye", "text": "Until tomorrow."},
        right=Right.WRITE,
    ),
    _change(f"{HOME}/snippets/{{snippet_id}}/remove", address=f"{HERE}/snippets/{{snippet}}/remove", right=Right.WRITE),
    _desk(f"{HOME}/fields", right=Right.SEE_PEOPLE),
    _change(f"{HOME}/fields", data={"title": "Town", "kind": "text"}, right=Right.MANAGE_AUDIENCE),
    _change(
        f"{HOME}/fields/{{field_id}}",
        address=f"{HERE}/fields/{{field}}",
        data={"title": "Your city", "kind": "text"},
        right=Right.MANAGE_AUDIENCE,
    ),
    _change(
        f"{HOME}/fields/{{field_id}}/move",
        address=f"{HERE}/fields/{{field}}/move",
        data={"to": "down"},
        right=Right.MANAGE_AUDIENCE,
    ),
    _change(
        f"{HOME}/fields/{{field_id}}/remove",
        address=f"{HERE}/fields/{{spare field}}/remove",
        right=Right.MANAGE_AUDIENCE,
    ),
    _change(
        f"{HOME}/readers/{{subscriber_id}}/known",
        address=f"{HERE}/readers/{{reader}}/known",
        data={"field-city": "Ulm", "tags": "press"},
        right=Right.MANAGE_AUDIENCE,
    ),
    _desk(f"{HOME}/segments", right=Right.SEE_PEOPLE),
    _desk(f"{HOME}/segments/new", right=Right.SEE_PEOPLE),
    _get(f"{HOME}/segments/{{segment_id}}", Who.EDITOR, f"{HERE}/segments/{{segment}}", right=Right.SEE_PEOPLE),
    _change(
        f"{HOME}/segments",
        data={"name": "Press", "mode": "all", "r.0-kind": "tag", "r.0-key": "press"},
        right=Right.MANAGE_AUDIENCE,
    ),
    _change(
        f"{HOME}/segments/build",
        data={"mode": "all", "r.0-kind": "tag", "r.0-key": "press", "do": "look"},
        status=200,
        changes=False,
        right=Right.SEE_PEOPLE,
    ),
    _change(
        f"{HOME}/segments/{{segment_id}}",
        address=f"{HERE}/segments/{{segment}}",
        data={
            "name": "Bonn",
            "mode": "all",
            "r.0-kind": "field",
            "r.0-key": "city",
            "r.0-how": "is",
            "r.0-value": "Bonn",
        },
        right=Right.MANAGE_AUDIENCE,
    ),
    _change(
        f"{HOME}/segments/{{segment_id}}/remove",
        address=f"{HERE}/segments/{{segment}}/remove",
        right=Right.MANAGE_AUDIENCE,
    ),
    _desk(f"{HOME}/images", right=Right.READ),
    _change(
        f"{HOME}/images", status=422, changes=False, right=Right.WRITE
    ),  # with a file: tests/web/desk/test_images.py
    _desk(f"{HOME}/candidates", right=Right.READ),
    _change(f"{HOME}/candidates/assemble", right=Right.WRITE),
    _change(f"{HOME}/candidates", data={"one": "dismiss {candidate}"}, right=Right.WRITE),
    _desk(f"{HOME}/sources", right=Right.READ),
    _change(
        f"{HOME}/sources", status=422, changes=False, right=Right.WRITE
    ),  # with an address: tests/web/desk/test_sources.py
    _change(f"{HOME}/sources/gather", right=Right.WRITE),
    _desk(f"{HOME}/sources/list.opml", right=Right.READ),
    _change(f"{HOME}/sources/list", status=422, changes=False, right=Right.WRITE),
    _desk(f"{HOME}/sources/plan", right=Right.READ),
    _change(f"{HOME}/sources/plan", data={"act": "save", "slug": "wire", "title": "Changed"}, right=Right.WRITE),
    _change(f"{HOME}/sources/plan/hour", data={"gather_at": "05:30"}, right=Right.MANAGE_PUBLICATION),
    _get(f"{HOME}/sources/{{source_id}}", Who.EDITOR, f"{HERE}/sources/{{source}}", right=Right.READ),
    _post(
        f"{HOME}/sources/{{source_id}}",
        Who.EDITOR,
        f"{HERE}/sources/{{source}}",
        data={"address": "https://tide.test/feed", "section": "wire", "kind": "feed", "name": "Changed"},
        right=Right.WRITE,
    ),
    _post(
        f"{HOME}/sources/{{source_id}}/moves",
        Who.EDITOR,
        f"{HERE}/sources/{{source}}/moves",
        data={"act": "off"},
        right=Right.WRITE,
    ),
    _post(
        f"{HOME}/sources/{{source_id}}/file",
        Who.EDITOR,
        f"{HERE}/sources/{{source}}/file",
        status=422,
        changes=False,
        right=Right.WRITE,
    ),
    _desk(f"{HOME}/readers", right=Right.SEE_PEOPLE),
    _change(f"{HOME}/readers", data={"address": "{address}"}, changes=False, right=Right.SEE_PEOPLE),
    *MOVING_ROUTES,
    _change(f"{HOME}/readers/export", data={"address": "reader"}, status=200, right=Right.SEE_PEOPLE),
    _change(
        f"{HOME}/readers/changes/preview",
        data={"act": "tag", "name": "press"},
        status=200,
        changes=False,
        right=Right.MANAGE_AUDIENCE,
    ),
    _change(f"{HOME}/readers/changes", data={"act": "tag", "name": "press"}, right=Right.MANAGE_AUDIENCE),
    _change(f"{HOME}/readers/changes/unsubscribe", data={"address": "@nobody.example"}, right=Right.MANAGE_AUDIENCE),
    _get(
        f"{HOME}/readers/changes/{{change_id}}",
        Who.EDITOR,
        f"{HERE}/readers/changes/{{change}}",
        right=Right.SEE_PEOPLE,
    ),
    _post(
        f"{HOME}/readers/changes/{{change_id}}/undo",
        Who.EDITOR,
        f"{HERE}/readers/changes/{{change}}/undo",
        right=Right.MANAGE_AUDIENCE,
    ),
    _desk(f"{HOME}/readers/add", right=Right.SEE_PEOPLE),
    _change(
        f"{HOME}/readers/add",
        data={
            "address": "added@pear.example",
            "sentence": "Send me the notes.",
            "day": "2020-01-02",
            "way": "on paper",
        },
        right=Right.MANAGE_AUDIENCE,
    ),
    _post(
        f"{HOME}/readers/{{subscriber_id}}/notes",
        Who.EDITOR,
        f"{HERE}/readers/{{reader}}/notes",
        data={"note": "Wrote a letter."},
        right=Right.MANAGE_AUDIENCE,
    ),
    _post(
        f"{HOME}/readers/{{subscriber_id}}/notes/{{note_id}}/remove",
        Who.EDITOR,
        f"{HERE}/readers/{{reader}}/notes/{{note}}/remove",
        right=Right.MANAGE_AUDIENCE,
    ),
    _post(
        f"{HOME}/readers/{{subscriber_id}}/confirmation",
        Who.EDITOR,
        f"{HERE}/readers/{{waiting}}/confirmation",
        right=Right.MANAGE_AUDIENCE,
    ),
    _post(
        f"{HOME}/readers/{{subscriber_id}}/suppress",
        Who.EDITOR,
        f"{HERE}/readers/{{reader}}/suppress",
        data={"reason": "by letter"},
        right=Right.MANAGE_AUDIENCE,
    ),
    _post(
        f"{HOME}/readers/{{subscriber_id}}/erase",
        Who.EDITOR,
        f"{HERE}/readers/{{forgettable}}/erase",
        data={"address": "{forgettable_address}"},
        right=Right.MANAGE_AUDIENCE,
        of_service=True,
    ),
    _get(f"{HOME}/readers/{{subscriber_id}}", Who.EDITOR, f"{HERE}/readers/{{reader}}", right=Right.SEE_PEOPLE),
    _get(
        f"{HOME}/readers/{{subscriber_id}}.json", Who.EDITOR, f"{HERE}/readers/{{reader}}.json", right=Right.SEE_PEOPLE
    ),
    _led("/desk/issues/{issue_id}", "/desk/issues/{draft}"),
    _led("/desk/issues/{issue_id}/{rest:path}", "/desk/issues/{sent}/report"),
    _led("/desk/readers", "/desk/readers"),
    _led("/desk/readers/{subscriber_id}", "/desk/readers/{reader}"),
    _desk("/desk/reports", right=Right.MANAGE_SERVICE, of_service=True),
    _post(
        "/desk/reports/{report_id}/retry",
        Who.EDITOR,
        "/desk/reports/{report}/retry",
        right=Right.MANAGE_SERVICE,
        of_service=True,
    ),
    _post(
        "/desk/reports/{report_id}/discard",
        Who.EDITOR,
        "/desk/reports/{other_report}/discard",
        right=Right.MANAGE_SERVICE,
        of_service=True,
    ),
    _desk("/desk/audit", right=Right.SEE_AUDIT, of_service=True),
    _desk("/desk/service", right=Right.MANAGE_SERVICE, of_service=True),
    _desk("/desk/account", why=OWN),
    _own("password", data={"present": PASSWORD, "new": "a new sentence of words", "again": "a new sentence of words"}),
    _own("sessions/{session_id}/end", "sessions/{session}/end"),
    _own("sign-out-others", changes=False),  # there is no other
    _own("sign-out-everywhere"),
    _own("name", data={"name": "Ada"}),
    _own("zone", data={"time_zone": "Asia/Kolkata"}),
    _own("disable", data={"password": PASSWORD}),
    _own("remove", data={"password": PASSWORD}),
    _desk("/desk/account/second-factor", why=OWN),
    _desk("/desk/account/prove/oidc", status=404, why=OWN),
    _own("identities/{identity_id}/unlink", "identities/1/unlink", status=409, changes=False),
    _own("second-factor/begin", status=200),
    _own("second-factor/confirm", data={"code": "000000"}, status=409, changes=False),  # none was begun
    _own("second-factor/remove", status=409, changes=False),
    _own("second-factor/recovery-codes", status=409, changes=False),
    _own("passkeys/options", status=409, named=200, changes=False),
    _own("passkeys", data={"passkey": "{{}}"}, status=422, changes=False),
    _own("passkeys/{passkey_id}/remove", "passkeys/1/remove", status=409, changes=False),
    _own("prove/options", status=409, named=200, changes=False),
    _desk("/desk/accounts", **ACCOUNTS),
    _change("/desk/accounts/invite", data={"address": "new@tide.example.org", "role": "writer"}, **ACCOUNTS),
    _change("/desk/accounts/withdraw", data={"address": "new@tide.example.org"}, **ACCOUNTS),
    _change("/desk/accounts/role", data={"address": "team@tide.example.org", "role": "editor"}, **ACCOUNTS),
    _change("/desk/accounts/sign-out", data={"address": "team@tide.example.org"}, **ACCOUNTS),
    _change("/desk/accounts/second-factor", data={"address": "team@tide.example.org"}, **ACCOUNTS),
    _change("/desk/accounts/disable", data={"address": "team@tide.example.org"}, **ACCOUNTS),
    _change("/desk/accounts/enable", data={"address": "team@tide.example.org"}, **ACCOUNTS),
    _desk("/desk/accounts/keys", **ACCOUNTS),
    _change("/desk/accounts/keys", data={"name": "importer", "rights": "read"}, status=200, **ACCOUNTS),
    _change("/desk/accounts/keys/revoke", data={"prefix": "{key}"}, **ACCOUNTS),
    _change("/desk/sign-out", why=OWN),
    _get("/inbox", Who.HOME),
    _get("/inbox/{name}", Who.HOME, "/inbox/{mail}"),
    _get("/inbox/{name}/html", Who.HOME, "/inbox/{mail}/html"),
    _get("/inbox/{name}/raw", Who.HOME, "/inbox/{mail}/raw"),
)
SEATED = tuple(route for route in ROUTES if route.who in {Who.EDITOR, Who.HOME})
"""What only an editor may ask, where the visitor is not on the service's own machine."""


def routes(router: Any) -> Iterator[Any]:
    """Yield every route under `router`, those of included routers too."""
    for route in router.routes:
        inner = route if isinstance(route, RouteGroup) else getattr(route, "original_router", None)
        if inner is None:
            yield route
        else:
            yield from routes(inner)


def registered(app: FastAPI) -> list[tuple[str, str]]:
    """Return (method, path) of every route of `app`: of its routers, of what is mounted, and of the door before it."""
    return [*_within(app.routes), *(("GET", path) for path in clicks.ROUTES)]


def api_routes(app: FastAPI) -> dict[tuple[str, str], APIRoute]:
    """Return the routes of `app` that take parameters, by method and path."""

    def within(routes: list[Any]) -> Iterator[APIRoute]:
        for route in routes:
            included = route if isinstance(route, RouteGroup) else getattr(route, "original_router", None)
            if included is not None:
                yield from within(list(included.routes))
            elif isinstance(route, APIRoute):
                yield route

    return {(method, route.path): route for route in within(app.routes) for method in route.methods}


def dependencies(route: APIRoute) -> Iterator[Callable[..., Any]]:
    """Yield every function that FastAPI calls before a route's view, those that they need included."""
    waiting = [route.dependant]
    while waiting:
        found = waiting.pop()
        waiting += found.dependencies
        if found.call is not None:
            yield found.call


def _within(routes: list[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for route in routes:
        included = getattr(route, "original_router", None)
        if isinstance(route, RouteGroup):
            yield from _within(list(route.routes), prefix)
        elif included is not None:
            yield from _within(included.routes, prefix + route.include_context.prefix)
        elif isinstance(route, Mount):
            yield from _within(route.routes, prefix + route.path) if route.routes else [("GET", prefix + route.path)]
        else:
            yield from ((method, prefix + route.path) for method in sorted(route.methods) if method != "HEAD")
