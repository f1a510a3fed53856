"""Mailman 3 and Google Groups: members of mailing lists, without proof of consent."""

from __future__ import annotations

from newsletter.audience.moving.product import Product

MAILMAN = Product(
    word="mailman",
    title="Mailman",
    file_words={"bybounces": "bounced", "byuser": "unsubscribed", "byadmin": "unsubscribed", "nomail": "unsubscribed"},
    meaning="active",
)
GOOGLE_GROUPS = Product(
    word="google-groups",
    title="Google Groups",
    signs=(frozenset({"groupstatus", "emailstatus"}), frozenset({"groupstatus", "emailpreference"})),
    name=("nickname", "name"),
    needs_words=("groupstatus",),
    words={
        "groupstatus": {
            **dict.fromkeys(("member", "owner", "manager"), "active"),
            "banned": "blocked",
            "invited": "left-out",
            "pending": "left-out",
        },
        "emailstatus": {"bouncing": "bounced", "": "ignored", "ok": "ignored", "normal": "ignored"},
        "emailpreference": {
            **dict.fromkeys(
                ("all email", "each email", "every email", "email", "digest", "digest email", "daily summary"),
                "ignored",
            ),
            **dict.fromkeys(("abridged", "abridged email", "combined updates", ""), "ignored"),
            **dict.fromkeys(("no email", "none", "web only"), "unsubscribed"),
        },
    },
    since=("joinyear", "joinmonth", "joinday", "joinhour", "joinminute", "joinsecond"),
    left_behind=("postingpermissions", "timezone"),
)
