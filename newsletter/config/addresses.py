"""What may stand in a setting as the address of somebody whom we ask."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit


def is_address(url: str, schemes: Collection[str] = ("http", "https")) -> bool:
    """Tell whether this is a whole URL in ASCII with one of these schemes, a host, and no port that is none. It may be a private one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # whose message repeats a part of the value
        return False
    is_whole = parts.scheme in schemes and bool(parts.hostname) and port != 0
    return is_whole and url.isascii() and not any(character <= " " for character in url)
