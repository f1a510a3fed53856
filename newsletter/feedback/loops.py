"""Feedback loops that are believed: those the operator names, when they signed the report with DKIM (RFC 6376).

A name is a domain (`arf.example.net`) or one author's address (`staff@example.net`). A domain that also signs what its users
write vouches for nothing: name the author then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from newsletter.errors import InputError
from newsletter.mail.dkim_verification import ClaimedSignature, Signature, claims, moment
from newsletter.mail.domain_check import DnsAnswer

FRESH = timedelta(days=5)
"""How old a signature may be when its report reaches us: as long as a server tries (RFC 5321 section 4.5.4.1)."""
_AHEAD = timedelta(hours=1)

LookUp = Callable[[str, str], DnsAnswer]
Verify = Callable[[bytes, dict[str, str]], Sequence[Signature]]


class NotNowError(Exception):
    """A name server does not answer: the report is looked at again later."""


@dataclass(frozen=True)
class Loops:
    """The loops that are believed, and what asks DNS and verifies."""

    trusted: frozenset[str] = frozenset()
    look_up: LookUp = field(default=lambda _name, _kind: DnsAnswer())
    verify: Verify = field(default=lambda _raw, _keys: ())

    def signature(self, content: bytes, received_at: datetime) -> Signature | None:
        """Return the fresh signature of a trusted loop that vouches for a report, or None.

        Raises NotNowError when a key cannot be asked for.
        """
        if not self.trusted:
            return None
        keys = self._keys([claim for claim in claims(content) if self._trusts(claim.domain, claim.author)])
        try:
            found = self.verify(content, keys) if keys else ()
        except InputError:  # it took too long, or was damaged: it vouches for nothing
            return None
        return next((each for each in found if self._vouches(each, received_at)), None)

    def _keys(self, claimed: Iterable[ClaimedSignature]) -> dict[str, str]:
        keys: dict[str, str] = {}
        for claim in claimed:
            answer = self.look_up(claim.key_name, "TXT")
            if answer.failure:
                raise NotNowError("no name server answers")
            if len(answer.values) == 1:
                keys[claim.key_name] = answer.values[0]
        return keys

    def _vouches(self, signature: Signature, received_at: datetime) -> bool:
        age = received_at - moment(signature)
        return self._trusts(signature.domain, signature.author) and -_AHEAD <= age <= FRESH

    def _trusts(self, domain: str, author: str) -> bool:
        """Whether the author is named, or his domain is, or the one that signed; and that is his domain or one above it."""
        _, _, host = author.rpartition("@")
        aligned = host == domain or host.endswith(f".{domain}")
        return bool(host) and aligned and bool({author, host, domain} & self.trusted)
