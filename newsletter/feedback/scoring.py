"""What a report weighs, and against whom. Pure: the policy of bounces, in one place.

A reader is ruled out at once only by words about the address itself. Whatever else comes back counts, fades with time,
and rules out for a while when it becomes too much. What speaks of us (policy, reputation, content, any 5.7.x) never
counts against the reader (law 9).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.mail.report import Reason, Report, ReportKind
from newsletter.model.feedback import Blame

_R = Reason
OF_THE_SENDER = frozenset(
    {
        _R.AUTHFAILURE, _R.BADREPUTATION, _R.BLOCKED, _R.CONTENTERROR, _R.EMAILTOOLARGE, _R.FAILEDSTARTTLS, _R.MESGTOOBIG,
        _R.NORELAYING, _R.NOTCOMPLIANTRFC, _R.POLICYVIOLATION, _R.RATELIMITED, _R.REJECTED, _R.REQUIREPTR,
        _R.SECURITYERROR, _R.SPAMDETECTED, _R.SPEEDING, _R.SYNTAXERROR, _R.TOOMANYCONN, _R.VIRUSDETECTED,
    }
)  # fmt: skip
"""Reasons that speak of us: our host, our domain, our content, our manners."""
OF_NOBODY = frozenset({_R.NETWORKERROR, _R.SYSTEMERROR, _R.SYSTEMFULL, _R.DELIVERED, _R.VACATION, _R.FEEDBACK})
"""Reasons that speak of a host in trouble, or of no trouble at all."""


@dataclass(frozen=True, slots=True)
class BouncePolicy:
    """How much is too much. Each delivery counts once, whatever number of reports it brings."""

    weight: float = 1.0
    mailbox_full: float = 0.4  # people come back from holidays
    host_in_trouble: float = 0.2  # a host that is down for days is abandoned in the end
    limit: float = 5.0
    unproven_at_most: float = 2.5  # of all that nothing proves: below the limit, however much of it comes
    half_life: timedelta = timedelta(days=30)
    rest: timedelta = timedelta(days=30)  # how long a reader over the limit is left in peace; then one more try
    wait_at_most: timedelta = timedelta(hours=1)  # for a delivery whose outcome is not in the ledger yet


@dataclass(frozen=True, slots=True)
class ReportVerdict:
    """Against whom a report counts, how much, and whether the address is dead."""

    blame: Blame
    weight: float = 0.0
    dead: bool = False


def judge(report: Report, policy: BouncePolicy, *, proven: bool) -> ReportVerdict:
    """Weigh a bounce. Without proof (`newsletter.feedback.consequences`) it kills no address."""
    if report.kind not in (ReportKind.PERMANENT, ReportKind.TRANSIENT):
        return ReportVerdict(Blame.NOBODY)
    if speaks_of_sender(report):
        return ReportVerdict(Blame.SENDER)
    if report.kind is ReportKind.PERMANENT or report.reason is Reason.SUPPRESSED:
        return ReportVerdict(Blame.READER, policy.weight, dead=proven)
    return ReportVerdict(Blame.READER, _weight(report.reason, policy))


def speaks_of_sender(report: Report) -> bool:
    """Tell whether a bounce is about us: by its reason, or by the class of RFC 3463 section 3.8 (security, policy)."""
    return report.reason in OF_THE_SENDER or report.status.partition(".")[2].startswith("7.")


def score(weights: Iterable[tuple[datetime, float]], now: datetime, policy: BouncePolicy) -> float:
    """Return what counts against a reader now: each weight halves with every half-life."""
    total: float = sum(weight * 0.5 ** (max(now - at, timedelta()) / policy.half_life) for at, weight in weights)
    return total


def total(
    proven: Iterable[tuple[datetime, float]],
    unproven: Iterable[tuple[datetime, float]],
    now: datetime,
    policy: BouncePolicy,
) -> float:
    """Return the score of both kinds of report together: what nothing proves stays below the limit by itself."""
    return score(proven, now, policy) + min(score(unproven, now, policy), policy.unproven_at_most)


def _weight(reason: Reason, policy: BouncePolicy) -> float:
    if reason is Reason.MAILBOXFULL:
        return policy.mailbox_full
    return policy.host_in_trouble if reason in OF_NOBODY else policy.weight
