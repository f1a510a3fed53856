"""The way out as an operator writes it: `smtp://user:password@host:port?tls=starttls`."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qsl, unquote, urlsplit

from newsletter.errors import InputError


class Tls(StrEnum):
    """How the connection is protected."""

    NONE = "none"  # in the clear
    OPPORTUNISTIC = "opportunistic"  # STARTTLS when offered, without asking whose certificate it is (RFC 7435)
    STARTTLS = "starttls"  # STARTTLS or nothing (RFC 3207)
    IMPLICIT = "implicit"  # TLS from the first octet (RFC 8314 section 3.3)


_PORTS = {Tls.IMPLICIT: 465, Tls.STARTTLS: 587}
_PARAMETERS = {"tls", "verify", "ca", "auth", "ehlo", "plaintext_auth"}
_HOST_NAME = re.compile(r"[A-Za-z0-9.-]{1,255}\Z|\[[A-Za-z0-9.:]{1,60}\]\Z")
_AUTH = {"", "plain", "login", "xoauth2"}


@dataclass(frozen=True, slots=True)
class Route:
    """Where mail goes and how: everything the URL says. `password` is a bearer token for XOAUTH2."""

    host: str
    port: int
    tls: Tls = Tls.NONE
    user: str = ""
    password: str = field(default="", repr=False)
    auth: str = ""  # plain, login or xoauth2; empty: what the server offers
    verify: bool = True
    ca: str = ""  # file of PEM certificates to trust instead of the system's
    ehlo_name: str = ""

    @property
    def place(self) -> str:
        """Host and port, for messages: without the password."""
        return f"{self.host}:{self.port}"


def parse_url(url: str) -> Route:
    """Read the setting. Raises InputError that names the part that is wrong, and never repeats the password.

    Without `tls=` a loopback host is spoken to in the clear, port 465 and `smtps:` by implicit TLS, all else by STARTTLS.
    `verify=no` and `plaintext_auth=yes` must be written out: nothing else sends a password to a stranger.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or 0
    except ValueError:
        raise _wrong("the port is not a number from 1 to 65535") from None
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = options.keys() - _PARAMETERS
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise _wrong("it does not begin with smtp://host or smtps://host")
    if unknown:
        raise _wrong(f"{min(unknown)}= is not known; there are {', '.join(sorted(_PARAMETERS))}")
    tls = _tls(options.get("tls", ""), parts.scheme, parts.hostname, port)
    route = Route(
        host=parts.hostname,
        port=port or _PORTS.get(tls, 25),
        tls=tls,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        auth=_one_of(options.get("auth", ""), _AUTH, "auth"),
        verify=_yes(options, "verify", default=True),
        ca=options.get("ca", ""),
        ehlo_name=_host_name(options.get("ehlo", "")),
    )
    _check_secrecy(route, allowed=_yes(options, "plaintext_auth", default=False))
    return route


def _tls(given: str, scheme: str, host: str, port: int) -> Tls:
    if given:
        return Tls(_one_of(given, {t.value for t in Tls}, "tls"))
    if scheme == "smtps" or port == 465:
        return Tls.IMPLICIT
    return Tls.NONE if _is_loopback(host) else Tls.STARTTLS


def _check_secrecy(route: Route, *, allowed: bool) -> None:
    secret = route.tls in (Tls.STARTTLS, Tls.IMPLICIT) or _is_loopback(route.host)
    if route.user and not secret and not allowed:
        raise _wrong(
            f"tls={route.tls} would send the password in the clear; use tls=starttls, or add plaintext_auth=yes"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _one_of(value: str, words: set[str], name: str) -> str:
    if value.lower() not in words:
        raise _wrong(f"{name}={value} is not one of {', '.join(sorted(words - {''}))}")
    return value.lower()


def _host_name(name: str) -> str:
    """RFC 5321 section 4.1.2: a domain, or an address in square brackets. It stands in a command: nothing else may."""
    if name and not _HOST_NAME.match(name):
        raise _wrong("ehlo= is not a host name")
    return name


def _yes(options: dict[str, str], name: str, *, default: bool) -> bool:
    value = options.get(name)
    return default if value is None else _one_of(value, {"yes", "no"}, name) == "yes"


def _wrong(what: str) -> InputError:
    return InputError(
        f"the SMTP URL cannot be used: {what}",
        where="NEWSLETTER_SMTP_URL",
        remedy="smtp://user:password@host:port?tls=starttls|implicit|none",
    )
