"""Stable keys: how an item's permalink is derived when the file does not name it."""

from __future__ import annotations

import hashlib
import re
import unicodedata

KEY_LENGTH = 80
MAX_READ = 1000
"""Characters of a title that its slug is made of; normalizing sorts accents, and heaps of them take the square of their number."""
_ARXIV = re.compile(
    r"^https?://(?:[a-z]+\.)?arxiv\.org/(?:abs|pdf|html)/((?:[a-z.-]+/\d{7})|(?:\d{4}\.\d{4,5}))(?:v\d+)?",
    re.IGNORECASE,
)
"""Both forms of an arXiv identifier; the version is no part of it. https://info.arxiv.org/help/arxiv_identifier.html"""
_FORGE = re.compile(
    r"^https?://(?:www\.)?(?:github\.com|gitlab\.com|codeberg\.org|bitbucket\.org|huggingface\.co)"
    r"/(?:(?:datasets|spaces)/)?([^/?#]+)/([^/?#]+)",
    re.IGNORECASE,
)
_LETTERS_WITHOUT_DECOMPOSITION = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i"}
)


def slugify(text: str, *, limit: int = KEY_LENGTH) -> str:
    """Return `text` as a slug of 1 to `limit` characters of a-z, 0-9 and "-".

    Letters lose their accents (NFKD). Where letters of another script fall away, a short hash keeps titles apart.
    """
    plain = unicodedata.normalize("NFKD", text[:MAX_READ].casefold().translate(_LETTERS_WITHOUT_DECOMPOSITION))
    kept = re.sub(r"['’]", "", plain).encode("ascii", "ignore").decode("ascii")  # noqa: RUF001
    slug = re.sub(r"[^a-z0-9]+", "-", kept).strip("-")
    lost = any(character.isalnum() and not character.isascii() for character in plain)
    if lost or not slug:
        mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        return f"{slug[: limit - 9].strip('-')}-{mark}".strip("-")
    return slug if len(slug) <= limit else slug[:limit].rsplit("-", 1)[0].strip("-")


def natural_key(kind: str, title: str, url: str) -> str:
    """Return the key an item has by nature: the arXiv id of a paper, owner-name of a repository, else from the title."""
    if kind == "papers" and (paper := _ARXIV.match(url)):
        return slugify(paper[1].replace("/", "-"))
    if kind == "repositories" and (repository := _FORGE.match(url)):
        return slugify(f"{repository[1]}-{repository[2].removesuffix('.git')}")
    return slugify(title)
