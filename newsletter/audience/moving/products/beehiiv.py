"""beehiiv: a status, and a moment of leaving that counts more (support: exporting your subscribers)."""

from __future__ import annotations

from newsletter.audience.moving.product import Product

BEEHIIV = Product(
    word="beehiiv",
    title="beehiiv",
    signs=(
        frozenset({"status", "tier", "unsubscribedat"}),
        frozenset({"status", "tier", "createdat"}),
        frozenset({"status", "subscriptiontier"}),
    ),
    needs_words=("status",),
    words={
        "status": {
            "active": "active",
            "inactive": "unsubscribed",
            "unsubscribed": "unsubscribed",
            "pending": "pending",
            "validating": "pending",
            "needs_attention": "pending",
            "invalid": "bounced",
            "bounced": "bounced",
        }
    },
    left_at=("unsubscribedat",),
    since=("createdat", "subscribedat"),
    tags=("tags",),
    left_behind=(
        "id",
        "subscriberid",
        "tier",
        "subscriptiontier",
        "stripecustomerid",
        "freetier",
        "referralcode",
        "referralcount",
    ),
)
