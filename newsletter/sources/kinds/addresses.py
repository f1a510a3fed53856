"""Addresses as feeds write them, made absolute. What is no web address is none: `javascript:`, `data:`, `mailto:`, a path without a base."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, urljoin, urlsplit

MOST_CHARS = 2048
"""Longest address that is taken; a document holds no longer one."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ufeff]+")
_LINE_END = re.compile(r"[\r\n]\s{0,40}")
_PERSON = re.compile(r"(https?://)[^/?#@]{0,200}@", re.IGNORECASE)
_UNSAFE = re.compile(r"[\s<>\"\\\x7f-\x9f\ufffe\uffff]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_WEB = re.compile(r"https?://", re.IGNORECASE)
_HOST_ALONE = re.compile(r"www\.[^\s/]{1,250}(?:/|\Z)", re.IGNORECASE)


@lru_cache(maxsize=4096)  # a feed names the same few again and again
def absolute(address: str, *bases: str) -> str:
    """Return an address of http or https in full, resolved against the first base that is absolute; "" for what leads nowhere on the web."""
    cleaned = _CONTROL.sub("", _LINE_END.sub("", address)).strip().replace("&amp;", "&")
    if not cleaned or len(cleaned) > MOST_CHARS:
        return ""
    if not _SCHEME.match(cleaned) or _HOST_ALONE.match(cleaned):
        if _HOST_ALONE.match(cleaned):
            cleaned = f"https://{cleaned}"
        else:
            cleaned = _joined(cleaned, next((base for base in bases if is_absolute(base)), ""))
    return quoted(_PERSON.sub(r"\1", cleaned, count=1)) if is_absolute(cleaned) else ""


def quoted(address: str) -> str:
    """Return an address with percent signs for what stands in none: white space, quotes, angles, backslashes."""
    return _UNSAFE.sub(lambda found: quote(found[0], errors="replace"), address)


def is_absolute(address: str) -> bool:
    """Tell whether this is a whole address of http or https with a host."""
    if not _WEB.match(address):
        return False
    try:
        return bool(urlsplit(address).hostname)
    except ValueError:  # brackets that are not those of an address
        return False


def based(address: str, *bases: str) -> str:
    """Return the base that `xml:base` or a feed's own link makes, itself resolved against the others; "" where none is absolute."""
    return absolute(address, *bases) or next((base for base in bases if is_absolute(base)), "")


def _joined(relative: str, base: str) -> str:
    if not base:
        return f"https:{relative}" if relative.startswith("//") else relative
    try:
        return urljoin(base, relative)
    except ValueError:
        return ""
