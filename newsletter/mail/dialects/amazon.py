"""Amazon SES: notifications as JSON in a mail from SNS. Its bounces proper speak RFC 3464."""

from __future__ import annotations

import json
import re
from typing import Any

from newsletter.mail.report import Failure, Reason
from newsletter.mail.returned_message import ReturnedMessage

_MARK = re.compile(r'"(?:notificationType|eventType)"\s*:\s*"', re.IGNORECASE)
_ACTIONS = {"delivery": "delivered", "deliverydelay": "delayed", "send": "relayed"}


def notification(letter: ReturnedMessage) -> dict[str, Any]:
    """The notification, or an empty dict; old MTAs break its one long line with `!` and a space."""
    text = letter.whole_text
    start = text.find("{")
    if start < 0 or not _MARK.search(text):
        return {}
    whole = re.sub(r"!\n ?", "", text[start:])
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(whole)
        if isinstance(value, dict) and isinstance(value.get("Message"), str):
            value = json.loads(value["Message"])
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def read(found: dict[str, Any]) -> tuple[str, list[Failure]]:
    """The kind of notification in lower case and one failure per recipient."""
    kind = str(found.get("notificationType") or found.get("eventType") or "").lower()
    inner = found.get(kind) or found.get("deliveryDelay") or {}
    if not isinstance(inner, dict):
        return kind, []
    people = (
        inner.get("bouncedRecipients")
        or inner.get("complainedRecipients")
        or inner.get("delayedRecipients")
        or inner.get("recipients")
        or []
    )
    return kind, [failure for person in _rows(people) if (failure := _failure(person, inner, kind))]


def feedback_type(found: dict[str, Any]) -> str:
    """SES's own complaint type, RFC 5965's words."""
    inner = found.get("complaint")
    return str(inner.get("complaintFeedbackType") or "abuse") if isinstance(inner, dict) else "abuse"


def _rows(people: object) -> list[dict[str, Any]]:
    rows = people if isinstance(people, list) else []
    return [row if isinstance(row, dict) else {"emailAddress": str(row)} for row in rows[:500]]


def _failure(person: dict[str, Any], inner: dict[str, Any], kind: str) -> Failure | None:
    address = str(person.get("emailAddress") or "").strip()
    if "@" not in address:
        return None
    diagnostic = str(person.get("diagnosticCode") or inner.get("smtpResponse") or "")
    subtype = str(inner.get("bounceSubType") or "").lower()
    reason = {"suppressed": Reason.SUPPRESSED, "onaccountsuppressionlist": Reason.SUPPRESSED, "mailboxfull": Reason.MAILBOXFULL, "messagetoolarge": Reason.MESGTOOBIG,
              "contentrejected": Reason.POLICYVIOLATION, "attachmentrejected": Reason.POLICYVIOLATION, "noemail": Reason.USERUNKNOWN}.get(subtype)  # fmt: skip
    return Failure(
        recipient=address.strip("<>"), diagnostic=re.sub(r"^\w+;\s*", "", diagnostic), status=str(person.get("status") or ""),
        action=_ACTIONS.get(kind, str(person.get("action") or "failed").lower()), reason=reason,
    )  # fmt: skip
