"""One form for all addresses of the same page, and the key that a page is known by."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urlsplit

KEY_CHARS = 300
_PAPER = re.compile(r"arxiv\.org/(?:abs|pdf|html)/((?:[a-z-]+(?:\.[A-Z]{2})?/)?[0-9.]{7,12}?)(?:v\d+)?(?:\.pdf)?/?\Z")


def canonical(url: str) -> str:
    """Return the address in the form that all of the same page share; "" for what is no web address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return ""
    query = "&".join(sorted(pair for pair in parts.query.split("&") if pair and not pair.startswith(("utm_", "fbclid"))))
    host = parts.netloc.lower().removeprefix("www.").removesuffix(":80").removesuffix(":443")
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}" + (f"?{query}" if query else "")


def key_of(url: str) -> str:
    """Return what a page is known by; "" for what is no web address."""
    address = canonical(url).partition("://")[2]
    paper = _PAPER.search(address)
    return f"arxiv:{paper[1]}" if paper else short_key(address)


def short_key(key: str) -> str:
    """Return a key that fits its column."""
    if len(key) <= KEY_CHARS:
        return key
    return f"{key[:230]}#{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"
