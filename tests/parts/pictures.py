"""Real image files, made by pillow."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageDraw


def picture(width: int = 400, height: int = 300, *, mode: str = "RGB", shade: int = 0) -> Image.Image:
    """Return a drawing with edges and a gradient, another one for another shade."""
    image = Image.new("RGB", (width, height), (240, 238, 230 - shade))
    draw = ImageDraw.Draw(image)
    for step in range(8):
        draw.rectangle(
            (step * width // 8, height * step // 9, (step + 1) * width // 8, height), fill=(31, 20 * step, 139)
        )
    return image.convert(mode)


def file_of(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """Return the octets of an image file."""
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def png(width: int = 400, height: int = 300, *, shade: int = 0) -> bytes:
    """Return a PNG."""
    return file_of(picture(width, height, shade=shade))


def moving_gif(frames: int = 3, width: int = 60) -> bytes:
    """Return a GIF that moves, with a comment in it."""
    images = [picture(width, 40, shade=10 * n).convert("P") for n in range(frames)]
    return file_of(images[0], "GIF", save_all=True, append_images=images[1:], duration=100, loop=0, comment=b"a secret")


def opened(octets: bytes) -> Image.Image:
    """Return the image in a file, decoded to its end."""
    image = Image.open(io.BytesIO(octets))
    image.load()
    return image
