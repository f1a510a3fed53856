"""How many requests are in work at a time. Those beyond are told at once when to come back, instead of waiting without an end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.accounts.limits import MOST_DELAYED
from newsletter.networks import network_of
from newsletter.sentences import sentence
from newsletter.web.errors import Trouble, answer

MOST_IN_WORK = MOST_DELAYED + 120
"""Views run on 40 threads (anyio's default), twice as many requests may wait for one, and tries to sign in wait without one."""
SHARE = MOST_IN_WORK // 2
"""Of these for one network, so that nobody alone keeps all others out."""
RETRY_SECONDS = 5
_ALWAYS = "/healthz"


@dataclass
class RequestLimit:
    """ASGI middleware: 503 with Retry-After (RFC 9110 section 15.6.4) past `most` requests, or `share` of one network.

    The health check is always let in.

    It stands behind what reads bodies: a request is in work once all of it is here, and is not while its client takes the
    answer: those who ask and never read keep nobody out (`newsletter.cli.connections` bounds them).
    """

    app: ASGIApp
    most: int = MOST_IN_WORK
    share: int = SHARE
    inside: int = 0
    of_network: Counter[str] = field(default_factory=Counter)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] == _ALWAYS:
            await self.app(scope, receive, send)
            return
        network = network_of(scope["client"][0] if scope.get("client") else "")
        if self.inside >= self.most or self.of_network[network] >= self.share:
            trouble = Trouble(
                503,
                sentence("Many are here at this moment."),
                sentence("Please try again in a few seconds."),
                RETRY_SECONDS,
            )
            await answer(Request(scope), trouble)(scope, receive, send)
            return

        async def hand_over(message: Message) -> None:
            self._count(network, -1)
            try:
                await send(message)
            finally:
                self._count(network, 1)

        self._count(network, 1)
        try:
            await self.app(scope, receive, hand_over)
        finally:
            self._count(network, -1)

    def _count(self, network: str, by: int) -> None:
        self.inside += by
        self.of_network[network] += by
        if not self.of_network[network]:
            del self.of_network[network]
