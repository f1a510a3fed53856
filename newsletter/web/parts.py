"""What views share: the parts, the types of what stands in addresses and forms, who asks, and whether it bears a secret."""

from __future__ import annotations

import hmac
from typing import Annotated, cast

from fastapi import Depends, Request
from pydantic import Field

from newsletter.bootstrap import Parts
from newsletter.model.actor import Actor, reader
from newsletter.networks import network_of


def parts(request: Request) -> Parts:
    """Return the parts this application was made with."""
    return cast("Parts", request.app.state.parts)


PartsOf = Annotated[Parts, Depends(parts)]
"""Type of a view's argument that receives the parts."""


Number = Annotated[int, Field(ge=0, le=2**53)]
"""Type of an id or a count in a path, a query or a form: what each database, and a script in a browser, holds exactly."""


def client_address(request: Request) -> str:
    """Return the client's IP address: the connection's, or what a proxy of NEWSLETTER_TRUSTED_PROXIES says."""
    return request.client.host if request.client else ""


def reader_here(request: Request, subscription_id: int) -> Actor:
    """Return the reader of a subscription, who holds a token of theirs and comes from here."""
    return reader(subscription_id, place=network_of(client_address(request)))


def bears(request: Request, secret: str) -> bool:
    """Tell, in constant time, whether the request bears `secret` (RFC 6750 section 2.1); nobody bears an empty one."""
    same = hmac.compare_digest(bearer(request).encode("utf-8", "replace"), secret.encode())
    return bool(secret) and same


def bearer(request: Request) -> str:
    """Return the secret that the request bears, empty without one."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""
