"""From the greeting to the first MAIL: EHLO or HELO, STARTTLS, AUTH. No I/O: a generator that is handed replies.

It yields octets to write, or nothing when it only waits for a reply, or `UPGRADE` when TLS must begin; it is sent a Reply
for each (None after an upgrade), and returns what the server can do.
"""

from __future__ import annotations

import base64
from collections.abc import Generator
from enum import Enum
from typing import TypeAlias

from newsletter.errors import TransportError
from newsletter.mail.envelope import Refused
from newsletter.mail.refusals import HANDSHAKE
from newsletter.transports.base import TurnedAway
from newsletter.transports.smtp.capabilities import Capabilities, read_capabilities
from newsletter.transports.smtp.replies import ProtocolError, Reply
from newsletter.transports.smtp.url import Route, Tls


class Upgrade(Enum):
    """The one thing a handshake asks for that is not octets."""

    TLS = "tls"


UPGRADE = Upgrade.TLS
Handshake: TypeAlias = Generator[bytes | Upgrade, Reply | None, Capabilities]
Exchange: TypeAlias = Generator[bytes | Upgrade, Reply | None, Reply]

_MECHANISMS = ("plain", "login", "xoauth2")
_NOT_THIS_WAY = frozenset({500, 502, 504, 538})
"""The mechanism is not known, or not without TLS (RFC 5321 section 4.2.4, RFC 4954 sections 4 and 6): nothing was said of the password."""
MOST_OCTETS = 512
"""Longest command line (RFC 5321 section 4.5.3.1.4)."""


def shake_hands(route: Route, ehlo_name: str) -> Handshake:
    """Bring a fresh connection to where MAIL may be said. Raises TransportError: this way out is down."""
    greeting = yield from _say(b"")
    if greeting.code // 100 != 2:  # RFC 5321 section 3.1: 554, or 421
        raise _down(route, "the server does not want to talk", greeting)
    capabilities = yield from _hello(route, ehlo_name)
    if route.tls is Tls.STARTTLS or (route.tls is Tls.OPPORTUNISTIC and capabilities.starttls):
        yield from _start_tls(route, capabilities)
        # RFC 3207 section 4.2: what was said before TLS is forgotten.
        capabilities = yield from _hello(route, ehlo_name)
    if route.user:
        yield from _authenticate(route, capabilities)
    return capabilities


def _say(command: bytes) -> Exchange:
    reply = yield command
    if reply is None:
        raise ProtocolError("no reply")
    return reply


def _hello(route: Route, name: str) -> Handshake:
    reply = yield from _say(f"EHLO {name}\r\n".encode())
    if reply.code // 100 == 2:
        return read_capabilities(reply)
    # RFC 5321 section 3.2: a server that does not know EHLO is asked the old way.
    if reply.code // 100 == 5:
        reply = yield from _say(f"HELO {name}\r\n".encode())
    if reply.code // 100 != 2:
        raise _down(route, "the server refuses our name", reply)
    return Capabilities()


def _start_tls(route: Route, capabilities: Capabilities) -> Generator[bytes | Upgrade, Reply | None, None]:
    if not capabilities.starttls:
        raise _down(route, "the server offers no STARTTLS", remedy="use tls=implicit, or tls=none if that is meant")
    reply = yield from _say(b"STARTTLS\r\n")
    if reply.code != 220:
        raise _down(route, "the server refuses STARTTLS", reply)
    yield UPGRADE


def _authenticate(route: Route, capabilities: Capabilities) -> Generator[bytes | Upgrade, Reply | None, None]:
    ways = [route.auth or next((way for way in _MECHANISMS[:2] if way in capabilities.auth), "")]
    if ways[0] not in capabilities.auth:
        offered = ", ".join(sorted(capabilities.auth)) or "none"
        raise _down(route, f"no way to sign in that both sides know; the server offers {offered}")
    reply = yield from _MECHANISM[ways[0]](route)
    if reply.code in _NOT_THIS_WAY and not route.auth and ways[0] != "login":
        ways.append("login")  # some that offer PLAIN alone, or both, know only this
        reply = yield from _login(route)
    if reply.code != 235:
        raise _not_in(route, reply, ways)


def _not_in(route: Route, reply: Reply, ways: list[str]) -> TransportError:
    if reply.code // 100 == 4:  # RFC 4954 section 6: 454, the server cannot tell now
        return _down(route, "the server cannot let us sign in now", reply)
    if reply.code in _NOT_THIS_WAY:
        remedy = "name another by auth=plain|login|xoauth2 in NEWSLETTER_SMTP_URL, or ask those who run the server"
        return _down(route, f"the server does not take this way of signing in ({', '.join(ways)})", reply, remedy)
    if reply.code == 535:  # RFC 4954 section 6
        return _down(route, "the server refuses the user name or password", reply, "check both in NEWSLETTER_SMTP_URL")
    return _down(
        route, "the server does not let us sign in", reply, "ask those who run the server what its answer means"
    )


def _plain(route: Route) -> Exchange:
    """RFC 4616."""
    return (yield from _respond(b"AUTH PLAIN", _base64(f"\0{route.user}\0{route.password}")))


def _respond(command: bytes, secret: bytes) -> Exchange:
    """RFC 4954 section 4: the response stands in the command where the line has room, else it answers an empty challenge."""
    whole = b"%b %b\r\n" % (command, secret)
    fits = len(whole) <= MOST_OCTETS
    reply = yield from _say(whole if fits else command + b"\r\n")
    asked = reply.code == 334 and not reply.lines[-1].strip()  # some servers do not read what stands in the command
    return (yield from _say(secret + b"\r\n")) if asked else reply


def _login(route: Route) -> Exchange:
    """Never a standard (draft-murchison-sasl-login); two prompts."""
    reply = yield from _say(b"AUTH LOGIN\r\n")
    for answer in (route.user, route.password):
        if reply.code != 334:
            break
        reply = yield from _say(_base64(answer) + b"\r\n")
    return reply


def _xoauth2(route: Route) -> Exchange:
    """https://developers.google.com/workspace/gmail/imap/xoauth2-protocol"""
    secret = _base64(f"user={route.user}\1auth=Bearer {route.password}\1\1")
    reply = yield from _respond(b"AUTH XOAUTH2", secret)
    if reply.code == 334:  # the reason, in base64; an empty answer makes the server say no
        reply = yield from _say(b"\r\n")
    return reply


_MECHANISM = {"plain": _plain, "login": _login, "xoauth2": _xoauth2}


def _without_secrets(said: str, route: Route) -> str:
    """What a server said, which may repeat the command it did not like: it is logged and shown."""
    if not route.password:
        return said
    whole = (f"\0{route.user}\0{route.password}", f"user={route.user}\1auth=Bearer {route.password}\1\1")
    secrets = (*(_base64(text).decode() for text in (*whole, route.password)), route.password)
    for secret in secrets:
        said = said.replace(secret, "(secret)")
    return said


def _base64(text: str) -> bytes:
    return base64.b64encode(text.encode())


def _down(route: Route, what: str, reply: Reply | None = None, remedy: str = "") -> TransportError:
    said = _without_secrets(reply.text, route)[:500] if reply else ""
    place = f"SMTP {route.place}"
    if reply is None or reply.code // 100 != 5:
        return TransportError(f"{what}: {said}" if said else what, where=place, remedy=remedy)
    return TurnedAway(
        f"{what}: {said}", Refused(reply.code, reply.status, f"{what}: {said}", HANDSHAKE), where=place, remedy=remedy
    )
