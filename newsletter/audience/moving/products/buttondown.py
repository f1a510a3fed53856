"""Buttondown: a type for each subscriber, of which some are payments and some are standings (docs: subscriber types)."""

from __future__ import annotations

from newsletter.audience.moving.cells import python_values
from newsletter.audience.moving.product import Product

_READING = ("regular", "premium", "gifted", "trialed", "churning", "churned", "past_due", "paused", "unpaid")

BUTTONDOWN = Product(
    word="buttondown",
    title="Buttondown",
    signs=(
        frozenset({"subscribertype", "creationdate"}),
        frozenset({"subscribertype", "subscriptiondate"}),
        frozenset({"secondaryid", "subscribertype"}),
    ),
    needs_words=("subscribertype",),
    words={
        "subscribertype": {
            **dict.fromkeys(_READING, "active"),
            "unactivated": "pending",
            "unsubscribed": "unsubscribed",
            "removed": "unsubscribed",
            "undeliverable": "bounced",
            "complained": "complained",
            "blocked": "blocked",
            "spammy": "blocked",
        }
    },
    left_at=("unsubscriptiondate", "undeliverabilitydate"),
    asked_at=("subscriptiondate",),
    asked_ip=("ipaddress",),
    proves=True,
    since=("creationdate",),
    tags=("tags",),
    unpacked={"metadata": python_values},
    left_behind=(
        "id",
        "secondaryid",
        "referrerurl",
        "stripecustomerid",
        "avatarurl",
        "churndate",
        "riskscore",
        "unsubscriptionreason",
        "undeliverabilityreason",
    ),
)
