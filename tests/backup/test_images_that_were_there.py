"""A restore that fails takes away the images that it put into the store, and no other: a service that lives may show those."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.backup.folders import Folders
from newsletter.bootstrap import Parts
from newsletter.errors import ConflictError, NotFoundError, UnavailableError
from newsletter.images.keeping import Upload
from newsletter.store import migrating
from newsletter.store.backup import loading
from newsletter.transports.image_store.base import ImageStore
from tests.backup.conftest import MakeParts
from tests.issues.samples import add_publication
from tests.parts.actors import OPERATOR
from tests.parts.pictures import png
from tests.parts.s3_server import S3Server


@pytest.fixture
def server() -> Iterator[S3Server]:
    made = S3Server()
    yield made
    made.stop()


@pytest.fixture
def live(make_place: MakeParts) -> Parts:
    """A service with two images in a folder."""
    parts = make_place("old", "sqlite")
    migrating.upgrade(parts.database)
    home = add_publication(parts.database)
    uploads = [Upload("tree.png", png()), Upload("sea.png", png(width=9))]
    parts.keeping_images.add(home.id, uploads, by=OPERATOR)
    return parts


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, make_place: MakeParts, server: S3Server) -> Parts:
    """An empty place for a service; its images go into a folder of it, or a bucket."""
    return make_place("new", "sqlite", image_store=server.url() if request.param == "s3" else "")


def names_of(parts: Parts) -> list[str]:
    return sorted(path.name for path in (parts.settings.data_dir / "images").rglob("*.png"))


def content_of(store: ImageStore, name: str) -> bytes | None:
    try:
        return b"".join(store.open(name).pieces)
    except NotFoundError:
        return None


@pytest.fixture
def backup(live: Parts, tmp_path: Path) -> Path:
    live.backing_up.make(tmp_path / "all.backup", by=OPERATOR)
    return tmp_path / "all.backup"


@pytest.mark.parametrize("error", [UnavailableError("gone", where="x", remedy="x"), KeyboardInterrupt()], ids=repr)
def test_what_was_there_stays_and_what_it_put_goes(
    live: Parts, place: Parts, backup: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    there, new = names_of(live)
    content = content_of(live.image_store, there) or b""
    monkeypatch.setattr(Folders, "see_empty", lambda _: None)  # a folder that is shared lies elsewhere
    place.image_store.put(there, content)

    def broken(*_: object) -> int:
        assert content_of(place.image_store, new) == content_of(live.image_store, new)
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(loading, "load_all", broken)
        with pytest.raises(type(error)):
            place.restoring.restore(backup, by=OPERATOR)
    assert content_of(place.image_store, there) == content
    assert content_of(place.image_store, new) is None
    assert place.restoring.restore(backup, by=OPERATOR).images == 2
    assert content_of(place.image_store, new) == content_of(live.image_store, new)


def test_another_content_by_the_name_of_an_image_is_told_and_left(
    live: Parts, place: Parts, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Folders, "see_empty", lambda _: None)
    name = names_of(live)[-1]
    place.image_store.put(name, b"something else")
    with pytest.raises(ConflictError, match="holds something else"):
        place.restoring.restore(backup, by=OPERATOR)
    assert content_of(place.image_store, name) == b"something else"
    assert content_of(place.image_store, names_of(live)[0]) is None
