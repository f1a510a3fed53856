"""Doors for programs: a raw message that came back, and the webhooks of providers. Verified, kept raw, answered; read later.

A door without a secret does not exist (law 7).
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import Counter

from newsletter.errors import InputError, TokenError
from newsletter.feedback.intake import WEBHOOK
from newsletter.web.parts import PartsOf, bears

router = APIRouter(prefix="/hooks")

REFUSED = Counter("newsletter_hooks_refused", "Calls refused at the hooks, by door.", ["door"])
_NO_STORE = {"Cache-Control": "no-store"}


async def body_of(request: Request) -> bytes:
    """Return the body as it came; the shield around the application bounds it."""
    return await request.body()


Body = Annotated[bytes, Depends(body_of)]


@router.post("/mail")
def mail(request: Request, parts: PartsOf, body: Body, to: str = "") -> Response:
    """Take one raw message, `to` the address it was sent to in the envelope if that is known."""
    secret = parts.settings.inbound_secret.get_secret_value()
    if not secret:
        raise HTTPException(404)
    if not bears(request, secret):
        REFUSED.labels("mail").inc()
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})  # RFC 6750 section 3
    kept = parts.intake.keep(body, source="post", sent_to=to)
    return JSONResponse({"report": kept.raw_report_id, "new": kept.new}, 202, _NO_STORE)


@router.post("/{provider}")
def webhook(provider: str, request: Request, parts: PartsOf, body: Body) -> Response:
    """Take a provider's webhook. A forged or old one is refused; one that came before is answered and changes nothing."""
    reader = parts.webhook_readers.get(provider)
    if reader is None:
        raise HTTPException(404)
    try:
        reader.verify(request.headers, body, parts.clock.now())
    except (TokenError, InputError, UnicodeError):  # what cannot even be read was not signed by anybody
        REFUSED.labels(provider).inc()
        raise HTTPException(403, "This did not come from the provider, or is an old call played again.") from None
    parts.intake.keep(body, source=f"{WEBHOOK}{provider}")
    return Response("kept\n", 200, _NO_STORE, "text/plain")
