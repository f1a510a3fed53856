"""What is doubtful in the furniture of an issue: pictures nobody describes, authors nobody knows, a sponsor without a name."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.model.brand import Brand
from newsletter.model.document import Document, Pictured, SponsorItem
from newsletter.rendering.furniture.bylines import unknown_slugs
from newsletter.rendering.markdown import losses

Doubt = tuple[str, str, str]
"""What, where, and what to do about it."""


def furnishing(document: Document, brand: Brand) -> Iterator[Doubt]:
    """Yield what is doubtful, from the head of the issue to its end."""
    yield from _picture(document, "front matter")
    for slug in unknown_slugs(document.author, brand):
        known = ", ".join(author.slug for author in brand.authors if not author.removed)
        yield f"the publication has no author “{slug}”", "author", f"it has {known}; write a name, or add one"
    for section in document.sections:
        for item in section.items:
            where = f"{section.slug}/{item.key}"
            yield from _picture(item, where)
            if isinstance(item, SponsorItem) and not item.sponsor:
                yield "it does not say who paid for it", where, 'name them: {sponsor="..."}'


def _picture(owner: Pictured, where: str) -> Iterator[Doubt]:
    if owner.image and not owner.image_alt:
        yield "the image has no description", where, "say what it shows: image-alt"
    if not owner.image and (owner.image_alt or owner.image_caption):
        yield "words of an image stand without an image", where, "name it: image, with https://"
    for loss in losses(owner.image_caption):
        yield f"{loss.what} in the caption does not reach readers", where, "write a whole address with https://"
