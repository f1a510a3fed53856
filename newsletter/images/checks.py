"""What the doctor says of the image store."""

from __future__ import annotations

from collections.abc import Iterable

from newsletter.errors import NotFoundError
from newsletter.images.listing import file_of
from newsletter.store.database import Database
from newsletter.store.images import images
from newsletter.transports.image_store.base import ImageStore
from newsletter.verdicts import Result

_NAME = "images"
_LOOKED_AT = 20


def can_be_kept(store: ImageStore) -> Iterable[Result]:
    """See that images can be written and read. Raises UnavailableError when they cannot."""
    yield Result(_NAME, "good", f"images can be kept in {store.check()}")


def are_there(database: Database, store: ImageStore) -> Iterable[Result]:
    """Look whether the octets of the newest images are where they should be."""
    with database.read() as session:
        newest = images.page(session, None, before=None, limit=_LOOKED_AT)
    for image in newest:
        try:
            for _ in store.open(file_of(image)).pieces:
                pass
        except NotFoundError:
            what = f"the ledger knows the image {image.name!r}, and the image store has no {file_of(image)}"
            yield Result(_NAME, "wrong", what, "restore it from a backup, or add the file again")
