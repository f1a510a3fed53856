"""What is wrong with the images of a text: one that says nothing to those who do not see it, and one of ours that is not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.issues.named_images import named_images
from newsletter.model.images import digest_in
from newsletter.rendering.images import Images

ALT = "image-without-alt"
"""The rule that every image has an alternative text."""
_MOST_CHARS = 80


@dataclass(frozen=True, slots=True)
class ImageFault:
    """What is wrong with an image; `line` is counted from 1 within the text. Without a `rule` it cannot be let pass."""

    line: int
    what: str
    remedy: str
    rule: str = ""


def image_faults(text: str, images: Images) -> Iterator[ImageFault]:
    """Yield what is wrong with the images of one text; `images` are those that the ledger knows."""
    if "![" not in text and "<img" not in text.lower():
        return
    for image in named_images(text):
        digest = digest_in(image.address)
        known = images.get(digest) if digest else None
        shown = image.address[:_MOST_CHARS]
        is_shown = digest is not None or image.address.lower().startswith(
            "https://"
        )  # others are losses, and told as such
        if digest and known is None:
            remedy = "`newsletter image add` keeps one, `newsletter image list` shows those there are"
            yield ImageFault(image.line, f"this publication has no image “{shown}”", remedy)
        elif is_shown and not image.alt.strip() and not (known and known.alt):
            remedy = "write it between the brackets: ![what it shows](address)"
            yield ImageFault(image.line, f"the image “{shown}” has no description", remedy, ALT)
