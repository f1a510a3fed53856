"""The local inbox: what the local Maildir caught, shown as a mail program would. Nothing here when mail really goes out.

Open to anyone only on a machine's own loopback address, asked for by a loopback name (so that no other site can rebind
its name to it) and through no proxy; everywhere else an editor must be signed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from newsletter.accounts.sessions import SignedIn
from newsletter.bootstrap import Parts
from newsletter.config import Settings
from newsletter.inbound.maildir import MaildirReader, fields_of, parse, part_of
from newsletter.paging import cut
from newsletter.web import sessions
from newsletter.web.forwarding import is_direct, is_loopback
from newsletter.web.framing import frame_headers, has_remote_images, opening_links_outside
from newsletter.web.parts import PartsOf
from newsletter.web.sessions import MaybeSignedIn
from newsletter.web.templating import page

router = APIRouter(prefix="/inbox")
PAGE = 50
TABS = ("html", "text", "headers", "source")
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
_PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
_SHOWN = ("from", "to", "subject", "date")
_SOURCE_CHARS = 300_000
"""More of a message's source is not shown, only handed out as a file."""


def has_inbox(settings: Settings) -> bool:
    """Tell whether mail is caught in a local Maildir."""
    return not settings.smtp_url or settings.smtp_url.startswith("maildir:")


def reader(request: Request, parts: PartsOf, seat: MaybeSignedIn) -> MaildirReader:
    """Return the inbox if there is one and this visitor may see it."""
    if not has_inbox(parts.settings):
        raise HTTPException(404)
    if not _is_at_home(request, parts):
        sessions.required(request, seat)
    given = parts.settings.smtp_url.partition(":")[2]
    return MaildirReader(Path(given) if given else parts.settings.inbox)


Inbox = Annotated[MaildirReader, Depends(reader)]


@dataclass(frozen=True, slots=True)
class InboxPlace:
    """Where in the list one is: what was searched for, and the message the page begins after."""

    q: str = ""
    before: str = ""


PlaceOf = Annotated[InboxPlace, Depends(InboxPlace)]


@router.get("")
def index(request: Request, inbox: Inbox, seat: MaybeSignedIn, place: PlaceOf) -> Response:
    """Show the list."""
    return _page(request, seat, _listed(inbox, place), message=None)


@router.get("/{name}")
def show(
    name: str,
    request: Request,
    parts: PartsOf,
    inbox: Inbox,
    seat: MaybeSignedIn,
    *,
    place: PlaceOf,
    images: bool = False,
) -> Response:
    """Show one message beside the list; `images`: with those from elsewhere."""
    shown = _shown(inbox, name, request.query_params.get("tab", ""), parts.settings.public_host)
    return _page(request, seat, _listed(inbox, place), message=shown | {"images": images})


def _shown(inbox: MaildirReader, name: str, tab: str, own_host: str) -> dict[str, Any]:
    content = inbox.read(name)
    message = parse(content)
    fields, html, text = fields_of(message), part_of(message, "html"), part_of(message, "plain")
    chosen = tab if tab in TABS else ("html" if html else "text")
    return {
        "name": name,
        "headers": fields,
        "has_html": bool(html),
        "has_remote_images": has_remote_images(html, own_host),
        "text": text,
        "tab": chosen,
        "size": len(content),
        "source": content.decode("utf-8", "replace")[:_SOURCE_CHARS] if chosen == "source" else "",
        "is_cut": len(content) > _SOURCE_CHARS,
        **{name: next((value for field, value in fields if field.lower() == name), "") for name in _SHOWN},
    }


@router.get("/{name}/html")
def html_part(name: str, inbox: Inbox, *, images: bool = False) -> Response:
    """Return the HTML part for the frame: no script, no form, nothing loaded but images, and those of others only if asked for."""
    html = part_of(parse(inbox.read(name)), "html")
    return HTMLResponse(opening_links_outside(html), headers=frame_headers("'unsafe-inline'", SANDBOX, images=images))


@router.get("/{name}/raw")
def raw(name: str, inbox: Inbox) -> Response:
    """Return the message as a file."""
    disposition = {"Content-Disposition": 'attachment; filename="message.eml"'}
    return Response(inbox.read(name), media_type="message/rfc822", headers={**_PRIVATE, **disposition})


def _listed(inbox: MaildirReader, place: InboxPlace) -> dict[str, Any]:
    found = inbox.page(search=place.q, before=place.before, limit=PAGE + 1)
    rows, more = cut(found, PAGE, lambda last: last.name)
    return {"rows": rows, "place": place, "more": more, "count": inbox.count()}


def _page(
    request: Request, seat: SignedIn | None, listed: dict[str, Any], *, message: dict[str, Any] | None
) -> Response:
    return page(
        request,
        "inbox/index.html",
        headers=_PRIVATE,
        seat=seat,
        done="",
        inbox=True,
        message=message,
        tabs=TABS,
        **listed,
    )


def _is_at_home(request: Request, parts: Parts) -> bool:
    public = urlsplit(parts.settings.base_url).hostname or ""
    return is_loopback(parts.settings.host) and is_loopback(public) and is_direct(request)
