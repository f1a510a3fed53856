"""Bot detection: was it a person? Signs that a program opened or clicked, each with a weight. Pure.

Nothing is blocked for it: a scanner gets the same page as a reader, and what it did is kept and shown apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta

QUICK = timedelta(seconds=10)
"""Nobody reads and clicks so soon after a server took the message; scanners do just then."""
BURST_LINKS = 4
BURST_SECONDS = 5.0
"""So many different links of one message within so many seconds are followed by a program."""

WEIGHTS = {
    "head": 100,  # a browser that follows a link asks with GET
    "canary": 100,  # a link no person can see
    "scanner": 90,  # names itself
    "prefetch": 90,  # says that nobody has looked yet
    "proxy-fetch": 90,  # Apple Mail Privacy Protection loads every image, read or not
    "burst": 80,
    "quick": 60,
    "no-agent": 60,
}
"""Per cent of certainty that each sign alone gives."""

_SCANNERS = re.compile(
    r"bot\b|crawl|spider|slurp|barracuda|mimecast|proofpoint|safelinks|symantec|messagelabs|fireeye|trendmicro|sophos|fortinet|"
    r"zscaler|cloudmark|urldefense|forcepoint|ironport|bitdefender|kaspersky|eset|virustotal|preview|"
    r"python-requests|python-httpx|aiohttp|\bcurl/|\bwget/|go-http-client|okhttp|java/|libwww-perl|headlesschrome|phantomjs|node-fetch",
    re.IGNORECASE,
)
_BARE_MOZILLA = re.compile(
    r"Mozilla/5\.0(?: \(Macintosh; Intel Mac OS X [\d_]+\))?(?: AppleWebKit/[\d.]+ \(KHTML, like Gecko\))?\Z"
)
"""What Apple's proxy says of itself: a browser without a name (https://www.apple.com/legal/privacy/data/en/mail-privacy-protection/)."""


def signs_of(method: str, headers: Mapping[bytes, bytes], *, is_open: bool) -> list[str]:
    """Return the signs one request shows; `headers` by lower-case name."""
    agent = headers.get(b"user-agent", b"").decode("latin-1")
    purpose = b" ".join(headers.get(name, b"") for name in (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz")).lower()
    found = {
        "head": method == "HEAD",
        "prefetch": b"prefetch" in purpose or b"preview" in purpose,
        "no-agent": not agent,
        "scanner": bool(_SCANNERS.search(agent)),
        "proxy-fetch": is_open and bool(_BARE_MOZILLA.match(agent)),
    }
    return [sign for sign, shown in found.items() if shown]


def score(signs: Iterable[str]) -> int:
    """Return how sure we are that it was a machine, 0 to 100: doubts multiply."""
    doubt = 1.0
    for sign in signs:
        doubt *= 1 - WEIGHTS[sign] / 100
    return round(100 * (1 - doubt))
