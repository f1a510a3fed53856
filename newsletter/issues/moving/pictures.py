"""The pictures of posts: those that lie among the files, those that the text holds itself, and on demand those on the web, as images of the service."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_to_bytes, urljoin, urlsplit

from newsletter.errors import InputError, NewsletterError
from newsletter.issues.moving.products.ghost import HOME
from newsletter.model.images import EXTENSIONS, address_of
from newsletter.moved_files import MovedFile
from newsletter.store.images.images import NewImage

if TYPE_CHECKING:
    from newsletter.imaging.intake import TakenIn

_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".webp")
_SHOWN = 100
_MOST_DATA = 14 << 20


class PictureFiles:
    """Files of pictures by the ends of their paths."""

    def __init__(self, files: Iterable[MovedFile]) -> None:
        self._by_name: dict[str, list[MovedFile]] = {}
        for file in files:
            if file.name.lower().endswith(_ENDINGS):
                self._by_name.setdefault(PurePosixPath(file.name).name, []).append(file)

    def of(self, address: str) -> MovedFile | None:
        """Return the file whose path ends most like an address; one of several that share no more than the name is none."""
        path = PurePosixPath(unquote(urlsplit(address).path))
        found = self._by_name.get(path.name, [])
        if len(found) < 2:
            return found[0] if found else None
        shared = sorted(
            ((_shared(path.parts, PurePosixPath(file.name).parts), file.name) for file in found), reverse=True
        )
        best = shared[0]
        return next(file for file in found if file.name == best[1]) if best[0] > max(1, shared[1][0]) else None


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = zip(reversed(one), reversed(other), strict=False)
    count = 0
    for a, b in pairs:
        if a != b:
            break
        count += 1
    return count


class KeptPictures:
    """What becomes of addresses of pictures over a move: an image is taken in once, and one that failed is not asked for again."""

    def __init__(
        self, files: Iterable[MovedFile], fetch: Callable[[str], bytes], *, copies: bool, only_say: bool
    ) -> None:
        self._files = PictureFiles(files)
        self._fetch = fetch
        self._copies = copies
        self._only_say = only_say
        self._known: dict[str, str | TakenIn] = {}
        self.taken = 0
        self.left: set[str] = set()
        self.failed: dict[str, str] = {}

    def of_post(self, site: str) -> PostPictures:
        """Return what the pictures of one post are read with."""
        return PostPictures(self, site)

    def look(self, address: str) -> str | TakenIn:
        """Return an image that was taken in, or the address at which a picture stays; "" where it is nowhere."""
        if address not in self._known:
            self._known[address] = self._looked(address)
        return self._known[address]

    def _looked(self, address: str) -> str | TakenIn:
        on_web = address.startswith(("http://", "https://"))
        file = self._files.of(address)
        if self._only_say:
            self.taken += file is not None or (on_web and self._copies)
            return address if on_web else _ANYWHERE if file is not None else ""
        try:
            octets = self._octets(address, file, on_web=on_web)
            if octets is None:
                self.left |= {address} if on_web else set()
                return address if on_web else ""
            from newsletter.imaging.intake import take_in  # late: pillow is for those who bring images

            found = take_in(octets, where=address[:_SHOWN])
        except NewsletterError as error:
            self.failed[address[:_SHOWN]] = error.what
            return address if on_web else ""
        self.taken += 1
        return found

    def _octets(self, address: str, file: MovedFile | None, *, on_web: bool) -> bytes | None:
        from newsletter.imaging.intake import MAX_OCTETS  # late, as above

        if file is not None:
            if file.octets > MAX_OCTETS:
                raise InputError(f"the image has {file.octets:,} octets, more than {MAX_OCTETS:,}", where=file.name)
            with file.open() as opened:
                return opened.read(MAX_OCTETS + 1)
        if address.startswith("data:"):
            return _of_data(address)
        return self._fetch(address) if on_web and self._copies else None


_ANYWHERE = address_of("0" * 64, "png")
"""Stands for an image that a dry run does not take in."""


class PostPictures:
    """The pictures of one post: `address` reads each, and `images` are those to be kept with it."""

    def __init__(self, kept: KeptPictures, site: str) -> None:
        self._kept = kept
        self._site = site
        self._alts: dict[str, str] = {}
        self.images: dict[str, TakenIn] = {}
        self.told: list[str] = []

    def address(self, written: str, alt: str) -> str:
        """Return at which address a picture is to be seen from now on; "" where there is none."""
        if not written:
            return ""
        address = absolute(written, self._site)
        if (
            not address.startswith(("data:image/", "http://", "https://", "/images/"))
            and ":" in address.partition("/")[0]
        ):
            return ""
        found = self._kept.look(address)
        if not isinstance(found, str):
            self.images[found.digest] = found
            if alt and found.digest not in self._alts:
                self._alts[found.digest] = alt
            return address_of(found.digest, EXTENSIONS[found.media_type])
        if why := self._kept.failed.get(address[:_SHOWN]):
            self.told.append(f"the picture {address[:_SHOWN]} is not copied: {why}")
        elif not found:
            self.told.append(
                f"the picture {written[:_SHOWN]} is nowhere to be found: its words stand in its place (--site says where it stood)"
            )
        return found

    def new_images(self) -> Iterator[NewImage]:
        """Yield the images as the ledger keeps them."""
        for digest, taken in self.images.items():
            name = f"{digest[:12]}.{EXTENSIONS[taken.media_type]}"
            size = taken.width, taken.height, len(taken.content)
            yield NewImage(digest, taken.media_type, *size, name=name, alt=self._alts.get(digest, ""))


def absolute(written: str, site: str) -> str:
    """Return an address from outside, where the site of then is known; else as it stands there."""
    written = written.replace(HOME, "").strip() or "/"
    if written.startswith("//"):
        return f"https:{written}"
    if "://" in written or written.startswith(("data:", "mailto:", "/images/")) or not site:
        return written
    try:
        return urljoin(f"{site}/", written)
    except ValueError:
        return written


def _of_data(address: str) -> bytes:
    head, _, data = address.partition(",")
    if len(data) > _MOST_DATA:
        raise InputError("a picture in the text is too large", where="data:")
    try:
        return base64.b64decode(data, validate=False) if head.endswith(";base64") else unquote_to_bytes(data)
    except (binascii.Error, ValueError):
        raise InputError("a picture in the text cannot be read", where="data:") from None
