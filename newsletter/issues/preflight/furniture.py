"""Rules about the furniture of an issue: pictures nobody describes, authors nobody knows, a sponsor without a name."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.issues.preflight.finding import Finding, Rule
from newsletter.issues.preflight.inspected import Inspected
from newsletter.issues.preflight.pictures import NO_ALT, UNKNOWN
from newsletter.model.document import Pictured, SponsorItem
from newsletter.model.images import digest_in
from newsletter.rendering.furniture.bylines import unknown_slugs
from newsletter.rendering.images import Images
from newsletter.rendering.markdown import losses

NO_PICTURE = Rule("words-without-picture", "advise", "`image-alt` or `image-caption` without `image`")
LOST = Rule("lost-in-caption", "advise", "words or a link of a caption that do not arrive")
AUTHOR = Rule("unknown-author", "advise", "an author that the publication does not have")
SPONSOR = Rule("unnamed-sponsor", "advise", "an item of a sponsor that does not say who paid for it")
RULES = (NO_PICTURE, LOST, AUTHOR, SPONSOR)


def look(issue: Inspected) -> Iterator[Finding]:
    """Look at pictures, authors and sponsors, from the head of the issue to its end."""
    yield from _picture(issue.document, "front matter", issue.places.of_field("image"), issue.images)
    authors = issue.brand.authors
    for slug in unknown_slugs(issue.document.author, issue.brand):
        known = ", ".join(author.slug for author in authors if not author.removed)
        what = f"the publication has no author “{slug}”"
        yield AUTHOR.found(
            what, "author", f"it has {known}; write a name, or add one", line=issue.places.of_field("author")
        )
    for where, line, item in issue.items():
        if isinstance(item, Pictured):
            yield from _picture(item, where, line, issue.images)
        if isinstance(item, SponsorItem) and not item.sponsor:
            yield SPONSOR.found("it does not say who paid for it", where, 'name them: {sponsor="..."}', line=line)


def _picture(owner: Pictured, where: str, line: int, images: Images) -> Iterator[Finding]:
    digest = digest_in(owner.image)
    known = images.get(digest) if digest else None
    if digest and not known:
        remedy = "`newsletter image add` keeps one, `newsletter image list` shows those there are"
        yield UNKNOWN.found(f"this publication has no image “{owner.image}”", where, remedy, line=line)
    elif owner.image and not owner.image_alt and not (known and known.alt):
        yield NO_ALT.found("the image has no description", where, "say what it shows: image-alt", line=line)
    if not owner.image and (owner.image_alt or owner.image_caption):
        what = "words of an image stand without an image"
        yield NO_PICTURE.found(what, where, "name it: image", line=line)
    for loss in losses(owner.image_caption):
        what = f"{loss.what} in the caption does not reach readers"
        yield LOST.found(what, where, "write a whole address with https://", line=line)
