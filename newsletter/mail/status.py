"""Enhanced status codes (RFC 3463, registry of RFC 5248) and SMTP reply codes (RFC 5321 section 4.2).

A status says `class.subject.detail`; real servers often say 5.0.0 and put the truth elsewhere, so a code is ranked by how
much it tells.
"""

from __future__ import annotations

import re

from newsletter.mail.report import Reason

_NUMBER = r"(?:0|[1-9][0-9]{0,2})"  # RFC 3463 section 2: one to three digits, no leading zero
_STATUS = re.compile(rf"(?<![0-9.])([245])\.({_NUMBER})\.({_NUMBER})(?![0-9]|\.[0-9])")
_REPLY = re.compile(r"(?<![0-9A-Za-z.@:/_-])([245][0-5][0-9])(?=[ \-:]|$)")

_R = Reason
MEANING: dict[str, Reason] = {
    # RFC 3463 section 3.2, addressing status
    "1.0": _R.USERUNKNOWN,
    "1.1": _R.USERUNKNOWN,
    "1.2": _R.HOSTUNKNOWN,
    "1.3": _R.USERUNKNOWN,
    "1.4": _R.FILTERED,
    "1.6": _R.HASMOVED,
    "1.7": _R.REJECTED,
    "1.8": _R.REJECTED,
    "1.9": _R.SYSTEMERROR,
    "1.10": _R.NOTACCEPT,  # RFC 7505: null MX
    # section 3.3, mailbox status
    "2.0": _R.FILTERED,
    "2.1": _R.FILTERED,
    "2.2": _R.MAILBOXFULL,
    "2.3": _R.EXCEEDLIMIT,
    "2.4": _R.FILTERED,
    # section 3.4, mail system status
    "3.0": _R.SYSTEMERROR,
    "3.1": _R.SYSTEMFULL,
    "3.2": _R.NOTACCEPT,
    "3.3": _R.SYSTEMERROR,
    "3.4": _R.MESGTOOBIG,
    "3.5": _R.SYSTEMERROR,
    # section 3.5, network and routing status
    "4.0": _R.NETWORKERROR,
    "4.1": _R.EXPIRED,
    "4.2": _R.EXPIRED,
    "4.3": _R.SYSTEMERROR,
    "4.4": _R.HOSTUNKNOWN,
    "4.5": _R.SYSTEMFULL,
    "4.6": _R.NETWORKERROR,
    "4.7": _R.EXPIRED,
    # section 3.6, mail delivery protocol status
    "5.1": _R.SYNTAXERROR,
    "5.2": _R.SYNTAXERROR,
    "5.3": _R.SYSTEMERROR,
    "5.4": _R.SYNTAXERROR,
    "5.5": _R.SYSTEMERROR,
    "5.6": _R.CONTENTERROR,  # RFC 4954
    # section 3.7, message content or media status
    "6.0": _R.CONTENTERROR,
    "6.1": _R.CONTENTERROR,
    "6.2": _R.CONTENTERROR,
    "6.3": _R.CONTENTERROR,
    "6.4": _R.CONTENTERROR,
    "6.5": _R.CONTENTERROR,
    "6.6": _R.CONTENTERROR,
    "6.7": _R.CONTENTERROR,  # RFC 6531
    "6.8": _R.CONTENTERROR,
    "6.9": _R.CONTENTERROR,
    # section 3.8, security or policy status
    "7.0": _R.SECURITYERROR,
    "7.1": _R.SECURITYERROR,
    "7.2": _R.FILTERED,
    "7.3": _R.SECURITYERROR,
    "7.4": _R.SECURITYERROR,
    "7.5": _R.SECURITYERROR,
    "7.6": _R.SECURITYERROR,
    "7.7": _R.SECURITYERROR,
    "7.8": _R.SECURITYERROR,  # RFC 4954
    "7.9": _R.SECURITYERROR,
    "7.10": _R.FAILEDSTARTTLS,  # RFC 5248
    "7.11": _R.SECURITYERROR,
    "7.13": _R.SUSPEND,
    "7.14": _R.SECURITYERROR,
    "7.15": _R.SECURITYERROR,
    "7.16": _R.SECURITYERROR,
    "7.17": _R.HASMOVED,  # RFC 7293: the mailbox has a new owner
    "7.18": _R.HASMOVED,
    "7.20": _R.AUTHFAILURE,  # RFC 7372
    "7.21": _R.AUTHFAILURE,
    "7.22": _R.AUTHFAILURE,
    "7.23": _R.AUTHFAILURE,
    "7.24": _R.AUTHFAILURE,
    "7.25": _R.REQUIREPTR,
    "7.26": _R.AUTHFAILURE,
    "7.27": _R.NOTACCEPT,  # RFC 7505: the sender's domain has a null MX
    "7.28": _R.SPEEDING,
    "7.30": _R.SECURITYERROR,
}
"""`subject.detail` to reason; see https://www.iana.org/assignments/smtp-enhanced-status-codes."""

_VAGUE = frozenset({"0.0", "1.0", "2.0", "3.0", "4.0", "5.0", "7.0", "7.1", "4.7", "1.5", "2.1"})


def find_statuses(text: str) -> list[str]:
    """All enhanced status codes in a text, in order; version numbers and IP addresses are not taken for one."""
    return [".".join(found) for found in _STATUS.findall(text)]


def find_code(text: str) -> int:
    """The first SMTP reply code of class 4 or 5 in a text, else of class 2, else 0."""
    codes = [int(found) for found in _REPLY.findall(text)]
    return next((code for code in codes if code >= 400), codes[0] if codes else 0)


def told_by(status: str) -> Reason | None:
    """The reason a status code names by itself, or None when its detail is unknown or 0.0."""
    return MEANING.get(status.partition(".")[2])


def rank(status: str) -> int:
    """How much a status tells: 0 nothing, 1 its class, 2 its subject only or a word used for everything, 3 its detail."""
    _, _, detail = status.partition(".")
    if not status:
        return 0
    if detail.startswith("0."):  # RFC 3463 section 3.1: other or undefined
        return 1
    return 2 if detail in _VAGUE or detail.endswith(".0") else 3


def best(*candidates: str) -> str:
    """The status that tells most; the earlier one wins a tie."""
    return max(candidates, key=rank, default="")
