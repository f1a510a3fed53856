"""The one guarded way out by HTTP to addresses that others name: a webhook's certificate, a feed, a page.

Whoever may name an address would like to reach what only this machine can: so a host is resolved once, every address found
is checked, and the connection is made to a checked one (a second look-up could answer otherwise). A redirect is a new
address and is checked anew. What comes is bounded in octets, and the whole of it in seconds. Nothing of ours goes along:
no cookies, no credentials, no proxy of the environment.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias
from urllib.parse import urljoin

import httpcore
import httpx

from newsletter import __version__
from newsletter.clock import Clock, SystemClock
from newsletter.errors import InputError, NewsletterError, UnavailableError
from newsletter.networks import url_parts
from newsletter.timed_stream import SocketOptions, TimedStream

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_MOST_ADDRESSES = 4
"""How many addresses of one host are tried."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052 section 2.1: the last 32 bits are an IPv4 address
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")  # RFC 8215: where the IPv4 address stands is a local matter


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How much is believed of a stranger: octets of the body, seconds for all of it, redirects, and the schemes."""

    octets: int = 1024 * 1024
    seconds: float = 10.0
    redirects: int = 3
    schemes: tuple[str, ...] = ("https",)


@dataclass(frozen=True, slots=True)
class Page:
    """What stood at `url`, after redirects; `moves` are the statuses of those. `headers` by lower-case name."""

    url: str
    status: int
    headers: dict[str, str]
    content: bytes
    moves: tuple[int, ...] = ()


class PrivateAddressError(InputError):
    """A name leads to an address that not everyone can reach."""


def is_public(address: Address) -> bool:
    """Whether everyone can reach this address: not loopback, private, link-local, multicast, or one of those in disguise.

    By the registries of RFC 6890; an IPv4 address within an IPv6 one (mapped, NAT64, 6to4) counts by itself; Teredo is none of them.
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address.sixtofour is not None and not is_public(address.sixtofour):
            return False
        if address.is_site_local or address in _LOCAL_NAT64:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


@dataclass(frozen=True, slots=True)
class _Asked:
    """How an address is asked for: the seconds it may take, and the octets of its body; `whole`: or nothing of it."""

    method: str
    seconds: float
    octets: int
    whole: bool


class Fetcher:
    """Gets what stands at a URL, guarded; `allowed` says which addresses may be connected to. Safe from several threads."""

    def __init__(
        self,
        limits: FetchLimits | None = None,
        *,
        clock: Clock | None = None,
        allowed: Callable[[Address], bool] = is_public,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._limits = limits or FetchLimits()
        self._clock = clock or SystemClock()
        self._allowed = allowed
        self._trust = trust or httpx.create_ssl_context()

    def __call__(self, url: str) -> bytes:
        """Return the body of an answer of status 200. Raises as `get` does, and UnavailableError on any other status."""
        page = self.get(url)
        if page.status != 200:
            raise UnavailableError(f"the answer is {page.status}", where=_where(url))
        return page.content

    def get(self, url: str) -> Page:
        """Return what stands at `url`, whatever its status; redirects are followed.

        Raises InputError when the URL, or one it leads to, may not be fetched; UnavailableError when it cannot be had
        within the limits.
        """
        return self._follow(url, _Asked("GET", self._limits.seconds, self._limits.octets, whole=True))

    def glance(self, url: str, *, method: str = "GET", octets: int = 0, seconds: float | None = None) -> Page:
        """Return what stands at `url` as `get` does, with no more than the first `octets` of it, asked for by `method`.

        It takes `seconds` at most, or as long as `get`. Raises as `get` does.
        """
        most = self._limits.seconds if seconds is None else min(seconds, self._limits.seconds)
        return self._follow(url, _Asked(method, most, octets, whole=False))

    def _follow(self, url: str, asked: _Asked) -> Page:
        backend = _Guarded(self._clock, asked.seconds, self._allowed)
        moves: list[int] = []
        with httpcore.ConnectionPool(ssl_context=self._trust, network_backend=backend) as pool:
            for _ in range(self._limits.redirects + 1):
                page = self._one(pool, self._checked(url), asked)
                if page.status not in _REDIRECTS or "location" not in page.headers:
                    return replace(page, moves=tuple(moves))
                moves.append(page.status)
                url = self._led_to(url, page.headers["location"])
        raise UnavailableError(f"more than {self._limits.redirects} redirects", where=_where(url))

    def _checked(self, url: str) -> str:
        parts = url_parts(url)
        if parts is None or not parts.hostname or not url.isascii() or any(c <= " " for c in url):
            raise InputError("this is no absolute URL in ASCII", where=_where(url))
        if parts.scheme not in self._limits.schemes:
            raise InputError(f"only {' and '.join(self._limits.schemes)} is fetched", where=_where(url))
        if parts.username is not None or parts.password is not None:
            raise InputError("a URL with a user name in it is not fetched", where=_where(url))
        return url

    def _led_to(self, url: str, location: str) -> str:
        target = urljoin(url, location)
        if url.startswith("https:") and not target.startswith("https:"):
            raise InputError("it leads away from https", where=_where(url))
        return target

    def _one(self, pool: httpcore.ConnectionPool, url: str, asked: _Asked) -> Page:
        # The body is counted as it comes; compressed, a small one could be a large one.
        headers = {"User-Agent": f"newsletter/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}
        each = asked.seconds
        timeouts = {"connect": each, "read": each, "write": each, "pool": each}
        target = url.partition("#")[0]
        try:
            with pool.stream(
                asked.method, target, headers=list(headers.items()), extensions={"timeout": timeouts}
            ) as answer:
                found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
                if answer.status in _REDIRECTS and "location" in found:
                    return Page(url, answer.status, found, b"")
                body = self._body(answer, found, url) if asked.whole else _beginning(answer, asked.octets)
                return Page(url, answer.status, found, body)
        except NewsletterError as error:
            error.where = error.where or _where(url)
            raise
        except (httpcore.TimeoutException, TimeoutError):
            raise UnavailableError(f"no answer within {each:g} s", where=_where(url)) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as error:
            said = f"{type(error).__name__} {error}".strip()
            raise UnavailableError(f"it cannot be fetched: {said}", where=_where(url)) from None

    def _body(self, answer: httpcore.Response, headers: dict[str, str], url: str) -> bytes:
        coding = headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("", "identity"):
            raise UnavailableError(
                f"the answer is packed ({coding}) although that was not asked for", where=_where(url)
            )
        most = self._limits.octets
        length = headers.get("content-length", "")
        pieces: list[bytes] = []
        left = most
        if not (length.isdigit() and int(length) > most):
            for piece in answer.iter_stream():
                left -= len(piece)
                if left < 0:
                    break
                pieces.append(piece)
            else:
                return b"".join(pieces)
        raise UnavailableError(f"the answer is larger than {most} octets", where=_where(url))


def _beginning(answer: httpcore.Response, octets: int) -> bytes:
    """Return the first octets of a body; the connection is closed on what comes after them."""
    pieces: list[bytes] = []
    left = octets
    for piece in answer.iter_stream() if octets else ():
        pieces.append(piece[:left])
        left -= len(piece)
        if left <= 0:
            break
    return b"".join(pieces)


class _Guarded(httpcore.SyncBackend):
    """Connects only to addresses that are allowed, and lets nothing last longer than all of it may."""

    def __init__(self, clock: Clock, seconds: float, allowed: Callable[[Address], bool]) -> None:
        self._clock = clock
        self._end = clock.monotonic() + seconds
        self._allowed = allowed

    def left(self, timeout: float | None, too_late: type[httpcore.TimeoutException]) -> float:
        """Return the seconds a step may take. Raises `too_late` when there are none."""
        left = self._end - self._clock.monotonic()
        if left <= 0:
            raise too_late
        return left if timeout is None else min(left, timeout)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: SocketOptions | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve, check every address, and connect to the first that answers."""
        last: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._addresses(host, port):
            try:
                left = self.left(timeout, httpcore.ReadTimeout)  # not one of connecting, after which the next is tried
                stream = super().connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
            else:
                return TimedStream(stream, self.left)
        raise last

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} is not found: {error}") from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        for address in addresses:
            if not self._allowed(ipaddress.ip_address(address)):
                raise PrivateAddressError(f"{host} is at {address}, which is not a public address")
        return addresses[:_MOST_ADDRESSES]


def _where(url: str) -> str:
    """The host alone: what follows may be a secret."""
    parts = url_parts(url)
    return (parts.hostname if parts is not None else None) or "fetch"
