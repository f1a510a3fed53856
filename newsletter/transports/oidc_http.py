"""Calls to the issuer of single sign-on: JSON from addresses that the operator's issuer names.

As with an alert hook the operator chose whom to trust, and the issuer may stand on a private network: loopback and private addresses are
allowed. Still it may be slow, huge or broken: the whole of a call has a deadline, what it answers a bound, nothing is followed, and no
proxy of the environment is used. What is sent and answered holds secrets: errors and log lines show the host alone.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx

from newsletter import __version__
from newsletter.errors import LimitError, UnavailableError
from newsletter.transports.deadline import client, within

SECONDS = 8.0
"""How long all calls of one step may take together."""
MOST_OCTETS = 256 * 1024
AT_ONCE = 8
"""Steps that wait for the issuer at the same time in this process: each holds a thread, which pages need."""


class OidcHttp:
    """Asks one issuer. Safe to use from several threads."""

    def __init__(self, *, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._places = threading.BoundedSemaphore(AT_ONCE)

    @contextmanager
    def step(self) -> Iterator[None]:
        """Let the calls in the body take so long together and no longer. Raises LimitError when too many wait already."""
        if not self._places.acquire(blocking=False):
            raise LimitError(
                "too many are signing in at this moment", retry_after=3, remedy="try again in a few seconds"
            )
        try:
            with within(self._seconds):
                yield
        finally:
            self._places.release()

    def get(self, url: str, *, bearer: str = "") -> dict[str, Any]:
        """Return the JSON object at `url`. Raises UnavailableError for anything else."""
        status, found = self._ask("GET", url, headers={"Authorization": f"Bearer {bearer}"} if bearer else {})
        if status != 200 or found is None:
            raise _broken(url, f"the answer is {status}" if status != 200 else "the answer is no JSON object")
        return found

    def post(self, url: str, body: str, headers: Mapping[str, str]) -> dict[str, Any]:
        """Post a form and return the JSON object that answers, also one that refuses (RFC 6749 section 5.2: status 400 or 401)."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        status, found = self._ask("POST", url, headers={**form, **headers}, content=body)
        if status not in (200, 400, 401) or found is None:
            raise _broken(url, f"the answer is {status}" if found is not None else "the answer is no JSON object")
        return found

    def _ask(
        self, method: str, url: str, *, headers: Mapping[str, str], content: str | None = None
    ) -> tuple[int, dict[str, Any] | None]:
        # Compressed, a small answer could be a large one.
        own = {"User-Agent": f"newsletter/{__version__}", "Accept": "application/json", "Accept-Encoding": "identity"}
        try:
            with (
                client(url, httpx.Timeout(self._seconds)) as ours,
                ours.stream(method, url, headers={**own, **headers}, content=content) as answer,
            ):
                return answer.status_code, _object(_body(answer, url))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise _broken(url, f"it cannot be asked: {type(error).__name__}") from None


def _body(answer: httpx.Response, url: str) -> bytes:
    coding = answer.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("", "identity"):
        raise _broken(url, "the answer is packed although that was not asked for")
    found = bytearray()
    for piece in answer.iter_raw():
        found += piece
        if len(found) > MOST_OCTETS:
            raise _broken(url, f"the answer is larger than {MOST_OCTETS} octets")
    return bytes(found)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _broken(url: str, what: str) -> UnavailableError:
    where = f"NEWSLETTER_OIDC_ISSUER ({urlsplit(url).hostname or ''})"
    return UnavailableError(what, where=where, remedy="try again, or sign in another way")
