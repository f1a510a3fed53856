"""Abuse feedback (RFC 5965, 6449, 6650), and the complaints of providers that do not speak it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from newsletter.mail import mime
from newsletter.mail.report import ReportKind
from newsletter.mail.returned_message import ADDRESS, ReturnedMessage, clean_address

MAX_RECIPIENTS = 1000

KINDS: dict[str, ReportKind] = {
    "abuse": ReportKind.COMPLAINT,  # RFC 5965 section 7.3
    "fraud": ReportKind.COMPLAINT,
    "virus": ReportKind.COMPLAINT,
    "other": ReportKind.COMPLAINT,
    "opt-out": ReportKind.UNSUBSCRIBE,  # early drafts of ARF; still sent
    "opt-out-list": ReportKind.UNSUBSCRIBE,
    "not-spam": ReportKind.NONE,  # RFC 6430: a person took it out of the spam folder
    "auth-failure": ReportKind.NONE,  # RFC 6591: a receiver reports a forgery, or a broken signature of ours
    "dmarc": ReportKind.NONE,
    "miscategorized": ReportKind.NONE,
}
_COMPLAINT_SENDER = re.compile(
    r"staff@hotmail\.com|scomp@aol\.|(?<![\w.-])(?=[\w.-]*+@)[\w.-]*?(?:fbl|feedback-?loop|complaints?|abuse-?reports?|spam-?reports?)",
    re.IGNORECASE,
)
_COMPLAINT_SUBJECT = re.compile(
    r"complaint about message|(?:abuse|spam|feedback|complaint) report|spam complaint|email feedback|junk (?:mail )?report",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person or receiver says of a message that did arrive; `recipients` may be empty when all was redacted."""

    kind: ReportKind
    feedback_type: str
    recipients: list[str] = field(default_factory=list)
    reporting_mta: str = ""
    envelope_id: str = ""
    source: str = "arf"


def read(letter: ReturnedMessage) -> Feedback | None:
    """The feedback report in a letter, or None."""
    fields = mime.parse_headers(letter.feedback) if letter.feedback else _misnamed(letter)
    if fields and "feedback-type" in fields:
        return _report(fields, letter)
    return _plain_complaint(letter)


def _misnamed(letter: ReturnedMessage) -> dict[str, list[str]]:
    """The fields of a report whose machine part came as text/plain."""
    if (
        "report" not in letter.part.content_type
        or letter.part.parameters.get("report-type", "").lower() != "feedback-report"
    ):
        return {}
    at = re.search(r"^feedback-type[ \t]*:", letter.whole_text, re.IGNORECASE | re.MULTILINE)
    return mime.parse_headers(letter.whole_text[at.start() :].partition("\n\n")[0]) if at else {}


def _report(fields: dict[str, list[str]], letter: ReturnedMessage) -> Feedback:
    kind = re.split(r"[\s;(]", fields["feedback-type"][0].strip().lower(), maxsplit=1)[0]
    return Feedback(
        kind=KINDS.get(
            kind, ReportKind.COMPLAINT
        ),  # RFC 5965 section 3.5: an unknown type is read as the nearest known one
        feedback_type=kind,
        recipients=_recipients(fields, letter),
        reporting_mta=_last(fields, "reporting-mta").partition(";")[2].strip(),
        envelope_id=_last(fields, "original-envelope-id"),
    )


def _recipients(fields: dict[str, list[str]], letter: ReturnedMessage) -> list[str]:
    """RFC 5965 section 3.2: `Original-Rcpt-To` may occur several times; else the returned message names its reader."""
    for name in ("original-rcpt-to", "removal-recipient", "original-recipient"):
        if found := [address for value in fields.get(name, []) if (address := _bare(value))]:
            return list(dict.fromkeys(found))[:MAX_RECIPIENTS]
    return _of_original(letter)


def _of_original(letter: ReturnedMessage) -> list[str]:
    for name in ("x-hmxmroriginalrecipient", "x-original-to", "delivered-to", "envelope-to", "x-envelope-to", "to"):
        if found := ADDRESS.findall(letter.original_header(name)):
            return found[:1]
    return []


def _plain_complaint(letter: ReturnedMessage) -> Feedback | None:
    """Complaints without RFC 5965: the message, and a sender or subject that says what it is (Microsoft JMRP)."""
    if letter.header("x-apple-unsubscribe").strip().lower() == "true":  # Apple Mail's "Unsubscribe" button, by mailto
        return Feedback(ReportKind.UNSUBSCRIBE, "opt-out", [clean_address(letter.sender)], source="apple")
    flat = _flat(letter)
    if (
        flat
        or "x-hmxmroriginalrecipient" in letter.original
        or (letter.original and _COMPLAINT_SENDER.search(letter.sender) and _COMPLAINT_SUBJECT.search(letter.subject))
    ):
        return Feedback(ReportKind.COMPLAINT, "abuse", flat or _of_original(letter), source="complaint")
    return None


def _flat(letter: ReturnedMessage) -> list[str]:
    """Hotmail's flat form: the message sent back as it was, its reader in a header of its own or at the head of the text."""
    heads = [letter.part.headers]
    if _COMPLAINT_SENDER.search(letter.sender) and not letter.original:
        heads.append(mime.parse_headers(letter.whole_text[:65536].lstrip("\n").partition("\n\n")[0]))
    told = (head["x-hmxmroriginalrecipient"][0] for head in heads if "x-hmxmroriginalrecipient" in head)
    return [address for value in told if (address := clean_address(value))][:1]


def _bare(value: str) -> str:
    return clean_address(value) or value.strip().strip("<>").split(";")[-1].strip()


def _last(fields: dict[str, list[str]], name: str) -> str:
    return fields[name][-1].strip() if name in fields else ""
