"""What is peculiar to each provider's webhooks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from newsletter.errors import InputError, TokenError
from newsletter.feedback.scoring import BouncePolicy, judge, speaks_of_sender
from newsletter.mail.report import Reason, ReportKind
from newsletter.transports.providers.registry import READERS, WebhookEvent, WebhookKind
from tests.parts.webhook_events import EVENTS, FULL, READER
from tests.parts.webhook_senders import CERTIFICATE_URL, CONFIRM_URL, NOW, SEND, TOPIC, Counted, certificate, sns


def read(provider: str, event: Any) -> list[WebhookEvent]:
    return READERS[provider]("secret", lambda _: certificate(), Counted()).read(SEND[provider](event, NOW).body)


@pytest.mark.parametrize(
    ("provider", "changes", "kind", "reason"),
    [
        (
            "sendgrid",
            {"event": "dropped", "reason": "Bounced Address", "status": ""},
            WebhookKind.REJECTED,
            Reason.SUPPRESSED,
        ),
        (
            "sendgrid",
            {"event": "deferred", "reason": "", "response": FULL, "status": ""},
            WebhookKind.DEFERRED,
            Reason.MAILBOXFULL,
        ),
        (
            "sendgrid",
            {"reason": "refused", "status": "", "bounce_classification": "Reputation"},
            WebhookKind.BOUNCED,
            Reason.BADREPUTATION,
        ),
        (
            "mailgun",
            {"severity": "temporary", "delivery-status": {"code": 452, "message": FULL}},
            WebhookKind.DEFERRED,
            Reason.MAILBOXFULL,
        ),
        (
            "mailgun",
            {"reason": "suppress-bounce", "delivery-status": {"code": 605, "message": ""}},
            WebhookKind.REJECTED,
            Reason.SUPPRESSED,
        ),
        ("postmark", {"Type": "Transient", "Details": ""}, WebhookKind.DEFERRED, Reason.ONHOLD),
        ("postmark", {"Type": "SoftBounce", "Details": FULL}, WebhookKind.BOUNCED, Reason.MAILBOXFULL),
        ("postmark", {"Type": "Blocked", "Details": ""}, WebhookKind.BOUNCED, Reason.BLOCKED),
        ("brevo", {"event": "soft_bounce", "reason": FULL}, WebhookKind.BOUNCED, Reason.MAILBOXFULL),
        ("brevo", {"event": "blocked", "reason": ""}, WebhookKind.REJECTED, Reason.SUPPRESSED),
        (
            "mailjet",
            {"event": "blocked", "error": "preblocked", "comment": ""},
            WebhookKind.REJECTED,
            Reason.SUPPRESSED,
        ),
        (
            "mailjet",
            {"hard_bounce": False, "error": "quota exceeded", "comment": ""},
            WebhookKind.BOUNCED,
            Reason.MAILBOXFULL,
        ),
    ],
)
def test_failures_keep_their_kind_and_reason(
    provider: str, changes: dict[str, Any], kind: WebhookKind, reason: Reason
) -> None:
    [event] = read(provider, {**EVENTS[provider]["bounced"], **changes})
    assert (event.kind, event.reason) == (kind, reason)
    report = event.report()
    if kind is WebhookKind.DEFERRED:
        assert report is None  # the provider tries on
    else:
        assert report is not None
        assert report.kind is ReportKind.TRANSIENT


def _sparkpost(**changes: str) -> list[Any]:
    event = json.loads(json.dumps(EVENTS["sparkpost"]["bounced"]))
    event[0]["msys"]["message_event"].update(changes)
    return event


def _resend(kind: str, **data: Any) -> dict[str, Any]:
    event = EVENTS["resend"]["delivered"]
    return {**event, "type": kind, "data": {**event["data"], **data}}


OURS = [
    ("sendgrid", {**EVENTS["sendgrid"]["bounced"], "event": "dropped", "status": "", "reason": reason})
    for reason in ("Recipient List over Package Quota", "Spam Content", "Invalid SMTPAPI header", "")
] + [
    ("mailgun", {**EVENTS["mailgun"]["complained"], "event": "rejected", "reject": {"reason": "Sandbox subdomains"}}),
    ("ses", {"eventType": "Reject", "mail": EVENTS["ses"]["bounced"]["mail"], "reject": {"reason": "Bad content"}}),
    (
        "ses",
        {
            "eventType": "Rendering Failure",
            "mail": EVENTS["ses"]["bounced"]["mail"],
            "failure": {"errorMessage": "Attribute 'click' is not present", "templateName": "x"},
        },
    ),
    ("resend", _resend("email.failed", failed={"reason": "reached_daily_quota"})),
    ("postmark", {**EVENTS["postmark"]["bounced"], "Type": "SMTPApiError", "Details": ""}),
    ("brevo", {**EVENTS["brevo"]["bounced"], "event": "error", "reason": ""}),
    ("mailjet", {**EVENTS["mailjet"]["bounced"], "event": "blocked", "error": "duplicate in campaign", "comment": ""}),
    ("sparkpost", _sparkpost(type="generation_failure", raw_reason="Error while rendering part html", bounce_class="")),
    ("sparkpost", _sparkpost(type="policy_rejection", raw_reason="rejected by policy", bounce_class="25")),
]


@pytest.mark.parametrize(("provider", "event"), OURS)
def test_what_the_account_or_the_content_did_wrong_never_counts_against_the_reader(provider: str, event: Any) -> None:
    """A quota that is used up would else rule out every reader of an issue for good."""
    [found] = read(provider, event)
    report = found.report()
    assert found.kind is WebhookKind.REJECTED
    assert report is not None
    assert speaks_of_sender(report)


READERS_OWN = [
    *(
        ("sendgrid", {**EVENTS["sendgrid"]["bounced"], "event": "dropped", "status": "", "reason": reason})
        for reason in ("Bounced Address", "Invalid")
    ),
    ("resend", _resend("email.suppressed", suppressed={"message": "was on the suppression list"})),
    (
        "sparkpost",
        _sparkpost(
            type="policy_rejection",
            raw_reason="554 5.7.1 [internal] recipient address was suppressed",
            bounce_class="25",
        ),
    ),
]


@pytest.mark.parametrize(("provider", "event"), READERS_OWN)
def test_an_address_that_the_provider_has_given_up_is_given_up(provider: str, event: Any) -> None:
    [found] = read(provider, event)
    report = found.report()
    assert report is not None
    assert judge(report, BouncePolicy(), proven=True).dead


@pytest.mark.parametrize(
    ("bounce_type", "sub_type", "reason", "kind"),
    [
        ("Transient", "MailboxFull", Reason.MAILBOXFULL, ReportKind.TRANSIENT),
        ("Transient", "General", Reason.UNDEFINED, ReportKind.TRANSIENT),
        ("Permanent", "OnAccountSuppressionList", Reason.SUPPRESSED, ReportKind.TRANSIENT),
        ("Permanent", "NoEmail", Reason.USERUNKNOWN, ReportKind.PERMANENT),
        ("Permanent", "General", Reason.USERUNKNOWN, ReportKind.PERMANENT),
        ("Undetermined", "Undetermined", Reason.UNDEFINED, ReportKind.TRANSIENT),
    ],
)
def test_a_bounce_of_ses_without_the_servers_words_goes_by_its_type(
    bounce_type: str, sub_type: str, reason: Reason, kind: ReportKind
) -> None:
    event = json.loads(json.dumps(EVENTS["ses"]["bounced"]))
    event["bounce"].update(bounceType=bounce_type, bounceSubType=sub_type, bouncedRecipients=[{"emailAddress": READER}])
    [found] = read("ses", event)
    report = found.report()
    assert report is not None
    assert (report.reason, report.kind) == (reason, kind)


def test_a_bounce_of_ses_for_two_recipients_is_two_events() -> None:
    event = json.loads(json.dumps(EVENTS["ses"]["bounced"]))
    event["bounce"]["bouncedRecipients"].append({"emailAddress": "other@example.com"})
    first, second = read("ses", event)
    assert (first.recipient, second.recipient) == (READER, "other@example.com")
    assert first.event_id != second.event_id


def test_sns_asks_to_be_confirmed_and_that_is_an_event() -> None:
    sent = sns({}, Type="SubscriptionConfirmation", SubscribeURL=CONFIRM_URL, Token="t" * 20)
    reader = READERS["ses"](TOPIC, lambda _: certificate(), Counted())
    reader.verify({}, sent.body, NOW)
    [event] = reader.read(sent.body)
    assert (event.kind, event.url) == (WebhookKind.CONFIRM, CONFIRM_URL)
    assert event.report() is None


@pytest.mark.parametrize(
    "url",
    [
        CONFIRM_URL.replace("https", "http"),
        CONFIRM_URL.replace("amazonaws.com", "amazonaws.com.evil.example"),
        CONFIRM_URL.replace("amazonaws.com", "amazonaws.com:8443"),
        CONFIRM_URL.replace("https://", "https://sns.eu-west-1.amazonaws.com@evil.example/"),
        CONFIRM_URL.replace("sns.eu-west-1", "sqs.eu-west-1"),
        CONFIRM_URL.replace("/?", "/other?"),
        CONFIRM_URL.replace("ConfirmSubscription", "DeleteTopic"),
        CONFIRM_URL + "\n",
        CONFIRM_URL + "#x",
        "",
    ],
)
def test_sns_is_not_confirmed_at_any_other_address_though_it_is_signed(url: str) -> None:
    sent = sns({}, Type="SubscriptionConfirmation", SubscribeURL=url, Token="t" * 20)
    reader = READERS["ses"](TOPIC, lambda _: certificate(), Counted())
    reader.verify({}, sent.body, NOW)
    with pytest.raises(InputError, match="not Amazon's"):
        reader.read(sent.body)


def test_sns_in_china_is_confirmed_too() -> None:
    url = CONFIRM_URL.replace("eu-west-1.amazonaws.com", "cn-north-1.amazonaws.com.cn")
    sent = sns({}, Type="SubscriptionConfirmation", SubscribeURL=url, Token="t" * 20)
    [event] = READERS["ses"](TOPIC, lambda _: certificate(), Counted()).read(sent.body)
    assert event.url == url


def test_sns_is_also_believed_in_its_first_signature_version() -> None:
    READERS["ses"](TOPIC, lambda _: certificate(), Counted()).verify({}, sns({}, version="1").body, NOW)


def test_sns_for_a_topic_of_somebody_else_is_refused() -> None:
    """SNS signs for all its customers with one key."""
    with pytest.raises(TokenError):
        READERS["ses"](TOPIC + "x", lambda _: certificate(), Counted()).verify({}, sns({}).body, NOW)


@pytest.mark.parametrize(
    "url",
    [
        CERTIFICATE_URL.replace("https", "http"),
        CERTIFICATE_URL.replace("amazonaws.com", "amazonaws.com.evil.example"),
        CERTIFICATE_URL.replace("sns.eu-west-1", "sns.eu-west-1.evil.example/x.sns.eu-west-1"),
        CERTIFICATE_URL.replace("https://", "https://sns.eu-west-1.amazonaws.com@evil.example/"),
        CERTIFICATE_URL.replace("sns.eu-west-1", "bucket.s3"),
        CERTIFICATE_URL.replace("/Simple", "/bucket/Simple"),
        CERTIFICATE_URL + "\n",
        CERTIFICATE_URL.replace(".pem", ".pem?x=.pem"),
        "",
    ],
)
def test_a_certificate_from_anywhere_else_is_not_even_fetched(url: str) -> None:
    fetched: list[str] = []
    reader = READERS["ses"](TOPIC, lambda asked: fetched.append(asked) or certificate(), Counted())
    with pytest.raises(TokenError):
        reader.verify({}, sns({}, SigningCertURL=url).body, NOW)
    assert fetched == []


def test_a_certificate_is_fetched_once() -> None:
    fetched: list[str] = []
    reader = READERS["ses"](TOPIC, lambda asked: fetched.append(asked) or certificate(), Counted())
    for number in range(3):
        reader.verify({}, sns({}, message_id=f"m{number}").body, NOW)
    assert fetched == [CERTIFICATE_URL]


@pytest.mark.parametrize("kind", ["AutoResponder", "ChallengeVerification", "AddressChange"])
def test_what_postmark_files_under_bounces_and_is_none_is_left_out(kind: str) -> None:
    assert read("postmark", {**EVENTS["postmark"]["bounced"], "Type": kind}) == []


def test_a_reader_who_leaves_by_postmarks_link_is_told_apart_from_a_suppression() -> None:
    change = {
        "RecordType": "SubscriptionChange",
        "Recipient": READER,
        "SuppressSending": True,
        "ChangedAt": "2026-03-01T11:00:00Z",
    }
    [event] = read("postmark", {**change, "SuppressionReason": "ManualSuppression"})
    assert event.kind is WebhookKind.UNSUBSCRIBED
    assert read("postmark", {**change, "SuppressionReason": "HardBounce"}) == []
    assert read("postmark", {**change, "SuppressSending": False}) == []


def test_resends_tags_are_read_in_their_older_form_too() -> None:
    event = json.loads(json.dumps(EVENTS["resend"]["delivered"]))
    event["data"]["tags"] = [{"name": "other", "value": "x"}, {"name": "newsletter_delivery", "value": "b-token"}]
    assert read("resend", event)[0].token == "b-token"


def test_the_empty_webhook_by_which_sparkpost_tries_the_address_holds_nothing() -> None:
    assert read("sparkpost", [{"msys": {}}]) == []


@pytest.mark.parametrize("bounce_class", ["60", "80", "100"])
def test_replies_that_sparkpost_calls_bounces_are_left_out(bounce_class: str) -> None:
    event = json.loads(json.dumps(EVENTS["sparkpost"]["bounced"]))
    event[0]["msys"]["message_event"]["bounce_class"] = bounce_class
    assert read("sparkpost", event) == []


@pytest.mark.parametrize("provider", ["sendgrid", "brevo", "mailjet", "postmark"])
def test_an_event_that_nobody_knows_is_told_by_its_name(provider: str) -> None:
    name = "RecordType" if provider == "postmark" else "event"
    [event] = read(provider, {**EVENTS[provider]["delivered"], name: "telepathy"})
    assert (event.kind, event.text, event.report()) == (WebhookKind.UNKNOWN, "telepathy", None)
