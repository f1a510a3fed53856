"""Who wrote an issue: authors of the publication by their slugs, anybody else by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

from newsletter.model.brand import Author, Brand
from newsletter.model.images import digest_in
from newsletter.rendering.addresses import on_the_wire
from newsletter.rendering.latex import soften_line
from newsletter.rendering.markdown import to_inline_html
from newsletter.rendering.sanitising import sanitise


@dataclass(frozen=True, slots=True)
class AuthorContent:
    """An author made ready: `avatar` and `bio` are clean HTML, either may be empty."""

    name: str
    url: str
    avatar: Markup
    bio: Markup


def byline(written: str, brand: Brand) -> str:
    """Return the names of those who wrote an issue, as one line, from what its front matter says."""
    named = [found.name if isinstance(found, Author) else found for found in _who(written, brand)]
    return soften_line(", ".join(named))


def authors(written: str, brand: Brand) -> tuple[AuthorContent, ...]:
    """Return those of whom there is more to show than a name. Raises InputError when a bio is too deep."""
    known = (found for found in _who(written, brand) if isinstance(found, Author))
    return tuple(_content(author, brand.base_url) for author in dict.fromkeys(known) if author.avatar or author.bio)


def unknown_slugs(written: str, brand: Brand) -> list[str]:
    """Return what is written like a slug and is no author's, where a publication has authors."""
    if not brand.authors:
        return []
    words = [found for found in _who(written, brand) if isinstance(found, str)]
    return [word for word in words if word.islower() and word.isascii() and word.replace("-", "").isalnum()]


def _who(written: str, brand: Brand) -> Iterator[Author | str]:
    """Yield what stands between the commas; where no slug is among it, the whole, for a name may hold a comma."""
    by_slug = {author.slug: author for author in brand.authors}
    parts = [part for part in map(str.strip, written.split(",")) if part]
    if not by_slug.keys() & parts and len(parts) > 1:
        yield written
        return
    yield from (by_slug.get(part, part) for part in parts)


def _content(author: Author, base_url: str) -> AuthorContent:
    image = f'<img src="{escape(author.avatar)}" alt="" width="48" height="48">' if author.avatar else ""
    shown = sanitise(image)
    if digest_in(author.avatar):
        shown = shown.replace(' src="/', f' src="{base_url}/', 1)
    return AuthorContent(
        name=soften_line(author.name),
        url=on_the_wire(author.url),
        avatar=Markup(shown),  # noqa: S704 - sanitised above
        bio=to_inline_html(author.bio, where=f"the author {author.slug}"),
    )
