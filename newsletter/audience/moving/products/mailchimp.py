"""Mailchimp: four files of an audience; which one it is says where its people stand (docs: Export and back up account data)."""

from __future__ import annotations

from newsletter.audience.moving.product import Product

MAILCHIMP = Product(
    word="mailchimp",
    title="Mailchimp",
    signs=(
        frozenset({"leid", "euid"}),
        frozenset({"memberrating", "optintime"}),
        frozenset({"optintime", "confirmtime"}),
    ),
    file_words={
        "nonsubscribed": "left-out",
        "non-subscribed": "left-out",
        "unsubscribed": "unsubscribed",
        "cleaned": "bounced",
        "subscribed": "active",
    },
    needs_file_word=True,
    left_at=("unsubtime", "cleantime"),
    clues={"unsubreason": {"spam": "complained", "complain": "complained", "abuse": "complained"}},
    asked_at=("confirmtime", "optintime"),
    asked_ip=("confirmip", "optinip"),
    proves=True,
    since=("optintime", "confirmtime"),
    tags=("tags",),
    left_behind=(
        *(
            "memberrating",
            "optintime",
            "optinip",
            "confirmtime",
            "confirmip",
            "latitude",
            "longitude",
            "gmtoff",
            "dstoff",
            "timezone",
            "cc",
            "region",
        ),
        *(
            "lastchanged",
            "leid",
            "euid",
            "unsubcampaigntitle",
            "unsubcampaignid",
            "unsubreasonother",
            "cleancampaigntitle",
            "cleancampaignid",
        ),
    ),
)
