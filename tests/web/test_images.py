"""An image is handed out for ever, to anybody, and is never taken for a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.images.keeping import Upload
from newsletter.images.listing import file_of
from newsletter.model import Image
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.parts.actors import OPERATOR
from tests.parts.pictures import file_of as octets_of
from tests.parts.pictures import moving_gif, opened, picture, png
from tests.web.places import Visitor, add_publication, make_parts

NOBODYS = f"/images/{'0' * 64}.png"


@pytest.fixture
def parts(database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Parts]:
    made = make_parts(database, clock, tmp_path)
    yield made
    made.events.close()


@pytest.fixture
def visitor(parts: Parts) -> Visitor:
    return Visitor(create_app(parts))


def keep(parts: Parts, octets: bytes, slug: str = "orchard") -> Image:
    publication = add_publication(parts.database, slug)
    [kept] = parts.keeping_images.add(publication.id, [Upload("a.png", octets)], by=OPERATOR)
    return kept.image


@pytest.mark.parametrize(
    ("octets", "kind"),
    [(png(), "image/png"), (octets_of(picture(), "JPEG"), "image/jpeg"), (moving_gif(), "image/gif")],
)
def test_an_image_is_answered_with_its_type_and_kept_for_ever(
    parts: Parts, visitor: Visitor, octets: bytes, kind: str
) -> None:
    image = keep(parts, octets)
    answer = visitor.get(f"/images/{file_of(image)}")
    assert answer.status_code == 200
    assert opened(answer.content).size == (image.width, image.height)
    expected = {
        "content-type": kind,
        "content-length": str(image.octets),
        "cache-control": "public, max-age=31536000, immutable",
        "etag": f'"{image.digest}"',
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "cross-origin",
    }
    assert {name: answer.headers.get(name) for name in expected} == expected
    assert "set-cookie" not in answer.headers


def test_who_has_it_gets_304_and_head_gets_no_content(parts: Parts, visitor: Visitor) -> None:
    image = keep(parts, png())
    path = f"/images/{file_of(image)}"
    for tag in (f'"{image.digest}"', f'W/"{image.digest}"', f'"x", "{image.digest}"', "*"):
        answer = visitor.ask("GET", path, headers={"if-none-match": tag})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == f'"{image.digest}"'
    assert visitor.ask("GET", path, headers={"if-none-match": '"x"'}).status_code == 200
    head = visitor.ask("HEAD", path)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(image.octets))


def test_what_is_unknown_is_answered_alike_whatever_is_wrong_with_it(parts: Parts, visitor: Visitor) -> None:
    digest = keep(parts, png()).digest
    nothing = visitor.get(NOBODYS)
    assert nothing.status_code == 404
    for name in (f"{digest}.gif", f"{digest}.svg", f"{digest[:-1]}.png", f"{digest}.png.png"):
        answer = visitor.get(f"/images/{name}")
        assert (answer.status_code, answer.content) == (404, nothing.content), name
    assert visitor.get("/images/..%2f..%2fnewsletter.db").status_code == 404
    assert visitor.ask("GET", NOBODYS, headers={"if-none-match": "*"}).status_code == 404


def test_octets_without_a_row_are_nobodys(parts: Parts, visitor: Visitor) -> None:
    parts.image_store.put(f"{'0' * 64}.png", png())
    assert visitor.get(NOBODYS).status_code == 404


def test_an_image_of_two_publications_stays_while_one_has_it(parts: Parts, visitor: Visitor) -> None:
    image = keep(parts, png())
    other = keep(parts, png(), "grove")
    path = f"/images/{file_of(image)}"
    parts.keeping_images.remove(image.publication_id, "a.png", by=OPERATOR)
    assert visitor.get(path).status_code == 200
    parts.keeping_images.remove(other.publication_id, "a.png", by=OPERATOR)
    assert visitor.get(path).status_code == 404
    assert not [each for each in parts.settings.image_folder.rglob("*") if each.is_file()]
