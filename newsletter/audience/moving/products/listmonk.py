"""listmonk: its file of subscribers does not tell who left a list; its API, and a query over its tables, do (knadh/listmonk, schema.sql)."""

from __future__ import annotations

from newsletter.audience.moving.cells import json_values
from newsletter.audience.moving.product import Product

_OTHER_WAYS = (
    "export from listmonk each standing by itself (Subscribers, query `subscriber_lists.status = 'unsubscribed'`) and say what a file holds by "
    "--state status:enabled=active or =unsubscribed; or move in the answers of its API (GET /api/subscribers?list_id=3) with --list 3; "
    "or a query over subscribers and subscriber_lists with the columns email, name, status, subscription_status"
)
_WORDS = {"blocklisted": "blocked", "disabled": "left-out"}

LISTMONK = Product(
    word="listmonk",
    title="listmonk",
    signs=(frozenset({"uuid", "attributes", "status"}), frozenset({"uuid", "attribs", "status"})),
    needs_words=("status",),
    words={"status": _WORDS},
    since=("createdat",),
    unpacked={"attributes": json_values, "attribs": json_values},
    left_behind=("uuid", "updatedat", "id"),
    refused={"enabled": _OTHER_WAYS},
)
LISTMONK_LISTS = Product(
    word="listmonk-lists",
    title="listmonk with the standing on a list",
    signs=(frozenset({"status", "subscriptionstatus"}),),
    needs_words=("subscriptionstatus",),
    words={
        "status": {**_WORDS, "enabled": "ignored"},
        "subscriptionstatus": {
            "confirmed": "active",
            "unconfirmed": "pending",
            "unsubscribed": "unsubscribed",
            "": "left-out",
        },
    },
    asked_at=("subscriptioncreatedat", "subscribedat"),
    asked_ip=("optinip",),
    since=("createdat",),
    tags=("tags",),
    unpacked=dict.fromkeys(("attributes", "attribs", "meta", "subscriptionmeta"), json_values),
    left_behind=(
        "uuid",
        "updatedat",
        "id",
        "list",
        "listid",
        "listname",
        "listuuid",
        "optin",
        "subscriptionupdatedat",
    ),
)
