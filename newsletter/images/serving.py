"""Hand out an image to whoever has its address: the ledger says whether there is one, the image store has its octets."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.errors import NotFoundError
from newsletter.images.listing import file_of
from newsletter.model.images import EXTENSIONS
from newsletter.store.database import Database
from newsletter.store.images import images
from newsletter.transports.image_store.base import ImageStore, StoredFile


@dataclass(frozen=True, slots=True)
class ServedImage:
    """An image and how to read it."""

    media_type: str
    file: StoredFile


@dataclass(frozen=True)
class Serving:
    """The tools of serving images, put together once per process."""

    database: Database
    store: ImageStore

    def open(self, digest: str, extension: str) -> ServedImage:
        """Return an image that some publication has. Raises NotFoundError; UnavailableError when the image store is down."""
        with self.database.read() as session:
            image = images.with_digest(session, digest)
        if image is None or EXTENSIONS[image.media_type] != extension:
            raise NotFoundError("there is no such image")
        return ServedImage(image.media_type, self.store.open(file_of(image)))
