"""Why a message came back: the one judge of all dialects.

The class is read from the words *and* the codes. Most 5yz replies of real life speak of a policy, a full mailbox or the
sender, so a code alone condemns no address; only a reason that speaks of the address itself does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from newsletter.mail import status as statuses
from newsletter.mail.reasons import grammar
from newsletter.mail.report import Failure, Reason, ReportKind

PERMANENT = frozenset({Reason.USERUNKNOWN, Reason.HOSTUNKNOWN, Reason.HASMOVED, Reason.NOTACCEPT})
"""Reasons that speak of the address itself: no later message will arrive either."""

_NAMED_BY_ADDRESS = frozenset({"1.0", "1.1", "1.3", "1.6", "1.10", "4.1"})
_REFUSALS = frozenset(
    {Reason.SYSTEMERROR, Reason.ONHOLD, Reason.REJECTED, Reason.FILTERED, Reason.HOSTUNKNOWN, Reason.USERUNKNOWN}
)
_AUTH_CODES = frozenset({530, 534, 535, 538})  # RFC 4954 section 6: about how we log in, whatever was asked
_REPLY = re.compile(r"(?:^|(?<=[\s:<#'(\[]))[45]\d\d(?:[ -]+(?=\S)|: )")
_QUOTES = re.compile(r"[<>\"'`()\[\]]")
_INSIDE_A_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_@")
_GONE = re.compile(
    r"\.?[ \t]+(?:does not exist|doesn.?t exist|(?:is )?(?:unknown|non-?existent)$|no such domain|cannot be found|is not a (?:valid|known) (?:mail )?domain)"
)
_BUSY = re.compile(
    r"mail ?box (?:\S{1,320} )?(?:is )?(?:unavailable|not available)(?!.{0,80}(?:unknown|not found|no such|exist))",
    re.IGNORECASE,
)
"""RFC 5321 section 4.2.3: `450 mailbox unavailable` is one that is busy or blocked now."""
_TRAILER = re.compile(
    r"\(in reply to .*|\(state \d+\).*|--- .*|-{6,}.*|giving up on .*|\(other mxes tried.*", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a failure means: class, reason, and the codes it was read from."""

    kind: ReportKind
    reason: Reason
    status: str
    code: int


def judge(failure: Failure) -> Judgement:
    """Name the reason of one failure; every failure gets one, `undefined` or `onhold` at worst."""
    status = statuses.best(*statuses.find_statuses(failure.diagnostic)[:4], failure.status)
    code = statuses.find_code(failure.diagnostic)
    if code in _AUTH_CODES:
        failure = replace(failure, command="AUTH")
    elif not failure.command and grammar.filters_first(f"{failure.remote} {failure.reporter}"):
        failure = replace(failure, command="DATA")
    reason = failure.reason or _by_evidence(failure, status) or _from_codes(failure, status, code)
    reason = _temper(reason, failure, status, code)
    return Judgement(kind=_kind(reason, status, code), reason=reason, status=status, code=code)


def _by_evidence(failure: Failure, status: str) -> Reason | None:
    """The surest first: the server's words, an exact status, the reporter's words, a vague status, vague words."""
    words = reply_in(failure.diagnostic) or failure.diagnostic
    return (
        grammar.said_by_provider(words, f"{failure.remote} {failure.reporter}")
        or _domain_is_gone(words, failure.recipient)
        or _weigh(_said(words), failure.command, status)
        or _weigh(_from_status(status, least=3), failure.command, status)
        or _from_context(failure, status)
        or _weigh(_from_status(status, least=2), failure.command, status)
        or _weigh(_said(failure.diagnostic), failure.command, status)  # what the MTA says around the server's reply
        or _said(words or failure.context, weak=True)
    )


def _domain_is_gone(words: str, recipient: str) -> Reason | None:
    """`553 EXAMPLE.ORG does not exist`: the reader's own domain is what a server does not know (RFC 3463, X.1.2)."""
    domain = recipient.rpartition("@")[2].lower()
    line = _QUOTES.sub("", words[: grammar.MAX_CHARS].lower())
    at = line.find(domain) if domain else -1
    if at < 0 or (at and line[at - 1] in _INSIDE_A_NAME):
        return None
    return Reason.HOSTUNKNOWN if _GONE.match(line, at + len(domain)) else None


@lru_cache(maxsize=16)  # the many recipients of one report often share its words
def _said(words: str, *, weak: bool = False) -> Reason | None:
    return grammar.said_by_text(grammar.plain(words), weak=weak) if words.strip() else None


def reply_in(words: str) -> str:
    """The server's reply inside the words of the MTA that met it, or empty: from its code to the end of the paragraph."""
    found = _REPLY.search(words)
    return _TRAILER.sub("", words[found.start() :].partition("\n\n")[0]) if found else ""


def _from_context(failure: Failure, status: str) -> Reason | None:
    own_words = (
        "" if failure.diagnostic.strip() else "RCPT"
    )  # nobody else is quoted: the reporter itself looked the address up
    return _weigh(_said(failure.context), failure.command or own_words, status)


def _weigh(reason: Reason | None, command: str, status: str) -> Reason | None:
    """Who is meant depends on the command that was answered.

    "Unknown" after MAIL is about the sender. After DATA, or with the status of a mailbox that takes no mail (X.2.1),
    "user unknown" is a filter's excuse as often as the truth, and does not condemn an address; a status of the
    addressing class (RFC 3463 section 3.2) does.
    """
    detail = status.partition(".")[2]
    if command in {"CONN", "EHLO"} and reason in _REFUSALS:
        return Reason.BLOCKED  # a server that will not talk to us refuses our host
    if command == "MAIL" and reason in {Reason.USERUNKNOWN, Reason.HOSTUNKNOWN, Reason.FILTERED, Reason.SECURITYERROR}:
        return Reason.REJECTED
    if reason is Reason.USERUNKNOWN and detail not in _NAMED_BY_ADDRESS and command != "RCPT":
        return Reason.FILTERED if command == "DATA" or detail == "2.1" else reason
    return reason


def _from_status(status: str, *, least: int) -> Reason | None:
    """What the status tells, if it tells at least so much (`statuses.rank`)."""
    return statuses.told_by(status) if statuses.rank(status) >= least else None


def _from_codes(failure: Failure, status: str, code: int) -> Reason:
    """The last resort: what was asked, and the class of the answer (RFC 5321 section 4.2.1)."""
    if failure.command == "MAIL":
        return Reason.REJECTED
    if failure.command in {"CONN", "EHLO"} and code >= 400:
        return Reason.BLOCKED
    if 500 <= code <= 504:
        return Reason.SYNTAXERROR
    if code in {521, 556}:  # RFC 7504
        return Reason.NOTACCEPT
    if code in {450, 451} or status.startswith("4"):
        return Reason.ONHOLD
    if code in {452, 552}:
        return Reason.MAILBOXFULL
    if failure.action == "delayed":
        return Reason.EXPIRED
    return Reason.ONHOLD if failure.diagnostic.strip() else Reason.UNDEFINED


def _temper(reason: Reason, failure: Failure, status: str, code: int) -> Reason:
    """What 4yz and 4.y.z say is not so *now* (RFC 3463 section 2), though the reporter has given up.

    A name that does not resolve now is an error of the network; a code alone that says 4.1.1 condemns no address, words
    that deny the user do.
    """
    if not (status.startswith("4") or 400 <= code < 500):
        return reason
    if reason is Reason.HOSTUNKNOWN:
        return Reason.NETWORKERROR
    if reason is Reason.USERUNKNOWN and failure.reason is None:
        denied = Reason.USERUNKNOWN in {_said(failure.diagnostic), _said(failure.context)}
        return reason if denied and not _BUSY.search(failure.diagnostic) else Reason.ONHOLD
    return reason


def _kind(reason: Reason, status: str, code: int) -> ReportKind:
    if reason in {Reason.DELIVERED, Reason.VACATION, Reason.FEEDBACK}:
        return ReportKind.NONE
    if reason is Reason.NOTACCEPT and (status.startswith("4") or 400 <= code < 500):
        return ReportKind.TRANSIENT
    return ReportKind.PERMANENT if reason in PERMANENT else ReportKind.TRANSIENT
