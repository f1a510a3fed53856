"""Why a message came back: the one judge of all dialects.

The class is read from the words *and* the codes. Most 5yz replies of real life speak of a policy, a full mailbox or the
sender, so a code alone condemns no address; only a reason that speaks of the address itself does.
"""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.mail import status as statuses
from newsletter.mail.reasons import grammar
from newsletter.mail.report import Failure, Kind, Reason

PERMANENT = frozenset({Reason.USERUNKNOWN, Reason.HOSTUNKNOWN, Reason.HASMOVED, Reason.NOTACCEPT})
"""Reasons that speak of the address itself: no later message will arrive either."""

_NAMED_BY_ADDRESS = frozenset({"1.0", "1.1", "1.3", "1.6", "1.10", "4.1"})
_OF_THE_MESSAGE = frozenset({"DATA", "CONN", "EHLO", "MAIL"})


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a failure means: class, reason, and the codes it was read from."""

    kind: Kind
    reason: Reason
    status: str
    code: int


def judge(failure: Failure) -> Judgement:
    """Name the reason of one failure; every failure gets one, `undefined` at worst."""
    status = statuses.best(*statuses.find_statuses(failure.diagnostic)[:4], failure.status)
    code = statuses.find_code(failure.diagnostic)
    reason = failure.reason or _from_diagnostic(failure, status) or _from_status(status) or _from_context(failure, status)
    reason = reason or _from_codes(status, code, failure.command)
    reason = _temper(reason, status, code)
    return Judgement(kind=_kind(reason, status, code), reason=reason, status=status, code=code)


def _from_diagnostic(failure: Failure, status: str) -> Reason | None:
    if not failure.diagnostic.strip():
        return None
    told = grammar.said_by_provider(failure.diagnostic, failure.remote)
    return told or _weigh(grammar.said_by_text(grammar.plain(failure.diagnostic)), failure.command, status)


def _from_context(failure: Failure, status: str) -> Reason | None:
    if not failure.context.strip():
        return None
    return _weigh(grammar.said_by_text(grammar.plain(failure.context)), failure.command, status)


def _weigh(reason: Reason | None, command: str, status: str) -> Reason | None:
    """Who is meant depends on the command that was answered.

    "Unknown" after MAIL is about the sender. After DATA, or without a status of the addressing class (RFC 3463 section
    3.2), "user unknown" is a filter's excuse as often as the truth, and does not condemn an address.
    """
    detail = status.partition(".")[2]
    if command == "MAIL" and reason in {Reason.USERUNKNOWN, Reason.HOSTUNKNOWN, Reason.FILTERED, Reason.SECURITYERROR}:
        return Reason.REJECTED
    if reason is Reason.USERUNKNOWN and detail not in _NAMED_BY_ADDRESS and command != "RCPT":
        return Reason.FILTERED
    return reason


def _from_status(status: str) -> Reason | None:
    return statuses.told_by(status) if statuses.rank(status) >= 2 else None


def _from_codes(status: str, code: int, command: str) -> Reason:
    """The last resort: what was asked, and the class of the answer (RFC 5321 section 4.2.1)."""
    if command == "MAIL":
        return Reason.REJECTED
    if command in {"CONN", "EHLO"} and code >= 400:
        return Reason.BLOCKED
    if 500 <= code <= 504:
        return Reason.SYNTAXERROR
    if code in {521, 556}:  # RFC 7504
        return Reason.NOTACCEPT
    if code in {450, 451} or status.startswith("4"):
        return Reason.ONHOLD
    if code in {452, 552}:
        return Reason.MAILBOXFULL
    return Reason.ONHOLD if not code and not status else Reason.UNDEFINED


def _temper(reason: Reason, status: str, code: int) -> Reason:
    """A name that does not resolve *now* (4yz) is an error of the network, not of the address."""
    if reason is Reason.HOSTUNKNOWN and (status.startswith("4") or 400 <= code < 500):
        return Reason.NETWORKERROR
    return reason


def _kind(reason: Reason, status: str, code: int) -> Kind:
    if reason in {Reason.DELIVERED, Reason.VACATION, Reason.FEEDBACK}:
        return Kind.NONE
    if reason is Reason.NOTACCEPT and (status.startswith("4") or 400 <= code < 500):
        return Kind.TRANSIENT
    return Kind.PERMANENT if reason in PERMANENT else Kind.TRANSIENT
