"""Postmark: POST /email/batch, 500 whole messages or 50 MB a call.

https://postmarkapp.com/developer/api/email-api#send-batch-emails, .../api/overview#error-codes, .../webhooks/webhooks-overview
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from newsletter.clock import Clock
from newsletter.mail.envelope import Accepted, Outcome
from newsletter.mail.report import Reason
from newsletter.transports.providers import base, culprits, webhooks
from newsletter.transports.providers.base import ApiAnswer, JsonApi, Request, Unclear
from newsletter.transports.providers.batching import CallBatch, Cap
from newsletter.transports.providers.letter import Item
from newsletter.transports.providers.url import ProviderUrl
from newsletter.transports.providers.webhooks import (
    PasswordReader,
    WebhookEvent,
    WebhookKind,
    identity,
    known,
    moment,
    part,
    told,
    unknown,
    word,
)

NAME = "postmark"
OPTIONS = frozenset({"stream", "notice_stream"})
KEY = "newsletter_delivery"
"""The metadata field that carries our token; 20 characters at most."""

_INVALID, _INACTIVE = 300, 406
_LATER = frozenset({100, 429})  # maintenance, rate limit
_ABOUT_RECIPIENT = re.compile(r"'To'|recipient", re.IGNORECASE)


def from_url(url: ProviderUrl, _clock: Clock) -> Postmark:
    """`postmark://TOKEN@?stream=broadcast&notice_stream=outbound`."""
    streams = url.option("stream", "broadcast"), url.option("notice_stream", "outbound")
    return Postmark(url.api("https://api.postmarkapp.com"), url.key, *streams)


class Postmark(JsonApi):
    """See `newsletter.transports.providers.base.Api`. Issues and notices go by different message streams."""

    name = NAME
    cap = Cap(recipients=500, octets=50_000_000, one_letter=False)

    def __init__(self, base_url: str, token: str, stream: str, notice_stream: str) -> None:
        super().__init__(base_url, {"X-Postmark-Server-Token": token})
        self._stream = stream
        self._notice_stream = notice_stream

    def request(self, batch: CallBatch) -> Request:
        """A list of whole messages."""
        return self.call("/email/batch", [self._message(item) for item in batch.items])

    def read(self, answer: ApiAnswer, batch: CallBatch) -> dict[int, Outcome]:
        """200 with a result for each message, good or bad."""
        if answer.status == 413:
            return {}
        if answer.status == 422 and word(answer.fields, "ErrorCode").isdigit() and _of_reader(answer.fields):
            found = culprits.named(word(answer.fields, "Message"), batch)
            return {item.delivery_id: base.refused(550, answer.text) for item in found}
        if answer.status != 200:
            raise base.at_fault(answer, NAME)
        results = answer.document
        if not isinstance(results, list) or len(results) != len(batch.items):
            raise Unclear(f"no result for each of {len(batch.items)} messages: {answer.text}")
        known = {item.delivery_id: _outcome(result) for item, result in zip(batch.items, results, strict=True)}
        if all(_shared_fault(result) for result in results):
            raise base.at_fault(answer, NAME)
        return known

    def _message(self, item: Item) -> dict[str, Any]:
        letter = item.letter
        headers = [{"Name": name, "Value": item.fill(value)} for name, value in letter.headers]
        # Postmark writes a Message-ID of its own unless told to keep ours.
        headers += [{"Name": "Message-ID", "Value": f"<{item.message_id}>"}, {"Name": "X-PM-KeepID", "Value": "true"}]
        return {
            "From": letter.sender.shown,
            "To": item.to.shown,
            **({"ReplyTo": letter.reply_to.shown} if letter.reply_to else {}),
            "Subject": letter.subject,
            **({"TextBody": item.fill(letter.text)} if letter.text else {}),
            **({"HtmlBody": item.fill(letter.html)} if letter.html else {}),
            "Headers": headers,
            "Metadata": {KEY: item.token},
            "MessageStream": self._notice_stream if item.content else self._stream,
            "TrackOpens": False,
            "TrackLinks": "None",
        }


def _outcome(result: Mapping[str, Any]) -> Outcome:
    code = int(result["ErrorCode"])
    reply = f"{code}: {word(result, 'Message')}"
    if code == 0:
        return Accepted(200, "", word(result, "MessageID"))
    return base.refused(550, reply) if _of_reader(result) else base.deferred(451, reply)


def _of_reader(result: Mapping[str, Any]) -> bool:
    """Only these two codes speak of the recipient, and the first of any field; the rest is ours to mend (law 9)."""
    code = int(result["ErrorCode"])
    return code == _INACTIVE or (code == _INVALID and _ABOUT_RECIPIENT.search(word(result, "Message")) is not None)


def _shared_fault(result: Mapping[str, Any]) -> bool:
    return int(result["ErrorCode"]) not in (0, *_LATER) and not _of_reader(result)


EVENTS = {
    "Delivery": WebhookKind.DELIVERED,
    "Bounce": WebhookKind.BOUNCED,
    "SpamComplaint": WebhookKind.COMPLAINED,
    "SubscriptionChange": WebhookKind.UNSUBSCRIBED,
    "Open": WebhookKind.OPENED,
    "Click": WebhookKind.CLICKED,
    "Inbound": WebhookKind.NOTHING,
}
"""Every event, by its RecordType; a bounce means what its type does."""
# https://postmarkapp.com/developer/api/bounce-api#bounce-types
BOUNCES = {
    "HardBounce": WebhookKind.BOUNCED,
    "BadEmailAddress": WebhookKind.BOUNCED,
    "SoftBounce": WebhookKind.BOUNCED,
    "DnsError": WebhookKind.BOUNCED,
    "SpamNotification": WebhookKind.BOUNCED,
    "VirusNotification": WebhookKind.BOUNCED,
    "Blocked": WebhookKind.BOUNCED,
    "DMARCPolicy": WebhookKind.BOUNCED,
    "Unknown": WebhookKind.BOUNCED,
    "Unconfirmed": WebhookKind.BOUNCED,
    "Transient": WebhookKind.DEFERRED,
    "SpamComplaint": WebhookKind.COMPLAINED,
    "Unsubscribe": WebhookKind.UNSUBSCRIBED,
    "ManuallyDeactivated": WebhookKind.REJECTED,
    "SMTPApiError": WebhookKind.REJECTED,
    "TemplateRenderingFailed": WebhookKind.REJECTED,
    "AutoResponder": WebhookKind.NOTHING,
    "ChallengeVerification": WebhookKind.NOTHING,
    "AddressChange": WebhookKind.NOTHING,
    "Subscribe": WebhookKind.NOTHING,
    "OpenRelayTest": WebhookKind.NOTHING,
    "InboundError": WebhookKind.NOTHING,
}
"""Every type of a bounce."""
_HARD = {"HardBounce": True, "BadEmailAddress": True, "SoftBounce": False, "DnsError": False, "Unconfirmed": False}
_HINTS = {
    "HardBounce": Reason.USERUNKNOWN,
    "BadEmailAddress": Reason.USERUNKNOWN,
    "DnsError": Reason.NETWORKERROR,
    "SpamNotification": Reason.SPAMDETECTED,
    "Blocked": Reason.BLOCKED,
    "VirusNotification": Reason.VIRUSDETECTED,
    "DMARCPolicy": Reason.AUTHFAILURE,
    "ManuallyDeactivated": Reason.SUPPRESSED,
    "SMTPApiError": Reason.POLICYVIOLATION,
    "TemplateRenderingFailed": Reason.CONTENTERROR,
}
_MOMENTS = ("DeliveredAt", "BouncedAt", "ReceivedAt", "ChangedAt")


class PostmarkReader(PasswordReader):
    """Events behind HTTP Basic, or a bearer token in a custom header; the secret is `user:password`, or the token."""

    provider = NAME

    def read(self, body: bytes) -> list[WebhookEvent]:
        """Return the one event, or none when it says nothing about a reader."""
        events = webhooks.entries(webhooks.load(body, NAME), NAME)
        return known(_event(e) for e in events)


def _kind(fields: Mapping[str, Any]) -> WebhookKind:
    record = word(fields, "RecordType")
    if record == "Bounce":
        return BOUNCES.get(word(fields, "Type"), WebhookKind.UNKNOWN)
    if record == "SubscriptionChange":  # bounces and complaints come as such too
        suppressed = fields.get("SuppressSending") is True
        by_hand = suppressed and word(fields, "SuppressionReason") == "ManualSuppression"
        return WebhookKind.UNSUBSCRIBED if by_hand else WebhookKind.NOTHING
    return EVENTS.get(record, WebhookKind.UNKNOWN)


def _event(fields: dict[str, Any]) -> WebhookEvent:
    kind = _kind(fields)
    if kind is WebhookKind.UNKNOWN:
        return unknown(NAME, f"{word(fields, 'RecordType')} {word(fields, 'Type')}".strip(), fields)
    at = word(fields, *_MOMENTS)
    recipient = word(fields, "Recipient", "Email")
    return told(
        NAME,
        kind,
        event_id=identity(
            word(fields, "RecordType"),
            word(fields, "ID"),
            word(fields, "MessageID"),
            recipient,
            at,
            word(fields, "OriginalLink"),
        ),
        token=word(part(fields, "Metadata"), KEY),
        recipient=recipient,
        at=moment(at),
        text=word(fields, "Details"),
        label=word(fields, "Description"),
        hint=_HINTS.get(word(fields, "Type")),
        hard=_HARD.get(word(fields, "Type")) if kind is WebhookKind.BOUNCED else None,
        url=word(fields, "OriginalLink"),
        user_agent=word(fields, "UserAgent"),
        ip=word(part(fields, "Geo"), "IP"),
    )
