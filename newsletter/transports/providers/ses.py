"""Amazon SES v2: SendBulkEmail with an inline template, 50 recipients a call; SendEmail with the raw message for one.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendBulkEmail.html, .../API_SendEmail.html
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from newsletter.clock import Clock
from newsletter.errors import InputError
from newsletter.inbound.signatures import Fetch, Once, SnsVerifier, check_moment, refused, sns_may_confirm
from newsletter.mail.envelope import Accepted, Outcome
from newsletter.mail.message import mailbox
from newsletter.mail.report import Reason
from newsletter.transports.providers import base, webhooks
from newsletter.transports.providers.base import ApiAnswer, Request, Unclear
from newsletter.transports.providers.batching import CallBatch, Cap
from newsletter.transports.providers.letter import Item
from newsletter.transports.providers.merging import Syntax, parted_headers
from newsletter.transports.providers.sigv4 import SigV4Signer
from newsletter.transports.providers.url import ProviderUrl
from newsletter.transports.providers.webhooks import WebhookEvent, WebhookKind, known, moment, part, told, unknown, word

NAME = "ses"
OPTIONS = frozenset({"configuration_set", "session_token"})
TAG = "newsletter_delivery"
"""The message tag that carries our token; it comes back as `mail.tags`."""

_HANDLEBARS = Syntax("{{%s}}", r"\\*\{{2,}", {"{": "brace", "\\": "slash"})
# The account, not a reader, is meant (law 9).
_OF_ACCOUNT = re.compile(r"ACCOUNT_|CONFIGURATION_SET_|MAIL_FROM_|TEMPLATE_|INVALID_SENDING_POOL")
_OF_READER = frozenset({"MESSAGE_REJECTED", "INVALID_PARAMETER"})
_TOO_FAST = "ACCOUNT_THROTTLED"
_ABOUT_ADDRESS = re.compile(
    r"(?:illegal|invalid) (?:email )?address|local address|missing final|domain (?:contains|starts|ends)|missing '@'",
    re.IGNORECASE,
)


def from_url(url: ProviderUrl, clock: Clock) -> Ses:
    """`ses://KEY:SECRET@REGION?configuration_set=NAME`."""
    region = url.need("region", url.place)
    signer = SigV4Signer(url.key, url.need("secret", url.secret), region, "ses", url.option("session_token"))
    return Ses(url.api(f"https://email.{region}.amazonaws.com"), signer, clock, url.option("configuration_set"))


class Ses:
    """See `newsletter.transports.providers.base.Api`."""

    name = NAME
    # https://docs.aws.amazon.com/ses/latest/dg/send-personalized-email-api.html: 1 MB of JSON with an inline template
    cap = Cap(recipients=50, octets=1_000_000, one_letter=True)
    idempotent = False

    def __init__(self, base_url: str, signer: SigV4Signer, clock: Clock, configuration_set: str = "") -> None:
        self.base_url = base_url
        self._signer = signer
        self._clock = clock
        self._set = {"ConfigurationSetName": configuration_set} if configuration_set else {}

    def too_fast(self, answer: ApiAnswer) -> bool:
        """429, the quota errors that come as 400, and a 200 all of whose entries were too fast."""
        if answer.status == 200:
            results = answer.fields.get("BulkEmailEntryResults")
            return bool(results) and isinstance(results, list) and all(_is(each, _TOO_FAST) for each in results)
        return answer.status == 429 or (
            answer.status == 400 and _error(answer) in ("LimitExceededException", "ThrottlingException")
        )

    def request(self, batch: CallBatch) -> Request:
        """The raw message for one that shares nothing, else one template and an entry for each recipient."""
        first = batch.items[0]
        if first.content:
            path, body = "/v2/email/outbound-emails", self._raw(first)
        else:
            path, body = "/v2/email/outbound-bulk-emails", self._bulk(batch)
        content = base.to_json({**body, **self._set})
        headers = {"Content-Type": "application/json"}
        signed = self._signer.sign("POST", self.base_url + path, headers, content, self._clock.now())
        return Request(path, signed, content)

    def read(self, answer: ApiAnswer, batch: CallBatch) -> dict[int, Outcome]:
        """Each entry has a status of its own."""
        if answer.status != 200:
            if _ABOUT_ADDRESS.search(answer.text):
                return {}
            raise base.at_fault(answer, NAME)
        if batch.items[0].content:
            return base.all_accepted(answer, batch, word(answer.fields, "MessageId"))
        results = answer.fields["BulkEmailEntryResults"]
        if len(results) != len(batch.items):
            raise Unclear(f"{len(results)} results for {len(batch.items)} messages")
        if all(_OF_ACCOUNT.match(word(result, "Status")) for result in results):
            raise base.at_fault(answer, NAME)
        return {item.delivery_id: _outcome(result) for item, result in zip(batch.items, results, strict=True)}

    def _raw(self, item: Item) -> dict[str, Any]:
        return {
            "Destination": {"ToAddresses": [item.to.address]},
            "Content": {"Raw": {"Data": base64.b64encode(item.content).decode("ascii")}},
            "EmailTags": _tags(item),
        }

    def _bulk(self, batch: CallBatch) -> dict[str, Any]:
        letter = batch.letter
        fixed, marked = parted_headers(letter)
        bodies = {"Text": _HANDLEBARS.write(letter.text), "Html": _HANDLEBARS.write(letter.html)}
        template = {
            "TemplateContent": {
                "Subject": _HANDLEBARS.write(letter.subject),
                **{name: text for name, text in bodies.items() if text},
            },
            "TemplateData": "{}",
            "Headers": [{"Name": name, "Value": value} for name, value in fixed.items()],
        }
        return {
            "FromEmailAddress": mailbox(letter.sender.name, letter.sender.address),  # SES wants RFC 2047 here
            **({"ReplyToAddresses": [letter.reply_to.address]} if letter.reply_to else {}),
            "DefaultContent": {"Template": template},
            "BulkEmailEntries": [_entry(item, marked) for item in batch.items],
        }


def _entry(item: Item, marked: Mapping[str, str]) -> dict[str, Any]:
    data = base.to_json(_HANDLEBARS.values(item)).decode()
    return {
        "Destination": {"ToAddresses": [item.to.address]},
        "ReplacementTags": _tags(item),
        "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": data}},
        "ReplacementHeaders": [{"Name": name, "Value": item.fill(value)} for name, value in marked.items()],
    }


def _tags(item: Item) -> list[dict[str, str]]:
    return [{"Name": TAG, "Value": item.token}] if item.token else []


def _outcome(result: Mapping[str, Any]) -> Outcome:
    status, error = word(result, "Status"), word(result, "Error")
    if status == "SUCCESS":
        return Accepted(200, "", word(result, "MessageId"))
    reply = f"{status}: {error}"
    return base.refused(554, reply) if status in _OF_READER else base.deferred(451, reply)


def _is(result: object, status: str) -> bool:
    return isinstance(result, dict) and word(result, "Status") == status


def _error(answer: ApiAnswer) -> str:
    return answer.headers.get("x-amzn-errortype", "").partition(":")[0]


EVENTS = {
    "Delivery": WebhookKind.DELIVERED,
    "Bounce": WebhookKind.BOUNCED,
    "DeliveryDelay": WebhookKind.DEFERRED,
    "Complaint": WebhookKind.COMPLAINED,
    "Reject": WebhookKind.REJECTED,
    "Rendering Failure": WebhookKind.REJECTED,
    "Subscription": WebhookKind.UNSUBSCRIBED,
    "Open": WebhookKind.OPENED,
    "Click": WebhookKind.CLICKED,
    "Send": WebhookKind.NOTHING,
    "Received": WebhookKind.NOTHING,
    "AmazonSnsSubscriptionSucceeded": WebhookKind.NOTHING,
}
"""Every event, by its eventType or notificationType."""
_HINTS = {
    "NoEmail": Reason.USERUNKNOWN,
    "Suppressed": Reason.SUPPRESSED,
    "OnAccountSuppressionList": Reason.SUPPRESSED,
    "MailboxFull": Reason.MAILBOXFULL,
    "MessageTooLarge": Reason.MESGTOOBIG,
    "ContentRejected": Reason.CONTENTERROR,
    "AttachmentRejected": Reason.POLICYVIOLATION,
}
_OF_US = {"Reject": Reason.VIRUSDETECTED, "Rendering Failure": Reason.CONTENTERROR}
_HARD = {"permanent": True, "transient": False}
_RECIPIENTS = {"Bounce": "bouncedRecipients", "Complaint": "complainedRecipients", "DeliveryDelay": "delayedRecipients"}
_SNS_WINDOW = 3600.0
"""SNS tries again for up to an hour with the first moment; AWS advises to refuse what is older."""


class SesReader:
    """Events by way of SNS; the secret is the topic's ARN, or several with blanks between."""

    provider = NAME

    def __init__(self, secret: str, fetch: Fetch, once: Once) -> None:
        self._topics = secret.split()
        self._verifier = SnsVerifier(fetch)

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Check the signature, the topic and the moment."""
        message = _sns(body)
        at = moment(message.get("Timestamp"))
        if not self._topics or at is None:
            raise refused()
        check_moment(at.timestamp(), now, _SNS_WINDOW)
        self._verifier.check(message, self._topics)

    def read(self, body: bytes) -> list[WebhookEvent]:
        """Return one event for each recipient; a request to confirm the subscription is an event too."""
        message = _sns(body)
        sns_id = word(message, "MessageId")
        if message.get("Type") == "SubscriptionConfirmation":
            url = word(message, "SubscribeURL")
            if not sns_may_confirm(url):
                raise InputError("it asks to confirm its webhooks at an address that is not Amazon's", where=NAME)
            return [WebhookEvent(NAME, sns_id, WebhookKind.CONFIRM, at=moment(message.get("Timestamp")), url=url)]
        if message.get("Type") != "Notification":
            return []
        event = webhooks.load(word(message, "Message").encode(), NAME)
        if not isinstance(event, dict):
            raise InputError("the message is no event", where=NAME)
        return known(_events(event, sns_id))


def _sns(body: bytes) -> dict[str, Any]:
    message = webhooks.load(body, NAME)
    if not isinstance(message, dict):
        raise InputError("the webhook is no SNS message", where=NAME)
    return message


def _events(event: dict[str, Any], sns_id: str) -> list[WebhookEvent]:
    name = word(event, "eventType", "notificationType")
    kind = EVENTS.get(name, WebhookKind.UNKNOWN)
    if kind is WebhookKind.UNKNOWN:
        return [unknown(NAME, name, sns_id)]
    detail = part(event, {"DeliveryDelay": "deliveryDelay", "Rendering Failure": "failure"}.get(name, name.lower()))
    listed = detail.get(_RECIPIENTS[name]) if name in _RECIPIENTS else None
    if kind is WebhookKind.COMPLAINED:
        kind = webhooks.complaint(word(detail, "complaintFeedbackType"))
    if name == "Subscription" and not _opts_out(detail):
        kind = WebhookKind.NOTHING
    recipients = _listed(listed) or [{"emailAddress": a} for a in _listed(part(event, "mail").get("destination"))]
    return [
        _event(kind, event, detail, each, f"{sns_id}/{n}")
        for n, each in enumerate(recipients)
        if isinstance(each, dict)
    ]


def _opts_out(detail: Mapping[str, Any]) -> bool:
    """Tell whether new preferences leave something that the old ones did not; those that are not told are taken for a goodbye.

    https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html (Subscription object)
    """
    new, old = part(detail, "newTopicPreferences"), part(detail, "oldTopicPreferences")
    left = _left(new) - _left(old)
    return not new or new.get("unsubscribeAll") is True or bool(left)


def _left(preferences: Mapping[str, Any]) -> set[str]:
    topics = [topic for topic in _listed(preferences.get("topicSubscriptionStatus")) if isinstance(topic, dict)]
    return {word(topic, "topicName") for topic in topics if word(topic, "subscriptionStatus").lower() == "optout"}


def _listed(value: object) -> list[Any]:
    return value[:50] if isinstance(value, list) else []


def _event(
    kind: WebhookKind, event: dict[str, Any], detail: dict[str, Any], recipient: dict[str, Any], event_id: str
) -> WebhookEvent:
    text = word(recipient, "diagnosticCode") or word(detail, "smtpResponse", "reason", "errorMessage")
    hint = _HINTS.get(word(detail, "bounceSubType", "delayType")) or _OF_US.get(word(event, "eventType"))
    if word(detail, "bounceSubType") == "UnsubscribedRecipient":
        kind = WebhookKind.UNSUBSCRIBED
    tags = part(part(event, "mail"), "tags").get(TAG)
    return told(
        NAME,
        kind,
        event_id=event_id,
        token=str(tags[0]) if isinstance(tags, list) and tags else "",
        recipient=word(recipient, "emailAddress"),
        at=moment(detail.get("timestamp")) or moment(part(event, "mail").get("timestamp")),
        text=text,
        status=word(recipient, "status"),
        hint=hint,
        hard=_HARD.get(word(detail, "bounceType").lower()) if kind is WebhookKind.BOUNCED else None,
        url=word(detail, "link"),
        user_agent=word(detail, "userAgent"),
        ip=word(detail, "ipAddress"),
    )
