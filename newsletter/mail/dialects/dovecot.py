"""Dovecot's delivery agent and Sieve: a refusal that comes as a disposition notification (RFC 5429 section 2.2, RFC 8098)."""

from __future__ import annotations

import re

from newsletter.mail.dialects.base import Dialect
from newsletter.mail.report import Failure, Reason
from newsletter.mail.returned_message import ADDRESS, ReturnedMessage, clean_address

_DELETED = re.compile(r"^disposition:[^\n;]{0,200};[ \t]*deleted", re.IGNORECASE | re.MULTILINE)
_FINAL = re.compile(r"^final-recipient:(?P<address>[^\n]{3,400})", re.IGNORECASE | re.MULTILINE)
_REFUSED = re.compile(
    r"automatically rejected|(?:was|is|been) (?:rejected|refused) (?:by|because)|\bquota exceeded|over quota|mailbox (?:is )?full",
    re.IGNORECASE,
)
_WORDS = re.compile(r"automatically rejected:?[ \t]*\n?(?P<words>[\s\S]{3,2000})", re.IGNORECASE)
_NAMED = re.compile(r"(?:quota|full|mailbox|unknown|no such|exist|size|large|spam|virus)", re.IGNORECASE)


def recognises(letter: ReturnedMessage) -> bool:
    """Whether a disposition notification says that a machine refused the message, and not that a person read or deleted it."""
    if not letter.disposition or not _DELETED.search(letter.disposition):
        return False
    return bool(_REFUSED.search(letter.text))


def _read(letter: ReturnedMessage) -> list[Failure]:
    found = _FINAL.search(letter.disposition)
    named = ADDRESS.findall(letter.text)
    address = (clean_address(found["address"]) if found else "") or (named[0] if named else "")
    said = _WORDS.search(letter.text)
    words = said["words"].strip() if said else letter.text[:2000].strip()
    owner = None if _NAMED.search(words) else Reason.FILTERED  # a Sieve script of the reader's own (RFC 5429)
    return [Failure(recipient=address, diagnostic=words, reason=owner)] if address else []


DOVECOT = Dialect(
    "dovecot", "RFC 5429 section 2.2; Dovecot lib-lda/mail-send.c, lda_rejection_reason", recognises, _read
)
