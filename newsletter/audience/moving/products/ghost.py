"""Ghost: members with a switch for mail (TryGhost/Ghost, members import-export)."""

from __future__ import annotations

from newsletter.audience.moving.product import Product

GHOST = Product(
    word="ghost",
    title="Ghost",
    signs=(
        frozenset({"subscribedtoemails", "complimentaryplan"}),
        frozenset({"subscribedtoemails", "labels"}),
        frozenset({"subscribedtoemails", "note"}),
    ),
    needs_words=("subscribedtoemails",),
    words={"subscribedtoemails": {"true": "active", "1": "active", "false": "unsubscribed", "0": "unsubscribed"}},
    left_at=("deletedat",),
    asked_at=("createdat",),
    since=("createdat",),
    tags=("labels",),
    left_behind=("id", "complimentaryplan", "stripecustomerid", "products", "giftid", "importtier", "tiers"),
)
