"""Import an issue with the images that it names: files beside it or packed with it, and on demand those on the web.

All of it is stored, or nothing: files are read, taken in and put into the image store before the one transaction in which
their rows and the draft are written. Octets of a try that failed are taken away again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from newsletter.accounts.permissions import require
from newsletter.errors import DocumentError, InputError, NewsletterError
from newsletter.issues.editing import Editing, read_document
from newsletter.issues.named_images import NamedImage, named_images, with_addresses
from newsletter.issues.named_pictures import named_pictures, with_pictures
from newsletter.issues.source_text import read_source
from newsletter.model import Issue
from newsletter.model.actor import Actor
from newsletter.model.images import DIGEST_CHARS, EXTENSIONS, address_of, digest_in
from newsletter.model.rights import Right
from newsletter.store.images import images
from newsletter.store.images.images import NewImage
from newsletter.store.publications import publications
from newsletter.transports.image_store.base import ImageStore

if TYPE_CHECKING:
    from newsletter.imaging.files import Files
    from newsletter.imaging.intake import TakenIn

_ANY = address_of("0" * DIGEST_CHARS, "png")
"""Stands for a picture that is not taken in yet, so that all else can be read before."""
MAX_IMAGES = 100
"""Different images that one import brings."""


@dataclass(frozen=True, slots=True)
class BroughtIssue:
    """A draft as it was stored, how many images came with it, and what a person should know of them."""

    issue: Issue
    images: int
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Luggage:
    """What an import may bring: the files beside the text, and whether images on the web are copied."""

    files: Files | None = None
    copies: bool = False

    def may_bring(self, image: NamedImage) -> bool:
        """Whether this image comes along."""
        return (image.is_file and self.files is not None) or (image.is_foreign and self.copies)


@dataclass(frozen=True)
class Bringing:
    """The tools of importing with images, put together once per process."""

    editing: Editing
    store: ImageStore
    fetch: Callable[[str], bytes]
    base_url: str

    def import_issue(self, text: str | bytes, luggage: Luggage, *, source: str, by: Actor) -> BroughtIssue:
        """Store an issue file as a draft, with the images that it names.

        Raises as `Editing.import_issue` does; DocumentError with the line of an image that cannot be taken in; UnavailableError
        when the image store is down. In each case nothing is stored. A foreign image that cannot be copied stays where it is, and is told.
        """
        typed = _typed(text, source)
        pictures = [placed.image for placed in named_pictures(typed)]
        coming = {image.address: _ANY for image in pictures if luggage.may_bring(image)}
        document = read_document(with_pictures(typed, coming), source=source, names_files=luggage.files is not None)
        with self.editing.database.read() as session:
            require(by, Right.WRITE, publications.get(session, document.publication).id)
        packing = _Packing(self, luggage, source)
        for image in (*pictures, *named_images(typed)):
            packing.add(image)
        if not packing.addresses:
            return BroughtIssue(self.editing.import_issue(text, source=source, by=by), 0, tuple(packing.told))
        changed = with_pictures(with_addresses(typed, packing.addresses), packing.addresses)
        _see_all_changed(changed, packing, source)
        read_document(changed, source=source)  # before anything is put away
        new, taken = tuple(packing.new_images()), list(packing.taken.values())
        try:
            self._put(taken)
            issue = self.editing.import_issue(changed, source=source, by=by, images=new)
        except Exception:
            self._take_away(taken)
            raise
        self._put(taken)  # whoever removed the same meanwhile took the octets along
        return BroughtIssue(issue, len(new), tuple(packing.told))

    def _put(self, every: Iterable[TakenIn]) -> None:
        for taken in every:
            self.store.put(taken.file, taken.content)

    def _take_away(self, every: Iterable[TakenIn]) -> None:
        """Let go of octets that no publication has an image of; where that fails, they lie there and no address leads to them."""
        with suppress(NewsletterError):
            for taken in every:
                with self.editing.database.read() as session:
                    is_known = images.with_digest(session, taken.digest) is not None
                if not is_known:
                    self.store.remove(taken.file)


class _Packing:
    """The images of one text, taken in one after the other."""

    def __init__(self, tools: Bringing, luggage: Luggage, source: str) -> None:
        self._tools = tools
        self._luggage = luggage
        self._source = source
        self._alts: dict[str, str] = {}
        self._failed: set[str] = set()
        self.addresses: dict[str, str] = {}
        self.taken: dict[str, TakenIn] = {}
        self.told: list[str] = []

    def add(self, image: NamedImage) -> None:
        """Take an image in, if it is one that comes along. Raises DocumentError."""
        address = image.address
        ours = address.removeprefix(self._tools.base_url)
        if address in self.addresses or address in self._failed:
            return
        if address != ours and digest_in(ours):  # copied from a page of this service
            self.addresses[address] = ours
        elif image.is_file and self._luggage.files is not None:
            self._keep(image, self._from_file(image, self._luggage.files))
        elif image.is_foreign and self._luggage.copies:
            taken = self._from_web(image)
            if taken is None:
                self._failed.add(address)
            else:
                self._keep(image, taken)

    def new_images(self) -> Iterator[NewImage]:
        """Yield each image once, with the first words that were said of it."""
        named = {taken.digest: address for address, taken in reversed(self.taken.items())}
        for digest, address in reversed(named.items()):
            taken = self.taken[address]
            name = unquote(urlsplit(address).path.rpartition("/")[2]) or f"image.{EXTENSIONS[taken.media_type]}"
            size = taken.width, taken.height, len(taken.content)
            yield NewImage(digest, taken.media_type, *size, name=_printable(name), alt=self._alts[address])

    def _keep(self, image: NamedImage, taken: TakenIn) -> None:
        self.taken[image.address] = taken
        self._alts[image.address] = " ".join(image.alt.split())
        self.addresses[image.address] = address_of(taken.digest, EXTENSIONS[taken.media_type])
        self.told += [f"line {image.line}: {image.address[:100]}: {what}" for what in taken.told]
        if len(self.taken) > MAX_IMAGES:
            what = f"the text brings more than {MAX_IMAGES} images"
            raise self._wrong(image, InputError(what, remedy="split it into several issues"))

    def _from_file(self, image: NamedImage, files: Files) -> TakenIn:
        from newsletter.imaging.intake import MAX_OCTETS, take_in  # late: pillow is for those who bring images

        name = unquote(image.address.partition("#")[0])
        try:
            return take_in(files.read(name, MAX_OCTETS), where=name)
        except InputError as error:
            raise self._wrong(image, error) from None

    def _from_web(self, image: NamedImage) -> TakenIn | None:
        from newsletter.imaging.intake import take_in  # late, as above

        try:
            return take_in(self._tools.fetch(image.address), where=image.address[:100])
        except NewsletterError as error:
            what = f"{error.what}; it stays where it is"
            self.told.append(f"line {image.line}: {image.address[:100]} is not copied: {what}")
            return None

    def _wrong(self, image: NamedImage, error: InputError) -> DocumentError:
        what = f"the image {image.address[:100]!r}: {error.what}"
        return DocumentError(what, line=image.line, source=self._source, remedy=error.remedy)


def _typed(text: str | bytes, source: str) -> str:
    if isinstance(text, bytes):
        read_source(text, name=source)  # sees that it can be decoded
        return text.decode("utf-8-sig")
    return text


def _see_all_changed(text: str, packing: _Packing, source: str) -> None:
    """See that every image has its new address: one that is written in a way that was not found must not be lost. Raises DocumentError."""
    for image in (*(placed.image for placed in named_pictures(text)), *named_images(text)):
        if image.address in packing.addresses:
            what = f"the image {image.address[:100]!r} is written in a way that cannot be changed"
            raise DocumentError(what, line=image.line, source=source, remedy="write it ![words](name) on one line")


def _printable(name: str) -> str:
    return "".join(sign for sign in name if sign.isprintable())
