"""From the bytes of any feedback to reports: the pipeline, surest evidence first.

Complaints (RFC 5965), then delivery status (RFC 3464), then automatic mail that is no bounce, then the dialects, then
flufl.bounce as a last resort. No step raises on damaged input; the raw bytes are kept by the caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from newsletter.feedback import last_resort
from newsletter.mail import arf, autoreply, dialects, dsn, excerpts, readers, reasons
from newsletter.mail.arf import Feedback
from newsletter.mail.dialects import amazon, exim, gmail
from newsletter.mail.report import Failure, Reason, Report, ReportKind
from newsletter.mail.returned_message import ReturnedMessage, clean_address, open_letter

MAX_WORDS = 4000
"""Characters kept of anything a stranger wrote."""

_KEPT = ("message-id", "to", "subject", "list-id", "feedback-id", "x-campaign-id")


def read(raw: bytes) -> list[Report]:
    """All reports in one received message; an empty list means that it is no feedback. Never raises.

    A delay is no bounce (RFC 3464 section 2.3.3): it comes as Kind.NONE with the action `delayed` and the reason so far.
    """
    letter = open_letter(raw)
    for step in (
        _complaint,
        _delivery_status,
        _notification,
        _automatic,
        _dialect,
        _enclosed,
        _unnamed,
        _lost_recipients,
    ):
        found = step(letter)
        if found is not None:
            return found
    return _last_resort(raw, letter)


def _complaint(letter: ReturnedMessage) -> list[Report] | None:
    feedback = arf.read(letter)
    return None if feedback is None else _from_feedback(feedback, letter)


def _from_feedback(feedback: Feedback, letter: ReturnedMessage) -> list[Report]:
    return [
        _base(letter, feedback.source)(
            kind=feedback.kind, recipient=recipient, reason=Reason.FEEDBACK, feedback_type=feedback.feedback_type,
            reporting_mta=feedback.reporting_mta, envelope_id=feedback.envelope_id,
        )
        for recipient in feedback.recipients or [""]
    ]  # fmt: skip


def _delivery_status(letter: ReturnedMessage) -> list[Report] | None:
    status = dsn.read(letter)
    if status is None:
        return None
    failures = status.failures
    failures = [gmail.judge_page(letter, failure) for failure in failures]
    if exim.EXIM.recognises(letter):
        failures = [exim.judge_locally(failure) for failure in failures]
    return [
        _judged(failure, letter, "rfc3464", reporting_mta=status.reporting_mta, envelope_id=status.envelope_id)
        for failure in failures
    ]


def _notification(letter: ReturnedMessage) -> list[Report] | None:
    found = amazon.notification(letter)
    kind, failures = amazon.read(found) if found else ("", [])
    if not kind:
        return None
    if kind == "complaint":
        return _from_feedback(_feedback_of(amazon.feedback_type(found), failures), letter)
    return [_judged(failure, letter, "amazon") for failure in failures]


def _feedback_of(feedback_type: str, failures: list[Failure]) -> Feedback:
    kind = arf.KINDS.get(feedback_type, ReportKind.COMPLAINT)
    return Feedback(kind, feedback_type, [failure.recipient for failure in failures], source="amazon")


def _automatic(letter: ReturnedMessage) -> list[Report] | None:
    kind = autoreply.kind(letter)
    if kind is None:
        return None
    if kind is autoreply.Automatic.VACATION:
        return [
            _base(letter, "rfc3834")(
                kind=ReportKind.NONE, recipient=clean_address(letter.sender), reason=Reason.VACATION
            )
        ]
    return []


def _dialect(letter: ReturnedMessage) -> list[Report] | None:
    name, failures = dialects.read(letter)
    return [_judged(failure, letter, name) for failure in failures] if failures else None


def _enclosed(letter: ReturnedMessage) -> list[Report] | None:
    """The report inside a report: some gateways wrap what came back and send it on as an attachment."""
    if letter.enclosed is None or not letter.from_a_machine:
        return None
    inner = open_letter(letter.enclosed.content())
    if not inner.from_a_machine:  # what came back is a message of ours, as it should be
        return None
    for step in (_delivery_status, _dialect):
        if found := step(inner):
            sent_to = str(_common(letter)["sent_to"])
            return [replace(report, sent_to=sent_to) for report in found]
    return None


def _unnamed(letter: ReturnedMessage) -> list[Report] | None:
    name, failures = dialects.read_unnamed(letter)
    return [_judged(failure, letter, name) for failure in failures] or None


def _lost_recipients(letter: ReturnedMessage) -> list[Report] | None:
    return [_judged(failure, letter, "rfc3464") for failure in dsn.lost(letter)] or None


def _last_resort(raw: bytes, letter: ReturnedMessage) -> list[Report]:
    if not letter.from_a_machine:
        return []
    action, words = excerpts.action(letter), letter.text[: excerpts.MAX_PASSAGE]
    others = readers.ours(letter) | readers.somebody_elses(letter.whole_text)
    named = [address for address in last_resort.recipients(raw) if readers.is_reader(address, others)]
    found = [Failure(recipient=address, diagnostic=words, action=action) for address in named]
    return [_judged(failure, letter, "flufl") for failure in found]


def _judged(
    failure: Failure, letter: ReturnedMessage, dialect: str, *, reporting_mta: str = "", envelope_id: str = ""
) -> Report:
    judgement = reasons.judge(failure)
    kind, reason = judgement.kind, judgement.reason
    if dsn.passed(failure.action):
        kind, reason = ReportKind.NONE, Reason.DELIVERED
    elif failure.action != "failed":  # RFC 3464 section 2.3.3: a delay is not a verdict
        kind = ReportKind.NONE
    return _base(letter, dialect)(
        kind=kind, recipient=failure.recipient, reason=reason, status=judgement.status, code=judgement.code, diagnostic=failure.diagnostic,
        alias=failure.alias, action=failure.action, command=failure.command, reporting_mta=reporting_mta, remote_mta=failure.remote, envelope_id=envelope_id,
    )  # fmt: skip


def _base(letter: ReturnedMessage, dialect: str) -> Callable[..., Report]:
    def report(**fields: object) -> Report:
        told = {name: _storable(value) if type(value) is str else value for name, value in fields.items()}
        return Report(**_common(letter), dialect=dialect, **told)  # type: ignore[arg-type]

    return report


def _storable(text: str) -> str:
    """Text that every database and terminal takes: no NUL, no half surrogates, at most MAX_WORDS characters."""
    return text[:MAX_WORDS].replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _common(letter: ReturnedMessage) -> dict[str, object]:
    places = (clean_address(letter.header(name)) for name in ("delivered-to", "x-original-to", "envelope-to", "to"))
    message_id = re.search(r"<[^<>\s]{3,900}>", letter.original_header("message-id"))
    kept = {name: _storable(letter.original_header(name)[:998]) for name in _KEPT if name in letter.original}
    return {
        "sent_to": _storable(next((found for found in places if found), "")),
        "message_id": _storable(message_id[0]) if message_id else "",
        "original": kept,
    }
