"""What an answer means for the address that was tried: a finding, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from newsletter.issues.image_size import image_size
from newsletter.issues.link_checking import LinkAnswer
from newsletter.issues.preflight.finding import Finding, Fix, short
from newsletter.issues.preflight.outside import (
    DEAD,
    DEAD_IMAGE,
    FORBIDDEN,
    HEAVY_IMAGE,
    LARGE_IMAGE,
    REDIRECTED,
    SECURE,
    SIGN_IN,
    UNREACHED,
)
from newsletter.issues.preflight.written_addresses import WrittenAddress, host_of
from newsletter.rendering.addresses import on_the_wire
from newsletter.tracking_names import without_tracking

if TYPE_CHECKING:
    from newsletter.fetch import Page

HEAVY_OCTETS = 200_000
WIDE = 1_200
"""Pixels: twice the column of a mail."""
_FAILED = 400
_REFUSES_PROGRAMS = frozenset({401, 403, 407, 408, 425, 429, 451, 503, 999})
"""Statuses by which a site turns programs away that it would let people in with."""
_FOR_GOOD = frozenset({301, 308})
_SIGN_IN = re.compile(
    r"/(?:log-?in|sign-?in|signon|sso|oauth2?|auth|accounts?/login|wp-login\.php|session/new)(?:[/?.]|$)", re.IGNORECASE
)


def of_link(address: WrittenAddress, answer: LinkAnswer) -> Iterator[Finding]:
    """Yield what is to be said of a link."""
    where, line, url = address.where, address.line, f"the link to {short(address.url)}"
    if answer.page is None:
        yield _unreached(address, answer)
    elif answer.page.status in _REFUSES_PROGRAMS:
        what = f"{url} could not be tried: it answers {answer.page.status} to programs"
        yield UNREACHED.found(what, where, "open it yourself", line=line)
    elif answer.page.status >= _FAILED:
        what, remedy = (
            f"{url} is dead: its server answers {answer.page.status}",
            "write another address, or take the link out",
        )
        yield DEAD.found(what, where, remedy, line=line)
    elif answer.page.moves:
        yield from _moved(address, answer.page)


def of_image(address: WrittenAddress, answer: LinkAnswer) -> Iterator[Finding]:
    """Yield what is to be said of an image."""
    where, line, page = address.where, address.line, answer.page
    if page is None:
        yield _unreached(address, answer)
        return
    if page.status >= _FAILED:
        what = f"the image at {short(address.url)} is not there: its server answers {page.status}"
        yield DEAD_IMAGE.found(what, where, "write another address, or take the image out", line=line)
        return
    length = page.headers.get("content-length", "")
    octets = int(length) if length.isdecimal() and len(length) < 16 else len(page.content)
    if octets > HEAVY_OCTETS:
        what = f"the image at {short(address.url)} weighs {octets // 1000:,} kB"
        yield HEAVY_IMAGE.found(what, where, f"keep it below {HEAVY_OCTETS // 1000} kB", line=line)
    size = image_size(page.content)
    if size is not None and size[0] > WIDE:
        what = f"the image at {short(address.url)} is {size[0]:,} by {size[1]:,} pixels"
        yield LARGE_IMAGE.found(what, where, f"scale it to {WIDE:,} pixels across at most", line=line)


def of_secure(address: WrittenAddress, answer: LinkAnswer) -> Iterator[Finding]:
    """Yield that a link without encryption could have it, by what its address answers with https."""
    if answer.page is None or answer.page.status >= _FAILED or not answer.page.url.lower().startswith("https:"):
        return
    old = address.written
    fix = Fix(address.line, old, f"https{without_tracking(old)[4:]}")
    what = f"the link to {short(address.url)} works with encryption, too"
    yield SECURE.found(what, address.where, f"write {short(fix.new)}", line=address.line, fix=fix)


def secured(url: str) -> str:
    """Return an address of http with https in its place."""
    return f"https{url[4:]}"


def _unreached(address: WrittenAddress, answer: LinkAnswer) -> Finding:
    name = "image at" if address.is_image else "link to"
    where, line, url = address.where, address.line, f"the {name} {short(address.url)}"
    if answer.is_private:
        what = f"{url} is not for readers: {answer.trouble}"
        return FORBIDDEN.found(what, where, "write the address it has for everyone", line=line)
    return UNREACHED.found(
        f"{url} could not be reached: {_plain(answer.trouble)}", where, "open it yourself", line=line
    )


def _plain(trouble: str) -> str:
    """A trouble of the wire in an editor's words."""
    if not trouble.startswith("it cannot be fetched"):
        return trouble
    return "nobody knows its host" if " is not found: " in trouble else "its server does not take the call"


def _moved(address: WrittenAddress, page: Page) -> Iterator[Finding]:
    where, line = address.where, address.line
    if _SIGN_IN.search(urlsplit(page.url).path) and not _SIGN_IN.search(urlsplit(address.url).path):
        what = f"the link to {short(address.url)} leads to a page for signing in, {short(page.url)}"
        yield SIGN_IN.found(what, where, "link to what everyone may read", line=line)
    elif _FOR_GOOD.issuperset(page.moves) and not _is_same(address.url, page.url):
        what = f"the link to {short(address.url)} has moved for good to {short(page.url)}"
        yield REDIRECTED.found(what, where, "write where it is now, unless it was meant to lead there", line=line)


def _is_same(one: str, other: str) -> bool:
    """Tell whether two addresses differ by no more than their scheme, www., a slash at the end, or a fragment."""
    return _core(on_the_wire(one)) == _core(other)


def _core(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return host_of(url).removeprefix("www."), parts.path.rstrip("/"), parts.query
