"""How past issues move in, as somebody said it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from newsletter.errors import InputError

_SITE = re.compile(r"https?://[^\s<>\"]{1,500}")


@dataclass(frozen=True)
class PostTerms:
    """How posts move in: `copies` has pictures on the web copied, `include_paid` makes public what was for payers; `site` is where all stood."""

    copies: bool = False
    include_paid: bool = False
    site: str = ""

    @classmethod
    def said(cls, *, images: str, include_paid: bool, site: str) -> Self:
        """Return them as somebody said them. Raises InputError for a way that cannot be meant."""
        if images not in ("copy", "leave"):
            raise InputError(f"{images!r} is no way to treat pictures", where="--images", remedy="write copy or leave")
        if site and not _SITE.fullmatch(site):
            raise InputError(
                f"{site[:200]!r} is no address", where="--site", remedy="write it like https://letters.example.org"
            )
        return cls(copies=images == "copy", include_paid=include_paid, site=site.rstrip("/"))
