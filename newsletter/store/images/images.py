"""Images: keep, find, list, and let go of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session, aliased

from newsletter.model import BinnedIssue, Image, Issue, Publication
from newsletter.model.actor import Actor
from newsletter.model.images import EXTENSIONS, ShownImage
from newsletter.store.accounts import audit
from newsletter.store.inserting import batches, insert_new

MAX_NAME, MAX_CREDIT = 200, 300
SUBJECT = "image"
_KEY_CHARS = 8
"""Fewest digits of a digest that name an image."""
_MOST_USERS = 20


@dataclass(frozen=True, slots=True)
class NewImage:
    """An image that is to be kept: its octets are in the image store already. Empty words change none that are there."""

    digest: str
    media_type: str
    width: int
    height: int
    octets: int
    name: str
    alt: str = ""
    caption: str = ""
    credit: str = ""


def keep(session: Session, publication_id: int, new: NewImage, *, by: Actor, at: datetime) -> Image:
    """Return the publication's row of an image, made now or there already, and write down who made or changed it."""
    facts = {
        "publication_id": publication_id,
        "digest": new.digest,
        "name": new.name[:MAX_NAME],
        "media_type": new.media_type,
        "width": new.width,
        "height": new.height,
        "octets": new.octets,
        "alt": new.alt,
        "caption": new.caption,
        "credit": new.credit[:MAX_CREDIT],
        "created_at": at,
        "created_by": by.person,
    }
    made = insert_new(session, Image, [facts], unique=("publication_id", "digest"), returning=[Image.id])
    image = session.scalars(
        select(Image).where(Image.publication_id == publication_id, Image.digest == new.digest)
    ).one()
    if made:
        write_down(session, by, "image.add", image, at=at)
        return image
    words = {"alt": new.alt, "caption": new.caption, "credit": new.credit[:MAX_CREDIT]}
    changed = {name: word for name, word in words.items() if word and getattr(image, name) != word}
    for name, word in changed.items():
        setattr(image, name, word)
    if changed:
        write_down(session, by, "image.change", image, at=at, new=", ".join(changed))
    return image


def pair(session: Session, light: Image, dark: Image, *, by: Actor, at: datetime) -> None:
    """Let `dark` be shown in the place of `light` on a dark ground, and write down who said so."""
    if light.dark_image_id != dark.id:
        light.dark_image_id = dark.id
        write_down(session, by, "image.change", light, at=at, new=f"dark: {dark.name}")


def write_down(session: Session, by: Actor, action: str, image: Image, *, at: datetime, new: str = "") -> None:
    """Write down what somebody did to an image, in the transaction that did it."""
    subject = audit.Subject(SUBJECT, image.id, image.name)
    audit.add(session, by, action, subject, at=at, publication_id=image.publication_id, new=new)


def named(session: Session, publication_id: int, word: str, *, limit: int) -> Sequence[Image]:
    """Return the images of a publication that a word names: by id, by the first digits of the digest, or by name."""
    meant = [Image.name == word]
    if word.isascii() and word.isdigit() and len(word) < _KEY_CHARS:
        meant.append(Image.id == int(word))
    if len(word) >= _KEY_CHARS and not set(word) - set("0123456789abcdef"):
        meant.append(Image.digest.startswith(word))
    mine = select(Image).where(Image.publication_id == publication_id, or_(*meant))
    return session.scalars(mine.order_by(Image.id.desc()).limit(limit)).all()


def with_digest(session: Session, digest: str) -> Image | None:
    """Return an image with this digest, of whatever publication, or None."""
    return session.scalars(select(Image).where(Image.digest == digest).order_by(Image.id).limit(1)).first()


def page(session: Session, publication_id: int | None, *, before: int | None, limit: int) -> Sequence[Image]:
    """Return the newest images with an id below `before`, newest first: of a publication, or of all."""
    statement = select(Image).order_by(Image.id.desc()).limit(limit)
    if publication_id is not None:
        statement = statement.where(Image.publication_id == publication_id)
    if before is not None:
        statement = statement.where(Image.id < before)
    return session.scalars(statement).all()


def by_ids(session: Session, ids: Collection[int]) -> dict[int, Image]:
    """Return images by id."""
    found = (session.scalars(select(Image).where(Image.id.in_(some))) for some in batches(sorted(ids)))
    return {image.id: image for images in found for image in images}


def shown(session: Session, publication: str, digests: Collection[str]) -> Mapping[str, ShownImage]:
    """Return what rendering needs to know of images of the publication with this slug, by digest."""
    dark = aliased(Image)
    found: dict[str, ShownImage] = {}
    for some in batches(sorted(digests)):
        rows = session.execute(
            select(Image, dark)
            .join(Publication, Publication.id == Image.publication_id)
            .outerjoin(dark, dark.id == Image.dark_image_id)
            .where(Publication.slug == publication, Image.digest.in_(some))
        )
        found |= {image.digest: as_shown(image, other) for image, other in rows}
    return found


def as_shown(image: Image, dark: Image | None = None) -> ShownImage:
    """Return what rendering needs to know of one image."""
    return ShownImage(
        image.digest,
        EXTENSIONS[image.media_type],
        image.width,
        image.height,
        image.alt,
        image.caption,
        image.credit,
        as_shown(dark) if dark else None,
    )


def users(session: Session, image: Image) -> list[str]:
    """Return what shows an image: slugs of issues, those in the bin marked so, and names of images it is the dark one of.

    The logo and the authors of the publication are among them. Reads the texts of a publication: for removing one image, and nothing that happens often.
    """
    used: list[str] = []
    for table, mark in ((Issue, "the issue {}"), (BinnedIssue, "the issue {} in the bin")):
        mine = select(table.slug).where(
            table.publication_id == image.publication_id, table.source.contains(image.digest)
        )
        used += [mark.format(slug) for slug in session.scalars(mine.order_by(table.id.desc()).limit(_MOST_USERS))]
    home = session.get_one(Publication, image.publication_id)
    used += ["the logo of the publication"] if home.logo and image.digest in str(home.logo) else []
    faces = [each["slug"] for each in home.authors or () if image.digest in each.get("avatar", "")]
    used += [f"the author {slug}" for slug in faces[:_MOST_USERS]]
    lights = select(Image.name).where(Image.dark_image_id == image.id).order_by(Image.id).limit(_MOST_USERS)
    return used + [f"the image {name}, whose dark one it is" for name in session.scalars(lights)]


def remove(session: Session, image: Image) -> None:
    """Delete the row."""
    session.execute(delete(Image).where(Image.id == image.id))
