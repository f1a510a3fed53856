"""The products whose lists are known by their shape. To add one: a file here with its table, and its place in `PRODUCTS`; nothing else."""

from __future__ import annotations

from newsletter.audience.moving.product import Product
from newsletter.audience.moving.products.beehiiv import BEEHIIV
from newsletter.audience.moving.products.buttondown import BUTTONDOWN
from newsletter.audience.moving.products.ghost import GHOST
from newsletter.audience.moving.products.kit import KIT
from newsletter.audience.moving.products.listmonk import LISTMONK, LISTMONK_LISTS
from newsletter.audience.moving.products.mailchimp import MAILCHIMP
from newsletter.audience.moving.products.mailing_lists import GOOGLE_GROUPS, MAILMAN
from newsletter.audience.moving.products.plain import PLAIN
from newsletter.audience.moving.products.substack import SUBSTACK, SUBSTACK_DELIVERS

PRODUCTS: tuple[Product, ...] = (
    *(
        MAILCHIMP,
        SUBSTACK,
        SUBSTACK_DELIVERS,
        GHOST,
        LISTMONK_LISTS,
        LISTMONK,
        BUTTONDOWN,
        BEEHIIV,
        KIT,
        GOOGLE_GROUPS,
        MAILMAN,
    ),
    PLAIN,
)
"""In the order in which they are tried."""
