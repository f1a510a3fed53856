"""Whose request this is: what a proxy that the operator named says of it, and whether it came through any proxy at all.

A header is only what somebody wrote: each proxy adds the address that it saw at the right of X-Forwarded-For, so what a trusted
one added is believed, and what stands further left only as long as the one that added it is trusted too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from newsletter.networks import Address, Network, address_of

MOST_HOPS = 32
"""Proxies in a row that are looked at."""
_PORT = re.compile(r"(?P<host>[0-9.]{7,15}):[0-9]{1,5}|\[(?P<inner>[0-9A-Fa-f:.]{2,45})\](?::[0-9]{1,5})?")
_BARE = re.compile(r"[0-9A-Fa-f:.]{2,45}")  # no zone: it means something on the machine that wrote it, and nowhere else
_FROM_BROWSERS = frozenset(
    {
        *(
            "accept",
            "accept-encoding",
            "accept-language",
            "authorization",
            "cache-control",
            "connection",
            "content-length",
        ),
        *(
            "content-type",
            "cookie",
            "device-memory",
            "dnt",
            "downlink",
            "dpr",
            "ect",
            "host",
            "if-match",
            "if-none-match",
        ),
        *(
            "if-modified-since",
            "if-range",
            "if-unmodified-since",
            "keep-alive",
            "origin",
            "pragma",
            "priority",
            "purpose",
        ),
        *("range", "referer", "rtt", "save-data", "te", "transfer-encoding", "upgrade-insecure-requests", "user-agent"),
        *("viewport-width", "width", "x-csrf-token"),
    }
)
_FAMILIES = ("sec-", "hx-", "x-prometheus-")
"""Fetch Metadata and client hints; the desk's script; Prometheus, which says how long it waits."""


class Forwarded:
    """ASGI middleware: the client and the scheme are what a trusted proxy says, or else what the connection says."""

    def __init__(self, app: ASGIApp, trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = tuple(trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http" and scope.get("client"):
            self._read(scope)
        await self._app(scope, receive, send)

    def _read(self, scope: Scope) -> None:
        host, port = scope["client"]
        peer = address_of(host)
        if peer is None:
            return
        if not _is_in(peer, self._trusted):
            scope["client"] = (str(peer), port)
            return
        scope["through_proxy"] = True
        client = client_of(peer, _values(scope, b"x-forwarded-for"), self._trusted)
        scope["client"] = (str(client), port if client is peer else 0)
        said = _values(scope, b"x-forwarded-proto").rpartition(",")[2].strip().lower()
        if said in {"http", "https"}:
            scope["scheme"] = said


def client_of(peer: Address, forwarded_for: str, trusted: Sequence[Network]) -> Address:
    """Return the right-most address of X-Forwarded-For that is not a trusted proxy's; what is no address ends the search."""
    client = peer
    for hop in reversed(forwarded_for.rsplit(",", MOST_HOPS)[-MOST_HOPS:]):
        address = _address_in(hop.strip(" \t"))
        if address is None:
            break
        client = address
        if not _is_in(client, trusted):
            break
    return client


def is_direct(request: Request) -> bool:
    """Tell whether this is a browser or a program of this machine that asks us itself, by a loopback name, through no proxy.

    A proxy shows itself by what it adds, whatever its header is called, or by what no browser speaks any more: HTTP/1.0 and
    `Connection: close`, which nginx before 1.29.7 uses unless told otherwise.
    """
    peer = request.client.host if request.client else ""
    if request.scope.get("through_proxy") or not (is_loopback(peer) and is_loopback(_asked_for(request))):
        return False
    wishes = ",".join(request.headers.getlist("connection")).lower().split(",")  # a list: RFC 9110 section 7.6.1
    if request.scope.get("http_version") == "1.0" or "close" in {wish.strip() for wish in wishes}:
        return False
    return all(name in _FROM_BROWSERS or name.startswith(_FAMILIES) for name in request.headers)


def is_loopback(host: str) -> bool:
    """Tell whether `host` is a name or an address of the machine itself (RFC 6761 section 6.3, RFC 1122 section 3.2.1.3)."""
    address = address_of(host)
    return host == "localhost" if address is None else address.is_loopback


def _asked_for(request: Request) -> str:
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""


def _address_in(hop: str) -> Address | None:
    with_port = _PORT.fullmatch(hop)
    if with_port:
        return address_of(with_port["host"] or with_port["inner"])
    return address_of(hop) if _BARE.fullmatch(hop) else None


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)  # of another version: not in it


def _values(scope: Scope, name: bytes) -> str:
    # RFC 9110 section 5.3: several lines are one list, in their order
    return b",".join(value for field, value in scope["headers"] if field == name).decode("latin-1")
