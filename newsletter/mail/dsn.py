"""Delivery status notifications (RFC 3464, carried as RFC 6522 asks), and the fields of one found in plain text.

Only `Action: failed` is a bounce. Real reports break the grammar: fields without a blank line between recipients, folded
lines without indent, a recipient that is no address. Each departure allowed here was seen from a known MTA.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from newsletter.mail import commands, excerpts, mime
from newsletter.mail import status as statuses
from newsletter.mail.report import Failure, Reason
from newsletter.mail.returned_message import ADDRESS, ReturnedMessage, clean_address

MAX_RECIPIENTS = 1000
MAX_CONTEXTS = 20
"""Recipients whose words in the text for people are looked up; a report about more has them in its fields."""

_FIELD = re.compile(r"^([A-Za-z][A-Za-z0-9-]{1,60})[ \t]*:[ \t]*(.*)$")
_OF_RECIPIENT = frozenset(
    {"final-recipient", "original-recipient", "action", "status", "remote-mta", "diagnostic-code", "x-actual-recipient"}
)
_NAMES = _OF_RECIPIENT | {
    "reporting-mta", "dsn-gateway", "received-from-mta", "arrival-date", "original-envelope-id", "last-attempt-date", "final-log-id",
    "will-retry-until", "x-original-message-id", "x-powermta-virtualmta", "x-powermta-bouncecategory", "x-supplementary-info",
}  # fmt: skip
_IN_TEXT = re.compile(
    r"^[ \t]*(?:Final|Original)-Recipient[ \t]*:[ \t]*(?:rfc822|utf-8|x-\w+|local|system)[ \t]*;",
    re.IGNORECASE | re.MULTILINE,
)
_TYPED = re.compile(r"^[ \t]*(?:[A-Za-z][\w-]{0,30})[ \t]*;[ \t]*")
_UNICODE_POINT = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
"""RFC 6533 section 3: how a character outside ASCII is written where only ASCII may stand."""
_ACTIONS = {
    "failed": "failed",
    "failure": "failed",
    "fail": "failed",
    "error": "failed",
    "expired": "failed",
    "bounced": "failed",
    "undeliverable": "failed",
}
_PASSED = frozenset({"delivered", "relayed", "expanded", "deliverable", "success"})
_CATEGORIES = {
    "bad-mailbox": Reason.USERUNKNOWN, "bad-domain": Reason.HOSTUNKNOWN, "quota-issues": Reason.MAILBOXFULL, "spam-related": Reason.SPAMDETECTED,
    "policy-related": Reason.POLICYVIOLATION, "relaying-issues": Reason.NORELAYING, "inactive-mailbox": Reason.SUSPEND,
    "virus-related": Reason.VIRUSDETECTED, "content-related": Reason.CONTENTERROR, "invalid-sender": Reason.REJECTED,
    "message-expired": Reason.EXPIRED, "bad-connection": Reason.NETWORKERROR, "no-answer-from-host": Reason.NETWORKERROR,
    "routing-errors": Reason.NETWORKERROR, "bad-configuration": Reason.SYSTEMERROR, "protocol-errors": Reason.SYNTAXERROR,
}  # fmt: skip
"""PowerMTA's own bounce categories (PowerMTA User's Guide, "Bounce categories")."""

_EXIT_CODES = {
    "64": Reason.SYSTEMERROR, "65": Reason.CONTENTERROR, "67": Reason.USERUNKNOWN, "68": Reason.HOSTUNKNOWN, "69": Reason.SYSTEMERROR,
    "70": Reason.SYSTEMERROR, "71": Reason.SYSTEMERROR, "72": Reason.SYSTEMERROR, "73": Reason.SYSTEMERROR, "74": Reason.SYSTEMERROR,
    "75": Reason.ONHOLD, "76": Reason.SYSTEMERROR, "77": Reason.SYSTEMERROR, "78": Reason.SYSTEMERROR,
}  # fmt: skip
"""`Diagnostic-Code: X-Unix; 77`: how a local mailer exited (sysexits.h)."""


@dataclass(slots=True)
class DeliveryStatus:
    """The fields of one notification: about the message, and about each recipient."""

    reporting_mta: str = ""
    envelope_id: str = ""
    failures: list[Failure] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Readers:
    """What the headers say of those who were meant; looked up once, whatever the number of recipients."""

    named: list[str]  # in X-Failed-Recipients
    ours: str  # to whom the report goes, in lower case
    original: str  # to whom the returned message went
    several: bool


def read(letter: ReturnedMessage) -> DeliveryStatus | None:
    """The notification in a letter, or None when there is none or it names no recipient."""
    text = letter.fields or _fields_in_text(letter)
    if not text:
        return None
    message, recipients = _split(text)
    status = DeliveryStatus(_untyped(message.get("reporting-mta", "")), message.get("original-envelope-id", "").strip())
    alone, default, readers = len(recipients) == 1, excerpts.action(letter), _readers(letter)
    for count, fields in enumerate(recipients[:MAX_RECIPIENTS]):
        words = letter.text if count < MAX_CONTEXTS else ""
        fields.setdefault("action", _action(fields, default))
        if failure := _failure(fields, readers, words=words, alone=alone, reporter=status.reporting_mta):
            status.failures.append(failure)
    return status if status.failures else None


def passed(action: str) -> bool:
    """Whether an action says the message went on (RFC 3464 section 2.3.3)."""
    return action in _PASSED


def _fields_in_text(letter: ReturnedMessage) -> str:
    """Fields quoted in the body by gateways that drop MIME; trusted only when a mail system speaks."""
    text = letter.whole_text
    if not letter.from_a_machine or not _IN_TEXT.search(text):
        return ""
    return "\n".join(kept for line in text.split("\n") if (kept := _field_line(line)) is not None)


def _field_line(line: str) -> str | None:
    """A line of fields as RFC 3464 would have it, or None when it is prose."""
    found = _FIELD.match(line.strip())
    if found and found[1].lower() in _NAMES:
        return line.strip()
    return line if line[:1] in {" ", "\t"} or not line.strip() else None


def _split(text: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Message fields and one group per recipient (RFC 3464 section 2.1)."""
    message: dict[str, str] = {}
    groups: list[dict[str, str]] = []
    for fields in _groups(text):
        own = {name: value for name, value in fields.items() if name not in _OF_RECIPIENT}
        for name, value in own.items():
            message.setdefault(name, value)
        if "final-recipient" in fields or "original-recipient" in fields:
            groups.append(fields)
        elif groups and any(name in fields for name in _OF_RECIPIENT):
            for name, value in fields.items():
                groups[-1].setdefault(name, value)
        elif any(name in fields for name in ("action", "diagnostic-code")):
            groups.append(fields)
    if len(groups) > 1 and not ({"final-recipient", "original-recipient"} & groups[0].keys()):
        first = groups.pop(0)
        groups[0] = first | groups[0]
    return message, groups


def _groups(text: str) -> list[dict[str, str]]:
    groups: list[dict[str, str]] = [{}]
    name, gap = "", False
    for line in text.split("\n")[:20000]:
        if not line.strip():
            gap = True
            continue
        found = _FIELD.match(line) if line[0] not in " \t" else None
        if found:
            name = found[1].lower()
            if (gap and groups[-1]) or (name == "final-recipient" and name in groups[-1]):
                groups.append({})
            groups[-1].setdefault(name, found[2].strip()[:4000])
        elif (
            name and name in groups[-1] and len(groups[-1][name]) < 4000
        ):  # folded, or broken without indent (MessageLabs)
            groups[-1][name] += " " + line.strip()
        gap = False
    return [group for group in groups if group]


def _failure(fields: dict[str, str], readers: _Readers, *, words: str, alone: bool, reporter: str) -> Failure | None:
    recipient, alias = _who(fields, readers, words)
    if not recipient:
        return None
    diagnostic = mime.decode_words(_untyped(fields.get("diagnostic-code", "")))
    context = excerpts.about(words, recipient) or excerpts.about(words, alias)
    if alone and not context:
        context = words[: excerpts.MAX_PASSAGE]
    action = _normal(fields["action"])
    remote = _untyped(fields.get("remote-mta", ""))
    spoken = (commands.transcript(words, diagnostic)[0] if diagnostic else "") or commands.answered(context, diagnostic)
    command = spoken or commands.answered(diagnostic) or (commands.answered(words, diagnostic) if alone else "")
    if (
        not command
        and "diagnostic-code" in fields
        and ";" not in fields["diagnostic-code"]
        and not statuses.find_code(diagnostic)
    ):
        command = "DATA"  # RFC 3464 section 2.3.6: without a type nobody tells whose words these are
    if diagnostic.strip().strip(".") == "":
        diagnostic = (commands.transcript(words)[1] if alone else "") or excerpts.headed(words, recipient)
    program = _EXIT_CODES.get(diagnostic) if fields.get("diagnostic-code", "").lower().startswith("x-unix") else None
    return Failure(
        recipient=recipient, alias=alias, diagnostic=diagnostic, status=_status(fields), action=action, command=command,
        remote=remote, reporter=reporter, context=context, reason=program or _CATEGORIES.get(fields.get("x-powermta-bouncecategory", "").strip().lower()),
    )  # fmt: skip


def lost(letter: ReturnedMessage) -> list[Failure]:
    """A report whose recipients were lost: the returned message says whom it was for, and nothing says why."""
    if "delivery-status" not in letter.part.parameters.get("report-type", "").lower():
        return []
    recipient = clean_address(letter.original_header("to"))
    return [Failure(recipient=recipient, action=excerpts.action(letter), reason=Reason.UNDEFINED)] if recipient else []


def _readers(letter: ReturnedMessage) -> _Readers:
    to = letter.original_header("to")
    own = clean_address(letter.header("to")).lower()
    return _Readers(excerpts.failed_recipients(letter), own, clean_address(to), "," in to)


def _who(fields: dict[str, str], readers: _Readers, words: str) -> tuple[str, str]:
    final = _address(fields.get("final-recipient", ""))
    others = [_address(fields.get("original-recipient", "")), _address(fields.get("x-actual-recipient", ""))]
    if not final:
        named = readers.named or ADDRESS.findall(words)
        final = next((address for address in (*others, *named) if address and address.lower() != readers.ours), "")
    if not final:
        final = readers.original
    alias = next((other for other in others if other and other.lower() != final.lower()), "")
    if not alias and readers.original.lower() != final.lower():
        alias = "" if readers.several else readers.original
    return final, alias


def _address(value: str) -> str:
    text = mime.decode_words(_TYPED.sub("", value)) if "=?" in value and "?=@" not in value else _TYPED.sub("", value)
    text = _UNICODE_POINT.sub(_letter, text.strip().strip("<>").strip())
    if text.startswith("@"):  # a source route (RFC 5321 appendix C), or no address at all
        return ""
    if (found := clean_address(text)) and "@" in found:
        return found
    bare = text.split()[0] if text.split() else ""
    return bare if "@" in bare[1:-1] else ""


def _letter(point: re.Match[str]) -> str:
    """A character of RFC 6533's `utf-8-addr-xtext`; one that is no character of text stays as it was written."""
    number = int(point[1], 16)
    return chr(number) if 0x20 < number < 0xD800 or 0xDFFF < number < 0x110000 else point[0]


def _action(fields: dict[str, str], default: str) -> str:
    """What a group without an Action field means, by its status."""
    return {"2": "delivered", "5": "failed"}.get(_status(fields)[:1], default)


def _normal(action: str) -> str:
    words = re.findall(r"[a-z]+", action[:200].lower())
    return _ACTIONS.get(words[0], words[0]) if words else "failed"


def _status(fields: dict[str, str]) -> str:
    found = re.search(r"([245])\s*\.\s*(\d{1,3})\s*\.\s*(\d{1,3})", fields.get("status", ""))
    return f"{found[1]}.{int(found[2])}.{int(found[3])}" if found else ""


def _untyped(value: str) -> str:
    return _TYPED.sub("", value, count=1).strip()
