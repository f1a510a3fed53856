"""Every event of each provider's documentation, row by row, with what it means to us.

Names are those of the providers' own pages as they were known in November 2026; not every page could be opened, and some names (SES
UnsubscribedRecipient, Mailjet's events of the account, Brevo's of contacts, Mailgun's bounce-type) are from memory:
SES docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html and .../notification-contents.html;
SendGrid www.twilio.com/docs/sendgrid/for-developers/tracking-events/event; Mailgun documentation.mailgun.com (event types);
Postmark postmarkapp.com/developer/webhooks and .../api/bounce-api#bounce-types; Brevo developers.brevo.com/docs/transactional-webhooks;
SparkPost developers.sparkpost.com/api/events and support.sparkpost.com/docs/deliverability/bounce-classification-codes;
Mailjet dev.mailjet.com/email/guides/webhooks; Resend resend.com/docs/webhooks/event-types.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from newsletter.feedback.scoring import BouncePolicy, judge, speaks_of_sender
from newsletter.mail.report import Reason, ReportKind
from newsletter.transports.providers import brevo, mailgun, mailjet, postmark, resend, sendgrid, ses, sparkpost
from newsletter.transports.providers.registry import READERS, WebhookEvent, WebhookKind
from tests.parts.webhook_events import EVENTS, READER, UNKNOWN_USER
from tests.parts.webhook_senders import NOW, SEND, Counted, certificate

K = WebhookKind
MODULES = {each.NAME: each for each in (brevo, mailgun, mailjet, postmark, resend, sendgrid, ses, sparkpost)}
NAMES: dict[str, dict[WebhookKind, str]] = {
    "ses": {
        K.DELIVERED: "Delivery",
        K.BOUNCED: "Bounce",
        K.DEFERRED: "DeliveryDelay",
        K.COMPLAINED: "Complaint",
        K.REJECTED: "Reject,Rendering Failure",
        K.UNSUBSCRIBED: "Subscription",
        K.OPENED: "Open",
        K.CLICKED: "Click",
        K.NOTHING: "Send,Received,AmazonSnsSubscriptionSucceeded",
    },
    "sendgrid": {
        K.DELIVERED: "delivered",
        K.BOUNCED: "bounce",
        K.DEFERRED: "deferred",
        K.COMPLAINED: "spamreport",
        K.REJECTED: "dropped",
        K.UNSUBSCRIBED: "unsubscribe,group_unsubscribe",
        K.OPENED: "open",
        K.CLICKED: "click",
        K.NOTHING: "processed,group_resubscribe,account_status_change",
    },
    "mailgun": {
        K.DELIVERED: "delivered",
        K.BOUNCED: "failed,permanent_fail",
        K.DEFERRED: "temporary_fail",
        K.COMPLAINED: "complained",
        K.REJECTED: "rejected",
        K.UNSUBSCRIBED: "unsubscribed",
        K.OPENED: "opened",
        K.CLICKED: "clicked",
        K.NOTHING: "accepted,stored,list_member_uploaded,list_member_upload_error,list_uploaded,email_validation",
    },
    "postmark": {
        K.DELIVERED: "Delivery",
        K.BOUNCED: "Bounce",
        K.COMPLAINED: "SpamComplaint",
        K.UNSUBSCRIBED: "SubscriptionChange",
        K.OPENED: "Open",
        K.CLICKED: "Click",
        K.NOTHING: "Inbound",
    },
    "brevo": {
        K.DELIVERED: "delivered",
        K.BOUNCED: "soft_bounce,hard_bounce",
        K.DEFERRED: "deferred",
        K.COMPLAINED: "spam,complaint",
        K.REJECTED: "blocked,invalid_email,error",
        K.UNSUBSCRIBED: "unsubscribed,unsubscribe",
        K.OPENED: "opened,unique_opened,proxy_open,unique_proxy_open",
        K.CLICKED: "click",
        K.NOTHING: "request,sent,reply,list_addition,contact_updated,contact_deleted,inbound_email_processed",
    },
    "sparkpost": {
        K.DELIVERED: "delivery",
        K.BOUNCED: "bounce,out_of_band",
        K.DEFERRED: "delay",
        K.COMPLAINED: "spam_complaint",
        K.REJECTED: "policy_rejection,generation_failure,generation_rejection",
        K.UNSUBSCRIBED: "list_unsubscribe,link_unsubscribe",
        K.OPENED: "open,initial_open,amp_open,amp_initial_open",
        K.CLICKED: "click,amp_click",
        K.NOTHING: "injection,sms_status,relay_injection,relay_rejection,relay_delivery,relay_tempfail,relay_permfail,"
        "ab_test_completed,ab_test_cancelled,success,error",
    },
    "mailjet": {
        K.DELIVERED: "sent",
        K.BOUNCED: "bounce",
        K.COMPLAINED: "spam",
        K.REJECTED: "blocked",
        K.UNSUBSCRIBED: "unsub",
        K.OPENED: "open",
        K.CLICKED: "click",
        K.NOTHING: "typofix,parseapi,newsender,newsenderautovalid",
    },
    "resend": {
        K.DELIVERED: "email.delivered",
        K.BOUNCED: "email.bounced",
        K.DEFERRED: "email.delivery_delayed",
        K.COMPLAINED: "email.complained",
        K.REJECTED: "email.failed,email.suppressed",
        K.OPENED: "email.opened",
        K.CLICKED: "email.clicked",
        K.NOTHING: "email.sent,email.scheduled,email.received,contact.created,contact.updated,contact.deleted,"
        "domain.created,domain.updated,domain.deleted",
    },
}
ROWS = [
    (provider, name, kind)
    for provider, kinds in NAMES.items()
    for kind, names in kinds.items()
    for name in names.split(",")
]


def read(provider: str, event: Any) -> list[WebhookEvent]:
    return READERS[provider]("secret", lambda _: certificate(), Counted()).read(SEND[provider](event, NOW).body)


def named(provider: str, name: str, **fields: Any) -> Any:
    """The sample of a bounce, under another name and with other fields."""
    event = json.loads(json.dumps(EVENTS[provider]["bounced"]))
    if provider == "sparkpost":
        inner = event[0]["msys"]["message_event"]
        inner.update({"type": name, "bounce_class": "", **fields})
        return event
    if provider == "postmark" and name == "SubscriptionChange":
        fields = {"SuppressSending": True, "SuppressionReason": "ManualSuppression", **fields}
    place = {"ses": "eventType", "postmark": "RecordType", "resend": "type"}.get(provider, "event")
    return {**event, place: name, **fields}


@pytest.mark.parametrize(("provider", "name", "kind"), ROWS)
def test_each_event_of_the_documentation_means_what_it_says(provider: str, name: str, kind: WebhookKind) -> None:
    found = read(provider, named(provider, name))
    assert [event.kind for event in found] == ([] if kind is K.NOTHING else [kind])


@pytest.mark.parametrize("provider", sorted(MODULES))
def test_no_event_stands_in_the_code_without_a_row_here(provider: str) -> None:
    known = set(MODULES[provider].EVENTS) | ({"SubscriptionChange", "Bounce"} if provider == "postmark" else set())
    assert known == {name for theirs, name, _ in ROWS if theirs == provider}


@pytest.mark.parametrize("provider", sorted(MODULES))
def test_an_event_that_nobody_knows_is_kept_by_its_name(provider: str) -> None:
    [event] = read(provider, named(provider, "Tele\x00pathy"))
    assert (event.kind, event.report()) == (K.UNKNOWN, None)
    assert event.text.startswith("Telepathy")


P, T = ReportKind.PERMANENT, ReportKind.TRANSIENT
BOUNCES = [
    *(
        ("postmark", {"Type": name, "Details": "", "Description": "The server was unable to deliver your message (ex: unknown user)."}, kind, meaning)
        for name, kind, meaning in (
            ("HardBounce", K.BOUNCED, P), ("BadEmailAddress", K.BOUNCED, P), ("SoftBounce", K.BOUNCED, T), ("DnsError", K.BOUNCED, T),
            ("SpamNotification", K.BOUNCED, T), ("VirusNotification", K.BOUNCED, T), ("Blocked", K.BOUNCED, T),
            ("DMARCPolicy", K.BOUNCED, T), ("Unknown", K.BOUNCED, T), ("Unconfirmed", K.BOUNCED, T), ("Transient", K.DEFERRED, None),
            ("SpamComplaint", K.COMPLAINED, ReportKind.COMPLAINT), ("Unsubscribe", K.UNSUBSCRIBED, ReportKind.UNSUBSCRIBE),
            ("ManuallyDeactivated", K.REJECTED, T), ("SMTPApiError", K.REJECTED, T), ("TemplateRenderingFailed", K.REJECTED, T),
            ("AutoResponder", None, None), ("ChallengeVerification", None, None), ("AddressChange", None, None),
            ("Subscribe", None, None), ("OpenRelayTest", None, None), ("InboundError", None, None), ("Telepathy", K.UNKNOWN, None),
        )
    ),
    *(
        ("sparkpost", {"bounce_class": name, "raw_reason": "", "type": "bounce"}, kind, meaning)
        for name, kind, meaning in (
            ("1", K.BOUNCED, T), ("10", K.BOUNCED, P), ("15", K.BOUNCED, P), ("20", K.BOUNCED, T), ("21", K.BOUNCED, T), ("22", K.BOUNCED, T),
            ("23", K.BOUNCED, T), ("24", K.BOUNCED, T), ("25", K.BOUNCED, T), ("26", K.BOUNCED, T), ("30", K.BOUNCED, P), ("40", K.BOUNCED, T),
            ("50", K.BOUNCED, T), ("51", K.BOUNCED, T), ("52", K.BOUNCED, T), ("53", K.BOUNCED, T), ("54", K.BOUNCED, T),
            ("60", None, None), ("70", K.DEFERRED, None), ("80", None, None), ("90", K.UNSUBSCRIBED, ReportKind.UNSUBSCRIBE), ("100", None, None),
        )
    ),
    # the class wins, whatever was said
    ("mailjet", {"hard_bounce": True, "error": "user unknown", "comment": ""}, K.BOUNCED, P),
    ("mailjet", {"hard_bounce": True, "error": "", "comment": ""}, K.BOUNCED, P),
    ("mailjet", {"hard_bounce": True, "error": "invalid domain", "comment": ""}, K.BOUNCED, P),
    ("mailjet", {"hard_bounce": True, "error": "content blocked", "comment": ""}, K.BOUNCED, T),
    ("mailjet", {"hard_bounce": False, "error": "user unknown", "comment": UNKNOWN_USER}, K.BOUNCED, T),
    ("mailjet", {"hard_bounce": False, "error": "no mail host", "comment": ""}, K.BOUNCED, T),
    ("mailjet", {"hard_bounce": False, "error": "greylisted", "comment": ""}, K.DEFERRED, None),
    ("brevo", {"event": "soft_bounce", "reason": "Unable to find MX of domain nowhere.example"}, K.BOUNCED, T),
    ("brevo", {"event": "soft_bounce", "reason": UNKNOWN_USER}, K.BOUNCED, T),
    ("brevo", {"event": "hard_bounce", "reason": ""}, K.BOUNCED, P),
    ("brevo", {"event": "hard_bounce", "reason": "452 4.2.2 mailbox full"}, K.BOUNCED, P),
    ("brevo", {"event": "invalid_email", "reason": ""}, K.REJECTED, P),
    ("sendgrid", {"type": "blocked", "reason": UNKNOWN_USER}, K.BOUNCED, T),
    ("sendgrid", {"reason": "no", "status": "", "bounce_classification": "Invalid Address"}, K.BOUNCED, P),
    ("mailgun", {"delivery-status": {"bounce-type": "soft", "code": 550, "message": UNKNOWN_USER}}, K.BOUNCED, T),
    ("mailgun", {"delivery-status": {"bounce-type": "hard", "code": 550, "message": ""}}, K.BOUNCED, P),
    ("resend", {"data": {"bounce": {"type": "Transient", "subType": "General", "message": "The recipient does not exist."}}}, K.BOUNCED, T),
    ("resend", {"data": {"bounce": {"type": "Permanent", "subType": "General", "message": "Mailbox full."}}}, K.BOUNCED, P),
    # a provider that has given an address up says why
    ("sendgrid", {"event": "dropped", "reason": "Unsubscribed Address"}, K.UNSUBSCRIBED, ReportKind.UNSUBSCRIBE),
    ("sendgrid", {"event": "dropped", "reason": "Spam Reporting Address"}, K.COMPLAINED, ReportKind.COMPLAINT),
    ("mailgun", {"reason": "suppress-unsubscribe"}, K.UNSUBSCRIBED, ReportKind.UNSUBSCRIBE),
    ("mailgun", {"reason": "suppress-complaint"}, K.COMPLAINED, ReportKind.COMPLAINT),
    ("mailgun", {"reason": "suppress-bounce"}, K.REJECTED, T),
    ("mailjet", {"event": "blocked", "error": "spam reporter", "comment": ""}, K.COMPLAINED, ReportKind.COMPLAINT),
    ("brevo", {"event": "blocked", "reason": "blocked : due to unsubscribed user"}, K.UNSUBSCRIBED, ReportKind.UNSUBSCRIBE),
    ("brevo", {"event": "blocked", "reason": "blocked : due to spam complaint"}, K.COMPLAINED, ReportKind.COMPLAINT),
    ("resend", {"type": "email.suppressed", "data": {"suppressed": {"message": "the reader complained"}}}, K.COMPLAINED, ReportKind.COMPLAINT),
    ("sparkpost", {"type": "generation_rejection", "raw_reason": "554 5.7.1 recipient address suppressed due to customer policy"}, K.REJECTED, T),
    ("sparkpost", {"type": "policy_rejection", "raw_reason": "recipient address suppressed: unsubscribed"}, K.UNSUBSCRIBED, ReportKind.UNSUBSCRIBE),
]  # fmt: skip


@pytest.mark.parametrize(("provider", "fields", "kind", "meaning"), BOUNCES)
def test_the_class_of_a_failure_wins_and_words_only_refine(
    provider: str, fields: dict[str, Any], kind: WebhookKind | None, meaning: ReportKind | None
) -> None:
    event = json.loads(json.dumps(EVENTS[provider]["bounced"]))
    (event[0]["msys"]["message_event"] if provider == "sparkpost" else event).update(fields)
    found = read(provider, event)
    assert [each.kind for each in found] == ([] if kind is None else [kind])
    reports = [report for each in found if (report := each.report())]
    assert [report.kind for report in reports] == ([] if meaning is None else [meaning])
    if meaning is P:
        assert judge(reports[0], BouncePolicy(), proven=True).dead


def test_each_type_of_a_bounce_stands_in_the_table() -> None:
    def rows(provider: str, field: str) -> set[str]:
        return {fields[field] for name, fields, _, _ in BOUNCES if name == provider and fields.get(field)} - {
            "Telepathy"
        }

    assert rows("postmark", "Type") == set(postmark.BOUNCES)
    assert rows("sparkpost", "bounce_class") == set(sparkpost.BOUNCES)


def test_sparkposts_own_list_rules_out_that_reader_and_nobody_else_is_blamed() -> None:
    [event] = read("sparkpost", named("sparkpost", "generation_rejection", raw_reason="recipient address suppressed"))
    report = event.report()
    assert report is not None
    assert (report.reason, speaks_of_sender(report)) == (Reason.SUPPRESSED, False)


@pytest.mark.parametrize("said", ["not-spam", "Not-Spam", "auth-failure"])
def test_feedback_that_is_no_complaint_is_nothing(said: str) -> None:
    complained = {**EVENTS["ses"]["complained"], "complaint": {"complainedRecipients": [{"emailAddress": READER}]}}
    complained["complaint"]["complaintFeedbackType"] = said
    assert read("ses", complained) == []
    assert read("sparkpost", named("sparkpost", "spam_complaint", fbtype=said)) == []


@pytest.mark.parametrize("said", ["abuse", "fraud", "virus", "other", ""])
def test_every_other_feedback_is_a_complaint(said: str) -> None:
    [event] = read("sparkpost", named("sparkpost", "spam_complaint", fbtype=said))
    assert event.kind is K.COMPLAINED


def _preferences(**topics: str) -> dict[str, Any]:
    listed = [{"topicName": name, "subscriptionStatus": status} for name, status in topics.items()]
    return {"unsubscribeAll": False, "topicSubscriptionStatus": listed}


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        (_preferences(a="OptOut"), _preferences(a="OptIn"), False),
        (_preferences(a="OptOut"), _preferences(a="OptOut", b="OptIn"), False),
        (_preferences(a="OptIn"), _preferences(a="OptOut"), True),
        (_preferences(a="OptIn"), {"unsubscribeAll": True, "topicSubscriptionStatus": []}, True),
        ({}, {}, True),
    ],
)
def test_a_subscription_of_ses_is_a_goodbye_only_when_something_was_left(old: dict, new: dict, left: bool) -> None:
    detail = {"contactList": "all", "newTopicPreferences": new, "oldTopicPreferences": old}
    found = read("ses", named("ses", "Subscription", subscription=detail))
    assert [event.kind for event in found] == ([K.UNSUBSCRIBED] if left else [])


def test_brevos_moment_in_milliseconds_comes_first() -> None:
    [event] = read("brevo", named("brevo", "hard_bounce", ts_event=1772366400, ts_epoch=1772359200123))
    assert event.at is not None
    assert event.at.isoformat(timespec="seconds") == "2026-03-01T10:00:00+00:00"


@pytest.mark.parametrize("provider", sorted(MODULES))
def test_a_lone_half_of_a_character_is_read_and_can_be_stored(provider: str) -> None:
    body = SEND[provider](named(provider, "broken half"), NOW).body.replace(b"broken half", b"broken \\ud800")
    if provider == "ses":
        body = body.replace(b"broken \\ud800", b"broken \\\\ud800")
    for event in READERS[provider]("secret", lambda _: certificate(), Counted()).read(body):
        for text in (event.text, event.recipient, event.token, event.event_id):
            text.encode()
