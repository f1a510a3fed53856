"""Kit, ConvertKit before: states of subscribers; its columns are documented nowhere, and two layouts are about."""

from __future__ import annotations

from newsletter.audience.moving.cells import json_values
from newsletter.audience.moving.product import Product

_WORDS = {
    **dict.fromkeys(("active", "cold", "confirmed"), "active"),
    **dict.fromkeys(("inactive", "unconfirmed"), "pending"),
    **dict.fromkeys(("cancelled", "canceled", "unsubscribed"), "unsubscribed"),
    "bounced": "bounced",
    "complained": "complained",
    "blocked": "blocked",
}

KIT = Product(
    word="kit",
    title="Kit",
    signs=(
        frozenset({"subscriberid", "state"}),
        frozenset({"firstname", "state", "createdat"}),
        frozenset({"subscriberid", "firstname", "createdat"}),
    ),
    needs_words=("state", "status"),
    words={"state": _WORDS, "status": _WORDS},
    left_at=("unsubscribedat", "cancelledat"),
    since=("createdat", "subscribedat"),
    tags=("tags",),
    unpacked={"fields": json_values},
    left_behind=("subscriberid", "id"),
)
