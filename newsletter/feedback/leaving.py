"""Unsubscribe by mail (RFC 2369 section 3.2): `mailto:leave@host?subject=<token>`, the token that stands in the web link."""

from __future__ import annotations

import email
import re
from email import policy
from email.message import Message
from email.utils import getaddresses

from newsletter.errors import InputError, TokenError
from newsletter.mail.report import Kind, Reason, Report
from newsletter.tokens import TOKEN_CHARS, Purpose, Signer

_TOKEN = re.compile(rf"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{{{TOKEN_CHARS}}}(?![A-Za-z0-9_-])")
_HEAD_OCTETS = 64 * 1024


def is_goodbye(content: bytes, *, sent_to: str, address: str) -> bool:
    """Tell whether a message was sent to the address that takes goodbyes; `address` is empty when there is none."""
    if not address:
        return False
    wanted = address.lower()
    return sent_to.strip("<> ").lower() == wanted if sent_to else wanted in _recipients(_head(content))


GOODBYE = Report(Kind.UNSUBSCRIBE, "", Reason.FEEDBACK, dialect="mailto")
"""What a goodbye says."""


def read_goodbye(content: bytes, signer: Signer) -> int:
    """Return the delivery whose reader wishes to leave. Raises InputError when no token of ours is in the subject.

    The sender's address proves nothing and is not looked at: only the token, which nobody but the reader has.
    """
    subject = re.sub(r"\s+", " ", str(_head(content).get("subject", "")))
    for token in _TOKEN.findall(subject):
        try:
            return signer.read(Purpose.UNSUBSCRIBE, token)
        except TokenError:
            continue
    raise InputError(
        "this asks to leave and does not say from where: no token of ours is in its subject", where="report"
    )


def _head(content: bytes) -> Message:
    return email.message_from_bytes(content[:_HEAD_OCTETS], policy=policy.compat32)


def _recipients(head: Message) -> set[str]:
    fields = [str(value) for name in ("delivered-to", "x-original-to", "to", "cc") for value in head.get_all(name, [])]
    return {address.lower() for _, address in getaddresses(fields)}
