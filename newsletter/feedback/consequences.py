"""What may follow from a report: by how it names the reader, whether anything proves it, and what it says. One table.

Whoever can write to us can write a bounce or a complaint about anybody. Proof is our own signature in a return path or
in a goodbye, a webhook whose signature was checked, a feedback loop that signed with DKIM, a refusal we heard ourselves,
or the word of the person at the keyboard. Without it a report

- never acts everywhere, and never kills an address;
- never acts unless a mail went to that reader within `locating.LATE`;
- weighs at most once a day and reader, and never reaches the limit alone (`scoring.total`);
- leaves nothing that the reader's own confirmation does not lift;
- when it names an address and a List-Id alone, ends no subscription any more on a day that has seen BURST of them, so that a list
  of addresses is not enough to empty a list of readers.

A Message-ID names a delivery and proves nothing: it stands in every reply, every forward and every archive. What it names
is bounded by how many of them somebody has seen, so it may count on the issue; an address and a List-Id can be had in
any number, so they count on no issue and move no delivery.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from newsletter.mail.report import Reason, Report, ReportKind
from newsletter.model.feedback import Blame

BURST = 20
"""So many unproven reports on one day (UTC) are a burst: it is told, and what names no delivery is merely noted."""


class Effect(StrEnum):
    """What a report changed."""

    SUPPRESSED = "suppressed"  # for good
    RESTED = "rested"  # suppressed for a while: the score went over the limit
    COUNTED = "counted"  # against the reader, or against the publication
    UNSUBSCRIBED = "unsubscribed"
    DELIVERED = "delivered"
    NOTED = "noted"  # kept in the reader's history; nothing else follows, for nothing proves it
    SEEN = "seen"  # an open or click that a provider told of
    KNOWN = "known"  # it was applied before
    WAITS = "waits"  # the delivery's own outcome is not in the ledger yet
    NOBODY = "nobody"  # about nobody we know, or nothing to act upon
    FORGED = "forged"


class Witness(StrEnum):
    """How a report names whom it is about, the surest first."""

    RETURN_PATH = "return path"  # with our signature: known to the servers on the way and to the mailbox
    ENVELOPE_ID = "envelope id"  # the same, where a server hands it on (RFC 3461 section 4.4)
    GOODBYE = "goodbye token"  # of the mail's own unsubscribe link; it is good for leaving alone
    SESSION = "refusal in the session"
    MESSAGE_ID = "Message-ID"  # or the tag a provider carries
    LIST = "recipient and List-Id"
    RECIPIENT = "recipient alone"


class Proof(StrEnum):
    """What vouches for a report."""

    NONE = ""
    SIGNATURE = "our signature"
    WEBHOOK = "verified webhook"
    LOOP = "DKIM-signed loop"
    HEARD = "heard in the session"
    BY_HAND = "vouched for by hand"


class Matter(StrEnum):
    """What a report says."""

    PERMANENT = "permanent, about the address"
    TRANSIENT = "transient"
    SENDER = "about the sender"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    DELIVERED = "delivered"


class May(StrEnum):
    """The most that may follow."""

    OUT = "out everywhere, at once"
    WEIGHS = "weighs on the reader's score"
    WEIGHS_LITTLE = "weighs, once a day, up to half the limit"
    AGAINST_US = "counts against the publication"
    ENDED_AND_OUT = "unsubscribed, and out for the publication"
    ENDED_AND_OUT_UNTIL_CONFIRMED = "unsubscribed, and out for the publication until the reader confirms anew"
    OUT_BY_COMPLAINT = "out everywhere: no publication is named"
    ENDED = "unsubscribed"
    DELIVERED = "proves that mail arrives"
    NOTED = "noted"
    NOTHING = "cannot come this way"


_M = Matter
_PROVEN = {
    _M.PERMANENT: May.OUT,
    _M.TRANSIENT: May.WEIGHS,
    _M.SENDER: May.AGAINST_US,
    _M.COMPLAINT: May.ENDED_AND_OUT,
    _M.UNSUBSCRIBE: May.ENDED,
    _M.DELIVERED: May.DELIVERED,
}
_NAMED = {
    _M.PERMANENT: May.WEIGHS_LITTLE,
    _M.TRANSIENT: May.WEIGHS_LITTLE,
    _M.SENDER: May.AGAINST_US,
    _M.COMPLAINT: May.ENDED_AND_OUT_UNTIL_CONFIRMED,
    _M.UNSUBSCRIBE: May.ENDED,
    _M.DELIVERED: May.NOTED,
}
TABLE: Mapping[tuple[Witness, bool], Mapping[Matter, May]] = MappingProxyType(
    {
        (Witness.RETURN_PATH, True): _PROVEN,
        (Witness.ENVELOPE_ID, True): _PROVEN,
        (Witness.GOODBYE, True): {_M.UNSUBSCRIBE: May.ENDED},
        (Witness.SESSION, True): {matter: _PROVEN[matter] for matter in (_M.PERMANENT, _M.TRANSIENT, _M.SENDER)},
        (Witness.MESSAGE_ID, True): _PROVEN,
        (Witness.LIST, True): _PROVEN,
        (Witness.RECIPIENT, True): _PROVEN | {_M.COMPLAINT: May.OUT_BY_COMPLAINT, _M.UNSUBSCRIBE: May.NOTED},
        (Witness.MESSAGE_ID, False): _NAMED,
        (Witness.LIST, False): _NAMED | {_M.SENDER: May.NOTED},
        (Witness.RECIPIENT, False): _NAMED | {_M.SENDER: May.NOTED, _M.COMPLAINT: May.NOTED, _M.UNSUBSCRIBE: May.NOTED},
    }
)
"""By witness, and whether anything proves the report. What stands in no row cannot come that way, and nothing follows."""

EFFECTS = {
    May.OUT: Effect.SUPPRESSED,
    May.WEIGHS: Effect.COUNTED,
    May.WEIGHS_LITTLE: Effect.COUNTED,
    May.AGAINST_US: Effect.COUNTED,
    May.ENDED_AND_OUT: Effect.UNSUBSCRIBED,
    May.ENDED_AND_OUT_UNTIL_CONFIRMED: Effect.UNSUBSCRIBED,
    May.OUT_BY_COMPLAINT: Effect.UNSUBSCRIBED,
    May.ENDED: Effect.UNSUBSCRIBED,
    May.DELIVERED: Effect.DELIVERED,
    May.NOTED: Effect.NOTED,
    May.NOTHING: Effect.NOBODY,
}
"""What is recorded when the most that may follow does."""


def may_follow(witness: Witness, matter: Matter, *, proven: bool) -> May:
    """Return the most that may follow from a report about somebody."""
    return TABLE.get((witness, proven), {}).get(matter, May.NOTHING)


def matter_of(report: Report, blame: Blame) -> Matter | None:
    """Return what a report says, weighed as it is (`scoring.judge`); None when it says nothing to act upon."""
    if report.kind is ReportKind.COMPLAINT:
        return Matter.COMPLAINT
    if report.kind is ReportKind.UNSUBSCRIBE:
        return Matter.UNSUBSCRIBE
    if report.kind is ReportKind.NONE:
        return Matter.DELIVERED if report.reason is Reason.DELIVERED else None
    if blame is Blame.SENDER:
        return Matter.SENDER
    about_the_address = report.kind is ReportKind.PERMANENT or report.reason is Reason.SUPPRESSED
    return Matter.PERMANENT if about_the_address else Matter.TRANSIENT
