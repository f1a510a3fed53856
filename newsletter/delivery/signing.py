"""Sign with DKIM: ahead of the wire in a few threads where the process has processors to spare, else as the wire asks.

Signing releases the interpreter's lock, so threads use the processors that sending leaves idle. Where as many processes as
processors send, none is idle, and handing over would only cost.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import islice

from newsletter.clock import Clock
from newsletter.delivery.known_keys import KeyUnusable, KnownKeys
from newsletter.errors import InputError
from newsletter.keyring import Keyring
from newsletter.mail.dkim import DkimSigner
from newsletter.mail.envelope import Envelope

OCTETS_LEAVE_AS_GIVEN = frozenset({"smtp", "maildir", "memory"})
"""Transports that carry our octets; a provider's API writes the message itself and signs it with keys it keeps."""
CHUNK = 4
"""Messages signed by a thread in one go: handing over costs as much as the hashing of one."""


@dataclass(frozen=True)
class Signing:
    """Chooses the keys by the domain of From.

    `threads` is how many may sign at once: with less than 2, who asks for a message signs it. Else at most `ahead` messages are
    signed before they are asked for.
    """

    keyring: Keyring
    clock: Clock
    transport: str
    threads: int = 1
    ahead: int = 16
    known: KnownKeys | None = None  # none: this host alone signs

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.threads, thread_name_prefix="dkim")

    def signer(self, domain: str) -> DkimSigner | None:
        """Return what signs for `domain`, or None where nobody signs it. Raises KeyUnusable: no reader is consumed; StoreError."""
        if self.transport not in OCTETS_LEAVE_AS_GIVEN:
            return None
        try:
            found = self.keyring.signer(domain)
        except InputError as error:
            raise KeyUnusable(error.what, where=error.where, remedy=error.remedy) from error
        if self.known is not None:
            self.known.compare(domain, found.keys if found else ())
        return found

    def signed(self, envelopes: Iterator[Envelope], domain: str) -> Iterator[Envelope]:
        """Return the envelopes, in order, signed where the domain has keys; `envelopes` itself where it has none."""
        signer = self.signer(domain)
        if signer is None:
            return envelopes
        sign = partial(_sign, signer, int(self.clock.now().timestamp()))
        return self._ahead(envelopes, partial(_sign_all, sign)) if self.threads > 1 else map(sign, envelopes)

    def sign(self, envelope: Envelope, domain: str) -> Envelope:
        """Return one envelope signed, in this thread."""
        signer = self.signer(domain)
        return envelope if signer is None else _sign(signer, int(self.clock.now().timestamp()), envelope)

    def _ahead(self, envelopes: Iterator[Envelope], sign: partial[list[Envelope]]) -> Iterator[Envelope]:
        under_way: deque[Future[list[Envelope]]] = deque()
        most = max(self.ahead // CHUNK, 1)
        while chunk := list(islice(envelopes, CHUNK)):
            under_way.append(self._threads.submit(sign, chunk))
            if len(under_way) > most:
                yield from under_way.popleft().result()
        while under_way:
            yield from under_way.popleft().result()


def _sign(signer: DkimSigner, at: int, envelope: Envelope) -> Envelope:
    return replace(envelope, content=signer.signed(envelope.content, at))


def _sign_all(sign: partial[Envelope], envelopes: Iterable[Envelope]) -> list[Envelope]:
    return list(map(sign, envelopes))
