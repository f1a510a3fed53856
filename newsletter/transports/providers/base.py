"""What one provider's API is to the engine in `http.py`: how a batch becomes a request, and an answer becomes outcomes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from newsletter.mail.envelope import Accepted, Deferred, Outcome, Refused
from newsletter.mail.refusals import CALL
from newsletter.transports.base import TurnedAway
from newsletter.transports.providers.batching import CallBatch, Cap
from newsletter.transports.providers.letter import Mailbox


@dataclass(frozen=True, slots=True)
class Request:
    """One call: `path` below the API's address (with its query), headers with the credentials, and the body."""

    path: str
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What came back, read whole. `headers` by lower-case name."""

    status: int
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The body as it stands, at most 500 characters: what the ledger keeps verbatim."""
        return " ".join(self.content[:4000].decode("utf-8", "replace").split())[:500]

    @property
    def document(self) -> Any:
        """The body read as JSON, or None when it is none."""
        try:
            return json.loads(self.content)
        except ValueError:
            return None

    @property
    def fields(self) -> dict[str, Any]:
        """The body read as a JSON object, or empty when it is none."""
        document = self.document
        return document if isinstance(document, dict) else {}


class Api(Protocol):
    """One provider's batch endpoint. Without state: safe from several threads."""

    name: str
    base_url: str
    cap: Cap
    idempotent: bool
    """Whether the same request may be sent again without the provider sending the mail again."""

    def too_fast(self, answer: ApiAnswer) -> bool:
        """Whether the call was not taken because of a limit and may be made again soon: 429, and what else this one says."""
        ...

    def request(self, batch: CallBatch) -> Request:
        """Return the call that offers this batch. The same batch makes the same request, or idempotency is none."""
        ...

    def read(self, answer: ApiAnswer, batch: CallBatch) -> dict[int, Outcome]:
        """Return outcomes by delivery id, from an answer that is neither 401, 403, 3xx, 5xx nor "too fast".

        An item without outcome was not taken, and it is not known whether it is at fault: it is offered again without
        those that are, or in halves when none is named. Raises TransportError when the account or the letter is at
        fault rather than a recipient (law 9), and `Unclear` when nothing can be told from the answer.
        """
        ...


class Unclear(Exception):  # noqa: N818 - never leaves this package
    """The provider answered, but whether it took the batch cannot be told: its items are `Unknown`."""


class JsonApi:
    """The ground of APIs that speak JSON; `headers` go with each call."""

    idempotent = False

    def __init__(self, base_url: str, headers: Mapping[str, str]) -> None:
        self.base_url = base_url
        self._headers = {"Content-Type": "application/json", "Accept": "application/json", **headers}

    def too_fast(self, answer: ApiAnswer) -> bool:
        """RFC 6585 section 4."""
        return answer.status == 429

    def call(self, path: str, body: object, **headers: str) -> Request:
        """Return a POST of `body` as JSON; `headers` with underscores for hyphens."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return Request(path, {**self._headers, **more}, to_json(body))


def to_json(body: object) -> bytes:
    """Return compact JSON in UTF-8: non-ASCII is not escaped, which halves some languages."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def mailbox_object(mailbox: Mailbox) -> dict[str, str]:
    """Return `{"email": ..., "name": ...}`, the name only when there is one."""
    return {"email": mailbox.address, **({"name": mailbox.name} if mailbox.name else {})}


def accepted(answer: ApiAnswer, message_id: object = "", note: str = "") -> Accepted:
    """Return the outcome of an item the provider took; its own id of the message is the reply."""
    return Accepted(answer.status, "", str(message_id or note or answer.text))


def all_accepted(answer: ApiAnswer, batch: CallBatch, message_id: object = "") -> dict[int, Outcome]:
    """Return one reply for the whole batch."""
    outcome = accepted(answer, message_id)
    return {item.delivery_id: outcome for item in batch.items}


def refused(code: int, reply: str, status: str = "") -> Refused:
    """Return the outcome of an item the provider will not take in this form."""
    return Refused(code, status, reply[:500])


def deferred(code: int, reply: str, status: str = "") -> Deferred:
    """Return the outcome of an item that may be taken later."""
    return Deferred(code, status, reply[:500])


def at_fault(answer: ApiAnswer, name: str) -> TurnedAway:
    """Return the error of a call refused as a whole for what all its items have alike."""
    said = f"{answer.status} {answer.text}"
    return TurnedAway(
        f"the call was refused: {said}",
        Refused(answer.status, "", said, name + CALL),
        where=name,
        remedy="see what the provider says about the sender, the account or the content",
    )
