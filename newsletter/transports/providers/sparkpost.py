"""SparkPost: POST /api/v1/transmissions, 20 MB of content a call, with substitution data.

https://developers.sparkpost.com/api/transmissions/, .../api/template-language/, .../api/events/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from newsletter.clock import Clock
from newsletter.mail.envelope import Outcome, Refused, Unknown
from newsletter.mail.report import Reason
from newsletter.transports.providers import base, culprits, webhooks
from newsletter.transports.providers.base import ApiAnswer, JsonApi, Request, Unclear
from newsletter.transports.providers.batching import CallBatch, Cap
from newsletter.transports.providers.letter import Item, Mailbox
from newsletter.transports.providers.merging import Syntax
from newsletter.transports.providers.url import ProviderUrl
from newsletter.transports.providers.webhooks import (
    PasswordReader,
    WebhookEvent,
    WebhookKind,
    identity,
    known,
    moment,
    not_tried,
    part,
    told,
    unknown,
    word,
)

NAME = "sparkpost"
OPTIONS = frozenset({"region"})
FIELD = "newsletter_delivery"
"""The field of a recipient's metadata that carries our token; it comes back as `rcpt_meta`."""

_HOSTS = {"us": "https://api.sparkpost.com", "eu": "https://api.eu.sparkpost.com"}
_CURLY = Syntax("{{%s}}", r"\{{2,}|\}{2,}", {"{": "open_brace", "}": "close_brace"})
_ABOUT_RECIPIENT = re.compile(r"recipient|address\.email|rcpt", re.IGNORECASE)


def from_url(url: ProviderUrl, _clock: Clock) -> SparkPost:
    """`sparkpost://KEY@?region=us|eu`."""
    region = url.option("region", "us", tuple(_HOSTS))
    return SparkPost(url.api(_HOSTS[region]), url.key)


class SparkPost(JsonApi):
    """See `newsletter.transports.providers.base.Api`."""

    name = NAME
    cap = Cap(recipients=2000, octets=20_000_000, one_letter=True)

    def __init__(self, base_url: str, key: str) -> None:
        super().__init__(base_url, {"Authorization": key})

    def too_fast(self, answer: ApiAnswer) -> bool:
        """429, and 420 for the account's hourly and daily limits."""
        return answer.status in (420, 429)

    def request(self, batch: CallBatch) -> Request:
        """One letter, and the substitution data of each recipient."""
        letter = batch.letter
        body = {
            "options": {
                "open_tracking": False,
                "click_tracking": False,
                "transactional": bool(batch.items[0].content),
            },
            "recipients": [_recipient(item) for item in batch.items],
            "content": {
                "from": base.mailbox_object(Mailbox(letter.sender.address, _CURLY.write(letter.sender.name))),
                **({"reply_to": _CURLY.write(letter.reply_to.shown)} if letter.reply_to else {}),
                "subject": _CURLY.write(letter.subject),
                "headers": {name: _CURLY.write(value) for name, value in letter.headers},
                **({"text": _CURLY.write(letter.text)} if letter.text else {}),
                **({"html": _CURLY.write(letter.html)} if letter.html else {}),
            },
        }
        return self.call(f"/api/v1/transmissions?num_rcpt_errors={len(batch.items)}", body)

    def read(self, answer: ApiAnswer, batch: CallBatch) -> dict[int, Outcome]:
        """200 with how many were taken, and what was wrong with the others."""
        if answer.status == 200:
            return _counted(answer, batch)
        if answer.status == 413 or (answer.status in (400, 422) and _ABOUT_RECIPIENT.search(answer.text)):
            return {}
        raise base.at_fault(answer, NAME)


def _counted(answer: ApiAnswer, batch: CallBatch) -> dict[int, Outcome]:
    """The answer counts the rejected and names some in words: who is not named is only certain when the sum is right."""
    results = answer.fields["results"]
    rejected, taken = int(results["total_rejected_recipients"]), int(results["total_accepted_recipients"])
    if rejected + taken != len(batch.items):
        raise Unclear(f"{rejected + taken} results for {len(batch.items)} messages")
    known: dict[int, Outcome] = base.all_accepted(answer, batch, word(results, "id"))
    if taken == 0:
        return {item.delivery_id: base.refused(550, answer.text) for item in batch.items}
    errors = [base.to_json(error).decode() for error in results.get("rcpt_to_errors") or ()]
    for error in errors:
        known |= {item.delivery_id: base.refused(550, error) for item in culprits.named(error, batch)}
    return known | _unnamed(known, batch, rejected, answer)


def _unnamed(known: dict[int, Outcome], batch: CallBatch, rejected: int, answer: ApiAnswer) -> dict[int, Outcome]:
    """Return as uncertain as many as were rejected beyond those that are named: the others were surely taken.

    Who it was cannot be told; it is looked for among the addresses that a strict checker refuses. Should a wrong one be held,
    SparkPost's own event about its delivery says so.
    """
    others = [item for item in batch.items if not isinstance(known[item.delivery_id], Refused)]
    missing = rejected - (len(batch.items) - len(others))
    if missing < 0:
        raise Unclear(f"more were named than the {rejected} that were rejected: {answer.text}")
    reply = f"{rejected} of {len(batch.items)} were rejected and not all named: {answer.text}"
    return {item.delivery_id: Unknown(reply) for item in culprits.likeliest(others, missing)}


def _recipient(item: Item) -> dict[str, Any]:
    return {
        "address": base.mailbox_object(item.to),
        "substitution_data": _CURLY.values(item),
        "metadata": {FIELD: item.token},
    }


EVENTS = {
    "delivery": WebhookKind.DELIVERED,
    "bounce": WebhookKind.BOUNCED,
    "out_of_band": WebhookKind.BOUNCED,
    "delay": WebhookKind.DEFERRED,
    "policy_rejection": WebhookKind.REJECTED,
    "generation_failure": WebhookKind.REJECTED,
    "generation_rejection": WebhookKind.REJECTED,
    "spam_complaint": WebhookKind.COMPLAINED,
    "list_unsubscribe": WebhookKind.UNSUBSCRIBED,
    "link_unsubscribe": WebhookKind.UNSUBSCRIBED,
    "open": WebhookKind.OPENED,
    "initial_open": WebhookKind.OPENED,
    "click": WebhookKind.CLICKED,
    "amp_open": WebhookKind.OPENED,
    "amp_initial_open": WebhookKind.OPENED,
    "amp_click": WebhookKind.CLICKED,
    **dict.fromkeys(
        (
            "injection", "sms_status", "relay_injection", "relay_rejection", "relay_delivery", "relay_tempfail", "relay_permfail",
            "ab_test_completed", "ab_test_cancelled", "success", "error",
        ),
        WebhookKind.NOTHING,
    ),
}  # fmt: skip
"""Every event, by the name the provider gives it."""
# https://www.sparkpost.com/docs/deliverability/bounce-classification-codes/
_HINTS = {
    "10": Reason.USERUNKNOWN,
    "15": Reason.USERUNKNOWN,
    "26": Reason.POLICYVIOLATION,
    "21": Reason.NETWORKERROR,
    "22": Reason.MAILBOXFULL,
    "23": Reason.MESGTOOBIG,
    "24": Reason.EXPIRED,
    "25": Reason.POLICYVIOLATION,
    "30": Reason.USERUNKNOWN,
    "50": Reason.BLOCKED,
    "51": Reason.SPAMDETECTED,
    "52": Reason.SPAMDETECTED,
    "53": Reason.POLICYVIOLATION,
    "54": Reason.NORELAYING,
}
BOUNCES = {
    **dict.fromkeys(("1", "10", "15", "20", "21", "22", "23", "24", "25", "26", "30", "40"), WebhookKind.BOUNCED),
    **dict.fromkeys(("50", "51", "52", "53", "54"), WebhookKind.BOUNCED),
    "70": WebhookKind.DEFERRED,
    "90": WebhookKind.UNSUBSCRIBED,  # mail to the return path that asks to leave
    "60": WebhookKind.NOTHING,  # auto-reply
    "80": WebhookKind.NOTHING,  # subscribe
    "100": WebhookKind.NOTHING,  # challenge
}
"""Every class of a bounce."""
_HARD = {**dict.fromkeys(("10", "15", "30"), True), **dict.fromkeys(("20", "21", "22", "24", "40"), False)}


class SparkPostReader(PasswordReader):
    """Events behind HTTP Basic or a bearer token; the secret is `user:password`, or the token."""

    provider = NAME

    def read(self, body: bytes) -> list[WebhookEvent]:
        """Return the events of the batch; the empty one is how SparkPost tries the address."""
        batch = webhooks.entries(webhooks.load(body, NAME), NAME)
        events = [e for each in batch for e in part(each, "msys").values() if isinstance(e, dict)]
        return known(_event(e) for e in events)


def _meaning(fields: Mapping[str, Any]) -> tuple[WebhookKind, Reason | None]:
    """What an event says, and the reason it names; of the policies of the account only its suppression list speaks of the reader."""
    name, bounce = word(fields, "type"), word(fields, "bounce_class")
    kind, words = EVENTS.get(name, WebhookKind.UNKNOWN), word(fields, "raw_reason", "reason")
    if kind is WebhookKind.COMPLAINED:
        return webhooks.complaint(word(fields, "fbtype")), None
    if kind not in (WebhookKind.BOUNCED, WebhookKind.REJECTED):
        return kind, _HINTS.get(bounce)
    if "suppress" in words.lower() and (kind is WebhookKind.REJECTED or bounce == "25"):
        return not_tried(words)
    if name.startswith("generation_"):
        return kind, Reason.CONTENTERROR
    if kind is WebhookKind.BOUNCED and bounce:
        kind = BOUNCES.get(bounce, kind)
    return kind, _HINTS.get(bounce)


def _event(fields: dict[str, Any]) -> WebhookEvent:
    kind, hint = _meaning(fields)
    if kind is WebhookKind.UNKNOWN:
        return unknown(NAME, word(fields, "type"), fields)
    return told(
        NAME,
        kind,
        event_id=word(fields, "event_id") or identity(fields),
        token=word(part(fields, "rcpt_meta"), FIELD),
        recipient=word(fields, "raw_rcpt_to", "rcpt_to"),
        at=moment(fields.get("timestamp")),
        text=word(fields, "raw_reason", "reason"),
        hint=hint,
        hard=_HARD.get(word(fields, "bounce_class")) if kind is WebhookKind.BOUNCED else None,
        url=word(fields, "target_link_url"),
        user_agent=word(fields, "user_agent"),
        ip=word(fields, "ip_address") if kind in (WebhookKind.OPENED, WebhookKind.CLICKED) else "",
    )
