"""The states of each thing and the moves that are legal. Every other move is a bug, and is refused.

Delivery: queued -> skipped | submitting -> submitted | deferred (-> queued) | rejected | uncertain
          rejected -> queued, when an editor sends the issue to those who never got it
          submitted -> delivered (only on proof) | bounced | complained
Subscription: pending -> active | unsubscribed; active <-> unsubscribed. Nobody becomes pending again.
Issue:    draft -> scheduled -> sending (<-> paused) -> sent (-> sending, when a delivery of it has work after all);
          scheduled -> draft (undo); sending -> cancelled; draft -> archived, when it was published elsewhere: nothing leads on
Candidate: new <-> shortlisted; new | shortlisted -> dismissed -> new; new | shortlisted | dismissed -> used, when an issue with it is
          scheduled, and back to shortlisted when that is taken back before anything was sent
Source:   active <-> resting, by failures; active | resting <-> off, by hand
"""

from __future__ import annotations

from enum import StrEnum

from newsletter.errors import ConflictError


class IssueState(StrEnum):
    """Where an issue stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    CANCELLED = "cancelled"
    ARCHIVED = "archived"  # published elsewhere before it moved in: in the archive, and never mailed


class BatchState(StrEnum):
    """Where a batch stands; `claimed` is only as good as its lease."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    DONE = "done"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    """What the ledger knows of one edition for one subscriber."""

    QUEUED = "queued"
    SKIPPED = "skipped"  # no longer allowed when claimed (unsubscribed, suppressed), or the issue was cancelled
    SUBMITTING = "submitting"  # may be on the wire right now
    SUBMITTED = "submitted"  # a server took it
    DEFERRED = "deferred"  # not now; tried again at next_attempt_at
    REJECTED = "rejected"  # refused in the session, or given up after max age
    UNCERTAIN = "uncertain"  # the final dot was written and no reply was read
    DELIVERED = "delivered"  # proof came back
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class SubscriptionState(StrEnum):
    """Standing of a subscriber on one publication. Only `active` gets mail."""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"


class Consent(StrEnum):
    """Tri-state consent to individual tracking; only `granted` allows it."""

    UNKNOWN = "unknown"
    GRANTED = "granted"
    DENIED = "denied"


class NoticeState(StrEnum):
    """Where a one-off mail stands."""

    QUEUED = "queued"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"


_I = IssueState
ISSUE_ACTS: dict[tuple[IssueState, IssueState], str] = {
    (_I.DRAFT, _I.SCHEDULED): "issue.schedule",
    (_I.SCHEDULED, _I.DRAFT): "issue.take-back",
    (_I.SCHEDULED, _I.SENDING): "issue.begin",
    (_I.SENDING, _I.PAUSED): "issue.pause",
    (_I.PAUSED, _I.SENDING): "issue.resume",
    (_I.SENDING, _I.CANCELLED): "issue.cancel",
    (_I.PAUSED, _I.CANCELLED): "issue.cancel",
    (_I.SENDING, _I.SENT): "issue.finish",
    # back: an uncertain delivery is sent again by hand, or a late journal or worker tells of someone who never got it
    (_I.SENT, _I.SENDING): "issue.send-on",
    (_I.DRAFT, _I.ARCHIVED): "issue.archive",
}
"""Every legal move of an issue, and the word for it in the audit trail."""
ISSUE_MOVES: dict[IssueState, frozenset[IssueState]] = {
    state: frozenset(wanted for present, wanted in ISSUE_ACTS if present is state) for state in IssueState
}

WAYS_ON: dict[IssueState, str] = {
    _I.DRAFT: "it has not gone out: schedule it, or send it now",
    _I.SCHEDULED: "it has not gone out: make it a draft again to change it, or wait until it is due",
    _I.SENDING: "pause it to hold what is left, or cancel it",
    _I.PAUSED: "resume it, or cancel what is left",
    _I.SENT: "it has gone out and cannot be held or called back: put a correction into a new issue; `newsletter issue resend` "
    "reaches those who never got it",
    _I.CANCELLED: "it has ended for good: begin a new issue",
    _I.ARCHIVED: "it was published elsewhere and is kept in the archive alone: copy it into a new issue to send its words",
}
"""What a person may do instead, by where an issue stands."""

_D = DeliveryState
_AFTER_ACCEPTANCE = frozenset({_D.DELIVERED, _D.BOUNCED, _D.COMPLAINED})
DELIVERY_MOVES: dict[DeliveryState, frozenset[DeliveryState]] = {
    # rejected without a try: given up for age while it waited
    _D.QUEUED: frozenset({_D.SKIPPED, _D.SUBMITTING, _D.REJECTED}),
    _D.SKIPPED: frozenset(),
    # back to queued: the chunk was marked, but this message provably never reached the wire
    _D.SUBMITTING: frozenset({_D.SUBMITTED, _D.DEFERRED, _D.REJECTED, _D.UNCERTAIN, _D.QUEUED}),
    _D.SUBMITTED: _AFTER_ACCEPTANCE,
    # straight to submitting when its moment comes: being due is being queued again
    _D.DEFERRED: frozenset({_D.QUEUED, _D.SUBMITTING, _D.REJECTED, _D.SKIPPED}),
    # an editor sends the issue to those who never got it
    _D.REJECTED: frozenset({_D.QUEUED}),
    # a journal or a report may still prove what happened; resend by policy or by hand puts it back in the queue
    _D.UNCERTAIN: _AFTER_ACCEPTANCE | {_D.SUBMITTED, _D.DEFERRED, _D.REJECTED, _D.QUEUED},
    _D.DELIVERED: frozenset({_D.BOUNCED, _D.COMPLAINED}),
    _D.BOUNCED: frozenset({_D.COMPLAINED}),
    _D.COMPLAINED: frozenset(),
}

OPEN_DELIVERY_STATES = frozenset({_D.QUEUED, _D.SUBMITTING, _D.DEFERRED})
"""States that mean work is left; an issue is sent when no delivery is in one of them."""


_S = SubscriptionState
SUBSCRIPTION_MOVES: dict[SubscriptionState, frozenset[SubscriptionState]] = {
    _S.PENDING: frozenset({_S.ACTIVE, _S.UNSUBSCRIBED}),
    _S.ACTIVE: frozenset({_S.UNSUBSCRIBED}),
    # only by the reader's own doing: a confirmation, or the link that takes a goodbye back
    _S.UNSUBSCRIBED: frozenset({_S.ACTIVE}),
}


def check_subscription_move(present: SubscriptionState, wanted: SubscriptionState) -> None:
    """Raise ConflictError unless a subscription may go from `present` to `wanted`."""
    if wanted not in SUBSCRIPTION_MOVES[present]:
        raise ConflictError(f"a subscription that is {present} cannot become {wanted}")


def check_issue_move(present: IssueState, wanted: IssueState) -> None:
    """Raise ConflictError unless an issue may go from `present` to `wanted`."""
    if wanted not in ISSUE_MOVES[present]:
        raise ConflictError(f"an issue that is {present} cannot become {wanted}", remedy=WAYS_ON[present])


def sources_of(wanted: DeliveryState) -> frozenset[DeliveryState]:
    """Return the states a delivery may come from to reach `wanted`: the guard of every UPDATE."""
    return frozenset(present for present, moves in DELIVERY_MOVES.items() if wanted in moves)


class CandidateState(StrEnum):
    """Where a candidate stands."""

    NEW = "new"
    SHORTLISTED = "shortlisted"
    USED = "used"  # an issue that was scheduled holds it: it is not offered again
    DISMISSED = "dismissed"


class SourceState(StrEnum):
    """Whether a source is asked."""

    ACTIVE = "active"
    RESTING = "resting"  # it failed again and again: asked more and more seldom
    OFF = "off"  # by hand


_C = CandidateState
CANDIDATE_MOVES: dict[CandidateState, frozenset[CandidateState]] = {
    _C.NEW: frozenset({_C.SHORTLISTED, _C.DISMISSED, _C.USED}),
    _C.SHORTLISTED: frozenset({_C.NEW, _C.DISMISSED, _C.USED}),
    # used, too: an editor may type by hand what was dismissed here
    _C.DISMISSED: frozenset({_C.NEW, _C.USED}),
    # back: the issue is a draft again, and nothing of it was sent
    _C.USED: frozenset({_C.SHORTLISTED}),
}
SOURCE_MOVES: dict[SourceState, frozenset[SourceState]] = {
    SourceState.ACTIVE: frozenset({SourceState.RESTING, SourceState.OFF}),
    SourceState.RESTING: frozenset({SourceState.ACTIVE, SourceState.OFF}),
    SourceState.OFF: frozenset({SourceState.ACTIVE}),
}


def check_candidate_move(present: CandidateState, wanted: CandidateState) -> None:
    """Raise ConflictError unless a candidate may go from `present` to `wanted`."""
    if wanted not in CANDIDATE_MOVES[present]:
        raise ConflictError(f"a candidate that is {present} cannot become {wanted}")


def check_source_move(present: SourceState, wanted: SourceState) -> None:
    """Raise ConflictError unless a source may go from `present` to `wanted`."""
    if wanted not in SOURCE_MOVES[present]:
        raise ConflictError(f"a source that is {present} cannot become {wanted}")
