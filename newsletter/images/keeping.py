"""Add images to a publication, and remove them. What cannot be taken in is refused, and leaves nothing stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError, InputError, NewsletterError
from newsletter.images.listing import file_of, only_one
from newsletter.model import Image
from newsletter.model.actor import Actor
from newsletter.model.images import EXTENSIONS
from newsletter.model.rights import Right
from newsletter.store.database import Database
from newsletter.store.images import images
from newsletter.store.images.images import NewImage
from newsletter.transports.image_store.base import ImageStore

if TYPE_CHECKING:
    from newsletter.imaging.intake import TakenIn

log = structlog.get_logger(__name__)
MAX_WORDS = 2_000
"""Characters of an alternative text or a caption."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as somebody gave it, with what is to be said of it; `dark` is the one for a dark ground."""

    name: str
    octets: bytes
    alt: str = ""
    caption: str = ""
    credit: str = ""
    dark: Upload | None = None


@dataclass(frozen=True, slots=True)
class KeptImage:
    """An image that a publication has, and what a person should know of how it was taken in."""

    image: Image
    told: tuple[str, ...]


@dataclass(frozen=True)
class Keeping:
    """The tools of keeping images, put together once per process."""

    database: Database
    clock: Clock
    store: ImageStore

    def add(self, publication_id: int, uploads: Sequence[Upload], *, by: Actor) -> list[KeptImage]:
        """Add images, all or none; one that is there already stays the one it is, with the words that are given now.

        Raises ForbiddenError; InputError naming the file; UnavailableError when the image store is down.
        """
        from newsletter.imaging.intake import take_in  # late: pillow is for those who bring images

        require(by, Right.WRITE, publication_id)
        every = list(_each(uploads))
        for upload in every:
            _check_words(upload)
        taken = [take_in(upload.octets, where=upload.name) for upload in every]
        try:
            self._put(taken)
            rows = self._write(publication_id, uploads, dict(zip(map(id, every), taken, strict=True)), by)
        except Exception:
            self._take_away(taken)
            raise
        self._put(taken)  # whoever removed the same meanwhile took the octets along
        told = {id(upload): image.told for upload, image in zip(every, taken, strict=True)}
        return [KeptImage(rows[id(upload)], told[id(upload)]) for upload in uploads]

    def _write(
        self, publication_id: int, uploads: Sequence[Upload], taken: Mapping[int, TakenIn], by: Actor
    ) -> dict[int, Image]:
        """Write the rows of all uploads in one transaction; return them by the identity of the upload."""
        rows: dict[int, Image] = {}
        with self.database.write() as session:
            now = self.clock.now()
            for upload in _each(uploads):
                new = _new(upload, taken[id(upload)])
                rows[id(upload)] = images.keep(session, publication_id, new, by=by, at=now)
            for upload in uploads:
                if upload.dark is not None:
                    images.pair(session, rows[id(upload)], rows[id(upload.dark)], by=by, at=now)
        return rows

    def _take_away(self, every: Iterable[TakenIn]) -> None:
        """Let go of octets that no publication has an image of; where that fails, they lie there and no address leads to them."""
        with suppress(NewsletterError):
            for taken in every:
                with self.database.read() as session:
                    is_known = images.with_digest(session, taken.digest) is not None
                if not is_known:
                    self.store.remove(taken.file)

    def remove(self, publication_id: int, word: str, *, by: Actor) -> Image:
        """Remove the image that a word names. Raises NotFoundError; ForbiddenError; ConflictError, telling what still shows it."""
        require(by, Right.WRITE, publication_id)
        with self.database.write() as session:
            image = only_one(session, publication_id, word)
            if used := images.users(session, image):
                raise ConflictError(
                    f"{image.name!r} is shown by {', '.join(used)}",
                    remedy="take it out there first; what was sent keeps its images",
                )
            images.write_down(session, by, "image.remove", image, at=self.clock.now())
            images.remove(session, image)
        with self.database.read() as session:
            is_orphaned = images.with_digest(session, image.digest) is None
        if is_orphaned:
            self.store.remove(file_of(image))
        log.info("image removed", image_id=image.id, by=str(by))
        return image

    def _put(self, taken: Iterable[TakenIn]) -> None:
        for image in taken:
            self.store.put(image.file, image.content)


def _each(uploads: Iterable[Upload]) -> Iterator[Upload]:
    for upload in uploads:
        yield upload
        if upload.dark is not None:
            yield upload.dark


def _new(upload: Upload, image: TakenIn) -> NewImage:
    return NewImage(
        digest=image.digest,
        media_type=image.media_type,
        width=image.width,
        height=image.height,
        octets=len(image.content),
        name=_printable(upload.name) or f"image.{EXTENSIONS[image.media_type]}",
        alt=upload.alt.strip(),
        caption=upload.caption.strip(),
        credit=upload.credit.strip(),
    )


def _check_words(upload: Upload) -> None:
    for name in ("alt", "caption", "credit"):
        words = getattr(upload, name)
        if len(words) > MAX_WORDS or not words.replace("\n", " ").isprintable():
            what = f"the {name} is longer than {MAX_WORDS:,} characters, or holds what cannot be shown"
            raise InputError(what, where=upload.name, remedy="write it as plain words")


def _printable(name: str) -> str:
    return "".join(sign for sign in name.replace("\\", "/").rpartition("/")[2] if sign.isprintable()).strip()
