"""Unsubscribe by mail (RFC 2369 section 3.2): `mailto:leave@host?subject=<token>`, the token that stands in the web link."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass

from newsletter.errors import InputError, TokenError
from newsletter.mail import mime
from newsletter.mail.report import Reason, Report, ReportKind
from newsletter.tokens import TOKEN_CHARS, Purpose, Signer

_TOKEN = re.compile(rf"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{{{TOKEN_CHARS}}}(?![A-Za-z0-9_-])")
_BETWEEN = re.compile(r"[\s<>,;:()\"]+")
_HEAD_OCTETS = 64 * 1024


def is_goodbye(content: bytes, *, sent_to: str, address: str) -> bool:
    """Tell whether a message was sent to the address that takes goodbyes; `address` is empty when there is none."""
    if not address:
        return False
    wanted = address.lower()
    return sent_to.strip("<> ").lower() == wanted if sent_to else wanted in _recipients(_head(content))


GOODBYE = Report(ReportKind.UNSUBSCRIBE, "", Reason.FEEDBACK, dialect="mailto")
"""What a goodbye says."""


@dataclass(frozen=True, slots=True)
class Leaver:
    """Who asks to leave: by the token of a delivery, or of a subscription (a welcome's)."""

    delivery_id: int = 0
    subscription_id: int = 0


def read_goodbye(content: bytes, signer: Signer) -> Leaver:
    """Return who wishes to leave. Raises InputError when no token of ours is in the subject.

    The sender's address proves nothing and is not looked at: only the token, which nobody but the reader has.
    """
    for token in _TOKEN.findall(next(iter(_head(content).get("subject", [])), "")):
        with contextlib.suppress(TokenError):
            return Leaver(delivery_id=signer.read(Purpose.UNSUBSCRIBE, token))
        with contextlib.suppress(TokenError):
            return Leaver(subscription_id=signer.read(Purpose.PREFERENCES, token))
    raise InputError(
        "this asks to leave and does not say from where: no token of ours is in its subject", where="report"
    )


def _head(content: bytes) -> dict[str, list[str]]:
    return mime.parse(content[:_HEAD_OCTETS]).headers


def _recipients(head: dict[str, list[str]]) -> set[str]:
    """What may be an address in the fields that name recipients; a stranger's mail is no place for a full grammar."""
    fields = [value for name in ("delivered-to", "x-original-to", "to", "cc") for value in head.get(name, [])]
    return {word for value in fields for word in _BETWEEN.split(value.lower())}
