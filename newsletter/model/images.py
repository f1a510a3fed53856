"""Images of a publication: the ledger's row of each, what rendering needs to know of one, and how a text names it.

A text names an image by `/images/<digest>.<extension>`, without a host: so a Document outlives a change of `BASE_URL`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.model.base import NEVER_AGAIN, Base, BigId

IMAGES = "/images/"
"""Where images lie on the service."""
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}
"""What is stored, by media type."""
COLUMN = 592
"""Width of a mail's column in CSS pixels, 640 less its margins: no image is shown wider."""
DIGEST_CHARS = 64
_FILE = rf"([0-9a-f]{{{DIGEST_CHARS}}})\.({'|'.join(EXTENSIONS.values())})"
_ADDRESS = re.compile(rf"{IMAGES}{_FILE}")


class Image(Base):
    """An image that texts of a publication may show. Its octets lie in the image store, by digest."""

    __tablename__ = "images"
    __table_args__ = (
        UniqueConstraint("publication_id", "digest"),
        Index(None, "publication_id", "id"),  # a page of the list begins where the last one ended
        Index(None, "publication_id", "name"),
        Index(None, "digest"),
        NEVER_AGAIN,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(String(DIGEST_CHARS))  # SHA-256 of the stored octets, in hex
    name: Mapped[str] = mapped_column(String(200))  # of the file it came from
    media_type: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]  # px
    height: Mapped[int]  # px
    octets: Mapped[int]
    alt: Mapped[str] = mapped_column(Text, default="", server_default="")
    caption: Mapped[str] = mapped_column(Text, default="", server_default="")
    credit: Mapped[str] = mapped_column(String(300), default="", server_default="")
    dark_image_id: Mapped[int | None] = mapped_column(
        ForeignKey("images.id", ondelete="SET NULL"), index=True
    )  # what is shown in its place on a dark ground
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(250), default="", server_default="")  # Actor.person


@dataclass(frozen=True, slots=True)
class ShownImage:
    """What rendering needs to know of an image: `width` x `height` px of its file, and the one for a dark ground."""

    digest: str
    extension: str
    width: int
    height: int
    alt: str = ""
    caption: str = ""
    credit: str = ""
    dark: ShownImage | None = None

    @property
    def address(self) -> str:
        """How a text names it: `/images/<digest>.<extension>`."""
        return address_of(self.digest, self.extension)


def address_of(digest: str, extension: str) -> str:
    """Return how a text names the image with this digest."""
    return f"{IMAGES}{digest}.{extension}"


def digest_in(address: str) -> str | None:
    """Return the digest of an address that names one of our images, None for any other address."""
    found = _ADDRESS.fullmatch(address)
    return found[1] if found else None


def digests_in(content: Any) -> set[str]:
    """Return the digests of the images that are named anywhere within a value of JSON."""
    if isinstance(content, str):
        return {found[1] for found in _ADDRESS.finditer(content)} if IMAGES in content else set()
    within = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    return set().union(*map(digests_in, within))


def with_host(text: str, base_url: str) -> str:
    """Return a text that is read elsewhere, with the whole address of each of our images in the place of the short one."""
    if IMAGES not in text:
        return text
    return re.sub(rf"(?<![\w/.:-]){IMAGES}{_FILE}", lambda found: base_url + found[0], text)
