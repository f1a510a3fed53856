"""The authors of a publication, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.images.keeping import Upload
from newsletter.images.listing import reference_of
from newsletter.model.brand import Author, brand_of
from newsletter.publications.authors import MOST_AUTHORS, AuthorChange, Authors
from newsletter.store.database import Database
from newsletter.store.publications import publications
from tests.parts.actors import OPERATOR
from tests.parts.ledger import add_publication
from tests.parts.pictures import png
from tests.web.places import make_parts

ADA = Author("ada", "Ada Example", "https://ada.example/face.png", "Writes.", "https://ada.example/")


@pytest.fixture
def kept(database: Database, clock: SettableClock) -> tuple[Authors, int]:
    return Authors(database, clock), add_publication(database, clock).id


def test_an_author_is_added_changed_and_removed(kept: tuple[Authors, int], database: Database) -> None:
    authors, home = kept
    authors.add(home, ADA, by=OPERATOR)
    authors.add(home, Author("aaron", "Aaron"), by=OPERATOR)
    assert [author.slug for author in authors.listed(home)] == ["aaron", "ada"]
    changed = authors.change(home, "ada", AuthorChange(bio="Writes more.", avatar=""), by=OPERATOR)
    assert (changed.name, changed.bio, changed.avatar, changed.url) == (ADA.name, "Writes more.", "", ADA.url)
    authors.remove(home, "ada", by=OPERATOR)
    assert [author.slug for author in authors.listed(home)] == ["aaron"]
    with database.read() as session:
        brand = brand_of(publications.by_id(session, home), "https://news.test")
    assert brand.authors == (Author("aaron", "Aaron"), Author("ada", "Ada Example", removed=True))
    assert authors.add(home, ADA, by=OPERATOR) == ADA


@pytest.mark.parametrize(
    ("author", "field"),
    [
        (Author("Ada!", "Ada"), "slug"),
        (Author("x" * 81, "Ada"), "slug"),
        (Author("ada", " "), "name"),
        (Author("ada", "A" * 201), "name"),
        (Author("ada", "A\nB"), "name"),
        (Author("ada", "Ada", avatar="http://ada.example/a.png"), "avatar"),
        (Author("ada", "Ada", avatar="javascript:alert(1)"), "avatar"),
        (Author("ada", "Ada", avatar="/images/" + "a" * 64 + ".png"), "avatar"),
        (Author("ada", "Ada", bio="one\ntwo"), "bio"),
        (Author("ada", "Ada", url="ada.example"), "url"),
    ],
)
def test_what_will_not_do_is_refused_by_its_field_and_nothing_is_kept(
    kept: tuple[Authors, int], author: Author, field: str
) -> None:
    authors, home = kept
    with pytest.raises(InputError) as refused:
        authors.add(home, author, by=OPERATOR)
    assert refused.value.where == field
    assert authors.listed(home) == []


def test_an_avatar_may_be_an_image_of_the_publication_which_then_stays(
    kept: tuple[Authors, int], database: Database, clock: SettableClock, tmp_path: Path
) -> None:
    authors, home = kept
    parts = make_parts(database, clock, tmp_path)
    [face] = parts.keeping_images.add(home, [Upload("face.png", png())], by=OPERATOR)
    address = reference_of(face.image)
    authors.add(home, Author("ada", "Ada", avatar=address), by=OPERATOR)
    assert authors.listed(home)[0].avatar == address
    with pytest.raises(ConflictError) as refused:
        parts.keeping_images.remove(home, "face.png", by=OPERATOR)
    assert "the author ada" in refused.value.what
    with pytest.raises(InputError) as unknown:
        authors.change(home, "ada", AuthorChange(avatar="/images/" + "b" * 64 + ".png"), by=OPERATOR)
    assert unknown.value.where == "avatar"
    other = add_publication(database, clock, "other").id
    with pytest.raises(InputError):
        authors.add(other, Author("ada", "Ada", avatar=address), by=OPERATOR)
    authors.remove(home, "ada", by=OPERATOR)
    parts.keeping_images.remove(home, "face.png", by=OPERATOR)


def test_two_authors_of_one_slug_and_unknown_ones_are_refused(kept: tuple[Authors, int]) -> None:
    authors, home = kept
    authors.add(home, ADA, by=OPERATOR)
    with pytest.raises(ConflictError):
        authors.add(home, Author("ada", "Another"), by=OPERATOR)
    for act in (
        lambda: authors.remove(home, "eve", by=OPERATOR),
        lambda: authors.change(home, "eve", AuthorChange(), by=OPERATOR),
    ):
        with pytest.raises(NotFoundError, match="eve"):
            act()


def test_a_publication_has_no_end_of_authors_but_one(
    kept: tuple[Authors, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    authors, home = kept
    assert MOST_AUTHORS >= 100
    monkeypatch.setattr("newsletter.publications.authors.MOST_AUTHORS", 1)
    authors.add(home, ADA, by=OPERATOR)
    with pytest.raises(InputError, match="at most 1"):
        authors.add(home, Author("eve", "Eve"), by=OPERATOR)
