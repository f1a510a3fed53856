"""What a publication may be called in addresses."""

from __future__ import annotations

import re

from newsletter.errors import InputError
from newsletter.model.brand import RESERVED_SLUGS
from newsletter.model.texts import SLUG

_MOST_SLUG_CHARS = 80


def check_slug(slug: str) -> None:
    """See that a publication can have this slug. Raises InputError."""
    if not re.fullmatch(SLUG, slug) or len(slug) > _MOST_SLUG_CHARS:
        raise InputError(
            f"{slug!r} cannot stand in an address", where="slug", remedy="use a-z, 0-9 and hyphens, such as daily-news"
        )
    if slug in RESERVED_SLUGS:
        raise InputError(f"{slug!r} is an address of the service itself", where="slug", remedy="choose another slug")
