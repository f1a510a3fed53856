"""Substack: one list, in which people who left are missing; whom a post was delivered to tells of them."""

from __future__ import annotations

from newsletter.audience.moving.product import Product

SUBSTACK = Product(
    word="substack",
    title="Substack",
    signs=(
        frozenset({"activesubscription", "emaildisabled"}),
        frozenset({"activesubscription", "expiry", "plan"}),
        frozenset({"activesubscription", "preferdigests"}),
    ),
    words={
        "emaildisabled": {"true": "unsubscribed", "1": "unsubscribed", "false": "active", "0": "active", "": "active"}
    },
    asked_at=("createdat",),
    since=("createdat",),
    tags=("plan",),
    no_tags=frozenset({"other", "free", "none"}),
    left_behind=(
        "activesubscription",
        "expiry",
        "firstpaymentat",
        "preferdigests",
        "stripecustomerid",
        "type",
        "subscriptionid",
    ),
)
SUBSTACK_DELIVERS = Product(
    word="substack-delivers",
    title="Substack, whom a post was delivered to",
    signs=(frozenset({"postid", "activesubscription"}), frozenset({"postid"})),
    file_names=(".delivers.csv",),
    left_behind=(
        *("postid", "activesubscription", "timestamp", "country", "region", "city"),
        *("posttype", "postaudience", "devicetype", "clientos", "clienttype", "useragent"),
    ),
    meaning="unsubscribed",
    only_named=True,
)
