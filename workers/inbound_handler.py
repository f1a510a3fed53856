"""Who may be written to at `newsletter inbound`, and how much; and the keeping of what is written. Nothing of a message is read here."""

from __future__ import annotations

import asyncio
from functools import cached_property
from typing import Any

import structlog

from newsletter.bootstrap import Parts
from newsletter.errors import InputError, NewsletterError, StoreError, TokenError
from newsletter.feedback.allowances import LEAST_OCTETS, MIB, Allowances
from newsletter.feedback.handling import FORGED
from newsletter.feedback.intake import MAX_GOODBYE_OCTETS, MAX_OCTETS
from newsletter.feedback.locating import is_forged
from newsletter.feedback.own_domains import OwnDomains
from newsletter.inbound.connection_limit import Peer
from newsletter.inbound.smtp_listener import REFUSED
from newsletter.logs import outage
from newsletter.mail.verp import read_return_path
from newsletter.store.feedback import reports

log = structlog.get_logger(__name__)

MOST_RECIPIENTS = 100
KEPT = "250 2.0.0 kept"
_LATER = "451 4.3.0 not now, try again later"
_ENOUGH = "452 4.3.1 enough for today, come back later"
_NOBODY = "550 5.1.1 nobody here by that name"


class InboundHandler:
    """Says who may be written to, and keeps what is written. `handle_RCPT` and `handle_DATA` are called by aiosmtpd."""

    def __init__(self, parts: Parts, source: str) -> None:
        self._parts = parts
        self._source = source
        self.keeping = 0
        """Messages that are being kept: none of them has got its answer."""

    @cached_property
    def _open_addresses(self) -> frozenset[str]:
        settings = self._parts.settings
        named = [settings.leave_address, *settings.feedback_addresses.split()]
        return frozenset(address.lower() for address in named if address)

    @cached_property
    def _domains(self) -> OwnDomains:
        settings = self._parts.settings
        named = {address.rpartition("@")[2] for address in self._open_addresses}
        return OwnDomains(self._parts.database, self._parts.clock, {settings.return_path_domain, *named})

    @cached_property
    def _allowances(self) -> Allowances:
        return Allowances(self._parts.buckets, self._parts.settings.inbound_day_megabytes * MIB)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        """Take a recipient we know by name or by our own signature, while there is room for mail to it today."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        refusal = await asyncio.to_thread(self._refusal, address, server.peer)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 go on"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep the message once for each box; LMTP wants a word about each recipient (RFC 2033 section 4.2)."""
        content = envelope.original_content or b""
        self.keeping += 1
        try:
            said = await asyncio.to_thread(self._keep_all, content, envelope.rcpt_tos, server.peer)
        finally:
            self.keeping -= 1
        return self.spoken(said)

    def spoken(self, words: list[str]) -> str:
        """Return the answer to a message, from a word about each of its recipients."""
        if self._source == "lmtp":
            return "\r\n".join(words)
        return next((word for word in words if word != KEPT), KEPT)

    def most_octets(self, recipients: list[str]) -> int:
        """Return how large a message to these may be."""
        leaving = self._parts.settings.leave_address.lower()
        return MAX_GOODBYE_OCTETS if leaving in {address.lower() for address in recipients} else MAX_OCTETS

    def box(self, address: str) -> str:
        """Return what is one of a recipient however it is written: a signed address has a second tag, and folded letters; empty for a stranger's."""
        if address.lower() in self._open_addresses:
            return address.lower()
        try:
            found = read_return_path(self._parts.signer, address)
        except TokenError:
            return ""
        return f"{'notice' if found.notice else 'delivery'} {found.subject}"

    def _refusal(self, address: str, peer: Peer) -> str:
        """The answer to a recipient who is not taken, or nothing."""
        box = self.box(address)
        try:
            ours = bool(box) and address.rpartition("@")[2] in self._domains
        except StoreError as error:
            log.warning("cannot tell whose domain it is", error=error.what, **outage(error))
            return _LATER
        if not ours:
            return self._nobody(address, peer, known=bool(box))
        return "" if self._allowances.has_room(box, peer, signed=self._is_signed(box)) else self._enough()

    def _is_signed(self, box: str) -> bool:
        return box not in self._open_addresses

    def _nobody(self, address: str, peer: Peer, *, known: bool) -> str:
        """The answer to who writes to none of ours. A forged address is counted in the ledger, so it costs its network something."""
        forged = not known and is_forged(self._parts.signer, address)
        if forged and not self._allowances.take_from(peer, LEAST_OCTETS):
            return self._enough()
        REFUSED.labels("forged" if forged else "another's domain" if known else "unknown").inc()
        if forged:
            self._count_forged()
        return _NOBODY

    def _count_forged(self) -> None:
        try:
            with self._parts.database.write() as session:
                reports.count(session, FORGED, self._parts.clock.now())
        except StoreError as error:
            log.warning("cannot count a forged return path", error=error.what, **outage(error))

    def _keep_all(self, content: bytes, addresses: list[str], peer: Peer) -> list[str]:
        """Keep a message once for each box; return a word about each recipient."""
        boxes = [self.box(address) for address in addresses]
        octets = max(len(content), LEAST_OCTETS * len(set(boxes)))
        if not self._allowances.take_from(peer, octets):
            return [self._enough()] * len(boxes)
        said: dict[str, str] = {}
        for box, address in zip(boxes, addresses, strict=True):
            if box not in said:
                said[box] = self._keep(content, address, box)
        return [said[box] for box in boxes]

    def _keep(self, content: bytes, address: str, box: str) -> str:
        if not self._allowances.take_for(box, len(content), signed=self._is_signed(box)):
            return self._enough()
        try:
            self._parts.intake.keep(content, source=self._source, sent_to=address)
        except InputError as error:
            return f"554 5.6.0 {error.what}"
        except NewsletterError as error:
            log.warning("cannot keep a report", error=error.what, **outage(error))
            return _LATER
        return KEPT

    def _enough(self) -> str:
        REFUSED.labels("too much").inc()
        return _ENOUGH
