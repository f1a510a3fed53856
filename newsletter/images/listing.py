"""What images there are, for people and programs, and which one is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from newsletter.errors import InputError, NotFoundError
from newsletter.model import Image, Publication
from newsletter.model.images import EXTENSIONS, address_of, digest_in
from newsletter.paging import cut
from newsletter.store.database import Database
from newsletter.store.images import images
from newsletter.store.publications import publications

_TOLD = 5


class ImagePage(NamedTuple):
    """Images, newest first, their dark ones by id, and the id below which the next page begins; None on the last."""

    rows: Sequence[Image]
    darks: Mapping[int, Image]
    more: int | None


class ImageFacts(NamedTuple):
    """One image, the one for a dark ground, and what shows it."""

    image: Image
    dark: Image | None
    users: list[str]


def page(database: Database, publication_id: int | None, *, before: int | None, size: int) -> ImagePage:
    """Return a page of the images of a publication, or of all; its cost does not grow with those that come after."""
    with database.read() as session:
        found = images.page(session, publication_id, before=before, limit=size + 1)
        rows, more = cut(found, size, lambda last: last.id)
        wanted = {row.dark_image_id for row in rows if row.dark_image_id is not None}
        return ImagePage(rows, images.by_ids(session, wanted), more)


def facts(database: Database, publication_id: int, word: str) -> ImageFacts:
    """Return what is known of the image that a word names: id, name, or the first eight digits of its digest. Raises NotFoundError, InputError."""
    with database.read() as session:
        image = only_one(session, publication_id, word)
        dark = images.by_ids(session, {image.dark_image_id}).get(image.dark_image_id) if image.dark_image_id else None
        return ImageFacts(image, dark, images.users(session, image))


def slugs(database: Database) -> dict[int, str]:
    """Return the slugs of all publications by id."""
    with database.read() as session:
        every: Sequence[Publication] = publications.all_of(session)
        return {publication.id: publication.slug for publication in every}


def only_one(session: Session, publication_id: int, word: str) -> Image:
    """Return the image that a word names. Raises NotFoundError, and InputError where several could be meant."""
    found = images.named(session, publication_id, digest_in(word) or word, limit=_TOLD)
    if not found:
        raise NotFoundError(f"there is no image {word[:80]!r}", remedy="`newsletter image list` shows those there are")
    if len(found) > 1:
        ids = ", ".join(str(image.id) for image in found)
        raise InputError(f"several images are called {word[:80]!r}", remedy=f"name one by its number: {ids}")
    return found[0]


def file_of(image: Image) -> str:
    """Return the name of an image in the image store."""
    return f"{image.digest}.{EXTENSIONS[image.media_type]}"


def reference_of(image: Image) -> str:
    """Return how a text names it: `/images/<digest>.<extension>`."""
    return address_of(image.digest, EXTENSIONS[image.media_type])


def markdown_of(image: Image) -> str:
    """Return the line of Markdown that shows it in an issue."""
    alt = " ".join(image.alt.split())
    for sign in "\\[]`*_<":
        alt = alt.replace(sign, f"\\{sign}")
    title = " ".join(image.caption.split()).replace("\\", "\\\\").replace('"', '\\"')
    caption = f' "{title}"' if title else ""
    return f"![{alt}]({reference_of(image)}{caption})"
