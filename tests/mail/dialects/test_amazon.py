"""Amazon SES notifications as JSON."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from newsletter.feedback import reading
from newsletter.mail.dialects import amazon
from tests.mail.dialects.samples import notification, verdicts


def sns(found: dict[str, object]) -> bytes:
    return notification(
        "AWS Notifications <no-reply@sns.amazonaws.com>",
        "AWS Notification Message",
        json.dumps(found) + "\n\n--\nTo stop, visit the link.\n",
    )


def test_a_complaint_is_a_complaint() -> None:
    raw = sns(
        {
            "notificationType": "Complaint",
            "complaint": {
                "complainedRecipients": [{"emailAddress": "anna@example.org"}],
                "complaintFeedbackType": "abuse",
            },
        }
    )
    assert verdicts(raw) == [("anna@example.org", "complaint", "feedback")]


def test_a_bounce_is_judged_by_its_diagnostic() -> None:
    person = {
        "emailAddress": "anna@example.org",
        "status": "5.1.1",
        "action": "failed",
        "diagnosticCode": "smtp; 550 5.1.1 user unknown",
    }
    raw = sns({"notificationType": "Bounce", "bounce": {"bounceType": "Permanent", "bouncedRecipients": [person]}})
    assert verdicts(raw) == [("anna@example.org", "permanent", "userunknown")]


def test_a_delivery_is_no_bounce() -> None:
    raw = sns(
        {
            "notificationType": "Delivery",
            "delivery": {"recipients": ["anna@example.org"], "smtpResponse": "250 2.6.0 Message received"},
        }
    )
    assert verdicts(raw) == [("anna@example.org", "none", "delivered")]


def test_a_line_broken_by_an_old_mta_is_mended() -> None:
    raw = sns(
        {"notificationType": "Complaint", "complaint": {"complainedRecipients": [{"emailAddress": "anna@example.org"}]}}
    )
    assert verdicts(raw.replace(b"anna@exa", b"anna@e!\n xa")) == [("anna@example.org", "complaint", "feedback")]


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["bounce", "bouncedRecipients", "emailAddress", "x"]), inner, max_size=4)
        ),
        max_leaves=8,
    )
)
def test_any_shape_of_json_is_borne(value: object) -> None:
    reading.read(sns({"notificationType": "Bounce", "bounce": value}))
    amazon.read({"notificationType": value, "bounce": value})
