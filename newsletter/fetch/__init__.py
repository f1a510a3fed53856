"""The one guarded way out by HTTP to addresses that others name: a webhook's certificate, a feed, a page.

Whoever may name an address would like to reach what only this machine can: so a host is resolved once, every address found
is checked, and the connection is made to a checked one (a second look-up could answer otherwise). A redirect is a new
address and is checked anew. What comes is bounded in octets, unpacked as well as packed, and the whole of it in seconds. Nothing
of ours goes along but what the caller gives: no cookies, no credentials, no proxy of the environment.

`Fetcher` gets one thing; within `Fetcher.keeping()` many are got, with one connection to a host at most.
"""

from __future__ import annotations

from newsletter.fetch.fetcher import Fetcher
from newsletter.fetch.guard import Address, PrivateAddressError, is_public
from newsletter.fetch.values import (
    Ask,
    BrokenAnswerError,
    FetchLimits,
    Hop,
    LargeAnswerError,
    Page,
    SlowAnswerError,
)
from newsletter.fetch.visits import Visits

__all__ = [
    "Address",
    "Ask",
    "BrokenAnswerError",
    "FetchLimits",
    "Fetcher",
    "Hop",
    "LargeAnswerError",
    "Page",
    "PrivateAddressError",
    "SlowAnswerError",
    "Visits",
    "is_public",
]
