"""Prove once more who one is, before what cannot be undone: password, code or passkey, in a form that carries what was sent.

The form goes to the same address again, so that the proof and the deed are one request: nothing is stored meanwhile, and nothing lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from newsletter.accounts.sessions import SignedIn
from newsletter.errors import InputError
from newsletter.web import sessions
from newsletter.web.errors import wants_json
from newsletter.web.parts import PartsOf

PREFIX = "prove."
"""Before the names of the fields that prove, which the form itself has none of."""
_CSRF = "csrf"


class Unproved(Exception):  # noqa: N818 - no fault: the way to prove oneself with the form in hand
    """A form came for what cannot be undone, and its editor last proved who they are too long ago."""

    def __init__(self, seat: SignedIn, fields: tuple[tuple[str, str], ...], mistake: str = "") -> None:
        super().__init__("a proof is too old")
        self.seat = seat
        self.fields = fields
        self.mistake = mistake


async def proven(request: Request, parts: PartsOf, seat: sessions.Change) -> SignedIn:
    """Return who is signed in and proved lately who they are; else ask, with what was sent in hand. Raises LimitError."""
    if seat.is_proved(parts.clock.now()):
        return seat
    if wants_json(request):
        raise HTTPException(403, "sign in again: what cannot be undone asks for a fresh proof of who you are")
    form = await request.form()  # read already, for the view
    given = {name: str(form.get(PREFIX + name, "")) for name in ("password", "code", "passkey")}
    if not any(given.values()):
        raise Unproved(seat, carried(form.multi_items()))
    admission = await sessions.admit(request, parts, seat.editor.address)
    try:
        if given["passkey"]:
            step = sessions.step(request, parts)
            await run_in_threadpool(parts.accounts.passkeys.prove, admission, seat, step, given["passkey"])
        else:
            prove = parts.sign_in.prove
            await run_in_threadpool(prove, admission, seat, password=given["password"], code=given["code"])
    except InputError as error:
        raise Unproved(seat, carried(form.multi_items()), error.what) from None
    return seat


def carried(fields: Iterable[tuple[str, object]]) -> tuple[tuple[str, str], ...]:
    """Return the fields that the form is made of, without the proof and the session's token."""
    return tuple(
        (name, value)
        for name, value in fields
        if isinstance(value, str) and name != _CSRF and not name.startswith(PREFIX)
    )


Proven = Annotated[SignedIn, Depends(proven)]
"""Type of a view's argument for what cannot be undone: an editor who proved lately who they are, and a form of ours."""
