"""Take an image in: whatever it was, a PNG, JPEG or GIF comes out that mail programs show, small and without metadata.

It is turned as its Exif tag says, brought to sRGB, made at most twice as wide as the column, and written anew, so that
nothing that came along stays. Sizes are looked at before anything is decoded: a small file may hold a huge image.
WebP becomes PNG or JPEG, because Outlook for Windows shows none (https://www.caniemail.com/features/image-webp/).
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from newsletter.errors import InputError
from newsletter.imaging import gif, jpeg
from newsletter.model.images import COLUMN, EXTENSIONS

MAX_WIDTH = 2 * COLUMN
"""Widest stored image in px: sharp on a screen of double density."""
MAX_OCTETS = 10 * 1024 * 1024
"""Of a file that is taken in."""
MAX_PIXELS = 24_000_000
"""Of an image that is decoded, about 100 MB of memory; a JPEG is decoded at a fraction of its size where it can be."""
MAX_JPEG_PIXELS = 100_000_000
MAX_SIDE = 16_384  # px
MAX_MOVING_OCTETS = 1024 * 1024
"""Of a GIF that may keep moving; a larger one stands still."""
MAX_FRAMES = 500
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_REMEDY = "save it as PNG or JPEG and try again"
_QUALITY = 85
_ORIENTATION = 0x0112  # Exif 2.32, tag Orientation


@dataclass(frozen=True, slots=True)
class TakenIn:
    """An image as it is stored: `content` in `media_type`, `width` x `height` px; `told` is what a person should know."""

    content: bytes
    digest: str
    media_type: str
    width: int
    height: int
    told: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """Its name in the image store."""
        return f"{self.digest}.{EXTENSIONS[self.media_type]}"


def take_in(octets: bytes, *, where: str) -> TakenIn:
    """Return an image ready to be stored: the same one for the same octets. `where` names it in errors. Raises InputError."""
    if len(octets) > MAX_OCTETS:
        raise InputError(
            f"the image has {len(octets):,} octets, more than {MAX_OCTETS:,}", where=where, remedy="make it smaller"
        )
    with _opened(octets, where) as image:
        _check_size(image, where)
        moving = getattr(image, "n_frames", 1) > 1
        if moving and _may_move(image, octets):
            return _stored(gif.bare(octets, where=where), "image/gif", image.size)
        if image.format == "JPEG" and image.mode in {"RGB", "L"} and image.width <= MAX_WIDTH and jpeg.is_bare(octets):
            image.load()  # to its end
            return _stored(octets, "image/jpeg", image.size)
        told = ("it moved; its first frame is kept",) if moving and image.format != "MPO" else ()
        return _still(image, told)


@contextmanager
def _opened(octets: bytes, where: str) -> Iterator[Image.Image]:
    """Open what is an image of a known kind, and say of anything else what it is. Nothing is decoded yet. Raises InputError."""
    head = octets[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<svg", b"<?xml", b"<!doctype svg")) or b"<svg" in head:
        what = "an SVG is a program as much as a picture, and no mail program shows one"
        raise InputError(what, where=where, remedy="export it as PNG, 1184 px wide")
    if not octets:
        raise InputError("the file is empty", where=where, remedy=_REMEDY)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of bombs, which are looked for here, and of odd tags
            with Image.open(io.BytesIO(octets), formats=_FORMATS) as image:
                yield image
    except InputError:
        raise
    except UnidentifiedImageError:
        raise InputError("this is no PNG, JPEG, GIF or WebP", where=where, remedy=_REMEDY) from None
    except Image.DecompressionBombError:
        raise _too_many_pixels(where) from None
    except MemoryError:
        raise _too_many_pixels(where) from None
    except Exception as error:  # noqa: BLE001 - its decoders raise whatever a broken file makes them
        what = f"the image cannot be read to its end: {type(error).__name__}"
        raise InputError(what, where=where, remedy=_REMEDY) from None


def _check_size(image: Image.Image, where: str) -> None:
    """Refuse what would take too much memory, and let a JPEG be decoded at a fraction of its size."""
    width, height = image.size
    is_jpeg = image.format in {"JPEG", "MPO"}
    if width * height > (MAX_JPEG_PIXELS if is_jpeg else MAX_PIXELS):
        raise _too_many_pixels(where)
    if is_jpeg:
        turned = image.getexif().get(_ORIENTATION, 1) >= 5
        wide = width if not turned else height
        share = min(1.0, MAX_WIDTH / wide)
        image.draft("RGB" if image.mode == "RGB" else image.mode, (int(width * share), int(height * share)))
    if image.size[0] * image.size[1] > MAX_PIXELS or max(image.size) > MAX_SIDE:
        raise _too_many_pixels(where)


def _too_many_pixels(where: str) -> InputError:
    what = f"the image has more than {MAX_PIXELS:,} pixels, or a side of more than {MAX_SIDE:,}"
    return InputError(what, where=where, remedy=f"make it at most {MAX_WIDTH} px wide, as it is shown")


def _may_move(image: Image.Image, octets: bytes) -> bool:
    return (
        image.format == "GIF"
        and len(octets) <= MAX_MOVING_OCTETS
        and image.width <= MAX_WIDTH
        and image.width * image.height * getattr(image, "n_frames", 1) <= MAX_FRAMES * 1_000_000
    )


def _still(image: Image.Image, told: tuple[str, ...]) -> TakenIn:
    photograph = image.format in {"JPEG", "MPO", "WEBP"}
    clean = _fitted(_in_srgb(ImageOps.exif_transpose(image)))
    see_through = clean.mode in {"RGBA", "LA"}
    kind = "image/jpeg" if photograph and not see_through else "image/png"
    clean.info = {}  # what came along is not written again
    written = io.BytesIO()
    if kind == "image/jpeg":
        clean.save(written, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    else:
        clean.save(written, "PNG", optimize=True)
    return _stored(written.getvalue(), kind, clean.size, told)


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return the image in grey or sRGB of eight bits, with transparency only where some of it can be seen through."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        deep = image.convert("F")
        image = deep.point(lambda value: value / 257).convert("L") if image.mode != "F" else deep.convert("L")
        profile = None
    see_through = image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info
    if profile and image.mode in {"RGB", "CMYK", "RGBA", "L"}:
        image = _by_profile(image, profile)
    if see_through:
        seen = image.convert("RGBA")
        return seen if _is_see_through(seen) else seen.convert("RGB")
    return image.convert("L" if image.mode in {"1", "L"} else "RGB")


def _is_see_through(image: Image.Image) -> bool:
    return any(image.getchannel("A").histogram()[:255])


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Return the image as its ICC profile means it, in sRGB; a profile that cannot be read says nothing."""
    try:
        meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        turned = ImageCms.profileToProfile(image, meant, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return turned or image


def _fitted(image: Image.Image) -> Image.Image:
    if image.width <= MAX_WIDTH:
        return image
    height = max(1, round(image.height * MAX_WIDTH / image.width))
    return image.resize((MAX_WIDTH, height), Image.Resampling.LANCZOS)


def _stored(content: bytes, media_type: str, size: tuple[int, int], told: tuple[str, ...] = ()) -> TakenIn:
    return TakenIn(content, hashlib.sha256(content).hexdigest(), media_type, *size, told)
