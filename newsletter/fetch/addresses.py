"""Addresses as they are asked for: international ones spelled in ASCII (RFC 3987), and what is no address that is fetched refused."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urljoin

import idna

from newsletter.errors import InputError
from newsletter.networks import url_parts

_KEPT = "!#$%&'()*+,/:;=?@[]~"
"""Signs that stay as they are, beside letters, digits and `-._`: those that RFC 3986 knows, a percent sign among them."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?")
_LONGEST = 8000
"""Characters of an address in ASCII: more than that no server need take (RFC 9110 section 4.1)."""
_LONGEST_HOST = 255
"""Characters of a name (RFC 1035 section 2.3.4), and no more work than that for one."""
_DEFAULT_PORTS = {"http": 80, "https": 443}


def where(url: str) -> str:
    """Return what errors say of an address, its host alone: what follows may be a secret."""
    parts = url_parts(url)
    return (parts.hostname if parts is not None else None) or "fetch"


def on_the_wire(address: str, encoding: str = "utf-8") -> str:
    """Return an address in ASCII, without its fragment: the host by IDNA, all else in percent signs of `encoding`.

    What is spelled in ASCII already stays as it is. Raises InputError for what is no address.
    """
    text = address.strip(" \t\r\n\f\v")
    if len(text) > _LONGEST:
        raise InputError(f"this URL is longer than {_LONGEST:,} characters", where=where(text[:_LONGEST]))
    parts = url_parts(text)
    if parts is None or _CONTROL.search(text):
        raise InputError("this is no absolute URL", where=where(text))
    try:
        path, query = (
            quote(part, safe=_KEPT, encoding=encoding, errors="strict") for part in (parts.path, parts.query)
        )
        return parts._replace(netloc=_netloc(parts), path=path, query=query, fragment="").geturl()
    except ValueError:  # a sign that the encoding does not have, or a host that is none
        raise InputError("this is no absolute URL", where=where(text)) from None


def checked(url: str, schemes: tuple[str, ...]) -> str:
    """Return a URL that may be asked for, or raise InputError."""
    parts = url_parts(url)
    if parts is None or not parts.hostname or not url.isascii() or any(c <= " " for c in url):
        raise InputError("this is no absolute URL in ASCII", where=where(url))
    if parts.scheme not in schemes:
        raise InputError(f"only {' and '.join(schemes)} is fetched", where=where(url))
    if parts.username is not None or parts.password is not None:
        raise InputError("a URL with a user name in it is not fetched", where=where(url))
    return url


def led_to(url: str, location: str) -> str:
    """Return where an address leads, as a header `Location` (decoded as Latin-1) says it. Raises InputError where it must not.

    Octets outside of ASCII, which no standard allows there, are sent back as they came, however the server meant them.
    """
    octets = location.encode("latin-1")
    try:
        said, encoding = octets.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        said, encoding = location, "latin-1"
    try:
        target = on_the_wire(urljoin(url, said.strip(" \t")), encoding)
    except (InputError, ValueError):
        raise InputError("it leads to what is no URL", where=where(url)) from None
    if url.startswith("https:") and not target.startswith("https:"):
        raise InputError("it leads away from https", where=where(url))
    return target


def origin(url: str) -> tuple[str, str, int | None]:
    """Return the scheme, host and port of a URL: whom a secret is for (RFC 6454)."""
    parts = url_parts(url)
    assert parts is not None
    return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _netloc(parts: SplitResult) -> str:
    """Return host and port in ASCII. Raises ValueError for what is no host; a browser would take a backslash for a slash."""
    host = parts.hostname or ""
    if len(host) > _LONGEST_HOST or "\\" in parts.netloc:
        raise ValueError("too long for a host, or one that ends elsewhere")
    spelled = host if host.isascii() else _spelled(host)
    is_literal = ":" in spelled  # an IPv6 address, or parting had failed
    if spelled and not is_literal and not _HOST.fullmatch(spelled):
        raise ValueError("signs that no host has")
    if parts.netloc.isascii():
        return parts.netloc
    before, at, _ = parts.netloc.rpartition("@")
    return f"{before}{at}{spelled}" + (f":{parts.port}" if parts.port is not None else "")


def _spelled(host: str) -> str:
    labels = idna.uts46_remap(host, std3_rules=False).split(".")
    return ".".join(label if label.isascii() else idna.alabel(label).decode("ascii") for label in labels)
