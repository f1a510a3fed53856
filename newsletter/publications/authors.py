"""Who writes for a publication: a name, a picture, a few words. An issue names them by their slugs in its front matter."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.model import Publication
from newsletter.model.actor import Actor
from newsletter.model.brand import Author
from newsletter.model.images import digest_in
from newsletter.model.rights import Right
from newsletter.model.texts import LINE, PICTURE, SLUG, URL
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.images import images
from newsletter.store.publications import publications

MOST_AUTHORS = 200
MOST_SLUG_CHARS = 80
_PICTURE_REMEDY = "begin it with https://, or keep a file by `newsletter image add` and name its address /images/..."
_MOST_CHARS = {"name": 200, "bio": 1000, "avatar": 2048, "url": 2048}


@dataclass(frozen=True, slots=True)
class AuthorChange:
    """What an author shall have from now on; None where it stays as it is."""

    name: str | None = None
    avatar: str | None = None
    bio: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Authors:
    """The tools of keeping authors, put together once per process."""

    database: Database
    clock: Clock

    def listed(self, publication_id: int) -> list[Author]:
        """Return those who may be named, by slug. Raises NotFoundError."""
        with self.database.read() as session:
            found = _authors(publications.by_id(session, publication_id))
        return [author for author in found.values() if not author.removed]

    def add(self, publication_id: int, author: Author, *, by: Actor) -> Author:
        """Add an author, or one who was removed again. Raises InputError, ConflictError, NotFoundError, ForbiddenError."""
        if len(author.slug) > MOST_SLUG_CHARS or not re.fullmatch(SLUG, author.slug):
            what = f"{author.slug[:80]!r} cannot stand for an author"
            raise InputError(what, where="slug", remedy="use a-z, 0-9 and -, such as ada-example")
        added = _checked(author)
        with self.database.write() as session:
            owner, known = self._open(session, publication_id, by)
            if author.slug in known and not known[author.slug].removed:
                raise ConflictError(
                    f"there is an author {author.slug!r} already", remedy="change that one, or choose another slug"
                )
            if len(known) >= MOST_AUTHORS:
                raise InputError(
                    f"a publication has at most {MOST_AUTHORS} authors", where="authors", remedy="name them in words"
                )
            _see_avatar(session, owner, added)
            _keep(owner, known, added)
            self._note(session, by, "author.add", owner, author.slug)
        return added

    def change(self, publication_id: int, author: str, wanted: AuthorChange, *, by: Actor) -> Author:
        """Change what is named of an author, known by a slug. Raises InputError, NotFoundError, ForbiddenError."""
        given = {field: value for field, value in asdict(wanted).items() if value is not None}
        with self.database.write() as session:
            owner, known = self._open(session, publication_id, by)
            changed = _checked(replace(_present(known, author), **given))
            if changed.avatar != known[author].avatar:
                _see_avatar(session, owner, changed)
            _keep(owner, known, changed)
            self._note(session, by, "author.change", owner, author)
        return changed

    def remove(self, publication_id: int, author: str, *, by: Actor) -> None:
        """Let go of picture and words of the author with this slug; the name stays for the issues that bear it. Raises NotFoundError, ForbiddenError."""
        with self.database.write() as session:
            owner, known = self._open(session, publication_id, by)
            gone = Author(author, _present(known, author).name, removed=True)
            _keep(owner, known, gone)
            self._note(session, by, "author.remove", owner, author)

    def _open(self, session: Session, publication_id: int, by: Actor) -> tuple[Publication, dict[str, Author]]:
        owner = publications.lock(session, publication_id)
        require(by, Right.MANAGE_PUBLICATION, owner.id)
        return owner, _authors(owner)

    def _note(self, session: Session, by: Actor, action: str, owner: Publication, slug: str) -> None:
        subject = audit.Subject("publication", owner.id, owner.slug)
        audit.add(session, by, action, subject, at=self.clock.now(), publication_id=owner.id, new=slug)


def _keep(owner: Publication, known: dict[str, Author], author: Author) -> None:
    authors = known | {author.slug: author}
    owner.authors = [asdict(authors[slug]) for slug in sorted(authors)]


def _see_avatar(session: Session, owner: Publication, author: Author) -> None:
    """See that the publication has the image of the service that is named. Raises InputError."""
    digest = digest_in(author.avatar)
    if digest is not None and digest not in images.shown(session, owner.slug, {digest}):
        raise InputError("this publication has no such image", where="avatar", remedy=_PICTURE_REMEDY)


def _authors(publication: Publication) -> dict[str, Author]:
    return {each["slug"]: Author(**each) for each in publication.authors}


def _present(known: dict[str, Author], slug: str) -> Author:
    author = known.get(slug)
    if author is None or author.removed:
        names = (
            ", ".join(each.slug for each in known.values() if not each.removed) or "none yet: `newsletter author add`"
        )
        raise NotFoundError(f"there is no author {slug[:80]!r}", remedy=f"there are: {names}")
    return author


def _checked(author: Author) -> Author:
    """Return an author as kept. Raises InputError naming the field that will not do."""
    fields = {field: getattr(author, field).strip() for field in _MOST_CHARS}
    for field, value in fields.items():
        if len(value) > _MOST_CHARS[field] or not re.fullmatch(LINE, value):
            what = f"it must be one line of up to {_MOST_CHARS[field]:,} characters"
            raise InputError(what, where=field, remedy="shorten it")
    if not fields["name"]:
        raise InputError("an author has a name", where="name", remedy="give one")
    if not re.fullmatch(PICTURE, fields["avatar"]):
        raise InputError("it is not an address of a picture", where="avatar", remedy=_PICTURE_REMEDY)
    if not re.fullmatch(URL, fields["url"]):
        raise InputError(
            "it is not an address a reader can open", where="url", remedy="begin it with https:// or mailto:"
        )
    return replace(author, **fields, removed=False)
