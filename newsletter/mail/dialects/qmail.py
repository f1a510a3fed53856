"""qmail and those who kept its form: `<address>:`, then the words, then a blank line (QSBMF)."""

from __future__ import annotations

import re
from dataclasses import replace

from newsletter.mail import excerpts
from newsletter.mail.dialects.base import Dialect, failures
from newsletter.mail.report import Failure, Reason
from newsletter.mail.returned_message import ReturnedMessage

_HI = re.compile(
    r"^hi\. (?:this is|the)|qmail-send|i.m afraid i wasn.t able to deliver|\(#[245]\.\d\.\d+\)|undeliverable mail \(?qmail",
    re.IGNORECASE | re.MULTILINE,
)
_YAHOO = re.compile(
    r"^sorry, (?:we were|i was)n?.{0,4} (?:un)?able to deliver your message|^message from\s+yahoo|unable to deliver message to the following address",
    re.IGNORECASE | re.MULTILINE,
)
_KIN = re.compile(
    r"there(?:'s| is) a problem with the e-?mail address|message from .{1,60}\n.{0,80}unable to deliver|^we.re sorry\.",
    re.IGNORECASE | re.MULTILINE,
)
_LOOSE = re.compile(r"^[ \t]*<(?P<address>[^\s<>]{3,320})>:?[ \t]*$", re.MULTILINE)
_OWN: tuple[tuple[Reason, re.Pattern[str]], ...] = (
    (Reason.HOSTUNKNOWN, re.compile(r"couldn.t find any host named|no mail exchanger", re.IGNORECASE)),  # qmail-remote.c
    (Reason.NETWORKERROR, re.compile(r"couldn.t find any host by that name|establish an smtp connection|looks like i.m (?:already )?the|cname lookup failed|this message is looping|best-preference mx|too many hops", re.IGNORECASE)),
    (Reason.EXPIRED, re.compile(r"connected to \S+ but connection died", re.IGNORECASE)),
    (Reason.SUSPEND, re.compile(r"vdelivermail: account is locked", re.IGNORECASE)),  # vpopmail
    (Reason.USERUNKNOWN, re.compile(r"no mailbox here by that name|vdelivermail: (?:no|invalid)|this address no longer accepts", re.IGNORECASE)),  # qmail-local.c
)  # fmt: skip
_TOO_LONG = re.compile(r"queue too long", re.IGNORECASE)


def _read(letter: ReturnedMessage) -> list[Failure]:
    found = failures(letter, excerpts.by_heads(letter.text, _LOOSE)) or failures(
        letter, excerpts.by_heads(letter.text, excerpts.ALONE)
    )
    return [_own_words(failure) for failure in found]


def _own_words(failure: Failure) -> Failure:
    reason = next((reason for reason, says in _OWN if says.search(failure.diagnostic)), None)
    words = (
        _TOO_LONG.sub("", failure.diagnostic)
        if re.search(r"\b[45]\d\d[ -]", failure.diagnostic)
        else failure.diagnostic
    )
    return replace(failure, reason=reason, diagnostic=words if reason is None else failure.diagnostic)


def _read_yahoo(letter: ReturnedMessage) -> list[Failure]:
    """Yahoo refuses on its own part at RCPT unless it says otherwise in brackets."""
    return [failure if failure.command else replace(failure, command="RCPT") for failure in _read(letter)]


QMAIL = Dialect(
    "qmail",
    "https://cr.yp.to/proto/qsbmf.txt and qmail-remote.c, qmail-local.c",
    lambda letter: bool(_HI.search(letter.text)),
    _read,
)
YAHOO = Dialect(
    "yahoo",
    "https://senders.yahooinc.com/smtp-error-codes/",
    lambda letter: bool(_YAHOO.search(letter.text)),
    _read_yahoo,
)
QMAIL_KIN = Dialect(
    "qmail-kin",
    "QSBMF with changed greetings, as several hosting companies send it",
    lambda letter: bool(_KIN.search(letter.text)),
    _read,
)
