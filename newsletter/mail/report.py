"""Report: the one shape all feedback becomes, whoever wrote it and in whatever dialect.

Reasons are Sisimai's words (https://libsisimai.org/en/reason/), so that tables and other tools can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ReportKind(StrEnum):
    """What a report means for the next issue."""

    PERMANENT = "permanent"  # the address will never take mail: suppress it
    TRANSIENT = "transient"  # not now, or not this message: count it
    COMPLAINT = "complaint"  # a person called it unwanted
    UNSUBSCRIBE = "unsubscribe"  # a person asked to leave by way of the provider
    NONE = "none"  # not a bounce: delivered, delayed, vacation, statistics, a person writing


class Reason(StrEnum):
    """Why; the words of Sisimai."""

    AUTHFAILURE = "authfailure"  # SPF, DKIM or DMARC of the sending domain
    BADREPUTATION = "badreputation"  # the sending address or network has a bad name
    BLOCKED = "blocked"  # the sending host is refused as such
    CONTENTERROR = "contenterror"  # the message cannot be converted or is malformed
    DELIVERED = "delivered"
    EMAILTOOLARGE = "emailtoolarge"  # newer word of Sisimai for mesgtoobig
    EXCEEDLIMIT = "exceedlimit"  # larger than this one recipient may get
    EXPIRED = "expired"  # tried for days
    FAILEDSTARTTLS = "failedstarttls"
    FEEDBACK = "feedback"  # a feedback loop (RFC 5965)
    FILTERED = "filtered"  # refused by the recipient's own filter, or unknown only after DATA
    HASMOVED = "hasmoved"
    HOSTUNKNOWN = "hostunknown"
    MAILBOXFULL = "mailboxfull"
    MAILERERROR = "mailererror"  # a program behind the mailbox failed
    MESGTOOBIG = "mesgtoobig"
    NETWORKERROR = "networkerror"
    NORELAYING = "norelaying"
    NOTACCEPT = "notaccept"  # the host or domain takes no mail at all
    NOTCOMPLIANTRFC = "notcompliantrfc"
    ONHOLD = "onhold"  # nothing more is known than "not now"
    POLICYVIOLATION = "policyviolation"
    RATELIMITED = "ratelimited"  # newer word of Sisimai for speeding
    REJECTED = "rejected"  # the envelope sender or From is refused
    REQUIREPTR = "requireptr"
    SECURITYERROR = "securityerror"
    SPAMDETECTED = "spamdetected"
    SPEEDING = "speeding"
    SUPPRESSED = "suppressed"  # a provider did not even try
    SUSPEND = "suspend"
    SYNTAXERROR = "syntaxerror"
    SYSTEMERROR = "systemerror"
    SYSTEMFULL = "systemfull"
    TOOMANYCONN = "toomanyconn"
    UNDEFINED = "undefined"
    USERUNKNOWN = "userunknown"
    VACATION = "vacation"
    VIRUSDETECTED = "virusdetected"


@dataclass(frozen=True, slots=True)
class Failure:
    """What a reader of one dialect found about one recipient, before it is judged.

    `command` is the SMTP command that was answered: CONN, EHLO, MAIL, RCPT, DATA, or empty when the report does not say.
    `context` is what the report says in other words; it is asked only when `diagnostic` says nothing.
    `reason` is set when the dialect itself names it beyond doubt.
    """

    recipient: str
    diagnostic: str = ""
    status: str = ""
    action: str = "failed"
    command: str = ""
    alias: str = ""
    remote: str = ""  # the host that answered
    reporter: str = ""  # the host that reports
    context: str = ""
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One recipient of one piece of feedback.

    `recipient` is the address as the reporter knows it, `alias` the one the message was first addressed to when the
    report tells both (RFC 3464 sections 2.3.1 and 2.3.2). `sent_to` is the address the report itself was sent to:
    with VERP it names the delivery. `diagnostic` is verbatim.
    """

    kind: ReportKind
    recipient: str
    reason: Reason
    status: str = ""  # RFC 3463, or empty
    code: int = 0  # SMTP reply code, or 0
    diagnostic: str = ""
    alias: str = ""
    action: str = ""  # RFC 3464 section 2.3.3
    command: str = ""
    reporting_mta: str = ""
    remote_mta: str = ""
    envelope_id: str = ""  # RFC 3464 section 2.2.1
    sent_to: str = ""
    message_id: str = ""  # of the message that came back
    feedback_type: str = ""  # RFC 5965 section 3.1
    dialect: str = ""  # the reader that understood it
    original: dict[str, str] = field(default_factory=dict)  # a few headers of the message that came back
