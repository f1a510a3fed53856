"""The engine all providers share: one call a batch, and from its answer, or the lack of one, each delivery's outcome.

What is certain stays apart from what is not. No connection, a request not written whole, 429, 501, 503: nothing was taken,
the items are `Unsent`. A request written and no answer read, or 500, 502, 504: whether they were taken is `Unknown`, unless
the API takes the same request twice as one; then it is replayed here, a few times.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

import httpx

from newsletter.clock import Clock, SystemClock
from newsletter.errors import TransportError
from newsletter.mail.envelope import Deferred, Envelope, Outcome, Refused, Unknown, Unsent
from newsletter.mail.refusals import CALL
from newsletter.transports import reach
from newsletter.transports.base import CLOSE_SECONDS, SendWitness, TurnedAway
from newsletter.transports.deadline import client, within
from newsletter.transports.providers.base import Api, ApiAnswer, Request, Unclear, deferred, refused
from newsletter.transports.providers.batching import CallBatch, CallBatches
from newsletter.transports.providers.limits import CallPace, retry_after, spent

PATIENCE = 10.0
"""Seconds one call to `send` waits for a limit to lift; a longer limit gives the batch back."""
_TRIES = 4
"""How often one batch is offered over limits and lost answers."""
_MOST_CALLS = 64
"""How many calls one batch may cost when bad recipients must be found by halves."""
_MOST_OCTETS = 16 * 1024 * 1024
"""An answer larger than this is none: a thousand results are a few hundred KB."""
_SURELY_NOT_TAKEN = frozenset({501, 503, 505})
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
CALL_SECONDS = 180.0
"""How long one call may take, however steadily its answer comes: its batch is held meanwhile, and a thread."""


class Dropped(Exception):  # noqa: N818 - never leaves this package
    """The request was written and no answer was read."""


class _LimitedError(Exception):
    """Too fast; how long to wait stands in the pace."""


class ProviderTransport:
    """Sends through one provider's HTTP API; see `newsletter.transports.base.Transport`. Safe from several threads."""

    def __init__(
        self,
        api: Api,
        *,
        clock: Clock | None = None,
        timeout: httpx.Timeout = _TIMEOUT,
        on_limit: Callable[[float], None] | None = None,
        call_seconds: float = CALL_SECONDS,
    ) -> None:
        self.name = api.name
        self.pace = CallPace(clock or SystemClock(), on_limit)
        self._api = api
        self._clock = clock or SystemClock()
        self._client = client(api.base_url, timeout)  # `api=` names a gateway on purpose, the environment none
        self._call_seconds = call_seconds

    def send(self, envelopes: Iterable[Envelope], witness: SendWitness) -> dict[int, Outcome]:
        """Offer the envelopes batch by batch. Raises TransportError when nothing at all could be offered."""
        outcomes: dict[int, Outcome] = {}
        batches = CallBatches(envelopes, self._api.cap)
        for batch in batches:
            try:
                self._offer(batch, witness, outcomes)
            except TransportError as error:
                if not outcomes:
                    raise
                if isinstance(error, TurnedAway):  # heard: whom it is about is told by its words
                    self._note(
                        {i.delivery_id: error.answer for i in batch.items if i.delivery_id not in outcomes},
                        witness,
                        outcomes,
                    )
                _give_back(batch, batches, outcomes, str(error))
                break
        return outcomes

    def find(self) -> None:
        """See that the name of the API is known here, and that a route leads there. Raises OutOfReach."""
        parts = urlsplit(self._api.base_url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        reach.find(parts.hostname or "", port, where=self.name)

    def close(self, within: float = CLOSE_SECONDS) -> None:
        """Close kept connections."""
        self._client.close()

    def _offer(self, batch: CallBatch, witness: SendWitness, outcomes: dict[int, Outcome]) -> None:
        """Settle every item of a batch, with further calls for those that others kept from being taken."""
        self._note(_beyond_ascii(batch, self.name), witness, outcomes)
        left = batch.without(outcomes)
        waiting, calls = deque([left] if left is not None else []), 0
        while waiting:
            part = waiting.popleft()
            if calls >= _MOST_CALLS:
                known: dict[int, Outcome] = {
                    item.delivery_id: deferred(451, f"{self.name} refused too many calls of this batch")
                    for item in part.items
                }
            else:
                known = self._settle(part, witness)
            calls += 1
            self._note(known, witness, outcomes)
            rest = part.without(known)
            if rest is not None:
                waiting.extendleft([rest] if known else reversed(rest.halves()))

    def _note(self, known: dict[int, Outcome], witness: SendWitness, outcomes: dict[int, Outcome]) -> None:
        for delivery_id, outcome in known.items():
            if isinstance(outcome, Refused | Deferred):
                outcome.at = outcome.at or self.name
            witness.heard(delivery_id, outcome)
        outcomes.update(known)

    def _settle(self, batch: CallBatch, witness: SendWitness) -> dict[int, Outcome]:
        """Return the outcomes of one call; none of them when the batch must be halved."""
        request = self._api.request(batch)
        alone = len(batch.items) == 1
        if len(request.content) > self._api.cap.octets and not alone:
            return {}
        try:
            answer = self._answer(request, batch, witness)
            known = _read(self._api, answer, batch)
        except (Dropped, Unclear) as error:
            return dict.fromkeys((item.delivery_id for item in batch.items), Unknown(str(error)))
        if not known and alone:
            return {batch.items[0].delivery_id: refused(answer.status, answer.text)}
        return known

    def _answer(self, request: Request, batch: CallBatch, witness: SendWitness) -> ApiAnswer:
        """Return an answer worth reading. Raises Dropped, or TransportError when nothing was taken."""
        lost = ""
        for attempt in range(_TRIES):
            try:
                return self._try(request, batch, witness)
            except _LimitedError:
                continue
            except Dropped as error:
                lost = str(error)
            except TransportError as error:
                if not lost:
                    raise
                raise Dropped(f"{lost}; then {error}") from error  # a refusal now says nothing about the first try
            if not self._api.idempotent:
                break
            self._clock.sleep(min(4.0, 0.25 * 4**attempt))
        if lost:
            raise Dropped(lost)
        raise self._down(f"limit reached {_TRIES} times", "send more slowly, or ask for a higher limit")

    def _try(self, request: Request, batch: CallBatch, witness: SendWitness) -> ApiAnswer:
        self._wait()
        answer = self._call(request, batch, witness)
        if self._api.too_fast(answer):
            self.pace.hold(retry_after(answer.headers, self._clock.now(), answer.text))
            raise _LimitedError
        self.pace.hold(spent(answer.headers, self._clock.now()))
        if answer.status >= 500 and answer.status not in _SURELY_NOT_TAKEN:
            raise Dropped(f"{answer.status} {answer.text}")
        return self._checked(answer)

    def _wait(self) -> None:
        seconds = self.pace.wait()
        if seconds > PATIENCE:
            raise self._down(f"its limit is reached for {seconds:.0f} s", "nothing: the batch is tried again")
        if seconds > 0:
            self._clock.sleep(seconds)

    def _call(self, request: Request, batch: CallBatch, witness: SendWitness) -> ApiAnswer:
        for item in batch.items:
            witness.wrote(item.delivery_id)
        try:
            return self._post(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            raise self._unreached(error) from error
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise self._down(f"cannot be called: {error}", "see what NEWSLETTER_SMTP_URL holds") from error
        except (httpx.WriteError, httpx.WriteTimeout) as error:
            # A body shorter than its Content-Length is an incomplete message: RFC 9112 section 8.
            raise self._down(f"took no whole request: {error}", "nothing: the batch is tried again") from error
        except httpx.HTTPError as error:
            raise Dropped(f"no answer after the request was sent: {type(error).__name__} {error}") from error

    def _post(self, request: Request) -> ApiAnswer:
        url, content = self._api.base_url + request.path, request.content
        with (
            within(self._call_seconds),
            self._client.stream("POST", url, content=content, headers=dict(request.headers)) as response,
        ):
            pieces, octets = [], 0
            for piece in response.iter_bytes():
                pieces.append(piece)
                octets += len(piece)
                if octets > _MOST_OCTETS:
                    raise Dropped(f"an answer of more than {_MOST_OCTETS} octets")
            headers = {name.lower(): value for name, value in response.headers.items()}
            return ApiAnswer(response.status_code, b"".join(pieces), headers)

    def _checked(self, answer: ApiAnswer) -> ApiAnswer:
        """Return what `Api.read` may read. Raises TransportError."""
        if answer.status in (401, 403):
            said = f"{answer.status} {answer.text}"
            raise TurnedAway(
                f"refused the credentials: {said}",
                Refused(answer.status, "", said, self.name + CALL),
                where=self.name,
                remedy="see what it says, or renew the key in NEWSLETTER_SMTP_URL",
            )
        if answer.status in _SURELY_NOT_TAKEN:
            self.pace.hold(retry_after(answer.headers, self._clock.now()))
            raise self._down(f"does not serve: {answer.status} {answer.text}", "nothing: the batch is tried again")
        if 300 <= answer.status < 400 or answer.status in (404, 405, 410):
            raise self._down(
                f"has no such endpoint: {answer.status} {answer.text}", "check domain and region in NEWSLETTER_SMTP_URL"
            )
        return answer

    def _unreached(self, error: httpx.TransportError) -> TransportError:
        if reach.is_nameless(error):
            return reach.unknown(urlsplit(self._api.base_url).hostname or "", str(error), where=self.name)
        if reach.is_ours(error):
            return reach.no_way(OSError(str(error)), where=self.name)
        return self._down(f"cannot be reached: {error}", "see that it is up and that this machine may call it")

    def _down(self, what: str, remedy: str) -> TransportError:
        return TransportError(what, where=self.name, remedy=remedy)


def _beyond_ascii(batch: CallBatch, name: str) -> dict[int, Outcome]:
    """No provider's API speaks RFC 6531: such an address would spoil the whole call. Section 3.5 there gives the status."""
    reply = f"{name} takes no address whose local part is not ASCII"
    return {item.delivery_id: refused(553, reply, "5.6.7") for item in batch.items if not item.to.address.isascii()}


def _read(api: Api, answer: ApiAnswer, batch: CallBatch) -> dict[int, Outcome]:
    """Read the answer; one of a shape nobody documented proves nothing about the batch."""
    try:
        return api.read(answer, batch)
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise Unclear(f"an answer of another shape: {answer.status} {answer.text}") from error


def _give_back(batch: CallBatch, batches: CallBatches, outcomes: dict[int, Outcome], reply: str) -> None:
    """Mark as unsent what was pulled and not settled, what was read ahead too: the way out is why, and none of them."""
    for item in (*batch.items, *batches.ahead):
        outcomes.setdefault(item.delivery_id, Unsent(reply, counts=False))
