"""What a person recognises a signed-in browser by: its kind and its network.

Kinds only, no versions: a library that knows every browser there ever was takes 20 MB and a second for a label.
"""

from __future__ import annotations

_KINDS = (
    # each also carries the words of those below it (RFC 9110 section 10.1.5 is silent on who may call itself what)
    (("Edg/", "EdgA/", "EdgiOS/"), "Edge"),
    (("OPR/", "OPT/"), "Opera"),
    (("SamsungBrowser/",), "Samsung Internet"),
    (("Firefox/", "FxiOS/"), "Firefox"),
    (("Chrome/", "CriOS/", "Chromium/"), "Chrome"),
    (("Safari/",), "Safari"),
    (("curl/",), "curl"),
)
_SYSTEMS = (
    (("iPhone",), "iPhone"),
    (("iPad",), "iPad"),
    (("Android",), "Android"),
    (("Windows",), "Windows"),
    (("CrOS",), "ChromeOS"),
    (("Macintosh", "Mac OS X"), "Mac"),
    (("Linux", "X11"), "Linux"),
)
_MOST_CHARS = 1000


def describe(user_agent: str) -> str:
    """Return such as "Firefox on Linux" for the value of a User-Agent header, in 60 characters at most."""
    given = user_agent[:_MOST_CHARS]
    kind = _first(_KINDS, given) or "Another program"
    system = _first(_SYSTEMS, given)
    return f"{kind} on {system}" if system else kind


def _first(table: tuple[tuple[tuple[str, ...], str], ...], given: str) -> str:
    return next((name for marks, name in table if any(mark in given for mark in marks)), "")
