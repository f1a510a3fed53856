"""The words of this house as tables, enums and the legal moves of each state. No queries, no I/O."""

from newsletter.model.accounts import AuditEntry, Editor, EditorSession, Grant, KnownBrowser
from newsletter.model.alerting import Alarm
from newsletter.model.audience import (
    INVITE,
    ConsentRecord,
    Invitation,
    Notice,
    SignUp,
    SpentForm,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.model.base import Base
from newsletter.model.delivery import Attempt, Batch, Delivery, Heartbeat, IdBlock, KnownKey, Lease, PlanRecord
from newsletter.model.feedback import (
    AppliedReport,
    Event,
    EventCount,
    EventFile,
    RawContent,
    RawReport,
    Tally,
    UnknownEvent,
    UnprovenDay,
    UsedToken,
)
from newsletter.model.issue import BinnedIssue, Edition, EditionBody, EditionLink, Issue, IssueItem, IssueSection
from newsletter.model.pacing import Brake, FirstTry, LearnedPace, SendingDay, TestMailDay, Trip
from newsletter.model.publication import Publication

__all__ = [
    "INVITE",
    "Alarm",
    "AppliedReport",
    "Attempt",
    "AuditEntry",
    "Base",
    "Batch",
    "BinnedIssue",
    "Brake",
    "ConsentRecord",
    "Delivery",
    "Edition",
    "EditionBody",
    "EditionLink",
    "Editor",
    "EditorSession",
    "Event",
    "EventCount",
    "EventFile",
    "FirstTry",
    "Grant",
    "Heartbeat",
    "IdBlock",
    "Invitation",
    "Issue",
    "IssueItem",
    "IssueSection",
    "KnownBrowser",
    "KnownKey",
    "LearnedPace",
    "Lease",
    "Notice",
    "PlanRecord",
    "Publication",
    "RawContent",
    "RawReport",
    "SendingDay",
    "SignUp",
    "SpentForm",
    "Subscriber",
    "Subscription",
    "Suppression",
    "Tally",
    "TestMailDay",
    "Trip",
    "UnknownEvent",
    "UnprovenDay",
    "UsedToken",
]
