"""The second way by which somebody is told: one POST of JSON to an address that the operator named.

Other than what `newsletter.fetch` gets, this address comes from the operator and from nobody else, and often is one of their own
network: loopback and private addresses are allowed. It may hold a secret, so that no error and no log line shows more than its
host. Nothing is followed, nothing of the answer is read but its status, and no proxy of the environment is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx

from newsletter import __version__
from newsletter.errors import UnavailableError
from newsletter.transports.deadline import client, within

SECONDS = 5.0
"""How long all of it may take together: connecting, writing, and waiting for the status. The scheduler waits for it."""


class AlertHook:
    """Posts to one address. Safe to use from several threads."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.host = urlsplit(url).hostname or ""

    def post(self, body: Mapping[str, object]) -> None:
        """Post `body` as JSON. Raises UnavailableError unless the answer is of class 2."""
        headers = {"User-Agent": f"newsletter/{__version__}"}
        try:
            with (
                within(SECONDS),
                client(self._url, httpx.Timeout(SECONDS)) as ours,
                ours.stream("POST", self._url, json=dict(body), headers=headers) as answer,
            ):
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise UnavailableError(f"it cannot be told: {type(error).__name__}", where=self._where) from None
        if status // 100 != 2:
            raise UnavailableError(f"the answer is {status}", where=self._where)

    @property
    def _where(self) -> str:
        return f"NEWSLETTER_ALERT_URL ({self.host})"
